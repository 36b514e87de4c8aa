/* SPDX-License-Identifier: Apache-2.0 */
/* The heap against a model: contents, bounds, records and invariants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "heap/heap.h"
#include "heap/lookup.h"
#include "heap/sites.h"
#include "death.h"

/* Slow under ThreadSanitizer, and about one thread. */
#ifdef __SANITIZE_THREAD__
enum { SLOTS = 512, STEPS = 15000 };
#else
enum { SLOTS = 512, STEPS = 60000 };
#endif

static struct model {
	unsigned char *pointer;
	size_t size;
	unsigned char fill;
} model[SLOTS];

static uint64_t state = 88172645463325252u;

static uint32_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 11);
}

static __attribute__((noinline)) void *allocate(size_t size)
{
	return heap_allocate(size, HEAP_FRAME);
}

static __attribute__((noinline)) void release(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

static __attribute__((noinline)) void *reallocate(void *pointer, size_t size)
{
	return heap_reallocate(pointer, size, HEAP_FRAME);
}

static __attribute__((noinline)) void *allocate_aligned(size_t align,
							size_t size)
{
	return heap_allocate_aligned(align, size, HEAP_FRAME);
}

static __attribute__((noinline)) void *allocate_zeroed(size_t size)
{
	return heap_allocate_zeroed(size, HEAP_FRAME);
}

/* Mostly small, now and then big. */
static size_t random_size(void)
{
	uint32_t kind = next_random() % 100;

	if (kind < 60)
		return next_random() % 256;
	if (kind < 90)
		return next_random() % 8192;
	if (kind < 99)
		return next_random() % 300000;
	return next_random() % 3000000;
}

static void check_lookup(const struct model *m)
{
	struct heap_object object;
	uintptr_t inside = (uintptr_t)m->pointer + (m->size ? m->size / 2 : 0);

	assert_true(heap_lookup(NULL, heap_published_address(), inside,
				&object));
	assert_int_equal(object.state, HEAP_STATE_LIVE);
	assert_int_equal(object.base, (uintptr_t)m->pointer);
	assert_int_equal(object.size, m->size);
	assert_true(object.capacity >= m->size);
	assert_int_not_equal(object.site, 0);
}

static void fill(struct model *m)
{
	m->fill = (unsigned char)next_random();
	memset(m->pointer, m->fill, m->size);
}

static void check_fill(const struct model *m, size_t size)
{
	for (size_t i = 0; i < size; i += 1 + size / 64)
		assert_int_equal(m->pointer[i], m->fill);
	if (size)
		assert_int_equal(m->pointer[size - 1], m->fill);
}

static void renew(struct model *m)
{
	uint32_t how = next_random() % 8;
	size_t align = 16;

	m->size = random_size();
	if (how == 0) {
		m->pointer = allocate_zeroed(m->size);
		for (size_t i = 0; i < m->size; i++)
			assert_int_equal(m->pointer[i], 0);
	} else if (how == 1) {
		align = (size_t)1 << next_random() % 18;
		m->pointer = allocate_aligned(align, m->size);
	} else {
		m->pointer = allocate(m->size);
	}
	assert_non_null(m->pointer);
	if (align < 16)
		align = 16;
	assert_int_equal((uintptr_t)m->pointer % align, 0);
	fill(m);
	check_lookup(m);
}

static void resize(struct model *m)
{
	size_t size = random_size() + 1, keep;

	keep = size < m->size ? size : m->size;
	m->pointer = reallocate(m->pointer, size);
	assert_non_null(m->pointer);
	m->size = size;
	check_fill(m, keep);
	fill(m);
	check_lookup(m);
}

static void test_random_operations(void **unused)
{
	(void)unused;
	for (int step = 0; step < STEPS; step++) {
		struct model *m = &model[next_random() % SLOTS];

		if (!m->pointer) {
			renew(m);
			continue;
		}
		check_fill(m, m->size);
		assert_int_equal(heap_size(m->pointer), m->size);
		if (next_random() % 3 == 0) {
			resize(m);
			continue;
		}
		release(m->pointer);
		m->pointer = NULL;
		if (step % 4096 == 0)
			heap_check();
	}
	heap_check();
	for (int i = 0; i < SLOTS; i++)
		if (model[i].pointer)
			release(model[i].pointer);
	heap_check();
	heap_trim();
	heap_check();
}

static void test_classes(void **unused)
{
	(void)unused;
	for (size_t size = 0; size <= CLASS_SIZE_MAX; size++) {
		unsigned int c = class_of_size(size);

		assert_true(c < CLASS_COUNT && class_size(c) >= size);
		if (c)
			assert_true(class_size(c - 1) < size);
		if (size > 128)
			assert_true(class_size(c) - size <= class_size(c) / 8);
		assert_true(class_size(c) - (size ? size : 0) <=
			    ALLOTYPE_RECORD_SLACK_MAX);
	}
}

static void test_extreme_sizes(void **unused)
{
	void *empty = allocate(0), *other = allocate(0);

	(void)unused;
	assert_non_null(empty);
	assert_ptr_not_equal(empty, other);
	assert_int_equal(heap_size(empty), 0);
	release(empty);
	release(other);
	assert_null(allocate(SIZE_MAX));
	assert_null(allocate((size_t)PTRDIFF_MAX + 1));
	assert_null(allocate_zeroed(PTRDIFF_MAX));
	assert_null(allocate_aligned((size_t)1 << 62, 1));
	assert_int_equal(heap_size(NULL), 0);
	heap_check();
}

static void test_freed_objects_tell_both_sites(void **unused)
{
	char *small = allocate(40), *large = allocate(100000);
	struct heap_object object;
	uint64_t heap = heap_published_address();

	(void)unused;
	/* What follows it keeps the freed run from being merged. */
	void *behind = allocate(100000);

	release(small);
	release(large);
	assert_true(heap_lookup(NULL, heap, (uintptr_t)small + 8, &object));
	assert_int_equal(object.state, HEAP_STATE_FREED);
	assert_int_equal(object.base, (uintptr_t)small);
	assert_int_not_equal(object.site, 0);
	assert_int_not_equal(object.free_site, 0);
	assert_true(heap_lookup(NULL, heap, (uintptr_t)large, &object));
	assert_int_not_equal(object.state, HEAP_STATE_LIVE);
	assert_false(heap_lookup(NULL, heap, (uintptr_t)&object, &object));
	release(behind);
}

static uint64_t free_address(const struct heap_object *object)
{
	struct allotype_site site = { 0 };

	sites_get(object->free_site, &site);
	return site.address;
}

/* What was merged tells its story where it began, and nobody else's behind
 * that. */
static void test_merged_runs_keep_their_stories_apart(void **unused)
{
	uint64_t heap = heap_published_address();
	char *p[16], *other;
	struct heap_object object;
	int i;

	(void)unused;
	for (i = 0; i < 16; i++)
		p[i] = allocate(100000);
	for (i = 0; i < 14 && p[i + 1] - p[i] != 102400; i++)
		;
	assert_true(i < 14);
	other = p[i + 1];
	heap_free(p[i], 0x1001);
	heap_free(other, 0x2002);
	assert_true(heap_lookup(NULL, heap, (uintptr_t)p[i] + 99999, &object));
	assert_int_equal(object.base, (uintptr_t)p[i]);
	assert_int_equal(free_address(&object), 0x1001);
	assert_true(heap_lookup(NULL, heap, (uintptr_t)other, &object));
	assert_int_equal(object.base, (uintptr_t)other);
	assert_int_equal(free_address(&object), 0x2002);
	assert_true(heap_lookup(NULL, heap, (uintptr_t)other + 100, &object));
	assert_int_equal(object.state, HEAP_STATE_FREED);
	assert_int_equal(object.site, 0);
	assert_int_equal(object.free_site, 0);
	for (int k = 0; k < 16; k++)
		if (k != i && k != i + 1)
			release(p[k]);
	heap_check();
}

static void test_slack_too_large_moves(void **unused)
{
	char *p = allocate(32768), *q;

	(void)unused;
	memset(p, 7, 32768);
	q = reallocate(p, 20000);
	assert_int_equal(heap_size(q), 20000);
	assert_int_equal(q[19999], 7);
	release(q);
	p = allocate_aligned(4096, 10);
	assert_int_equal((uintptr_t)p % 4096, 0);
	assert_int_equal(heap_size(p), 10);
	release(p);
	heap_check();
}

static void test_big_growth_keeps_contents(void **unused)
{
	size_t size = 40000;
	unsigned char *p = allocate(size);

	(void)unused;
	memset(p, 1, size);
	for (int i = 0; i < 40; i++) {
		size_t more = size + size / 5;

		p = reallocate(p, more);
		assert_non_null(p);
		assert_int_equal(p[0], 1);
		assert_int_equal(p[size - 1], 1);
		memset(p + size, 1, more - size);
		size = more;
	}
	assert_int_equal(heap_size(p), size);
	release(p);
	heap_check();
}

struct walk {
	uintptr_t wanted;
	size_t found, total;
};

static bool visit(void *context, const struct heap_object *object)
{
	struct walk *walk = context;

	assert_int_equal(object->state, HEAP_STATE_LIVE);
	walk->total++;
	walk->found += object->base == walk->wanted;
	return true;
}

static void test_walk_visits_live_objects_once(void **unused)
{
	void *small = allocate(24), *large = allocate(70000);
	struct walk walk = { (uintptr_t)small, 0, 0 };

	(void)unused;
	heap_walk(NULL, heap_published_address(), visit, &walk);
	assert_int_equal(walk.found, 1);
	walk.wanted = (uintptr_t)large;
	walk.found = 0;
	heap_walk(NULL, heap_published_address(), visit, &walk);
	assert_int_equal(walk.found, 1);
	release(small);
	release(large);
	walk.found = 0;
	heap_walk(NULL, heap_published_address(), visit, &walk);
	assert_int_equal(walk.found, 0);
}

static void free_twice(void)
{
	void *p = allocate(40);

	release(p);
	release(p);
}

static void free_big_twice(void)
{
	void *p = allocate(400000);

	release(p);
	release(p);
}

static void free_inside(void)
{
	release((char *)allocate(40) + 16);
}

static void free_inside_big(void)
{
	release((char *)allocate(400000) + 4096);
}

static void free_foreign(void)
{
	static char memory[64];

	release(memory + 16);
}

static void reallocate_freed(void)
{
	void *p = allocate(40);

	release(p);
	reallocate(p, 50);
}

static void test_bad_frees_die(void **unused)
{
	(void)unused;
	expect_death(free_twice, "allotype: double free: free(0x", "");
	expect_death(free_big_twice, "allotype: double free", "");
	expect_death(free_inside, "allotype: free inside an object: free(0x", "");
	expect_death(free_inside_big, "allotype: free inside an object", "");
	expect_death(free_foreign, "allotype: free of a foreign object: free(0x", "");
	expect_death(reallocate_freed, "allotype: realloc of a freed object: realloc(0x", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_extreme_sizes),
		cmocka_unit_test(test_random_operations),
		cmocka_unit_test(test_freed_objects_tell_both_sites),
		cmocka_unit_test(test_merged_runs_keep_their_stories_apart),
		cmocka_unit_test(test_slack_too_large_moves),
		cmocka_unit_test(test_big_growth_keeps_contents),
		cmocka_unit_test(test_walk_visits_live_objects_once),
		cmocka_unit_test(test_bad_frees_die),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
