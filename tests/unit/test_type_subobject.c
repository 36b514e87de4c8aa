/* SPDX-License-Identifier: Apache-2.0 */
/* From an object down to the field at an offset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allotype.h"
#include "meta_writer.h"
#include "type/subobject.h"
#include "type/types.h"

static struct metafile file;
static uint32_t number, character, both, outer, matrix, message, derived,
	ring, flags, hollow;

static void write_records(struct meta_writer *writer)
{
	uint32_t row = meta_writer_array(writer, number, 3);
	uint32_t text = meta_writer_array(writer, character, 0);
	uint32_t wide = meta_writer_array(writer, character, 8);

	matrix = meta_writer_array(writer, row, 2);
	both = meta_writer_record(
		writer, ALLOC_KIND_UNION, "union both", 8,
		(struct meta_field[]){ { .name = "n", .type = number },
				       { .name = "bytes", .type = wide } },
		2);
	/* struct outer { int a; union both; struct { int m[2][3]; } in; } */
	outer = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "struct outer", 36,
		(struct meta_field[]){
			{ .name = "a", .type = number },
			{ .type = both, .offset = 4 },
			{ .name = "in", .type = matrix, .offset = 12 } },
		3);
	message = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "struct message", 4,
		(struct meta_field[]){
			{ .name = "size", .type = number },
			{ .name = "text", .type = text, .offset = 4 } },
		2);
	/* class derived : outer { int own; } whose member lies in the base's
	 * last bytes, and a virtual base at no constant place */
	derived = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "derived", 40,
		(struct meta_field[]){
			{ .name = "outer", .type = outer,
			  .flags = ALLOTYPE_META_MEMBER_BASE },
			{ .name = "late", .type = number, .offset = 32 },
			{ .name = "ghost", .type = outer, .offset = 24,
			  .flags = ALLOTYPE_META_MEMBER_BASE |
				   ALLOTYPE_META_MEMBER_VIRTUAL } },
		3);
	flags = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "struct flags", 4,
		(struct meta_field[]){
			{ .name = "low", .type = number, .bit_size = 9 },
			{ .name = "high", .type = number, .bit_offset = 9,
			  .bit_size = 7 },
			{ .name = "top", .type = number, .bit_offset = 16,
			  .bit_size = 16 } },
		3);
}

/* struct hollow : empty { int own; }, and the base's own base is empty too. */
static void write_hollow(struct meta_writer *writer)
{
	uint32_t nothing = meta_writer_record(writer, ALLOC_KIND_STRUCT,
					      "nothing", 1, NULL, 0);
	uint32_t empty = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "empty", 1,
		(struct meta_field[]){
			{ .name = "nothing", .type = nothing,
			  .flags = ALLOTYPE_META_MEMBER_BASE } },
		1);

	hollow = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "hollow", 4,
		(struct meta_field[]){
			{ .name = "empty", .type = empty,
			  .flags = ALLOTYPE_META_MEMBER_BASE },
			{ .name = "own", .type = number } },
		2);
}

static void write_ring(struct meta_writer *writer)
{
	/* A typedef of itself, as only a corrupt file has it: the first of the
	 * derived types. */
	ring = meta_writer_derived(writer, ALLOC_KIND_TYPEDEF, 1, 0);
}

static int setup(void **state)
{
	struct meta_writer *writer = meta_writer_create();
	size_t size;
	void *data;

	(void)state;
	number = meta_writer_base(writer, "int", 4, 5);
	character = meta_writer_base(writer, "char", 1, 6);
	write_records(writer);
	write_hollow(writer);
	write_ring(writer);
	data = meta_writer_finish(writer, NULL, 0, &size);
	meta_writer_destroy(writer);
	if (metafile_init(&file, data, size, NULL, 0, NULL) != STATUS_OK)
		return 1;
	return types_init() == STATUS_OK ? 0 : 1;
}

static void expect(uint32_t type, uint64_t size, uint64_t offset,
		   const char *expected, const char *type_name)
{
	struct subobject_path path;
	char buffer[128];
	struct text text;

	subobject_find(types_from_file(&file, type), size, offset, NULL,
		       &path);
	text_init(&text, buffer, sizeof buffer);
	subobject_append(&text, &path, 0, path.count);
	assert_string_equal(buffer, expected);
	if (!type_name) {
		assert_int_equal(path.count, 0);
		return;
	}
	assert_string_equal(
		alloc_type_name(path.steps[path.count - 1].type), type_name);
	/* Every step holds the offset and lies in the one before. */
	for (unsigned int i = 0; i < path.count; i++) {
		assert_true(path.steps[i].offset <= offset);
		assert_true(path.steps[i].offset + path.steps[i].size >
			    offset);
		if (i)
			assert_true(path.steps[i].offset >=
				    path.steps[i - 1].offset);
	}
}

