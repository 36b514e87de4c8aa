/* SPDX-License-Identifier: Apache-2.0 */
/* Queries, from the address to the words, in a made-up world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "allotype.h"
#include "query/describe.h"
#include "query/path.h"
#include "query_world.h"

static struct world *world;

static uint64_t at(const void *base, size_t offset)
{
	return (uint64_t)(uintptr_t)base + offset;
}

static struct query_leaf find(uint64_t address)
{
	struct query_leaf leaf;

	query_find(&world->view, address, QUERY_ALL, &leaf);
	return leaf;
}

/* Is the line about ADDRESS as FORMAT says, filled with A and B? */
static void expect_line(uint64_t address, const char *expected)
{
	char line[512];
	size_t length = query_describe_line(&world->view, address, line,
					    sizeof line);

	assert_string_equal(line, expected);
	assert_int_equal(length, strlen(line));
}

#define EXPECT_LINE(address, ...)                                             \
	do {                                                                   \
		char expected_[512];                                           \
		snprintf(expected_, sizeof expected_, __VA_ARGS__);            \
		expect_line((address), expected_);                             \
	} while (0)

static void test_array_by_size(void **state)
{
	void *table = world_allocate(world, 300 * 8, WORLD_SITE_TABLE);
	struct query_leaf leaf = find(at(table, 57));

	(void)state;
	assert_int_equal(leaf.info.status, ALLOC_OK);
	assert_string_equal(leaf.info.allocator->name, "heap");
	assert_ptr_equal(leaf.info.base, table);
	assert_int_equal(leaf.info.size, 2400);
	assert_string_equal(alloc_type_name(leaf.info.type), "double[300]");
	assert_string_equal(leaf.info.site.function, "make_table");
	assert_string_equal(leaf.info.site.file, "src/table.c");
	assert_int_equal(leaf.info.site.line, 42);
	assert_string_equal(leaf.info.site.module, "/bin/prog");
	EXPECT_LINE(at(table, 57),
		    "%p heap: element 7 of double[300], 2400 bytes at %p +57, "
		    "evidence sizeof+variable (95%%), allocated in make_table "
		    "(src/table.c:42)",
		    (char *)table + 57, table);
	world_free(world, table);
}

static void test_struct_field(void **state)
{
	void *weasel = world_allocate(world, 24, WORLD_SITE_WEASEL);

	(void)state;
	EXPECT_LINE(at(weasel, 8),
		    "%p heap: ((struct weasel *)%p)->weight (double), struct "
		    "weasel, 24 bytes at %p +8, evidence return (60%%), "
		    "allocated in make_table (src/table.c:43)",
		    (char *)weasel + 8, weasel, weasel);
	/* Padding belongs to no field. */
	EXPECT_LINE(at(weasel, 4 + 1),
		    "%p heap: struct weasel, 24 bytes at %p +5, evidence "
		    "return (60%%), allocated in make_table (src/table.c:43)",
		    (char *)weasel + 5, weasel);
	world_free(world, weasel);
}

static void test_array_of_structs(void **state)
{
	void *weasels = world_allocate(world, 72, WORLD_SITE_WEASEL);

	(void)state;
	EXPECT_LINE(at(weasels, 24 + 20),
		    "%p heap: ((struct weasel *)%p)[1].pos.y (int), struct "
		    "weasel[3], 72 bytes at %p +44, evidence return (60%%), "
		    "allocated in make_table (src/table.c:43)",
		    (char *)weasels + 44, weasels, weasels);
	world_free(world, weasels);
}

static void test_size_that_does_not_fit(void **state)
{
	void *odd = world_allocate(world, 30, WORLD_SITE_WEASEL);
	struct query_leaf leaf = find(at(odd, 0));

	(void)state;
	assert_string_equal(alloc_type_name(leaf.info.type), "struct weasel");
	assert_int_equal(leaf.info.confidence, 40);
	world_free(world, odd);
	odd = world_allocate(world, 8, WORLD_SITE_WEASEL);
	leaf = find(at(odd, 0));
	assert_string_equal(alloc_type_name(leaf.info.type), "struct weasel");
	assert_int_equal(leaf.info.confidence, 30);
	world_free(world, odd);
}

