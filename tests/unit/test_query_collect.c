/* SPDX-License-Identifier: Apache-2.0 */
/* What is collected of heap objects: the table, the reader, the pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "allotype.h"
#include "base/sys.h"
#include "query/collect.h"
#include "query/window.h"
#include "query_world.h"
#include "type/types.h"

enum { MEGABYTE = 1 << 20 };

static struct world *world;

static void add_many(struct collected *collected, uint64_t first, int count)
{
	for (int i = 0; i < count; i++) {
		const struct collected_object object = {
			.base = first + 16 * (uint64_t)i, .size = 16,
			.type = types_builtin(TYPES_INT), .site = 7,
		};

		collected_add(collected, &object);
	}
}

static int count_found(const struct collected *collected, uint64_t first,
		       int count)
{
	int found = 0;

	for (int i = 0; i < count; i++) {
		uint64_t base = first + 16 * (uint64_t)i;
		const struct collected_object *object =
			collected_find(collected, base);

		found += object && object->base == base && object->site == 7;
	}
	return found;
}

static void test_table_grows(void **state)
{
	enum { COUNT = 10000 };
	struct collected table = { .version = 0 };

	(void)state;
	collected_begin(&table);
	collected_clear(&table, MEGABYTE);
	assert_null(collected_find(&table, 0x1000));
	add_many(&table, 0x1000, COUNT);
	assert_int_equal(table.lack, ALLOC_OK);
	assert_int_equal(count_found(&table, 0x1000, COUNT), COUNT);
	assert_null(collected_find(&table, 0x1008));
	assert_null(collected_find(&table, 0x1000 + 16 * COUNT));
	assert_int_equal(collected_at(&table, 5)->base, 0x1000 + 16 * 5);
	assert_null(collected_at(&table, COUNT));
	collected_end(&table);
}

static void test_table_keeps_to_its_bounds(void **state)
{
	enum { COUNT = 100000 };
	struct collected table = { .version = 0 };
	int found;

	(void)state;
	collected_begin(&table);
	collected_clear(&table, MEGABYTE);
	add_many(&table, 0x1000, COUNT);
	assert_int_equal(table.lack, ALLOC_NO_SPACE);
	assert_true(table.size <= MEGABYTE);
	/* Those that came first are there. */
	found = count_found(&table, 0x1000, COUNT);
	assert_in_range(found, MEGABYTE / 128, MEGABYTE / 40);
	assert_int_equal(count_found(&table, 0x1000, found), found);
	collected_end(&table);
	/* The same memory serves again, smaller if need be. */
	collected_begin(&table);
	collected_clear(&table, MEGABYTE / 4);
	assert_int_equal(count_found(&table, 0x1000, COUNT), 0);
	assert_null(collected_at(&table, 0));
	add_many(&table, 0x1000, COUNT);
	assert_int_equal(table.lack, ALLOC_NO_SPACE);
	assert_true(count_found(&table, 0x1000, COUNT) < found);
	collected_clear(&table, 0);
	add_many(&table, 0x1000, 1);
	assert_int_equal(table.lack, ALLOC_NO_SPACE);
	assert_null(collected_find(&table, 0x1000));
	collected_end(&table);
}

static void test_window_over_holes(void **state)
{
	enum { PAGES = 40 };
	const uint64_t page = SYS_PAGE_SIZE;
	char *memory = sys_allocate(PAGES * page);
	struct window *window = window_create(NULL);
	uint64_t base = (uint64_t)(uintptr_t)memory, word;
	unsigned char bytes[16];

	(void)state;
	assert_non_null(memory);
	assert_non_null(window);
	memset(memory, 'x', PAGES * page);
	sys_protect(memory + 20 * page, page, false);
	assert_true(window_read(window, base, &word));
	assert_int_equal(word, 0x7878787878787878);
	assert_false(window_read(window, base + 20 * page + 8, &word));
	assert_false(window_read(window, base + 20 * page - 4, &word));
	assert_true(window_read(window, base + 19 * page, &word));
	assert_true(window_read(window, base + 21 * page, &word));
	/* Across pages, unaligned. */
	memory[8 * page] = 'y';
	window_destroy(window);
	window = window_create(NULL);
	assert_true(window_copy(window, base + 8 * page - 1, bytes, 16));
	assert_memory_equal(bytes, "xyxxxxxxxxxxxxxx", 16);
	assert_false(window_read(window, 8, &word));
	assert_false(window_read(window, UINT64_MAX - 3, &word));
	window_destroy(window);
	sys_release(memory, PAGES * page);
}

/* ---- the pass ---- */

static struct collected collected;

static void point(int star, const void *object)
{
	memcpy(world->image + WORLD_STARS + 8 * star, &object, sizeof object);
}

static struct query_leaf find(const void *object, const struct collected *by)
{
	struct query_view view = world->view;
	struct query_leaf leaf;

	view.collected = by;
	query_find(&view, (uint64_t)(uintptr_t)object, QUERY_ALL, &leaf);
	return leaf;
}

