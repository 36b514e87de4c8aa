/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of the heap against what was done. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"
#include "heap/heap.h"

enum { ROWS = 128, COUNT = 5000 };

static struct alloc_size_class before[ROWS], after[ROWS];
static struct alloc_heap_totals total_before, total_after;
static void *pointers[COUNT];

static __attribute__((noinline)) void *allocate(size_t size)
{
	return heap_allocate(size, HEAP_FRAME);
}

static __attribute__((noinline)) void *allocate_zeroed(size_t size)
{
	return heap_allocate_zeroed(size, HEAP_FRAME);
}

static __attribute__((noinline)) void release(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

static void start(void)
{
	heap_count(&total_before, before, ROWS);
}

/* The row of objects of SIZE bytes. */
static size_t finish(size_t size)
{
	size_t rows = heap_count(&total_after, after, ROWS), row = 0;

	assert_true(rows >= CLASS_COUNT + 2 && rows <= ROWS);
	while (!after[row].size || after[row].size < size)
		row++;
	for (size_t i = 0; i < rows; i++)
		assert_int_equal(after[i].allocations - after[i].frees,
				 after[i].live);
	return row;
}

#define CHANGE(row, field) (after[row].field - before[row].field)
#define TOTAL_CHANGE(field) (total_after.field - total_before.field)

/* Of SIZE bytes: COUNT made, all but KEPT freed again, at once or later. */
static void count_size(size_t size, unsigned int count, unsigned int kept)
{
	size_t row;

	start();
	for (unsigned int i = 0; i < count; i++) {
		pointers[i] = i % 2 ? allocate(size) : allocate_zeroed(size);
		release(allocate(size));
	}
	for (unsigned int i = kept; i < count; i++)
		release(pointers[i]);
	row = finish(size);
	assert_int_equal(CHANGE(row, allocations), 2 * count);
	assert_int_equal(CHANGE(row, frees), 2 * count - kept);
	assert_int_equal(CHANGE(row, live), kept);
	assert_int_equal(CHANGE(row, live_bytes), kept * size);
	assert_int_equal(TOTAL_CHANGE(allocations), 2 * count);
	assert_int_equal(TOTAL_CHANGE(live_bytes), kept * size);
	assert_true(after[row].minipages > 0);
	assert_true(total_after.data_bytes >= total_after.live_bytes);
	for (unsigned int i = 0; i < kept; i++)
		release(pointers[i]);
	row = finish(size);
	assert_int_equal(CHANGE(row, live), 0);
	assert_int_equal(TOTAL_CHANGE(frees), 2 * count);
}

static void test_counts_are_exact(void **state)
{
	(void)state;
	count_size(1, COUNT, 1000);
	count_size(100, COUNT, 999);
	count_size(5000, 300, 100);
	count_size(32768, 100, 7);
	count_size(40000, 100, 30);
	count_size(1 << 20, 20, 10);
}

static void test_bookkeeping_is_counted(void **state)
{
	static void *many[100000];

	(void)state;
	start();
	for (int i = 0; i < 100000; i++)
		many[i] = allocate(32);
	finish(32);
	/* Four bytes of record each, and not much else. */
	assert_true(TOTAL_CHANGE(bookkeeping_bytes) >= 400000);
	assert_true(TOTAL_CHANGE(bookkeeping_bytes) < 1000000);
	assert_true(TOTAL_CHANGE(minipages) >= 32 * 100000 / 65536);
	for (int i = 0; i < 100000; i++)
		release(many[i]);
}

static void *work(void *unused)
{
	for (int i = 0; i < COUNT; i++)
		pointers[i] = allocate(200);
	for (int i = 0; i < COUNT; i += 2)
		release(pointers[i]);
	return unused;
}

/* Threads that ended count, and so does what others freed. */
static void test_threads(void **state)
{
	size_t row;

	(void)state;
	start();
	for (int round = 1; round <= 3; round++) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, work, NULL), 0);
		pthread_join(thread, NULL);
		for (int i = 1; i < COUNT; i += 2)
			release(pointers[i]);
		row = finish(200);
		assert_int_equal(CHANGE(row, allocations), round * COUNT);
		assert_int_equal(CHANGE(row, frees), round * COUNT);
	}
}

static void test_child_goes_on_counting(void **state)
{
	pthread_t thread;
	int status;
	pid_t child;
	size_t row;

	(void)state;
	start();
	assert_int_equal(pthread_create(&thread, NULL, work, NULL), 0);
	pthread_join(thread, NULL);
	heap_fork_prepare();
	child = fork();
	if (!child) {
		heap_fork_child();
		for (int i = 1; i < COUNT; i += 2)
			release(pointers[i]);
		row = finish(200);
		_exit(CHANGE(row, allocations) != COUNT ||
		      CHANGE(row, live) != 0);
	}
	heap_fork_parent();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	for (int i = 1; i < COUNT; i += 2)
		release(pointers[i]);
}

static void test_rows_are_bounded(void **state)
{
	struct alloc_size_class rows[2] = { { .size = 0 }, { .size = 77 } };

	(void)state;
	assert_true(heap_count(&total_after, NULL, 0) > 2);
	assert_true(heap_count(&total_after, rows, 1) > 2);
	assert_int_equal(rows[0].size, class_size(0));
	assert_int_equal(rows[1].size, 77);
}

static void test_touched_bytes(void **state)
{
	(void)state;
	start();
	for (int i = 0; i < 1000; i++)
		release(allocate(100));
	finish(100);
	if (!options.metrics) {
		assert_int_equal(total_after.bookkeeping_read, 0);
		assert_int_equal(total_after.bookkeeping_written, 0);
		return;
	}
	/* A record is read and written by every operation at least. */
	assert_true(TOTAL_CHANGE(bookkeeping_read) >= 8000);
	assert_true(TOTAL_CHANGE(bookkeeping_written) >= 8000);
	assert_true(TOTAL_CHANGE(bookkeeping_read) < 1000000);
	start();
	release(allocate(1 << 20));
	finish(1 << 20);
	assert_true(TOTAL_CHANGE(bookkeeping_written) > 48);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_are_exact),
		cmocka_unit_test(test_bookkeeping_is_counted),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_child_goes_on_counting),
		cmocka_unit_test(test_rows_are_bounded),
		cmocka_unit_test(test_touched_bytes),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (failed || argc > 1)
		return failed;
	/* The same again with every operation seen. */
	setenv("ALLOTYPE_OPTIONS", "metrics=on", 1);
	execl("/proc/self/exe", argv[0], "metrics", NULL);
	return 127;
}