static void test_flexible_array(void **state)
{
	void *message = world_allocate(world, 4 + 20, WORLD_SITE_MESSAGE);
	struct query_leaf leaf = find(at(message, 9));

	(void)state;
	assert_string_equal(alloc_type_name(leaf.info.type),
			    "struct message");
	assert_int_equal(leaf.info.confidence, 80);
	EXPECT_LINE(at(message, 9),
		    "%p heap: ((struct message *)%p)->text[5] (char), struct "
		    "message, 24 bytes at %p +9, evidence cast (80%%), "
		    "allocated in make_table (src/table.c:46)",
		    (char *)message + 9, message, message);
	world_free(world, message);
}

static void test_type_behind_a_prefix(void **state)
{
	void *object = world_allocate(world, 32, WORLD_SITE_PREFIXED);
	struct query_path path;

	(void)state;
	query_path_find(&world->view, at(object, 8), &path);
	assert_int_equal(path.inner.count, 1);
	assert_string_equal(path.inner.steps[0].name, "age");
	query_path_find(&world->view, at(object, 4), &path);
	assert_int_equal(path.inner.count, 0);
	world_free(world, object);
}

static void test_bytes(void **state)
{
	void *string = world_allocate(world, 11, WORLD_SITE_BYTES);
	struct query_leaf leaf = find(at(string, 3));

	(void)state;
	assert_string_equal(alloc_type_name(leaf.info.type), "char[11]");
	assert_int_equal(leaf.info.evidence, ALLOC_EVIDENCE_CALLEE);
	world_free(world, string);
}

static void test_unknown_says_why(void **state)
{
	void *odd = world_allocate(world, 16, WORLD_SITE_UNKNOWN);
	void *wrapped = world_allocate(world, 16, WORLD_SITE_WRAPPER);
	struct query_leaf leaf;

	(void)state;
	world->has_metadata = false;
	leaf = find(at(odd, 0));
	assert_int_equal(leaf.info.status, ALLOC_OK);
	assert_int_equal(leaf.info.type_status, ALLOC_NO_METADATA);
	/* What was not there is asked for again. */
	world->has_metadata = true;
	leaf = find(at(odd, 0));
	assert_null(leaf.info.type);
	assert_int_equal(leaf.info.type_status, ALLOC_NO_TYPE);
	leaf = find(at(wrapped, 0));
	assert_null(leaf.info.type);
	assert_int_equal(leaf.info.type_status, ALLOC_NO_TYPE);
	assert_int_equal(find(1).info.status, ALLOC_UNMAPPED);
	EXPECT_LINE(1, "0x1: nothing is mapped here");
	world_free(world, odd);
	world_free(world, wrapped);
}

static void test_freed(void **state)
{
	void *weasel = world_allocate(world, 24, WORLD_SITE_WEASEL);
	struct query_leaf leaf;

	(void)state;
	world_free(world, weasel);
	leaf = find(at(weasel, 0));
	assert_int_equal(leaf.info.status, ALLOC_FREED);
	assert_string_equal(leaf.info.allocator->name, "heap");
	assert_int_equal(leaf.info.site.line, 43);
	assert_ptr_equal(leaf.info.free_site.address,
			 world->image + WORLD_SITE_FREE);
	assert_string_equal(leaf.info.free_site.function, "main");
}

/* The size asked for is forgotten, so no number of elements is made up. */
static void test_freed_array(void **state)
{
	void *table = world_allocate(world, 2400, WORLD_SITE_TABLE);
	struct query_leaf leaf;

	(void)state;
	world_free(world, table);
	leaf = find(at(table, 56));
	assert_int_equal(leaf.info.status, ALLOC_FREED);
	assert_ptr_equal(leaf.info.base, table);
	assert_true(leaf.info.size >= 2400);
	assert_string_equal(alloc_type_name(leaf.info.type), "double");
	assert_int_equal(leaf.info.confidence, 95);
}

static void test_words_for_heap_without_objects(void **state)
{
	char *nothing = world_allocate(world, 11, WORLD_SITE_UNKNOWN);
	char *other = world_allocate(world, 11, WORLD_SITE_UNKNOWN);
	char *unused = (other > nothing ? other : nothing) + 16;

	(void)state;
	assert_int_equal(find(at(unused, 3)).info.status, ALLOC_UNUSED);
	EXPECT_LINE(at(unused, 3), "%p heap: unused", unused + 3);
	EXPECT_LINE(at(nothing, 13),
		    "%p heap: 2 bytes past the end of an object of no type "
		    "(the metadata knows none), 11 bytes at %p +13, allocated "
		    "in main in /bin/prog",
		    nothing + 13, nothing);
	world_free(world, nothing);
	world_free(world, other);
}

