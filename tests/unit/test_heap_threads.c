/* SPDX-License-Identifier: Apache-2.0 */
/* The heap between threads: remote frees, ends of threads, adoption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>

#include <cmocka.h>

#include "heap/heap.h"
#include "heap/lookup.h"

#include "death.h"

enum { SLOTS = 512, FEW_SLOTS = 24, WORKERS = 4, STEPS = 20000,
       OBJECTS = 20000 };

static void *slots[SLOTS];

static __attribute__((noinline)) void *allocate(size_t size)
{
	return heap_allocate(size, HEAP_FRAME);
}

static __attribute__((noinline)) void release(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

static void check_and_release(unsigned char *p)
{
	size_t size;

	if (!p)
		return;
	size = heap_size(p);
	for (size_t i = 1; i < size; i += 1 + size / 32)
		assert_int_equal(p[i], p[0]);
	release(p);
}

static void *exchange(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;

	for (int i = 0; i < STEPS; i++) {
		size_t size;
		void *p;

		state = state * 6364136223846793005u + 1442695040888963407u;
		size = 1 + (state >> 40) % (i % 100 ? 400 : 60000);
		p = allocate(size);
		memset(p, (int)(state >> 50), size);
		check_and_release(__atomic_exchange_n(
			&slots[(state >> 33) % SLOTS], p, __ATOMIC_ACQ_REL));
	}
	return NULL;
}

static void run(void *(*function)(void *), unsigned int count)
{
	pthread_t threads[WORKERS];

	for (uintptr_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, function,
						(void *)i), 0);
	for (unsigned int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static void test_frees_by_others(void **unused)
{
	(void)unused;
	for (int round = 0; round < 4; round++)
		run(exchange, WORKERS);
	heap_check();
	for (int i = 0; i < SLOTS; i++) {
		check_and_release(slots[i]);
		slots[i] = NULL;
	}
	heap_check();
}

/* Objects of which a MiniPage holds a few only, so that it is emptied by
 * others all the time, and goes to another class. */
static void *exchange_large(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;

	for (int i = 0; i < 5 * STEPS; i++) {
		size_t size;
		unsigned char *p;

		state = state * 6364136223846793005u + 1442695040888963407u;
		size = 2000 + (state >> 40) % 20000;
		p = allocate(size);
		p[0] = p[size - 1] = (unsigned char)(state >> 50);
		p = __atomic_exchange_n(&slots[(state >> 33) % FEW_SLOTS], p,
					__ATOMIC_ACQ_REL);
		if (!p)
			continue;
		assert_int_equal(p[0], p[heap_size(p) - 1]);
		release(p);
	}
	return NULL;
}

static void test_minipages_emptied_by_others(void **unused)
{
	(void)unused;
	run(exchange_large, WORKERS);
	heap_check();
	for (int i = 0; i < FEW_SLOTS; i++) {
		release(slots[i]);
		slots[i] = NULL;
	}
	heap_check();
}

static void *objects[OBJECTS];

static void *fill(void *unused)
{
	(void)unused;
	for (int i = 0; i < OBJECTS; i++)
		objects[i] = allocate(48);
	return NULL;
}

static void *drain(void *unused)
{
	(void)unused;
	for (int i = 0; i < OBJECTS; i++)
		release(objects[i]);
	return NULL;
}

/* What an ended thread left is freed by others and used again: the heap does
 * not grow with the number of threads. */
static void test_memory_of_ended_threads_is_used_again(void **unused)
{
	struct heap_stats first, last;

	(void)unused;
	run(fill, 1);
	run(drain, 1);
	heap_get_stats(&first);
	for (int i = 0; i < 20; i++) {
		run(fill, 1);
		run(drain, 1);
	}
	heap_get_stats(&last);
	assert_true(last.reserved_bytes < first.reserved_bytes + (2 << 20));
	heap_check();
}

/* What ended threads leave: two in a MiniPage, of which a thread takes one, and
 * which nobody else allocates here. */
enum { RARE_SIZE = 30000, RARE_OTHER = 25000, RARE_OWN = 16 };

static void *allocate_rare(void *size)
{
	return allocate((uintptr_t)size);
}

static void *rare_of_thread(uintptr_t size)
{
	pthread_t thread;
	void *p;

	assert_int_equal(pthread_create(&thread, NULL, allocate_rare,
					(void *)size), 0);
	assert_int_equal(pthread_join(thread, &p), 0);
	return p;
}

static bool share_minipage(const void *p, const void *q)
{
	return !(((uintptr_t)p ^ (uintptr_t)q) >> ALLOTYPE_UNIT_SHIFT);
}

