/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include "index/loaded.h"
#include "index/root.h"
#include "index/running.h"
#include "index/threads.h"

static char **arguments;
static _Thread_local int local;

static bool find(const void *address, struct allotype_thread *thread)
{
	return threads_find(NULL, allotype_index.threads, (uintptr_t)address,
			    thread);
}

static void test_first_thread(void **state)
{
	struct allotype_thread thread;
	int here = 0;

	(void)state;
	assert_true(find(&here, &thread));
	assert_int_equal(thread.tid, getpid());
	assert_true(thread.stack_limit > (uintptr_t)environ);
	assert_true(find(&local, &thread));
	assert_int_equal(thread.tid, getpid());
	assert_false(find(&allotype_index, &thread));
	assert_false(find(NULL, &thread));
	assert_false(running_meet());
}

static void test_start(void **state)
{
	const struct allotype_start *start =
		(void *)(uintptr_t)allotype_index.start;
	const Elf64_auxv_t *auxv = (void *)(uintptr_t)start->auxv;

	(void)state;
	assert_int_equal(start->argv, (uintptr_t)arguments);
	assert_int_equal(start->envp, (uintptr_t)environ);
	assert_non_null(auxv);
	assert_int_equal(auxv[start->auxv_count - 1].a_type, AT_NULL);
	assert_in_range((uintptr_t)environ[0], start->strings,
			start->strings_limit - 1);
	assert_in_range(getauxval(AT_EXECFN), start->strings,
			start->strings_limit - 1);
}

/* ---- threads through a claimed node, as the door starts them ---- */

struct seen {
	struct running_thread *node;
	bool stack, storage, outside;
	uint64_t base;
};

static void *started(void *context)
{
	struct seen *seen = context;
	struct allotype_thread thread;
	char page[4096] = "";
	pid_t tid = gettid();

	running_begin(seen->node);
	seen->stack = find(page, &thread) && (pid_t)thread.tid == tid;
	seen->base = thread.stack_base;
	seen->storage = find(&local, &thread) && (pid_t)thread.tid == tid;
	seen->outside = !find((void *)(uintptr_t)(seen->base - 1), &thread);
	running_end(seen->node);
	return NULL;
}

static void check_started(uint64_t stack_size, size_t guard)
{
	struct seen seen = { .node = running_claim() };
	struct allotype_thread thread;
	pthread_attr_t attributes;
	pthread_t id;

	assert_non_null(seen.node);
	seen.node->stack_size = stack_size;
	pthread_attr_init(&attributes);
	if (stack_size)
		pthread_attr_setstacksize(&attributes, stack_size);
	pthread_attr_setguardsize(&attributes, guard);
	assert_int_equal(pthread_create(&id, &attributes, started, &seen), 0);
	pthread_join(id, NULL);
	pthread_attr_destroy(&attributes);
	assert_true(seen.stack && seen.storage && seen.outside);
	assert_false(find((void *)(uintptr_t)(seen.base + 8192), &thread));
}

static void test_started(void **state)
{
	(void)state;
	check_started(256 * 1024, 4096);
	check_started(1024 * 1024, 65536);
	check_started(0, 4096);
}

static int met(void *context)
{
	bool *good = context;
	struct allotype_thread thread;
	int here;

	good[0] = running_meet();
	good[1] = !running_meet();
	good[2] = find(&here, &thread) && (pid_t)thread.tid == gettid();
	return 0;
}

static size_t count_nodes(void)
{
	size_t count = 0;
	uint64_t at = allotype_index.threads;

	for (; at; count++)
		at = ((struct allotype_thread *)(uintptr_t)at)->next;
	return count;
}

/* Threads that nobody announced and nobody reported dead. */
static void test_met(void **state)
{
	size_t nodes = 0;

	(void)state;
#ifdef __SANITIZE_THREAD__
	skip(); /* ThreadSanitizer does not know of thrd_create. */
#endif
	for (int i = 0; i < 200; i++) {
		bool good[3] = { false, false, false };
		thrd_t thread;

		assert_int_equal(thrd_create(&thread, met, good),
				 thrd_success);
		thrd_join(thread, NULL);
		assert_true(good[0] && good[1] && good[2]);
		if (i == 10)
			nodes = count_nodes();
	}
	assert_int_equal(count_nodes(), nodes);
}

static void *claim_and_return(void *context)
{
	struct running_thread **node = context;

	*node = running_claim();
	return NULL;
}

/* No two claims give one node, and nodes come back. */
static void test_claims(void **state)
{
	enum { THREADS = 8 };
	struct running_thread *nodes[THREADS];
	pthread_t threads[THREADS];
	size_t count;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, claim_and_return, &nodes[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(nodes[i], nodes[k]);
	for (int i = 0; i < THREADS; i++)
		running_give_back(nodes[i]);
	count = count_nodes();
	for (int i = 0; i < 1000; i++)
		running_give_back(running_claim());
	assert_int_equal(count_nodes(), count);
}

/* ---- fork ---- */

static void *fork_here(void *context)
{
	struct seen *seen = context;
	int *status = (int *)(uintptr_t)seen->base;
	pid_t child;

	running_begin(seen->node);
	child = fork();
	if (child == 0) {
		struct allotype_thread thread;
		bool first, own;

		running_fork_child();
		first = find(arguments, &thread);
		own = find(&child, &thread) &&
		      (pid_t)thread.tid == getpid();
		_exit(!first && own ? 0 : 1);
	}
	waitpid(child, status, 0);
	running_end(seen->node);
	return NULL;
}

static void test_fork(void **state)
{
	int status = -1;
	struct seen seen = { .node = running_claim(),
			     .base = (uintptr_t)&status };
	pthread_t id;

	(void)state;
	seen.node->stack_size = 0;
	pthread_create(&id, NULL, fork_here, &seen);
	pthread_join(id, NULL);
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_thread),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_started),
		cmocka_unit_test(test_met),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_fork),
	};

	arguments = argv;
	loaded_update();
	running_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