static void test_static_variable(void **state)
{
	uint64_t home = at(world->image, WORLD_HOME);
	struct query_leaf leaf = find(home + 35);

	(void)state;
	assert_string_equal(leaf.info.allocator->name, "static-symbol");
	assert_string_equal(leaf.info.name, "static_home");
	assert_int_equal(leaf.info.evidence, ALLOC_EVIDENCE_DEBUGINFO);
	EXPECT_LINE(home + 4 + 3 * 8 + 4,
		    "0x%llx static-symbol: static_home.at[3].y (int), struct "
		    "home, 36 bytes at 0x%llx +32, evidence debuginfo "
		    "(100%%), defined at src/table.c:3, in /bin/prog",
		    (unsigned long long)home + 32, (unsigned long long)home);
	EXPECT_LINE(home,
		    "0x%llx static-symbol: static_home.flags (int : 2), "
		    "struct home, 36 bytes at 0x%llx +0, evidence debuginfo "
		    "(100%%), defined at src/table.c:3, in /bin/prog",
		    (unsigned long long)home, (unsigned long long)home);
}

static void test_function(void **state)
{
	uint64_t main_address = at(world->image, WORLD_MAIN);
	struct query_leaf leaf = find(main_address + 0x7f);

	(void)state;
	assert_int_equal(leaf.info.size, WORLD_MAIN_SIZE);
	assert_string_equal(alloc_type_name(leaf.info.type),
			    "int (int, char **)");
	EXPECT_LINE(main_address + 4,
		    "0x%llx static-symbol: main+4 (int (int, char **)), 128 "
		    "bytes at 0x%llx +4, evidence debuginfo (100%%), defined "
		    "at src/table.c:10, in /bin/prog",
		    (unsigned long long)main_address + 4,
		    (unsigned long long)main_address);
}

static void test_section_and_segment(void **state)
{
	struct query_leaf leaf = find(at(world->image, 0x2700));

	(void)state;
	assert_string_equal(leaf.info.allocator->name, "static-section");
	assert_string_equal(leaf.info.name, ".data");
	leaf = find(at(world->image, 0x2900));
	assert_string_equal(leaf.info.allocator->name, "static-segment");
	assert_string_equal(leaf.info.name, "rw-");
}

static void test_argument_vector(void **state)
{
	struct query_leaf leaf = find(at(world->argv, 8));

	(void)state;
	assert_string_equal(leaf.info.allocator->name, "auxv");
	assert_string_equal(alloc_type_name(leaf.info.type), "char *[3]");
	assert_int_equal(leaf.info.size, 24);
	leaf = find(at(world->strings, 6));
	assert_string_equal(alloc_type_name(leaf.info.type), "char[3]");
	assert_ptr_equal(leaf.info.base, world->strings + 5);
}

static void test_path(void **state)
{
	static const char *const allocators[] = {
		"mmap", "static-file", "static-segment", "static-section",
		"static-symbol", "field", "field", "field",
	};
	uint64_t home = at(world->image, WORLD_HOME);
	struct query_path path;
	struct alloc_level level;

	(void)state;
	query_path_find(&world->view, home + 4 + 3 * 8 + 4, &path);
	assert_int_equal(query_path_count(&path), 8);
	for (unsigned int i = 0; i < 8; i++) {
		query_path_level(&path, i, &level);
		assert_string_equal(level.allocator->name, allocators[i]);
		assert_true(at(level.base, 0) <= home + 32);
		assert_true(at(level.limit, 0) > home + 32);
	}
	assert_string_equal(level.name, "y");
	query_path_level(&path, 6, &level);
	assert_int_equal(level.index, 3);
	assert_int_equal(level.flags, ALLOC_LEVEL_ELEMENT);
}

