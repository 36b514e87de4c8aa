/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of objects: memory of their own, bounds, counts, misuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"
#include "heap/big.h"
#include "heap/class.h"
#include "heap/failure.h"
#include "heap/lookup.h"
#include "class_user.h"
#include "death.h"

enum { OBJECTS = 20000, FEW = 100 };

static void *objects[OBJECTS];

static struct heap_object look(const void *address)
{
	struct heap_object object;

	assert_true(heap_lookup(NULL, heap_published_address(),
				(uintptr_t)address, &object));
	return object;
}

static void test_bounds_and_alignment(void **unused)
{
	static const struct {
		size_t size, align, expected_align, slot;
	} cases[] = {
		{ 1, 0, 16, 16 },	   { 4, 0, 16, 16 },
		{ 20, 0, 8, 24 },	   { 24, 0, 8, 24 },
		{ 24, 16, 16, 32 },	   { 32, 0, 16, 32 },
		{ 100, 64, 64, 128 },	   { 24, 4096, 4096, 4096 },
		{ 4000, 0, 16, 4000 },	   { 30000, 0, 16, 30000 },
		{ 32768, 0, 16, 32768 },   { 9, 32768, 32768, 32768 },
	};

	(void)unused;
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct alloc_class *made = make((struct alloc_class_config){
			.size = cases[c].size, .align = cases[c].align });
		struct alloc_class_stats stats;

		class_get_stats(made, &stats);
		assert_int_equal(stats.slot_size, cases[c].slot);
		assert_int_equal(stats.object_size, cases[c].size);
		for (int i = 0; i < FEW; i++) {
			char *p = take(made);
			struct heap_object seen = look(p + cases[c].size - 1);

			assert_int_equal((uintptr_t)p %
						 cases[c].expected_align, 0);
			memset(p, i, cases[c].size);
			assert_int_equal(seen.base, (uintptr_t)p);
			assert_int_equal(seen.size, cases[c].size);
			assert_int_equal(seen.state, HEAP_STATE_LIVE);
			assert_int_equal(seen.class_id, class_id(made));
			assert_int_equal(heap_size(p), cases[c].size);
			assert_ptr_equal(class_of((uintptr_t)p), made);
			objects[i] = p;
		}
		for (int i = 0; i < FEW; i++) {
			give(made, objects[i]);
			assert_int_equal(look(objects[i]).state,
					 HEAP_STATE_FREED);
			assert_int_equal(look(objects[i]).size,
					 cases[c].size);
		}
	}
	heap_check();
}

static void test_bad_configurations(void **unused)
{
	static const struct alloc_class_config bad[] = {
		{ .size = 0 },		      { .size = SIZE_MAX },
		{ .size = PTRDIFF_MAX },      { .size = 8, .align = 3 },
		{ .size = 8, .align = 65536 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct alloc_class *made = NULL;

		assert_int_equal(class_register(&bad[i], 1, &made),
				 STATUS_BAD_INPUT);
		assert_null(made);
	}
}

static void test_names(void **unused)
{
	char name[] = "a name";
	struct alloc_class *named =
		make((struct alloc_class_config){ .name = name, .size = 8 });
	struct alloc_class *nameless =
		make((struct alloc_class_config){ .size = 8 });
	char expected[32];

	(void)unused;
	name[0] = 'b';
	assert_string_equal(class_name(named), "a name");
	snprintf(expected, sizeof expected, "class %u", class_id(nameless));
	assert_string_equal(class_name(nameless), expected);
	assert_ptr_equal(class_by_id(class_id(named)), named);
	assert_int_equal(class_id(nameless), class_id(named) + 1);
	assert_null(class_by_id(0));
	assert_null(class_by_id(class_id(nameless) + 1));
	assert_null(class_of((uintptr_t)name));
	assert_null(class_of((uintptr_t)take));
}

/* What was written stays until the next one writes; zero_init hides it. */
static void test_contents(void **unused)
{
	struct alloc_class *plain =
		make((struct alloc_class_config){ .size = 40 });
	struct alloc_class *zeroed = make((struct alloc_class_config){
		.size = 40, .zero_init = true });
	static const char zeros[40];

	(void)unused;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < OBJECTS; i++) {
			objects[i] = take(zeroed);
			assert_memory_equal(objects[i], zeros, 40);
			memset(objects[i], 0xff, 40);
		}
		for (int i = 0; i < OBJECTS; i++)
			give(zeroed, objects[i]);
	}
	for (int i = 0; i < OBJECTS; i++) {
		objects[i] = take(plain);
		assert_memory_equal(objects[i], zeros, 40);
		memset(objects[i], i, 40);
	}
	for (int i = 0; i < OBJECTS; i++)
		give(plain, objects[i]);
	heap_trim();
	for (int i = 0; i < OBJECTS; i++)
		for (int k = 0; k < 40; k++)
			assert_int_equal(((unsigned char *)objects[i])[k],
					 (unsigned char)i);
}

