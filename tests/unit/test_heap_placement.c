/* SPDX-License-Identifier: Apache-2.0 */
/* With placement=site no two sites share memory, whatever is freed. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap/heap.h"
#include "heap/kinds.h"
#include "heap/lookup.h"
#include "heap/placement.h"

enum { SITES = 4, OBJECTS = 4000 };

static __attribute__((noinline)) void *allocate(size_t size)
{
	return heap_allocate(size, HEAP_FRAME);
}

static __attribute__((noinline)) void release(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

static __attribute__((noinline)) void *allocate_zeroed(size_t size)
{
	return heap_allocate_zeroed(size, HEAP_FRAME);
}

static __attribute__((noinline)) void *reallocate(void *pointer, size_t size)
{
	return heap_reallocate(pointer, size, HEAP_FRAME);
}

/* Who is charged. */
#define SITE(name)                                                             \
	static __attribute__((noinline)) void *name(size_t size)               \
	{                                                                      \
		void *p = allocate(size);                                      \
									       \
		__asm__ volatile("" : "+r"(p));                                \
		return p;                                                      \
	}

SITE(first)
SITE(second)
SITE(third)

static __attribute__((noinline)) void *fourth(size_t size)
{
	void *p = allocate_zeroed(size);

	__asm__ volatile("" : "+r"(p));
	return p;
}

/* One site, however its callers are unrolled. */
static __attribute__((noinline)) void *resize(void *pointer, size_t size)
{
	void *p = reallocate(pointer, size);

	__asm__ volatile("" : "+r"(p));
	return p;
}

static void *(*const sites[SITES])(size_t) = { first, second, third, fourth };
static unsigned char *objects[SITES][OBJECTS];
/* Which site was first seen in a unit. */
static const unsigned char *unit_bases[SITES * OBJECTS];
static int unit_sites[SITES * OBJECTS];
static int units_seen;

/* A unit is of one site for ever. */
static void note(void *pointer, int site)
{
	const unsigned char *base = (unsigned char *)((uintptr_t)pointer &
						~(uintptr_t)65535);

	for (int i = 0; i < units_seen; i++)
		if (unit_bases[i] == base) {
			assert_int_equal(unit_sites[i], site);
			return;
		}
	unit_bases[units_seen] = base;
	unit_sites[units_seen++] = site;
}

static size_t size_of(int round, int i)
{
	return (size_t)(round * 37 + i % 3 * 100 + 8);
}

static void test_sites_never_share(void **unused)
{
	(void)unused;
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < OBJECTS; i++)
			for (int s = 0; s < SITES; s++) {
				size_t size = size_of(round, i);
				struct heap_object seen;

				objects[s][i] = sites[s](size);
				memset(objects[s][i], s, size);
				note(objects[s][i], s);
				assert_true(heap_lookup(
					NULL, heap_published_address(),
					(uintptr_t)objects[s][i], &seen));
				assert_int_equal(seen.size, size);
				assert_int_equal(seen.class_id, 0);
			}
		for (int s = 0; s < SITES; s++)
			for (int i = 0; i < OBJECTS; i++) {
				assert_int_equal(objects[s][i][0], s);
				release(objects[s][i]);
			}
		heap_trim();
		heap_check();
	}
}

static void test_zeroes(void **unused)
{
	static const unsigned char zeros[300];

	(void)unused;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < OBJECTS; i++) {
			objects[0][i] = fourth(300);
			assert_memory_equal(objects[0][i], zeros, 300);
			memset(objects[0][i], 1, 300);
		}
		for (int i = 0; i < OBJECTS; i++)
			release(objects[0][i]);
	}
}

/* The object of another site moves; that of the same stays. */
static void test_moves_between_sites(void **unused)
{
	unsigned char *p = first(200), *moved;

	(void)unused;
	memset(p, 7, 200);
	for (int i = 0; i < 2; i++) {
		moved = resize(p, 199);
		if (!i)
			assert_ptr_not_equal(moved, p);
		else
			assert_ptr_equal(moved, p);
		p = moved;
		assert_int_equal(p[198], 7);
		assert_int_equal(heap_size(p), 199);
	}
	p = reallocate(p, 100000);
	assert_int_equal(p[198], 7);
	p = reallocate(p, 50);
	assert_int_equal(p[49], 7);
	release(p);
	heap_check();
}

static void *churn(void *argument)
{
	unsigned char **mine = objects[(uintptr_t)argument];

	for (int i = 0; i < OBJECTS; i++) {
		mine[i] = sites[i % SITES]((size_t)i % 500 + 1);
		mine[i][0] = (unsigned char)i;
		if (i % 3 == 2)
			release(mine[i - 1]);
	}
	return NULL;
}

static void test_threads(void **unused)
{
	pthread_t threads[SITES];

	(void)unused;
	for (uintptr_t t = 0; t < SITES; t++)
		pthread_create(&threads[t], NULL, churn, (void *)t);
	for (int t = 0; t < SITES; t++)
		pthread_join(threads[t], NULL);
	for (int t = 0; t < SITES; t++)
		for (int i = 0; i < OBJECTS; i++)
			if (i % 3 != 1 || i == OBJECTS - 1) {
				assert_int_equal(objects[t][i][0],
						 (unsigned char)i);
				release(objects[t][i]);
			}
	heap_check();
}

/* Beyond the kinds that there can be, sites share as always. */
static void test_no_more_kinds(void **unused)
{
	unsigned int kind;
	uint32_t site = 1000;

	(void)unused;
	do {
		kind = placement_kind(++site, 3);
	} while (kind >= KIND_FIRST && site < 200000);
	assert_int_equal(kind, 3);
	assert_int_equal(placement_kind(site, 3), 3);
	assert_true(placement_kind(1001, 3) >= KIND_FIRST);
	release(first(100));
	heap_check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites_never_share),
		cmocka_unit_test(test_zeroes),
		cmocka_unit_test(test_moves_between_sites),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_no_more_kinds),
	};

	if (!heap_init())
		return 1;
	options.placement = OPTION_PLACEMENT_SITE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