static void test_levels(void **state)
{
	uint64_t counter = at(world->image, WORLD_COUNTER);
	unsigned long long image = at(world->image, 0);
	char text[1024], expected[1024];

	(void)state;
	query_describe_levels(&world->view, counter, text, sizeof text);
	snprintf(expected, sizeof expected,
		 "mmap            /bin/prog, 12288 bytes at 0x%llx +8704\n"
		 "static-file     /bin/prog, 12288 bytes at 0x%llx +8704\n"
		 "static-segment  rw-, 12288 bytes at 0x%llx +8704\n"
		 "static-section  .data, 2048 bytes at 0x%llx +512\n"
		 "static-symbol   counter (int), 4 bytes at 0x%llx +0, "
		 "evidence debuginfo (100%%), defined at src/table.c:4, in "
		 "/bin/prog\n",
		 image, image, image, image + 0x2000,
		 (unsigned long long)counter);
	assert_string_equal(text, expected);
}

static void test_levels_of_an_object(void **state)
{
	void *weasels = world_allocate(world, 72, WORLD_SITE_WEASEL);
	char *second = (char *)weasels + 24;
	char text[1024], expected[1024];

	(void)state;
	query_describe_levels(&world->view, at(second, 16), text, sizeof text);
	snprintf(expected, sizeof expected,
		 "heap            struct weasel[3], 72 bytes at %p +40, "
		 "evidence return (60%%), allocated in make_table "
		 "(src/table.c:43)\n"
		 "field           element 1 of struct weasel[3], 24 bytes at "
		 "%p +16\n"
		 "field           ((struct weasel *)%p)[1].pos (struct point), "
		 "8 bytes at %p +0\n"
		 "field           ((struct weasel *)%p)[1].pos.x (int), 4 "
		 "bytes at %p +0\n",
		 weasels, (void *)second, weasels, (void *)(second + 16),
		 weasels, (void *)(second + 16));
	assert_string_equal(text, expected);
	world_free(world, weasels);
}

static void test_short_buffers(void **state)
{
	uint64_t home = at(world->image, WORLD_HOME);
	char whole[512], part[512];
	size_t length = query_describe_line(&world->view, home, whole,
					    sizeof whole);

	(void)state;
	assert_int_equal(query_describe_line(&world->view, home, NULL, 0),
			 length);
	for (size_t size = 1; size <= length; size++) {
		memset(part, '#', sizeof part);
		assert_int_equal(query_describe_line(&world->view, home, part,
						     size),
				 length);
		assert_int_equal(strlen(part), size - 1);
		assert_memory_equal(part, whole, size - 1);
		assert_int_equal(part[size], '#');
	}
}

enum { ASKERS = 4, QUESTIONS = 5000 };

static void *ask(void *objects)
{
	static const unsigned int lines[] = { 42, 43, 44 };
	void **object = objects;

	for (int i = 0; i < QUESTIONS; i++) {
		struct query_leaf leaf = find(at(object[i % 3], 0));

		if (leaf.info.site.line != lines[i % 3] || !leaf.info.type)
			return objects;
	}
	return NULL;
}

static void test_threads_get_the_same_answers(void **state)
{
	void *objects[] = { world_allocate(world, 40, WORLD_SITE_TABLE),
			    world_allocate(world, 24, WORLD_SITE_WEASEL),
			    world_allocate(world, 9, WORLD_SITE_BYTES) };
	pthread_t threads[ASKERS];
	void *result;

	(void)state;
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, ask, objects), 0);
	for (int i = 0; i < ASKERS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_null(result);
	}
	for (int i = 0; i < 3; i++)
		world_free(world, objects[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_array_by_size),
		cmocka_unit_test(test_struct_field),
		cmocka_unit_test(test_array_of_structs),
		cmocka_unit_test(test_size_that_does_not_fit),
		cmocka_unit_test(test_flexible_array),
		cmocka_unit_test(test_type_behind_a_prefix),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_unknown_says_why),
		cmocka_unit_test(test_freed),
		cmocka_unit_test(test_freed_array),
		cmocka_unit_test(test_words_for_heap_without_objects),
		cmocka_unit_test(test_static_variable),
		cmocka_unit_test(test_function),
		cmocka_unit_test(test_section_and_segment),
		cmocka_unit_test(test_argument_vector),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_levels_of_an_object),
		cmocka_unit_test(test_short_buffers),
		cmocka_unit_test(test_threads_get_the_same_answers),
	};

	world = world_create();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
