/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that end while their threads allocate, free and ask: by return,
 * exit, _exit, pthread_exit of main, and exec; none hangs or crashes. */
#include <allotype.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 3, ENDS = 5, ROUNDS = 60, CODE = 21 };

static char *slots[64];

static void work_once(uint64_t *state)
{
	struct alloc_info info;
	size_t size;
	char *p;

	*state = *state * 6364136223846793005u + 1442695040888963407u;
	size = (*state >> 40) % ((*state >> 20) % 30 ? 300 : 100000);
	p = __atomic_exchange_n(&slots[(*state >> 33) % 64], malloc(size),
				__ATOMIC_ACQ_REL);
	if (p && alloc_get_info(p, &info) == ALLOC_OK && info.base != p)
		abort();
	free(p);
}

static void *work(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;

	for (;;)
		work_once(&state);
	return NULL;
}

static void *leave(void *unused)
{
	(void)unused;
	usleep(1000);
	exit(CODE);
}

static void use_memory(void)
{
	for (int i = 0; i < 1000; i++)
		free(malloc((size_t)i * 3));
}

static void be_child(int how, int round)
{
	pthread_t thread;

	alarm(50);
	atexit(use_memory);
	for (uintptr_t i = 0; i < WORKERS; i++)
		if (pthread_create(&thread, NULL, work, (void *)i))
			_exit(1);
	usleep((useconds_t)round * 37 % 900);
	switch (how) {
	case 0:
		exit(CODE);
	case 1:
		_exit(CODE);
	case 2:
		quick_exit(CODE);
	case 3:
		if (pthread_create(&thread, NULL, leave, NULL))
			_exit(1);
		pthread_exit(NULL);
	default:
		execl("/bin/sh", "sh", "-c", "exit 21", (char *)NULL);
		_exit(1);
	}
}

int main(void)
{
	int failures = 0, status;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t child = fork();

		if (!child)
			be_child(i % ENDS, i);
		if (child < 0 || waitpid(child, &status, 0) != child)
			return 2;
		if (WIFEXITED(status) && WEXITSTATUS(status) == CODE)
			continue;
		fprintf(stderr, "end %d: wait status %#x\n", i % ENDS, status);
		failures++;
	}
	return failures != 0;
}
