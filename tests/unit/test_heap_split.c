/* SPDX-License-Identifier: Apache-2.0 */
/* Split objects: contents, bounds and sites of the parts, their ends in any
 * order, and the objects at any alignment that rest on them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "heap/heap.h"
#include "heap/lookup.h"
#include "death.h"

static __attribute__((noinline)) unsigned char *allocate(size_t size)
{
	return heap_allocate(size, HEAP_FRAME);
}

static __attribute__((noinline)) void release(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

static __attribute__((noinline)) unsigned char *reallocate(void *p, size_t size)
{
	return heap_reallocate(p, size, HEAP_FRAME);
}

static __attribute__((noinline)) unsigned char *multiple(size_t align,
							 size_t size)
{
	return heap_allocate_multiple(align, size, HEAP_FRAME);
}

static __attribute__((noinline)) bool resize(void *pointer, size_t size)
{
	return heap_resize_in_place(pointer, size, HEAP_FRAME);
}

static __attribute__((noinline)) unsigned char *split(void *pointer, size_t n)
{
	bool no_memory;
	void *second = heap_split(pointer, n, HEAP_RETURN, &no_memory);

	assert_false(no_memory);
	return second;
}

static struct heap_object look(const void *address)
{
	struct heap_object object;

	assert_true(heap_lookup(NULL, heap_published_address(),
				(uintptr_t)address, &object));
	return object;
}

static void expect_live(const unsigned char *base, size_t size, uint32_t site)
{
	for (size_t at = 0; at < size; at += size / 3 + 1) {
		struct heap_object object = look(base + at);

		assert_int_equal(object.state, HEAP_STATE_LIVE);
		assert_ptr_equal((void *)(uintptr_t)object.base, base);
		assert_int_equal(object.size, size);
		assert_int_equal(object.site, site);
		assert_true(object.capacity >= size);
	}
	assert_int_equal(heap_size(base), size);
}

static const size_t sizes[] = { 32, 48, 100, 128, 1000, 4096, 32768, 40000,
				100000, 1 << 20 };
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

/* Cuts an object of SIZE at N and ends the parts in the order that FIRST
 * says. */
static void cut_once(size_t size, size_t n, bool first)
{
	unsigned char *a = allocate(size), *b;
	size_t at = (n + 15) & ~(size_t)15;
	uint32_t site = look(a).site;

	for (size_t i = 0; i < size; i++)
		a[i] = (unsigned char)(i * 7);
	b = split(a, n);
	assert_ptr_equal(b, a + at);
	heap_check();
	expect_live(a, n, site);
	expect_live(b, size - at, site);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(a[i], (unsigned char)(i * 7));
	release(first ? a : b);
	assert_int_not_equal(look(first ? a : b).state, HEAP_STATE_LIVE);
	if (first)
		expect_live(b, size - at, site);
	else
		expect_live(a, n, site);
	heap_check();
	release(first ? b : a);
	assert_int_not_equal(look(a).state, HEAP_STATE_LIVE);
	assert_int_not_equal(look(b).state, HEAP_STATE_LIVE);
	heap_check();
}

static void test_two_parts(void **state)
{
	(void)state;
	for (int i = 0; i < SIZE_COUNT; i++) {
		cut_once(sizes[i], 16, true);
		cut_once(sizes[i], 16, false);
		cut_once(sizes[i], sizes[i] / 2, true);
		cut_once(sizes[i], sizes[i] / 2, false);
		cut_once(sizes[i], 1, true);
	}
	cut_once(100000, 8192, true);
	cut_once(100000, 8192, false);
	cut_once(100000, 8190, true);
	cut_once(100000, 99999 / 16 * 16, false);
}

static void test_what_cannot_be_split(void **state)
{
	unsigned char *p = allocate(32);

	(void)state;
	assert_null(split(p, 0));
	assert_null(split(p, 32));
	assert_null(split(p, 17));
	assert_null(split(p, SIZE_MAX));
	assert_null(split(p, SIZE_MAX - 4));
	assert_int_equal(heap_size(p), 32);
	assert_null(split(NULL, 16));
	release(p);
	p = allocate(16);
	assert_null(split(p, 1));
	release(p);
	heap_check();
}

enum { PARTS = 200 };

/* Of a block of PARTS times UNIT bytes, every part on its own. */
static void cut_often(size_t unit)
{
	unsigned char *parts[PARTS];
	size_t size = unit * PARTS;
	uint32_t site;

	parts[0] = allocate(size);
	site = look(parts[0]).site;
	for (int i = 1; i < PARTS; i++) {
		parts[i] = split(parts[i - 1], unit);
		assert_ptr_equal(parts[i], parts[0] + unit * (size_t)i);
		memset(parts[i], i, unit);
	}
	for (int i = 0; i < PARTS; i++)
		expect_live(parts[i], unit, site);
	heap_check();
	for (int i = 0; i < PARTS; i++) {
		int k = i * 77 % PARTS;

		if (k)
			assert_int_equal(parts[k][unit - 1], k);
		release(parts[k]);
		if (i % 16 == 0)
			heap_check();
	}
	assert_int_not_equal(look(parts[3]).state, HEAP_STATE_LIVE);
	heap_check();
}