static void test_pointer_types_the_unknown(void **state)
{
	void *one = world_allocate(world, 24, WORLD_SITE_UNKNOWN);
	void *two = world_allocate(world, 48, WORLD_SITE_UNKNOWN);
	void *table = world_allocate(world, 24, WORLD_SITE_TABLE);
	struct query_leaf leaf;

	(void)state;
	point(0, one);
	point(1, two);
	assert_int_equal(collect_evidence(&world->view, &collected, MEGABYTE),
			 ALLOC_OK);
	leaf = find(one, &collected);
	assert_string_equal(alloc_type_name(leaf.info.type), "struct weasel");
	assert_int_equal(leaf.info.type_status, ALLOC_OK);
	assert_int_equal(leaf.info.evidence,
			 ALLOC_EVIDENCE_POINTER | ALLOC_EVIDENCE_SIZE);
	leaf = find(two, &collected);
	assert_string_equal(alloc_type_name(leaf.info.type),
			    "struct weasel[2]");
	assert_null(find(one, NULL).info.type);
	/* The code says better. */
	point(0, table);
	collect_evidence(&world->view, &collected, MEGABYTE);
	assert_string_equal(alloc_type_name(find(table, &collected).info.type),
			    "double[3]");
	assert_null(find(one, &collected).info.type);
	collect_evidence(&world->view, &collected, 0);
	assert_null(find(two, &collected).info.type);
	world_free(world, one);
	world_free(world, two);
	world_free(world, table);
}

static void test_pointer_that_cannot_be(void **state)
{
	char *small = world_allocate(world, 16, WORLD_SITE_UNKNOWN);
	char *inside = world_allocate(world, 40, WORLD_SITE_UNKNOWN);
	void *freed = world_allocate(world, 24, WORLD_SITE_UNKNOWN);

	(void)state;
	point(0, small);
	point(1, inside + 24);
	assert_int_equal(collect_evidence(&world->view, &collected, MEGABYTE),
			 ALLOC_OK);
	assert_null(find(small, &collected).info.type);
	assert_null(find(inside, &collected).info.type);
	point(0, freed);
	world_free(world, freed);
	collect_evidence(&world->view, &collected, MEGABYTE);
	assert_int_equal(find(freed, &collected).info.status, ALLOC_FREED);
	assert_null(find(freed, &collected).info.type);
	world_free(world, small);
	world_free(world, inside);
}

static void test_pointer_into_the_middle(void **state)
{
	char *object = world_allocate(world, 40, WORLD_SITE_UNKNOWN);
	struct query_leaf leaf;

	(void)state;
	point(0, object + 16);
	point(1, NULL);
	assert_int_equal(collect_evidence(&world->view, &collected, MEGABYTE),
			 ALLOC_OK);
	leaf = find(object, &collected);
	assert_string_equal(alloc_type_name(leaf.info.type), "struct weasel");
	assert_int_equal(leaf.type_offset, 16);
	assert_int_equal(leaf.info.evidence, ALLOC_EVIDENCE_POINTER);
	assert_in_range(leaf.info.confidence, 1, 49);
	/* The outermost of two, whichever came first. */
	point(1, object + 8);
	collect_evidence(&world->view, &collected, MEGABYTE);
	assert_int_equal(find(object, &collected).type_offset, 8);
	point(0, object + 8);
	point(1, object + 16);
	collect_evidence(&world->view, &collected, MEGABYTE);
	assert_int_equal(find(object, &collected).type_offset, 8);
	world_free(world, object);
}

static void *ask(void *object)
{
	enum { TIMES = 2000 };

	for (int i = 0; i < TIMES; i++) {
		struct query_leaf leaf = find(object, &collected);

		/* Told or not, but never something else. */
		if (leaf.info.type &&
		    strcmp(alloc_type_name(leaf.info.type), "struct weasel"))
			return object;
	}
	return NULL;
}

static void test_threads_ask_meanwhile(void **state)
{
	enum { ASKERS = 3, TIMES = 100 };
	void *one = world_allocate(world, 24, WORLD_SITE_UNKNOWN), *result;
	pthread_t threads[ASKERS];

	(void)state;
	point(0, one);
	point(1, NULL);
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, one),
				 0);
	for (int i = 0; i < TIMES; i++)
		collect_evidence(&world->view, &collected,
				 i % 3 ? MEGABYTE : 0);
	for (int i = 0; i < ASKERS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_null(result);
	}
	world_free(world, one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_grows),
		cmocka_unit_test(test_table_keeps_to_its_bounds),
		cmocka_unit_test(test_window_over_holes),
		cmocka_unit_test(test_pointer_types_the_unknown),
		cmocka_unit_test(test_pointer_that_cannot_be),
		cmocka_unit_test(test_pointer_into_the_middle),
		cmocka_unit_test(test_threads_ask_meanwhile),
	};

	world = world_create();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
