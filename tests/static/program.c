/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uses the heap alone beside the program's malloc: in threads, in children
 * of fork, and after threads have ended.  Nothing of the one may be of the
 * other.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allotype/heap_static.h"

#define CHECK(condition)                                                       \
	((condition) ? (void)0 : fail(#condition, __LINE__))

enum { THREADS = 4, ROUNDS = 4000, SLOTS = 64, SHARED = 128 };

static void *shared[SHARED]; /* exchanged: freed by any thread */

static void fail(const char *condition, int line)
{
	fprintf(stderr, "program.c:%d: not so: %s\n", line, condition);
	_exit(1);
}

static int is_filled(const unsigned char *bytes, size_t size, int value)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != value)
			return 0;
	return 1;
}

/* Objects of both heaps in turns: none may overlap another. */
static void use(unsigned int seed, int rounds)
{
	struct {
		void *pointer;
		size_t size;
		int libc;
	} slots[SLOTS] = { { NULL, 0, 0 } };

	for (int i = 0; i < rounds + SLOTS; i++) {
		unsigned int n = i < rounds ? (seed >> 8) % SLOTS :
					      (unsigned int)(i - rounds);
		void *pointer = slots[n].pointer;

		seed = seed * 1103515245u + 12345u;
		if (pointer) {
			CHECK(is_filled(pointer, slots[n].size, (int)n));
			slots[n].libc ? free(pointer) : allotype_free(pointer);
		}
		slots[n].pointer = NULL;
		if (i >= rounds)
			continue;
		slots[n].libc = seed >> 30 == 3;
		slots[n].size = (seed >> 16) % 90 ? (seed >> 12) % 700 : 200000;
		slots[n].pointer = slots[n].libc ?
					   malloc(slots[n].size) :
					   allotype_malloc(slots[n].size);
		CHECK(slots[n].pointer);
		memset(slots[n].pointer, (int)n, slots[n].size);
		allotype_free(__atomic_exchange_n(
			&shared[(seed >> 10) % SHARED],
			allotype_calloc(3, (seed >> 20) % 40),
			__ATOMIC_ACQ_REL));
	}
}

static void *work(void *argument)
{
	use((unsigned int)(uintptr_t)argument, ROUNDS);
	return NULL;
}

static void run_threads(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, work, (void *)(i + 1)));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
}

/* How the child that runs ACTION ends. */
static int status_of(void (*action)(void))
{
	int status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child) {
		action();
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	return status;
}

static void free_of_libc(void)
{
	close(2);
	allotype_free(malloc(10));
}

static void free_twice(void)
{
	void *pointer = allotype_malloc(10);

	close(2);
	allotype_free(pointer);
	allotype_free(pointer);
}

static void *check_fork(void *argument)
{
	for (int i = 0; i < 10; i++)
		CHECK(status_of(run_threads) == 0);
	return argument;
}

static __attribute__((noinline)) char *allocate_here(size_t size)
{
	char *pointer = allotype_malloc(size);

	__asm__ volatile("" : "+r"(pointer));
	return pointer;
}

static int is_in(const void *code, const void *function)
{
	return code > function &&
	       (const char *)code < (const char *)function + 256;
}

static void check_records(void)
{
	struct allotype_object object;
	char *small = allocate_here(100), *big = allocate_here(100000);
	void *other = malloc(100);

	CHECK(allotype_usable_size(small) == 100);
	CHECK(allotype_find(small + 99, &object) && object.base == small);
	CHECK(object.size == 100 && !object.free_site);
	CHECK(is_in(object.site, (const void *)allocate_here));
	CHECK(allotype_find(big + 99999, &object) && object.base == big);
	CHECK(object.size == 100000);
	allotype_free(small);
	CHECK(allotype_find(small, &object) && object.free_site);
	CHECK(is_in(object.site, (const void *)allocate_here));
	allotype_free(big);
	CHECK(!allotype_find(other, &object));
	CHECK(!allotype_find(&object, &object));
	CHECK(allotype_usable_size(other) == 0);
	free(other);
}

static void check_calls(void)
{
	char *bytes = allotype_calloc(100, 1), *more;

	CHECK(is_filled((unsigned char *)bytes, 100, 0));
	memset(bytes, 7, 100);
	more = allotype_realloc(bytes, 300000);
	CHECK(more && is_filled((unsigned char *)more, 100, 7));
	more = allotype_reallocarray(more, 10, 5);
	CHECK(more && is_filled((unsigned char *)more, 50, 7));
	CHECK(allotype_usable_size(more) == 50);
	CHECK(!allotype_realloc(more, 0));
	for (size_t align = 1; align <= 1 << 20; align *= 2) {
		void *pointer = allotype_aligned_alloc(align, 33);

		CHECK(pointer && (uintptr_t)pointer % align == 0);
		allotype_free(pointer);
	}
	errno = 0;
	CHECK(!allotype_aligned_alloc(24, 8) && errno == EINVAL);
	errno = 0;
	CHECK(!allotype_calloc(SIZE_MAX / 2, 3) && errno == ENOMEM);
	errno = 0;
	CHECK(!allotype_malloc(SIZE_MAX - 4096) && errno == ENOMEM);
	allotype_free(NULL);
	allotype_trim();
}

int main(void)
{
	pthread_t thread;
	int status;

	check_calls();
	check_records();
	run_threads();
	/* Forks while others allocate. */
	CHECK(!pthread_create(&thread, NULL, check_fork, NULL));
	use(99, 20 * ROUNDS);
	CHECK(!pthread_join(thread, NULL));
	status = status_of(free_of_libc);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	status = status_of(free_twice);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	return 0;
}