static int compare(const void *left, const void *right)
{
	uintptr_t a = *(const uintptr_t *)left, b = *(const uintptr_t *)right;

	return a < b ? -1 : a > b;
}

/* Memory of a class is never another's, nor malloc's. */
static void test_memory_is_type_stable(void **unused)
{
	struct alloc_class *first =
		make((struct alloc_class_config){ .size = 48 });
	struct alloc_class *second =
		make((struct alloc_class_config){ .size = 48 });
	struct alloc_class_stats before, after;
	static uintptr_t mine[OBJECTS];

	(void)unused;
	for (int i = 0; i < OBJECTS; i++)
		mine[i] = (uintptr_t)take(first);
	for (int i = 0; i < OBJECTS; i++)
		give(first, (void *)mine[i]);
	heap_trim();
	qsort(mine, OBJECTS, sizeof *mine, compare);
	for (int i = 0; i < OBJECTS; i++) {
		void *other = i % 2 ? take(second) :
				      heap_allocate(48, HEAP_FRAME);
		uintptr_t unit = (uintptr_t)other & ~(uintptr_t)65535;

		for (uintptr_t at = unit; at < unit + 65536; at += 48 * 1024)
			assert_ptr_not_equal(class_of(at), first);
		assert_null(bsearch(&other, mine, OBJECTS, sizeof *mine,
				    compare));
	}
	class_get_stats(first, &before);
	for (int i = 0; i < OBJECTS; i++)
		assert_ptr_equal(class_of((uintptr_t)take(first)), first);
	class_get_stats(first, &after);
	assert_int_equal(before.mapped_bytes, after.mapped_bytes);
	heap_check();
}

/* ---- threads ---- */

enum { THREADS = 4 };

static struct alloc_class *shared_class;
static void *exchange[64];

static void *trade(void *argument)
{
	uint64_t state = (uintptr_t)argument * 77 + 1;

	for (int i = 0; i < OBJECTS; i++) {
		uint64_t *mine = take(shared_class), *other;

		state = state * 6364136223846793005u + 1442695040888963407u;
		*mine = (uintptr_t)mine;
		other = __atomic_exchange_n(&exchange[state >> 58], mine,
					    __ATOMIC_ACQ_REL);
		if (!other)
			continue;
		assert_int_equal(*other, (uintptr_t)other);
		give(shared_class, other);
	}
	return NULL;
}

static void test_threads(void **unused)
{
	struct alloc_class_stats stats;
	pthread_t threads[THREADS];
	uint64_t left = 0;

	(void)unused;
	shared_class = make((struct alloc_class_config){ .size = 24 });
	for (int round = 0; round < 3; round++) {
		for (uintptr_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
							trade, (void *)i), 0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
	}
	for (int i = 0; i < 64; i++)
		left += exchange[i] != NULL;
	class_get_stats(shared_class, &stats);
	assert_int_equal(stats.allocated, 3 * THREADS * OBJECTS);
	assert_int_equal(stats.live, left);
	for (int i = 0; i < 64; i++)
		give(shared_class, exchange[i]);
	class_get_stats(shared_class, &stats);
	assert_int_equal(stats.released, stats.allocated);
	assert_int_equal(stats.live, 0);
	heap_check();
}

static void *fill(void *unused)
{
	for (int i = 0; i < OBJECTS; i++)
		objects[i] = take(shared_class);
	return unused;
}

/* What a thread leaves behind is used by those that come after it. */
static void test_ended_threads(void **unused)
{
	struct alloc_class_stats before, after;
	pthread_t thread;

	(void)unused;
	shared_class = make((struct alloc_class_config){ .size = 56 });
	for (int round = 0; round < 20; round++) {
		pthread_create(&thread, NULL, fill, NULL);
		pthread_join(thread, NULL);
		if (!round)
			class_get_stats(shared_class, &before);
		for (int i = 0; i < OBJECTS; i++)
			give(shared_class, objects[i]);
	}
	class_get_stats(shared_class, &after);
	assert_int_equal(after.live, 0);
	assert_true(after.mapped_bytes <= 3 * before.mapped_bytes);
	heap_check();
}

