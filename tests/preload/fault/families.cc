/* SPDX-License-Identifier: Apache-2.0 */
/* families SIZE...: every way to ask for memory, to the end of it: NULL and
 * ENOMEM, or std::bad_alloc; and what was freed is there again, for all. */
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>
#include <sys/resource.h>

namespace
{

constexpr std::size_t MB = 1 << 20, LIMIT = 160 * MB;

struct family {
	const char *name;
	void *(*allocate)(std::size_t size);
	void (*release)(void *pointer);
};

void *by_posix(std::size_t size)
{
	void *pointer = nullptr;
	int result = posix_memalign(&pointer, 64, size);

	errno = result;
	return result ? nullptr : pointer;
}

/* What new says by throwing. */
template <typename Function> void *caught(Function function)
{
	try {
		return function();
	} catch (const std::bad_alloc &) {
		errno = ENOMEM;
		return nullptr;
	}
}

void *by_strdup(std::size_t size)
{
	static char *text;

	if (!text) {
		text = static_cast<char *>(malloc(MB + 1));
		memset(text, 'x', MB);
		text[MB] = 0;
	}
	return strdup(text + MB - (size < MB ? size : MB) + 1);
}

void release_new(void *pointer)
{
	operator delete(pointer);
}

void release_aligned(void *pointer)
{
	operator delete(pointer, std::align_val_t(64));
}

const family families[] = {
	{ "malloc", malloc, free },
	{ "calloc", [](std::size_t n) { return calloc(1, n); }, free },
	{ "realloc", [](std::size_t n) { return realloc(nullptr, n); }, free },
	{ "reallocarray",
	  [](std::size_t n) { return reallocarray(nullptr, n, 1); }, free },
	{ "memalign", [](std::size_t n) { return memalign(256, n); }, free },
	{ "aligned_alloc", [](std::size_t n) { return aligned_alloc(32, n); },
	  free },
	{ "posix_memalign", by_posix, free },
	{ "valloc", valloc, free },
	{ "pvalloc", pvalloc, free },
	{ "strdup", by_strdup, free },
	{ "new",
	  [](std::size_t n) {
		  return caught([n] { return operator new(n); });
	  },
	  release_new },
	{ "new[]",
	  [](std::size_t n) {
		  return caught([n] { return operator new[](n); });
	  },
	  [](void *pointer) { operator delete[](pointer); } },
	{ "aligned new",
	  [](std::size_t n) {
		  return caught([n] {
			  return operator new(n, std::align_val_t(64));
		  });
	  },
	  release_aligned },
	{ "nothrow new",
	  [](std::size_t n) -> void * {
		  void *pointer = operator new(n, std::nothrow);

		  if (!pointer)
			  errno = ENOMEM;
		  return pointer;
	  },
	  release_new },
};

struct link {
	link *next;
};

/* All there is, in blocks of SIZE; how many, or -1 with a wrong errno. */
long fill(const family &family, std::size_t size, link **list)
{
	long count = 0;

	for (;; count++) {
		errno = 0;
		void *pointer = family.allocate(size);

		if (!pointer)
			break;
		*list = new (pointer) link{ *list };
	}
	return errno == ENOMEM ? count : -1;
}

void empty(const family &family, link **list)
{
	while (*list) {
		link *next = (*list)->next;

		family.release(*list);
		*list = next;
	}
}

bool exhaust(const family &family, std::size_t size)
{
	link *list = nullptr;

	for (int round = 0; round < 2; round++) {
		long count = fill(family, size, &list);

		empty(family, &list);
		/* A third of the limit at least, and as much again; where
		 * alignment wastes most of it, some. */
		if (count >= long(LIMIT / 3 / (size < 4096 ? 4096 : size)))
			continue;
		fprintf(stderr, "%s of %zu bytes, round %d: %ld blocks\n",
			family.name, size, round, count);
		return false;
	}
	return true;
}

bool refuse_overflow()
{
	volatile std::size_t huge = SIZE_MAX / 2 + 2;

	errno = 0;
	if (calloc(huge, 4) || errno != ENOMEM)
		return false;
	errno = 0;
	if (reallocarray(nullptr, huge, 4) || errno != ENOMEM)
		return false;
	errno = 0;
	if (malloc(huge) || errno != ENOMEM)
		return false;
	errno = 0;
	if (aligned_alloc(64, huge) || errno != ENOMEM)
		return false;
	errno = 0;
	return !pvalloc(SIZE_MAX - 100) && errno == ENOMEM;
}

} // namespace

int main(int argc, char **argv)
{
	rlimit limit = { LIMIT, LIMIT };
	bool good = true;

	by_strdup(1);
	if (setrlimit(RLIMIT_AS, &limit))
		return 77;
	for (const family &family : families)
		for (int i = 1; i < argc; i++)
			good &= exhaust(family, std::size_t(atol(argv[i])));
	if (!refuse_overflow()) {
		fputs("an overflow did not give ENOMEM\n", stderr);
		good = false;
	}
	return !good;
}
