// SPDX-License-Identifier: Apache-2.0
// Memory that is asked for and freed at every moment of a program's life:
// pre-initialisation functions, constructors, main, thread_local destructors
// in threads and in main, atexit, destructors; always the same objects, handed
// from one to the next.
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

enum { OBJECTS = 40 };

int expected; // calls of renew() so far
char *objects[OBJECTS];

// Frees and makes again all objects; in phase N they hold N.
void renew(int phase)
{
	if (phase != expected++)
		abort();
	for (int i = 0; i < OBJECTS; i++) {
		std::size_t size = 1 + static_cast<std::size_t>(i) * i * 100;

		if (objects[i] && objects[i][size - 1] != phase - 1)
			abort();
		if (i % 3 == 1 && objects[i]) {
			objects[i] = static_cast<char *>(
				realloc(objects[i], size));
		} else {
			free(objects[i]);
			objects[i] = static_cast<char *>(
				i % 2 ? malloc(size) : calloc(1, size));
		}
		if (!objects[i])
			abort();
		memset(objects[i], phase, size);
	}
}

void before_constructors(int, char **, char **)
{
	renew(0);
}

__attribute__((section(".preinit_array"), used))
void (*const preinit)(int, char **, char **) = before_constructors;

__attribute__((constructor(101))) void first_constructor()
{
	renew(1);
}

struct of_program {
	std::vector<std::string> names;
	of_program()
	{
		renew(2);
		for (int i = 0; i < 100; i++)
			names.push_back(std::string(i, 'x'));
	}
	~of_program()
	{
		names.clear();
		renew(9);
	}
} of_program;

struct of_thread {
	int phase;
	std::unique_ptr<char[]> memory;
	explicit of_thread(int when) : phase(when), memory(new char[5000])
	{
	}
	~of_thread()
	{
		memory.reset(new char[100]);
		renew(phase);
	}
};

void *work(void *argument)
{
	thread_local of_thread own(5);

	renew(4);
	own.memory[0] = 1;
	return argument;
}

void at_exit()
{
	renew(8);
}

__attribute__((destructor(101))) void last_destructor()
{
	renew(10);
	for (char *object : objects)
		free(object);
	// Nobody flushes this any more.
	if (write(1, "all phases\n", 11) != 11)
		_exit(1);
}

} // namespace

int main()
{
	thread_local of_thread own(7);
	pthread_t thread;

	renew(3);
	if (atexit(at_exit) || pthread_create(&thread, nullptr, work, nullptr))
		return 1;
	pthread_join(thread, nullptr);
	own.memory[0] = 2;
	renew(6);
	return 0;
}