static void test_fork(void **unused)
{
	struct alloc_class *made = make((struct alloc_class_config){
		.size = 32, .zero_init = true });
	struct alloc_class_stats stats;
	int status;
	pid_t child;

	(void)unused;
	for (int i = 0; i < FEW; i++)
		objects[i] = take(made);
	heap_fork_prepare();
	child = fork();
	if (!child) {
		heap_fork_child();
		for (int i = 0; i < FEW; i++)
			give(made, objects[i]);
		for (int i = 0; i < OBJECTS; i++)
			objects[i] = take(made);
		heap_check();
		class_get_stats(made, &stats);
		_exit(stats.live != OBJECTS);
	}
	heap_fork_parent();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	class_get_stats(made, &stats);
	assert_int_equal(stats.live, FEW);
	for (int i = 0; i < FEW; i++)
		give(made, objects[i]);
}

/* The limit of the heap holds for classes, too. */
static void test_heap_limit(void **unused)
{
	struct alloc_class *made =
		make((struct alloc_class_config){ .size = 1000 });
	struct alloc_class_stats stats;
	void *last = take(made), *object;
	int count = 0;

	(void)unused;
	lock_acquire(&region_lock);
	options.heap_limit = unit_committed() + big_committed() + (1 << 20);
	lock_release(&region_lock);
	for (; (object = take(made)); last = object)
		count++;
	assert_int_equal(failure_cause(), ALLOC_FAILURE_LIMIT);
	assert_in_range(count, 500, 1300);
	give(made, last);
	assert_non_null(take(made));
	options.heap_limit = 0;
	assert_non_null(take(made));
	class_get_stats(made, &stats);
	assert_int_equal(stats.live, count + 2);
}

/* ---- misuse ---- */

static struct alloc_class *base, *derived;

static void release_to_wrong_class(void)
{
	give(base, take(derived));
}

static void release_malloced(void)
{
	give(base, heap_allocate(16, HEAP_FRAME));
}

static void free_object(void)
{
	heap_free(take(derived), HEAP_RETURN);
}

static void reallocate_object(void)
{
	heap_reallocate(take(derived), 100, HEAP_FRAME);
}

static void release_twice(void)
{
	void *p = take(base);

	give(base, p);
	give(base, p);
}

static void release_twice_later(void)
{
	void *p = take(base);

	give(base, p);
	for (int i = 0; i < FEW; i++)
		give(derived, take(derived));
	give(base, p);
}

static void release_inside(void)
{
	void *p = take(derived);

	give(derived, (char *)p + 8);
}

static void release_first_member(void)
{
	void *p = take(derived);

	give(base, (char *)p + 8);
}

static void release_unused(void)
{
	void *p = take(derived);

	give(derived, (char *)p + 32768);
}

static void release_static(void)
{
	static int memory;

	give(base, &memory);
}

static void test_misuse_dies(void **unused)
{
	(void)unused;
	base = make((struct alloc_class_config){ .name = "base", .size = 4 });
	derived = make((struct alloc_class_config){ .name = "derived",
						    .size = 20 });
	expect_death(release_to_wrong_class,
		     "allotype: class mismatch: release(0x",
		     ") to class base at 0x");
	expect_death(release_to_wrong_class, "allotype: class mismatch: ",
		     ": an object of class derived: 20 bytes at 0x");
	expect_death(release_malloced, "allotype: class mismatch: release(0x",
		     ": an object of no class: 16 bytes at 0x");
	expect_death(free_object, "allotype: class mismatch: free(0x",
		     ": an object to be released to class derived: 20 bytes");
	expect_death(reallocate_object, "allotype: class mismatch: realloc(0x",
		     ": an object to be released to class derived: 20 bytes");
	expect_death(release_twice, "allotype: double free: release(0x",
		     ": freed, 4 bytes at 0x");
	expect_death(release_twice_later, "allotype: double free: release(0x",
		     ": freed, 4 bytes at 0x");
	expect_death(release_inside,
		     "allotype: release inside an object: release(0x", " +8");
	expect_death(release_first_member,
		     "allotype: release inside an object: release(0x", " +8");
	expect_death(release_unused,
		     "allotype: release of memory that was never allocated: ",
		     "release(0x");
	expect_death(release_static,
		     "allotype: release of a foreign object: release(0x", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds_and_alignment),
		cmocka_unit_test(test_bad_configurations),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_memory_is_type_stable),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_ended_threads),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_heap_limit),
		cmocka_unit_test(test_misuse_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
