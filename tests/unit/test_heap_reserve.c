/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is committed in steps: one system call each, ahead of the need
 * where somebody watches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "heap/heap.h"
#include "heap/reserve.h"

enum { PAGE = 4096, STEP = 64 * 1024, SIZE = 8 << 20 };

static struct lock lock = LOCK_INIT(LOCK_RANK_HEAP_REGION);

static void init(struct growth *growth)
{
	assert_true(growth_init(growth, RESERVE_BOOKKEEPING, SIZE, PAGE, STEP,
				true));
	growth_watch(growth, &lock);
	assert_true(growth->watched != 0);
}

static void ensure(struct growth *growth, size_t size)
{
	lock_acquire(&lock);
	assert_true(growth_ensure(growth, size));
	lock_release(&lock);
}

/* Serves what others wish, too. */
static void serve_wishes(void)
{
	for (int i = 0; i < 32 && reserve_wishes; i++)
		reserve_top_up(reserve_calls, reserve_wishes);
	assert_int_equal(reserve_wishes, 0);
}

static void test_one_call_a_step(void **unused)
{
	static struct growth growth;
	uint32_t calls;

	(void)unused;
	init(&growth);
	for (size_t size = 100; size < SIZE / 2; size += 5000) {
		calls = reserve_calls;
		ensure(&growth, size);
		growth.base[size - 1] = 1;
		assert_true(reserve_calls - calls <= 1);
		assert_true(growth.committed >= size);
	}
	for (size_t size = 100; size < SIZE / 2; size += 5000)
		assert_int_equal(growth.base[size - 1], 1);
	lock_acquire(&lock);
	assert_false(growth_ensure(&growth, SIZE + 1));
	lock_release(&lock);
}

/* Who takes little at a time never commits itself. */
static void test_topped_up_ahead(void **unused)
{
	static struct growth growth;
	uint32_t calls;

	(void)unused;
	init(&growth);
	ensure(&growth, 1);
	for (size_t size = 1; size < SIZE - STEP; size += 3000) {
		calls = reserve_calls;
		ensure(&growth, size);
		assert_int_equal(reserve_calls, calls);
		memset(growth.base + size, 1, 1000);
		serve_wishes();
	}
}

/* An operation that made a system call, or the wish, leaves it to another. */
static void test_not_after_a_call(void **unused)
{
	static struct growth growth;
	uint32_t calls = reserve_calls;

	(void)unused;
	serve_wishes();
	init(&growth);
	ensure(&growth, 1);
	ensure(&growth, STEP - PAGE);
	assert_true(reserve_wishes != 0);
	calls = reserve_calls;
	reserve_top_up(calls - 1, reserve_wishes);
	reserve_top_up(calls, 0); /* the operation that wished */
	assert_true(reserve_wishes != 0);
	assert_int_equal(reserve_calls, calls);
	reserve_top_up(calls, reserve_wishes);
	assert_int_equal(reserve_wishes, 0);
	assert_int_equal(reserve_calls, calls + 1);
}

/* Open arrays can be used anywhere, at once. */
static void test_open(void **unused)
{
	static struct growth first, last;
	uint32_t calls;

	(void)unused;
	init(&first);
	init(&last);
	growth_open(&first, &last);
	assert_true(first.open && last.open);
	calls = reserve_calls;
	ensure(&first, SIZE);
	ensure(&last, SIZE / 2);
	first.base[SIZE - 1] = 1;
	last.base[0] = 1;
	assert_int_equal(reserve_calls, calls);
	serve_wishes();
	assert_true(first.dumped == SIZE);
	assert_true(last.dumped >= SIZE / 2);
}

/* After the program locked or limited its memory, what was used stays. */
static void test_close(void **unused)
{
	static struct growth first, last;
	char *object;

	(void)unused;
	init(&first);
	init(&last);
	growth_open(&first, &last);
	ensure(&first, 100);
	ensure(&last, SIZE / 2);
	first.base[99] = 7;
	last.base[SIZE / 2 - 1] = 7;
	heap_close_reservations();
	assert_false(first.open || last.open);
	assert_true(first.committed < SIZE && last.committed < SIZE);
	assert_int_equal(first.base[99], 7);
	assert_int_equal(last.base[SIZE / 2 - 1], 7);
	ensure(&first, SIZE);
	first.base[SIZE - 1] = 7;
	/* The heap goes on. */
	object = heap_allocate(3 << 20, HEAP_FRAME);
	assert_non_null(object);
	object[(3 << 20) - 1] = 7;
	heap_free_slow(object, HEAP_RETURN);
	heap_check();
	heap_limit_reservations();
	assert_true(reserve_is_limited());
	object = heap_allocate(30 << 20, HEAP_FRAME);
	assert_non_null(object);
	object[(30 << 20) - 1] = 7;
	heap_free_slow(object, HEAP_RETURN);
	heap_check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_call_a_step),
		cmocka_unit_test(test_topped_up_ahead),
		cmocka_unit_test(test_not_after_a_call),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_close),
	};
	struct rlimit limit;

	/* Nothing here holds where memory is limited from the start. */
	if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY)
		return 77;
	heap_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