static void test_next_thread_goes_on(void **unused)
{
	void *p, *q;

	(void)unused;
	heap_trim();
	p = rare_of_thread(RARE_SIZE);
	q = rare_of_thread(RARE_SIZE);
	assert_true(p != q && share_minipage(p, q));
	release(p);
	release(q);
	heap_check();
}

static void test_others_take_from_ended_threads(void **unused)
{
	void *own[RARE_OWN], *p;
	bool found = false;

	(void)unused;
	heap_trim();
	p = rare_of_thread(RARE_OTHER);
	/* The first ones may be of what this thread has. */
	for (int i = 0; i < RARE_OWN; i++) {
		own[i] = allocate(RARE_OTHER);
		found = found || share_minipage(p, own[i]);
	}
	assert_true(found);
	release(p);
	for (int i = 0; i < RARE_OWN; i++)
		release(own[i]);
	heap_check();
}

static void *fill_and_drain(void *unused)
{
	fill(unused);
	return drain(unused);
}

static void test_trim_empties_ended_threads(void **unused)
{
	struct heap_stats first, last;

	(void)unused;
	heap_trim();
	heap_get_stats(&first);
	run(fill_and_drain, 1);
	heap_trim();
	heap_get_stats(&last);
	assert_int_equal(last.reserved_bytes, first.reserved_bytes);
	heap_check();
}

static void *free_here(void *pointer)
{
	release(pointer);
	return NULL;
}

static void test_remote_free_is_visible_at_once(void **unused)
{
	struct heap_object object;
	void *p = allocate(100);
	pthread_t thread;

	(void)unused;
	assert_int_equal(pthread_create(&thread, NULL, free_here, p), 0);
	pthread_join(thread, NULL);
	assert_true(heap_lookup(NULL, heap_published_address(), (uintptr_t)p,
				&object));
	assert_int_equal(object.state, HEAP_STATE_FREED);
	assert_int_equal(object.base, (uintptr_t)p);
	assert_int_equal(heap_size(p), 0);
}

static void *free_both_here(void *pair)
{
	for (int i = 0; i < 2; i++)
		release(((void **)pair)[i]);
	return NULL;
}

/* By another thread; its first free from a place takes the long way. */
static void free_by_another(void *first, void *second)
{
	void *pair[] = { first, second };
	pthread_t thread;

	if (pthread_create(&thread, NULL, free_both_here, pair))
		_exit(1);
	pthread_join(thread, NULL);
}

static void free_twice_there(void)
{
	void *p = allocate(100), *q = allocate(100), *r = allocate(100);

	free_by_another(q, p);
	free_by_another(r, p);
}

/* As if one thread had looked at the record before the other wrote it. */
static void free_at_the_same_time(void)
{
	void *p = allocate(100), *q = allocate(100), *r = allocate(100);
	uint32_t size, *record = heap_record_fast(p, &size), live = *record;

	free_by_another(q, p);
	*record = live;
	free_by_another(r, p);
}

static void test_double_frees_by_others_die(void **unused)
{
	(void)unused;
	expect_death(free_twice_there, "allotype: double free: free(0x", "");
	expect_death(free_at_the_same_time, "allotype: double free: free(0x", "");
}

static int stop;

/* Queries any time, of anything, while others work. */
static void *look(void *unused)
{
	uint64_t heap = heap_published_address();
	struct heap_object object;

	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (int i = 0; i < SLOTS; i++) {
			uintptr_t p = (uintptr_t)__atomic_load_n(
				&slots[i], __ATOMIC_ACQUIRE);

			if (p && heap_lookup(NULL, heap, p, &object))
				assert_true(object.base <= p);
		}
	}
	return NULL;
}

static void test_queries_meanwhile(void **unused)
{
	pthread_t thread;

	(void)unused;
#if defined __SANITIZE_THREAD__
	/* Readers race with writers by design: they may see torn bounds of
	 * what changes under their eyes, and never fault. */
	skip();
#endif
	assert_int_equal(pthread_create(&thread, NULL, look, NULL), 0);
	run(exchange, WORKERS);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	heap_check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frees_by_others),
		cmocka_unit_test(test_minipages_emptied_by_others),
		cmocka_unit_test(test_memory_of_ended_threads_is_used_again),
		cmocka_unit_test(test_next_thread_goes_on),
		cmocka_unit_test(test_others_take_from_ended_threads),
		cmocka_unit_test(test_trim_empties_ended_threads),
		cmocka_unit_test(test_remote_free_is_visible_at_once),
		cmocka_unit_test(test_double_frees_by_others_die),
		cmocka_unit_test(test_queries_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
