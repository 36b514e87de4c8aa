// SPDX-License-Identifier: Apache-2.0
// C++ objects for the tests of the tools: prints "NAME ADDRESS" lines,
// "ready", and waits for the end of its input.
#include <cstdio>
#include <dlfcn.h>
#include <stdexcept>
#include <unistd.h>
#include <unordered_map>
#include <vector>

struct animal {
	virtual ~animal() {}
	int age = 1;
};

struct weasel : animal {
	double weight = 2;
};

struct escape : std::runtime_error {
	int code = 5;
	using runtime_error::runtime_error;
};

static void show(const char *name, const volatile void *address)
{
	std::printf("%s %p\n", name, (void *)(size_t)address);
}

static void wait_for_end()
{
	char buffer[16];

	std::puts("ready");
	std::fflush(stdout);
	while (read(STDIN_FILENO, buffer, sizeof buffer) > 0)
		;
}

/* The program says what it is. */
static void declare()
{
	static weasel pet;
	void *self = RTLD_DEFAULT, *memory = operator new(2 * sizeof pet);
	auto type = (const void *(*)(const void *))dlsym(self, "alloc_get_type");
	auto set = (int (*)(void *, const void *))dlsym(self, "alloc_set_type");

	set(memory, type(&pet));
	show("declared", memory);
}

int main()
{
	animal *pack = new weasel[4];
	auto numbers = new std::vector<int>[3];
	void *raw = operator new(40); auto one = new float;
	auto in_lambda = [&](int argument) {
		int twice = argument * 2;

		show("lambda-argument", &argument);
		show("lambda-variable", &twice);
		wait_for_end();
		return twice;
	};

	show("array-with-cookie", &static_cast<weasel *>(pack)[2].weight);
	show("raw", raw);
	show("one", one);
	declare();
	static std::unordered_map<long, weasel> by_number;
	by_number[3].age = 4;
	show("node", &by_number[3].weight);
	show("empty-base", &numbers[1]);
	try {
		throw escape("caught");
	} catch (escape &caught) {
		show("exception", &caught.code);
		in_lambda(3);
	}
	delete one;
	operator delete(raw);
	delete[] numbers;
	delete[] static_cast<weasel *>(pack);
	return 0;
}

// A program's allocator, with which containers allocate.
template <class T> struct own_allocator {
	typedef T value_type;
	own_allocator() {}
	template <class U> own_allocator(const own_allocator<U> &) {}
	T *allocate(std::size_t count)
	{
		void *memory = std::malloc(count * sizeof(T));

		if (!memory)
			throw std::bad_alloc();
		return static_cast<T *>(memory);
	}
	void deallocate(T *memory, std::size_t) { std::free(memory); }
	template <class U> bool operator==(const own_allocator<U> &) const
	{
		return true;
	}
	template <class U> bool operator!=(const own_allocator<U> &) const
	{
		return false;
	}
};

static int fill_own()
{
	static std::vector<escape *, own_allocator<escape *>> list;
	static std::unordered_map<int, weasel, std::hash<int>,
				  std::equal_to<int>,
				  own_allocator<std::pair<const int, weasel>>>
		map;
	list.reserve(3); // own list
	map[7].age = 3; // own map
	show("own-list", list.data());
	show("own-node", &map[7].weight);
	return 1;
}

static int filled = fill_own();
