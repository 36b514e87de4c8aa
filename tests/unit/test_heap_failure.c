/* SPDX-License-Identifier: Apache-2.0 */
/* What happens when memory runs out: the limit, causes and handlers. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/options.h"
#include "heap/failure.h"
#include "heap/heap.h"

enum { MB = 1 << 20, LIMIT = 16 * MB, BLOCKS = 1 << 20 };

static __attribute__((noinline)) void *allocate(size_t size)
{
	return heap_allocate(size, HEAP_FRAME);
}

static __attribute__((noinline)) void *try(size_t size)
{
	return heap_try(size, HEAP_FRAME);
}

static __attribute__((noinline)) void release(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

static __attribute__((noinline)) void *reallocate(void *pointer, size_t size)
{
	return heap_reallocate(pointer, size, HEAP_FRAME);
}

static void *blocks[BLOCKS];
static unsigned int count;

/* Allocates objects of SIZE bytes until there are no more. */
static size_t fill(size_t size)
{
	while (count < BLOCKS && (blocks[count] = allocate(size)))
		count++;
	assert_true(count < BLOCKS);
	return count * size;
}

static void empty(void)
{
	while (count)
		release(blocks[--count]);
}

static size_t data_bytes(void)
{
	struct heap_stats stats;

	heap_get_stats(&stats);
	return stats.reserved_bytes;
}

static void test_limit_holds_for_all_sizes(void **state)
{
	static const size_t sizes[] = { 32, 100, 3000, 30000, 40000, 100000,
					MB, 3 * MB };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		size_t total = fill(sizes[i]);

		assert_true(total > LIMIT / 2 && total <= LIMIT);
		assert_true(data_bytes() <= LIMIT);
		assert_int_equal(failure_cause(), ALLOC_FAILURE_LIMIT);
		assert_null(allocate(LIMIT));
		empty();
		heap_check();
	}
}

static void test_limit_holds_for_growth(void **state)
{
	size_t size = 100000;
	char *p = allocate(size), *q;

	(void)state;
	memset(p, 5, size);
	for (; (q = reallocate(p, size * 2)); size *= 2)
		p = q;
	assert_true(size > 2 * MB && size < LIMIT);
	assert_int_equal(p[99999], 5);
	assert_false(heap_resize_in_place(p, LIMIT + 1, HEAP_FRAME));
	assert_int_equal(heap_size(p), size);
	assert_true(data_bytes() <= LIMIT);
	release(p);
	heap_check();
}

static void test_causes(void **state)
{
	struct rlimit before, none = { 0, 0 };
	void *p;

	(void)state;
	assert_null(try(LIMIT + 1));
	assert_int_equal(failure_cause(), ALLOC_FAILURE_LIMIT);
	assert_null(try(SIZE_MAX));
	assert_int_equal(failure_cause(), ALLOC_FAILURE_SIZE);
	/* As errno, it stays. */
	release(try(10));
	assert_int_equal(failure_cause(), ALLOC_FAILURE_SIZE);
	failure_refuse(ALLOC_FAILURE_ALIGNMENT);
	assert_int_equal(failure_cause(), ALLOC_FAILURE_ALIGNMENT);
	assert_null(allocate((size_t)PTRDIFF_MAX + 1));
	assert_int_equal(failure_cause(), ALLOC_FAILURE_SIZE);
	options.heap_limit = 0;
	assert_null(try((size_t)1 << 60));
	assert_int_equal(failure_cause(), ALLOC_FAILURE_SIZE);
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	p = try((size_t)1 << 42);
	setrlimit(RLIMIT_AS, &before);
	assert_null(p);
	assert_int_equal(failure_cause(), ALLOC_FAILURE_MEMORY);
	options.heap_limit = LIMIT;
	for (int i = 0; i <= ALLOC_FAILURE_UNKNOWN + 1; i++)
		assert_true(strlen(failure_text((enum alloc_failure)i)) > 5);
}

/* ---- handlers ---- */

static unsigned int own_calls, global_calls;
static size_t last_size;
static enum alloc_failure last_cause;

static bool give_up(size_t size, enum alloc_failure cause)
{
	global_calls++;
	last_size = size;
	last_cause = cause;
	return false;
}

static bool give_up_of_thread(size_t size, enum alloc_failure cause)
{
	(void)size, (void)cause;
	own_calls++;
	return false;
}

/* Frees what there is, and helps once. */
static bool help(size_t size, enum alloc_failure cause)
{
	(void)size, (void)cause;
	own_calls++;
	if (!count)
		return false;
	empty();
	return true;
}