static void test_nested(void **state)
{
	(void)state;
	expect(outer, 36, 0, ".a", "int");
	expect(outer, 36, 12 + 3 * 4 + 8, ".in[1][2]", "int");
	expect(matrix, 24, 13, "[1][0]", "int");
	expect(outer, 36, 36, "", NULL);
	expect(number, 4, 0, "", NULL);
}

static void test_empty_bases_hold_nothing(void **state)
{
	(void)state;
	expect(hollow, 4, 0, ".own", "int");
}

/* An anonymous union: the first member that is large enough. */
static void test_unions(void **state)
{
	struct subobject_path path;

	(void)state;
	expect(outer, 36, 4, ".n", "int");
	expect(outer, 36, 4 + 6, ".bytes[6]", "char");
	subobject_find(types_from_file(&file, both), 8, 5, NULL, &path);
	assert_true(path.steps[0].in_union);
}

static void test_flexible_arrays(void **state)
{
	(void)state;
	expect(message, 4 + 10, 4 + 9, ".text[9]", "char");
	expect(message, 4 + 10, 14, "", NULL);
	expect(message, 4, 4, "", NULL);
}

static void test_base_classes(void **state)
{
	(void)state;
	expect(derived, 40, 0, ".a", "int");
	expect(derived, 40, 33, ".late", "int");
	expect(derived, 40, 38, "", NULL);
}

/* CONTEXT: where the base is; 0: its class has no table. */
static bool base_offset(const void *context, uint64_t part, uint64_t slot,
			int64_t *offset)
{
	const int64_t *place = context;

	assert_int_equal(part, 0);
	assert_int_equal(slot, 24);
	*offset = *place;
	return *place;
}

static unsigned int steps_to(uint64_t offset, int64_t place,
			     struct subobject_path *path)
{
	const struct subobject_bases bases = { base_offset, &place };

	subobject_find(types_from_file(&file, derived), 80, offset, &bases,
		       path);
	return path->count;
}

static void test_virtual_bases(void **state)
{
	struct subobject_path path;

	(void)state;
	assert_int_equal(steps_to(44 + 12, 44, &path), 4);
	assert_int_equal(path.steps[0].offset, 44);
	assert_true(path.steps[0].is_base);
	assert_string_equal(path.steps[1].name, "in");
	assert_int_equal(steps_to(44 + 12, 0, &path), 0);
	assert_int_equal(steps_to(44 + 12, 60, &path), 0);
	assert_int_equal(steps_to(44 + 12, -1, &path), 0);
	assert_int_equal(steps_to(79, 45, &path), 0);
	/* Its own members come first. */
	assert_int_equal(steps_to(33, 20, &path), 1);
	assert_string_equal(path.steps[0].name, "late");
}

static void test_bit_fields(void **state)
{
	struct subobject_path path;

	(void)state;
	expect(flags, 4, 0, ".low", "int");
	/* Byte 1 is shared: the field that begins there. */
	expect(flags, 4, 1, ".high", "int");
	expect(flags, 4, 3, ".top", "int");
	subobject_find(types_from_file(&file, flags), 4, 3, NULL, &path);
	assert_int_equal(path.steps[0].bit_size, 16);
}

static void test_nonsense_ends(void **state)
{
	(void)state;
	expect(ring, 8, 0, "", NULL);
	assert_null(alloc_type_strip(types_from_file(&file, ring)));
	assert_int_equal(alloc_type_size(types_from_file(&file, ring)), 0);
	expect(outer, 2, 0, "", NULL);
	expect(ALLOTYPE_META_NONE, 8, 0, "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_empty_bases_hold_nothing),
		cmocka_unit_test(test_unions),
		cmocka_unit_test(test_flexible_arrays),
		cmocka_unit_test(test_base_classes),
		cmocka_unit_test(test_virtual_bases),
		cmocka_unit_test(test_bit_fields),
		cmocka_unit_test(test_nonsense_ends),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