static void test_many_parts(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		cut_often(16);
		cut_often(160);
		cut_often(4096);
		cut_often(4096 + 16);
	}
}

/* Every byte of a block belongs to one part at most, and splitting the first
 * again works as well as the last. */
static void test_split_in_the_middle(void **state)
{
	unsigned char *a = allocate(1024), *b, *c, *d;
	uint32_t site = look(a).site;

	(void)state;
	c = split(a, 512);
	b = split(a, 100);
	d = split(c, 256);
	assert_ptr_equal(b, a + 112);
	assert_ptr_equal(d, a + 768);
	expect_live(a, 100, site);
	expect_live(b, 400, site);
	expect_live(c, 256, site);
	expect_live(d, 256, site);
	assert_int_equal(look(a + 105).base, (uintptr_t)a);
	release(c);
	assert_int_equal(look(c + 5).state, HEAP_STATE_FREED);
	assert_int_not_equal(look(c + 5).free_site, 0);
	assert_int_equal(look(c + 5).site, site);
	release(a);
	release(d);
	heap_check();
	expect_live(b, 400, site);
	release(b);
	heap_check();
}

static void test_parts_are_reallocated(void **state)
{
	unsigned char *a = allocate(1000), *b, *c;

	(void)state;
	memset(a, 5, 1000);
	b = split(a, 512);
	c = reallocate(b, 400);
	assert_ptr_equal(c, b);
	assert_int_equal(heap_size(b), 400);
	c = reallocate(b, 5000);
	assert_ptr_not_equal(c, b);
	assert_int_equal(c[399], 5);
	assert_int_not_equal(look(b).state, HEAP_STATE_LIVE);
	b = reallocate(a, 100);
	assert_int_equal(b[99], 5);
	release(b);
	release(c);
	heap_check();
}

static void test_resize_in_place(void **state)
{
	unsigned char *a = allocate(100), *b;
	size_t room = look(a).capacity;

	(void)state;
	assert_true(resize(a, room));
	assert_int_equal(heap_size(a), room);
	assert_false(resize(a, room + 1));
	assert_int_equal(heap_size(a), room);
	assert_true(resize(a, 1));
	assert_int_equal(heap_size(a), 1);
	assert_false(resize(a, 0));
	assert_false(resize(a, SIZE_MAX));
	release(a);
	a = allocate(1000);
	b = split(a, 512);
	assert_true(resize(a, 30));
	assert_true(resize(a, 512));
	assert_false(resize(a, 513));
	assert_true(resize(b, 1));
	assert_int_equal(heap_size(b), 1);
	release(a);
	release(b);
	/* The far end of a region is free: a run can grow into it. */
	a = allocate(1 << 20);
	memset(a, 3, 1 << 20);
	assert_true(resize(a, 50000));
	assert_int_equal(heap_size(a), 50000);
	assert_true(resize(a, 1 << 20));
	assert_int_equal(a[49999], 3);
	b = allocate(1 << 20);
	assert_true(resize(a, 10));
	assert_int_equal(heap_size(a), 10);
	assert_int_equal(a[9], 3);
	release(a);
	release(b);
	heap_check();
}

static void test_any_alignment(void **state)
{
	static const size_t aligns[] = { 1, 2, 3, 7, 16, 24, 40, 48, 56, 100,
					 1000, 1001, 4095, 4096, 4097, 12288,
					 65535, 100000, 1 << 20 };
	static const size_t amounts[] = { 0, 1, 15, 16, 17, 100, 3000, 5000,
					  32768, 33000, 300000 };
	unsigned char *kept[16] = { NULL };
	size_t kept_size[16];
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof aligns / sizeof aligns[0]; i++)
		for (size_t k = 0; k < sizeof amounts / sizeof amounts[0];
		     k++, n++) {
			unsigned char *p = multiple(aligns[i], amounts[k]);
			unsigned int slot = n % 16;

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % aligns[i], 0);
			assert_int_equal((uintptr_t)p % 16, 0);
			assert_int_equal(heap_size(p), amounts[k]);
			assert_ptr_equal((void *)(uintptr_t)look(p).base, p);
			memset(p, (int)slot, amounts[k]);
			if (kept[slot] && kept_size[slot])
				assert_int_equal(
					kept[slot][kept_size[slot] - 1], slot);
			release(kept[slot]);
			kept[slot] = p;
			kept_size[slot] = amounts[k];
		}
	heap_check();
	for (int i = 0; i < 16; i++)
		release(kept[i]);
	heap_check();
	assert_null(multiple(SIZE_MAX, 1));
	assert_null(multiple(SIZE_MAX / 2, 1));
	assert_null(multiple(24, SIZE_MAX - 8));
}