static bool allocate_within(size_t size, enum alloc_failure cause)
{
	(void)cause;
	global_calls++;
	assert_null(allocate(size));
	assert_null(allocate(LIMIT + 1));
	assert_null(allocate(SIZE_MAX));
	return false;
}

static void start(alloc_oom_handler own, alloc_oom_handler global)
{
	own_calls = global_calls = 0;
	failure_set_thread_handler(own);
	failure_set_handler(global);
}

static void test_handlers_give_up(void **state)
{
	void *p;

	(void)state;
	start(give_up_of_thread, give_up);
	assert_null(allocate(LIMIT + 1));
	assert_int_equal(own_calls, 1);
	assert_int_equal(global_calls, 1);
	assert_int_equal(last_size, LIMIT + 1);
	assert_int_equal(last_cause, ALLOC_FAILURE_LIMIT);
	assert_null(heap_allocate_zeroed(LIMIT + 1, HEAP_FRAME));
	assert_null(heap_allocate_aligned(64, LIMIT + 1, HEAP_FRAME));
	assert_null(heap_allocate_multiple(24, LIMIT + 1, HEAP_FRAME));
	assert_int_equal(global_calls, 4);
	p = allocate(100000);
	assert_null(reallocate(p, LIMIT + 1));
	assert_int_equal(global_calls, 5);
	assert_int_equal(heap_size(p), 100000);
	release(p);
	/* Nobody can help there. */
	assert_null(allocate(SIZE_MAX));
	p = allocate(1);
	assert_null(reallocate(p, SIZE_MAX));
	release(p);
	assert_int_equal(global_calls, 5);
	/* Nor is anybody asked here. */
	assert_null(try(LIMIT + 1));
	assert_int_equal(global_calls, 5);
	start(NULL, NULL);
	assert_null(allocate(LIMIT + 1));
}

static void test_handler_helps(void **state)
{
	void *p;

	(void)state;
	start(NULL, NULL);
	fill(100000);
	assert_null(allocate(SIZE_MAX));
	start(help, give_up);
	p = allocate(LIMIT / 2);
	assert_non_null(p);
	/* That did not fail. */
	assert_int_equal(failure_cause(), ALLOC_FAILURE_SIZE);
	assert_int_equal(own_calls, 1);
	assert_int_equal(global_calls, 0);
	release(p);
	start(NULL, NULL);
	fill(50);
	start(give_up_of_thread, help);
	p = allocate(50);
	assert_non_null(p);
	assert_int_equal(own_calls, 2);
	release(p);
	start(NULL, NULL);
}

static void test_handler_allocates(void **state)
{
	(void)state;
	start(NULL, allocate_within);
	assert_null(allocate(LIMIT + 1));
	assert_int_equal(global_calls, 1);
	assert_null(allocate(LIMIT + 1));
	assert_int_equal(global_calls, 2);
	/* Not what the handler's own failed for. */
	assert_int_equal(failure_cause(), ALLOC_FAILURE_LIMIT);
	start(NULL, NULL);
}

static void test_setting_tells_the_one_before(void **state)
{
	(void)state;
	assert_null(failure_set_handler(give_up));
	assert_ptr_equal(failure_set_handler(help), give_up);
	assert_ptr_equal(failure_set_handler(NULL), help);
	assert_null(failure_set_thread_handler(help));
	assert_ptr_equal(failure_set_thread_handler(NULL), help);
}

static void *in_thread(void *unused)
{
	assert_int_equal(failure_cause(), ALLOC_FAILURE_NONE);
	assert_null(allocate(LIMIT + 1));
	assert_int_equal(failure_cause(), ALLOC_FAILURE_LIMIT);
	failure_set_thread_handler(give_up_of_thread);
	return unused;
}

/* A thread's handler and cause are its own, and end with it. */
static void test_threads_are_apart(void **state)
{
	(void)state;
	start(give_up_of_thread, give_up);
	assert_null(allocate(SIZE_MAX));
	for (unsigned int i = 1; i < 5; i++) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, in_thread, NULL),
				 0);
		pthread_join(thread, NULL);
		assert_int_equal(own_calls, 0);
		assert_int_equal(global_calls, i);
	}
	assert_int_equal(failure_cause(), ALLOC_FAILURE_SIZE);
	start(NULL, NULL);
}

static int set_up(void **state)
{
	(void)state;
	heap_init();
	options.heap_limit = LIMIT;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_holds_for_all_sizes),
		cmocka_unit_test(test_limit_holds_for_growth),
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_handlers_give_up),
		cmocka_unit_test(test_handler_helps),
		cmocka_unit_test(test_handler_allocates),
		cmocka_unit_test(test_setting_tells_the_one_before),
		cmocka_unit_test(test_threads_are_apart),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
