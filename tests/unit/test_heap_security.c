/* SPDX-License-Identifier: Apache-2.0 */
/* security=on: what is freed reads as zeros, is not used again at once, and
 * every overwritten canary is found; also in other threads and children. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"
#include "heap/class.h"
#include "heap/heap.h"
#include "heap/quarantine.h"
#include "heap/security.h"

enum { COUNT = 2000, ROUNDS = 3 };

static __attribute__((noinline)) unsigned char *allocate(size_t size)
{
	unsigned char *pointer = heap_allocate(size, HEAP_FRAME);

	assert_non_null(pointer);
	return pointer;
}

static __attribute__((noinline)) void release(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

static __attribute__((noinline)) unsigned char *resize(void *pointer,
						       size_t size)
{
	unsigned char *moved = heap_reallocate(pointer, size, HEAP_FRAME);

	assert_non_null(moved);
	return moved;
}

static size_t size_of(unsigned int i)
{
	return i % 50 ? i * 37 % 3000 : 20000 + i * 61;
}

static void fill(unsigned char **pointers, unsigned int seed)
{
	for (unsigned int i = 0; i < COUNT; i++) {
		size_t size = size_of(i + seed);

		pointers[i] = allocate(size);
		for (size_t k = 0; k < size; k += 509)
			assert_int_equal(pointers[i][k], 0);
		assert_int_equal(heap_size(pointers[i]), size);
		memset(pointers[i], (int)(i | 1), size);
	}
}

static void empty(unsigned char **pointers, unsigned int seed)
{
	for (unsigned int i = 0; i < COUNT; i++) {
		size_t size = size_of(i + seed), more = size + size / 4 + 5;

		if (i % 3 == 0) {
			pointers[i] = resize(pointers[i], more);
			assert_int_equal(heap_size(pointers[i]), more);
			pointers[i][more - 1] = 1;
		}
		if (size)
			assert_int_equal(pointers[i][size - 1],
					 (unsigned char)(i | 1));
		release(pointers[i]);
	}
}

static void *work(void *seed)
{
	unsigned int start = (unsigned int)(uintptr_t)seed;
	unsigned char **pointers = malloc(COUNT * sizeof *pointers);

	for (unsigned int round = 0; round < ROUNDS; round++) {
		fill(pointers, start + round);
		empty(pointers, start + round);
	}
	free(pointers);
	return NULL;
}

static void test_contents(void **state)
{
	(void)state;
	work(NULL);
	assert_int_equal(security_check_all(), 0);
	heap_check();
	quarantine_flush();
	heap_check();
}

static void test_threads(void **state)
{
	pthread_t threads[3];

	(void)state;
	for (uintptr_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work,
						(void *)(i * 7)), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(security_check_all(), 0);
	heap_check();
}

static void test_freed_memory_waits_as_zeros(void **state)
{
	unsigned char *first = allocate(100), *next;

	(void)state;
	memset(first, 0xff, 100);
	release(first);
	for (int i = 0; i < 100; i++)
		assert_int_equal(first[i], 0);
	for (int i = 0; i < 100; i++) {
		next = allocate(100);
		assert_ptr_not_equal(next, first);
		release(next);
	}
}

/* Two series of places are the same once in a very long time. */
static void test_places_are_random(void **state)
{
	ptrdiff_t steps[8];
	unsigned char *at[9];
	int same = 0;

	(void)state;
	for (int i = 0; i < 9; i++)
		at[i] = allocate(200);
	for (int i = 0; i < 8; i++)
		steps[i] = at[i + 1] - at[i];
	for (int i = 1; i < 8; i++)
		same += steps[i] == steps[0];
	assert_true(same < 7);
	for (int i = 0; i < 9; i++)
		release(at[i]);
}

static void test_every_overflow_is_found(void **state)
{
	(void)state;
	for (size_t size = 0; size < 70000; size += size / 3 + 1) {
		unsigned char *p = allocate(size), kept;

		/* A whole number of pages has its guard right behind it. */
		if (size > 32767 && size % 4096 == 0)
			continue;
		kept = p[size];
		assert_true(kept != 0);
		p[size] = 0;
		assert_int_equal(security_check_all(), 1);
		p[size] = kept;
		assert_int_equal(security_check_all(), 0);
		release(p);
	}
}

static void test_write_after_free_is_found(void **state)
{
	unsigned char *p = allocate(300);

	(void)state;
	release(p);
	p[299] = 1;
	assert_int_equal(security_check_all(), 1);
	p[299] = 0;
	assert_int_equal(security_check_all(), 0);
}

/* Objects of classes have no canaries, whatever their size. */
static void test_classes_are_not_covered(void **state)
{
	static const size_t sizes[] = { 100, 5000, 40000, 200000 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		const struct alloc_class_config config = { .size = sizes[i] };
		struct alloc_class *made;
		void *object;

		assert_int_equal(class_register(&config, HEAP_RETURN, &made),
				 STATUS_OK);
		object = class_allocate_slow(made, HEAP_FRAME);
		assert_non_null(object);
		memset(object, 1, sizes[i]);
		assert_int_equal(security_check_all(), 0);
		class_release_slow(made, object, HEAP_RETURN);
		assert_int_equal(security_check_all(), 0);
	}
}

static bool stop;

static void *work_until_told(void *seed)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		work(seed);
	return NULL;
}

/* Each is forked while others allocate and free. */
static void test_children(void **state)
{
	static unsigned char *pointers[COUNT];
	pthread_t threads[2];

	(void)state;
	fill(pointers, 1);
	for (uintptr_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						work_until_told,
						(void *)(i * 7)), 0);
	for (int i = 0; i < 10; i++) {
		pid_t child = fork();
		int status;

		assert_true(child >= 0);
		if (!child) {
			empty(pointers, 1);
			work((void *)(uintptr_t)i);
			_exit(security_check_all() != 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	empty(pointers, 1);
	heap_check();
}

static void at_fork(void)
{
	pthread_atfork(heap_fork_prepare, heap_fork_parent, heap_fork_child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_freed_memory_waits_as_zeros),
		cmocka_unit_test(test_places_are_random),
		cmocka_unit_test(test_every_overflow_is_found),
		cmocka_unit_test(test_write_after_free_is_found),
		cmocka_unit_test(test_classes_are_not_covered),
		cmocka_unit_test(test_children),
	};

	setenv("ALLOTYPE_OPTIONS", "security=on,on_error=log", 1);
	if (!heap_init() || !heap_secured)
		return 1;
	at_fork();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