/* What lies before an object at a multiple was never one. */
static void test_room_before_is_no_object(void **state)
{
	unsigned char *p;

	(void)state;
	do
		p = multiple(1000, 600);
	while (look(p - 1).state == HEAP_STATE_LIVE ||
	       look(p - 1).state == HEAP_STATE_FREED);
	assert_int_equal(look(p - 1).state, HEAP_STATE_UNUSED);
	p = reallocate(p, 700);
	assert_int_equal(heap_size(p), 700);
	release(p);
}

struct walk {
	const unsigned char *first;
	size_t parts, bytes;
};

static bool visit(void *context, const struct heap_object *object)
{
	struct walk *walk = context;
	uintptr_t first = (uintptr_t)walk->first;

	if (object->base >= first && object->base < first + 1024) {
		walk->parts++;
		walk->bytes += object->size;
		assert_true(object->split);
	}
	return true;
}

static void test_walks_meet_the_parts(void **state)
{
	unsigned char *a = allocate(1024), *b = split(a, 256);
	unsigned char *c = split(b, 256);
	struct walk walk = { a, 0, 0 };

	(void)state;
	heap_walk(NULL, heap_published_address(), visit, &walk);
	assert_int_equal(walk.parts, 3);
	assert_int_equal(walk.bytes, 1024);
	release(b);
	walk = (struct walk){ a, 0, 0 };
	heap_walk(NULL, heap_published_address(), visit, &walk);
	assert_int_equal(walk.parts, 2);
	assert_int_equal(walk.bytes, 768);
	release(a);
	release(c);
	walk = (struct walk){ a, 0, 0 };
	heap_walk(NULL, heap_published_address(), visit, &walk);
	assert_int_equal(walk.parts, 0);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 300 };

static unsigned char *handed[THREADS][ROUNDS];

static void *split_and_hand(void *argument)
{
	unsigned char **out = handed[(uintptr_t)argument];

	for (size_t i = 0; i < ROUNDS; i++) {
		size_t size = 64 + i * 37 % 6000;
		unsigned char *p = allocate(size);

		memset(p, 1, size);
		out[i] = split(p, size / 2);
		if (i % 3)
			release(p);
	}
	return NULL;
}

static void *free_handed(void *argument)
{
	unsigned char **out = handed[((uintptr_t)argument + 1) % THREADS];

	for (size_t i = 0; i < ROUNDS; i++)
		release(out[i]);
	return NULL;
}

static void in_threads(void *(*work)(void *))
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work,
						(void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void test_threads(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		in_threads(split_and_hand);
		heap_check();
		in_threads(free_handed);
		heap_check();
	}
}

/* ---- misuse ---- */

static void free_first_twice(void)
{
	unsigned char *a = allocate(100);

	split(a, 48);
	release(a);
	release(a);
}

static void free_second_twice(void)
{
	unsigned char *b = split(allocate(100), 48);

	release(b);
	release(b);
}

static void free_inside_part(void)
{
	release(split(allocate(1000), 48) + 16);
}

static void free_before_aligned(void)
{
	unsigned char *p;

	do
		p = multiple(4096 - 16, 8000);
	while (look(p - 16).state != HEAP_STATE_UNUSED);
	release((void *)(uintptr_t)look(p - 16).base);
}

static void split_freed(void)
{
	unsigned char *a = allocate(100);

	release(a);
	split(a, 48);
}

static void split_inside(void)
{
	split(allocate(100) + 16, 48);
}

static void test_misuse(void **state)
{
	(void)state;
	expect_death(free_first_twice, "allotype: double free", "");
	expect_death(free_second_twice, "allotype: double free", "");
	expect_death(free_inside_part, "allotype: free inside an object", "");
	expect_death(free_before_aligned, "allotype: free of memory that was never allocated", "");
	expect_death(split_freed, "allotype: alloc_split of a freed object", "");
	expect_death(split_inside, "allotype: alloc_split inside an object", "");
}

/* A child finds the parts, and frees them. */
static void test_fork(void **state)
{
	unsigned char *a = allocate(1000), *b = split(a, 512);
	pid_t child;
	int status;

	(void)state;
	in_threads(split_and_hand);
	heap_fork_prepare();
	child = fork();
	if (!child) {
		heap_fork_child();
		for (int i = 0; i < THREADS; i++)
			for (int k = 0; k < ROUNDS; k++)
				release(handed[i][k]);
		release(a);
		release(b);
		for (int i = 0; i < 2000; i++)
			memset(allocate((size_t)i), 1, (size_t)i);
		heap_check();
		_exit(heap_size(b) ? 1 : 0);
	}
	heap_fork_parent();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	in_threads(free_handed);
	release(b);
	release(a);
	heap_check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_parts),
		cmocka_unit_test(test_what_cannot_be_split),
		cmocka_unit_test(test_many_parts),
		cmocka_unit_test(test_split_in_the_middle),
		cmocka_unit_test(test_parts_are_reallocated),
		cmocka_unit_test(test_resize_in_place),
		cmocka_unit_test(test_any_alignment),
		cmocka_unit_test(test_room_before_is_no_object),
		cmocka_unit_test(test_walks_meet_the_parts),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
