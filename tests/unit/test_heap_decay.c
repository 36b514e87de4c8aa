/* SPDX-License-Identifier: Apache-2.0 */
/* Free memory goes back to the system while the program works on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"
#include "heap/heap.h"

enum { SMALL_COUNT = 40000, BIG_COUNT = 100, FEW = 1 << 20 };

static __attribute__((noinline)) void *allocate(size_t size)
{
	void *data = heap_allocate(size, HEAP_FRAME);

	assert_non_null(data);
	memset(data, 1, size);
	return data;
}

static __attribute__((noinline)) void release(void *data)
{
	heap_free(data, HEAP_RETURN);
}

static size_t kept_bytes(void)
{
	struct heap_stats stats;

	heap_get_stats(&stats);
	return stats.kept_bytes;
}

/* Works a little, a millisecond at a time, until little is kept. */
static void work_on(void)
{
	for (int turn = 0; kept_bytes() > FEW; turn++) {
		assert_true(turn < 20000);
		usleep(1000);
		for (int i = 0; i < 8; i++)
			release(allocate(40000));
	}
}

static void test_small_objects(void **unused)
{
	static void *objects[SMALL_COUNT];

	(void)unused;
	options.decay = 1;
	for (int i = 0; i < SMALL_COUNT; i++)
		objects[i] = allocate(500);
	for (int i = 0; i < SMALL_COUNT; i++)
		release(objects[i]);
	assert_true(kept_bytes() > SMALL_COUNT * 500 / 2);
	work_on();
	heap_check();
}

static void test_runs(void **unused)
{
	void *runs[BIG_COUNT];

	(void)unused;
	options.decay = 1;
	for (int i = 0; i < BIG_COUNT; i++)
		runs[i] = allocate(300000);
	for (int i = 0; i < BIG_COUNT; i++)
		release(runs[i]);
	work_on();
	heap_check();
	/* What comes back reads as zeros where that is promised. */
	for (int i = 0; i < BIG_COUNT; i++) {
		unsigned char *data = heap_allocate_zeroed(300000, HEAP_FRAME);

		assert_non_null(data);
		for (size_t k = 0; k < 300000; k += 1000)
			assert_int_equal(data[k], 0);
		runs[i] = data;
	}
	for (int i = 0; i < BIG_COUNT; i++)
		release(runs[i]);
}

/* A large block goes back at once the first time, when as much is live: those
 * that double leave such behind.  It stays when the program asks for the like
 * again, and when there is nothing else. */
static void test_large_blocks(void **unused)
{
	/* More than what earlier tests left. */
	enum { ALONE = 8 << 20, SIZE = 48 << 20 };
	void *twice;

	(void)unused;
	options.decay = 1000000;
	heap_trim();
	release(allocate(ALONE));
	assert_true(kept_bytes() >= ALONE);
	heap_trim();
	twice = allocate(2 * SIZE);
	release(allocate(SIZE));
	assert_true(kept_bytes() < FEW);
	release(allocate(SIZE));
	assert_true(kept_bytes() >= SIZE);
	release(twice);
	heap_trim();
	assert_int_equal(kept_bytes(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_objects),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_large_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
