/* SPDX-License-Identifier: Apache-2.0 */
/* Debug builds stop a program that takes locks in a wrong order; others take
 * no time for that. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/lock.h"

static struct lock outer = LOCK_INIT(LOCK_RANK_FILES);
static struct lock inner = LOCK_INIT(LOCK_RANK_SITES);
static struct lock classes[2] = { LOCK_INIT(LOCK_RANK_HEAP_CLASS),
				  LOCK_INIT(LOCK_RANK_HEAP_CLASS) };

/* How a child ends that takes FIRST and then SECOND. */
static int status_of(struct lock *first, struct lock *second)
{
	pid_t child = fork();
	int status;

	if (!child) {
		close(2);
		lock_acquire(first);
		lock_acquire(second);
		lock_release(second);
		lock_release(first);
		lock_acquire(second);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void test_order_is_kept(void **unused)
{
	int status;

	(void)unused;
	assert_int_equal(status_of(&outer, &inner), 0);
	assert_int_equal(status_of(&classes[0], &classes[1]), 0);
	status = status_of(&inner, &outer);
#ifdef ALLOTYPE_DEBUG
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
#else
	assert_int_equal(status, 0);
#endif
}

/* Nobody waits who only tries. */
static void test_trying_has_no_order(void **unused)
{
	(void)unused;
	lock_acquire(&inner);
	assert_true(lock_try(&outer));
	assert_false(lock_try(&inner));
	lock_release(&outer);
	lock_release(&inner);
	assert_true(lock_try(&inner));
	lock_release(&inner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_is_kept),
		cmocka_unit_test(test_trying_has_no_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
