/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out, at heap_limit=32M: what malloc and its kin, operator new
 * and alloc_try do, with handlers and without, in threads and after them. */
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>
#include <pthread.h>
#include <vector>

#include "allotype/heap.h"

static int failures;

#define EXPECT(condition)                                                      \
	((condition) ? (void)0 :                                               \
		       (void)(failures++, fprintf(stderr, "%s:%d: %s\n",       \
						  __FILE__, __LINE__,          \
						  #condition)))

static const size_t large = (size_t)64 << 20;
static int calls, new_handler_calls, calls_before_new;
static void *spare;

static bool give_up(size_t, enum alloc_failure cause)
{
	EXPECT(cause == ALLOC_FAILURE_LIMIT);
	calls++;
	return false;
}

static bool free_spare(size_t, enum alloc_failure)
{
	void *was = spare;

	calls++;
	spare = nullptr;
	free(was);
	return was != nullptr;
}

static void handle_new()
{
	new_handler_calls++;
	calls_before_new = calls;
	std::set_new_handler(nullptr);
}

/* Every one fails with ENOMEM, and asks the handler once. */
static void fail_everywhere()
{
	void *p = malloc(100), *q = nullptr;

	alloc_set_oom_handler(give_up);
	calls = 0;
#define EXPECT_FAILURE(call, asked)                                            \
	errno = 0;                                                             \
	EXPECT(!(call));                                                       \
	EXPECT(errno == ENOMEM);                                               \
	EXPECT(calls == (asked))
	EXPECT_FAILURE(malloc(large), 1);
	EXPECT_FAILURE(calloc(large, 1), 2);
	EXPECT_FAILURE(realloc(p, large), 3);
	EXPECT_FAILURE(aligned_alloc(64, large), 4);
	EXPECT_FAILURE(memalign(4096, large), 5);
	EXPECT_FAILURE(alloc_aligned(48, large), 6);
	EXPECT_FAILURE(valloc(large), 7);
	errno = 0;
	EXPECT(posix_memalign(&q, 64, large) == ENOMEM && !q && !errno);
	EXPECT(calls == 8);
	EXPECT(!new (std::nothrow) char[large] && calls == 9);
	EXPECT(alloc_failure_cause() == ALLOC_FAILURE_LIMIT);
	/* These cannot be helped. */
	EXPECT_FAILURE(calloc((size_t)1 << 40, (size_t)1 << 40), 9);
	EXPECT(alloc_failure_cause() == ALLOC_FAILURE_SIZE);
	EXPECT_FAILURE(malloc((size_t)-1), 9);
	errno = 0;
	EXPECT(!alloc_aligned(0, 10) && errno == EINVAL);
	EXPECT(alloc_failure_cause() == ALLOC_FAILURE_ALIGNMENT && calls == 9);
	EXPECT(malloc_usable_size(p) == 100);
	alloc_set_oom_handler(nullptr);
	free(p);
}

static void try_quietly()
{
	void *p = nullptr;

	alloc_set_oom_handler(give_up);
	calls = 0;
	errno = 77;
	EXPECT(alloc_try(large, &p) == ALLOC_NO_MEMORY && !p);
	EXPECT(alloc_failure_cause() == ALLOC_FAILURE_LIMIT);
	EXPECT(alloc_try((size_t)-1, &p) == ALLOC_NO_MEMORY && !p);
	EXPECT(alloc_failure_cause() == ALLOC_FAILURE_SIZE);
	EXPECT(alloc_try(10, nullptr) == ALLOC_INVALID);
	EXPECT(alloc_try(1000, &p) == ALLOC_OK && p);
	EXPECT(alloc_get_size(p) == 1000);
	EXPECT(errno == 77 && calls == 0);
	free(p);
	alloc_set_oom_handler(nullptr);
}

static void throw_and_handle()
{
	bool caught = false;

	calls = new_handler_calls = 0;
	alloc_set_thread_oom_handler(give_up);
	std::set_new_handler(handle_new);
	try {
		delete[] new char[large];
	} catch (std::bad_alloc &) {
		caught = true;
	}
	/* Ours first, then C++'s, and again. */
	EXPECT(caught && new_handler_calls == 1 && calls == 2);
	EXPECT(calls_before_new == 1);
	alloc_set_thread_oom_handler(nullptr);
}

static void get_help()
{
	void *p;

	spare = malloc((size_t)20 << 20);
	EXPECT(spare);
	calls = 0;
	alloc_set_oom_handler(free_spare);
	p = malloc((size_t)20 << 20);
	EXPECT(p && !spare && calls == 1);
	free(p);
	EXPECT(alloc_set_oom_handler(nullptr) == free_spare);
}

/* In a destructor of thread-specific data, maybe after our own. */
static void fail_late(void *)
{
	errno = 0;
	EXPECT(!malloc(large) && errno == ENOMEM);
	EXPECT(!malloc((size_t)-1));
	EXPECT(alloc_failure_cause() == ALLOC_FAILURE_SIZE ||
	       alloc_failure_cause() == ALLOC_FAILURE_UNKNOWN);
	alloc_set_thread_oom_handler(give_up);
}

static void *work(void *key)
{
	EXPECT(alloc_failure_cause() == ALLOC_FAILURE_NONE);
	EXPECT(!malloc(large));
	EXPECT(alloc_failure_cause() == ALLOC_FAILURE_LIMIT);
	pthread_setspecific(*(pthread_key_t *)key, key);
	return nullptr;
}

static void in_threads()
{
	pthread_key_t key;

	pthread_key_create(&key, fail_late);
	alloc_set_oom_handler(give_up);
	for (int i = 0; i < 20; i++) {
		pthread_t thread;

		calls = 0;
		if (pthread_create(&thread, nullptr, work, &key))
			abort();
		pthread_join(thread, nullptr);
		EXPECT(calls == 2);
	}
	alloc_set_oom_handler(nullptr);
	pthread_key_delete(key);
}

/* Of small objects too the limit is the limit, and all comes back. */
static void fill_with(size_t size)
{
	std::vector<void *> all;
	void *p;

	all.reserve(((size_t)32 << 20) / size + 1);
	while ((p = malloc(size))) {
		memset(p, 1, size);
		all.push_back(p);
	}
	EXPECT(all.size() * size <= (size_t)32 << 20);
	EXPECT(all.size() * size > (size_t)16 << 20);
	for (void *each : all)
		free(each);
}

int main()
{
	fail_everywhere();
	try_quietly();
	throw_and_handle();
	get_help();
	in_threads();
	for (int round = 0; round < 2; round++) {
		fill_with(64);
		fill_with(5000);
		fill_with(70000);
	}
	return failures ? 1 : 0;
}
