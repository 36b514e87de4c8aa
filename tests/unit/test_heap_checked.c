/* SPDX-License-Identifier: Apache-2.0 */
/* With heap_checked every operation goes through the slow paths, which do
 * all that the fast ones do. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap/heap.h"

enum { COUNT = 3000, ROUNDS = 4 };

static void *pointers[COUNT];

static __attribute__((noinline)) void *allocate_fast(size_t size)
{
	return heap_allocate_fast(size, HEAP_RETURNED);
}

static __attribute__((noinline)) void *allocate(size_t size)
{
	void *pointer;

	assert_null(allocate_fast(size));
	pointer = heap_allocate(size, HEAP_FRAME);
	assert_non_null(pointer);
	assert_null(allocate_fast(size));
	return pointer;
}

static __attribute__((noinline)) void release(void *pointer)
{
	assert_false(heap_free_fast(pointer, HEAP_RETURN));
	heap_free(pointer, HEAP_RETURN);
}

static __attribute__((noinline)) void *reallocate(void *pointer, size_t size)
{
	return heap_reallocate(pointer, size, HEAP_FRAME);
}

static __attribute__((noinline)) void *allocate_zeroed(size_t size)
{
	return heap_allocate_zeroed(size, HEAP_FRAME);
}

static size_t size_of(int i)
{
	return (size_t)i * 7 % 900 + 1;
}

static void *fill(void *unused)
{
	for (int i = 0; i < COUNT; i++) {
		uint32_t size;

		pointers[i] = allocate(size_of(i));
		assert_null(heap_record_fast(pointers[i], &size));
		assert_int_equal(heap_size(pointers[i]), size_of(i));
		memset(pointers[i], i, size_of(i));
	}
	return unused;
}

static void *empty(void *unused)
{
	for (int i = 0; i < COUNT; i++) {
		const unsigned char *bytes = pointers[i];

		assert_int_equal(bytes[size_of(i) - 1], (unsigned char)i);
		release(pointers[i]);
	}
	return unused;
}

static void in_thread(void *(*work)(void *))
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, work, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_fast_paths_miss(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		fill(NULL);
		heap_check();
		empty(NULL);
		heap_check();
	}
}

static void test_other_threads(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		in_thread(fill);
		empty(NULL);
		heap_check();
		fill(NULL);
		in_thread(empty);
		heap_check();
	}
}

static void test_zeroes_and_reallocates(void **state)
{
	unsigned char *p;

	(void)state;
	for (size_t size = 1; size < 100000; size += size / 3 + 1) {
		p = allocate_zeroed(size);
		assert_non_null(p);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		p[size - 1] = 7;
		p = reallocate(p, size + size / 9);
		assert_int_equal(heap_size(p), size + size / 9);
		assert_int_equal(p[size - 1], 7);
		memset(p, 9, size);
		release(p);
	}
	heap_check();
}

/* A MiniPage serves all of its segments, as without the flag. */
static void test_memory_is_used_again(void **state)
{
	struct heap_stats before, after;

	(void)state;
	fill(NULL);
	empty(NULL);
	heap_get_stats(&before);
	for (int round = 0; round < 20; round++) {
		fill(NULL);
		empty(NULL);
	}
	heap_get_stats(&after);
	assert_true(after.reserved_bytes <= before.reserved_bytes +
						    ALLOTYPE_UNIT_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fast_paths_miss),
		cmocka_unit_test(test_other_threads),
		cmocka_unit_test(test_zeroes_and_reallocates),
		cmocka_unit_test(test_memory_is_used_again),
	};

	heap_checked = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
