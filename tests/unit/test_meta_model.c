/* SPDX-License-Identifier: Apache-2.0 */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "meta/dwarf/folded.h"
#include "meta/model.h"
#include "meta/pointer_map.h"

static int setup(void **state)
{
	*state = model_create();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	model_destroy(*state);
	return 0;
}

static uint32_t add_type(struct model *model, uint8_t kind, const char *name,
			 uint64_t size, uint32_t target)
{
	struct model_type *t = MODEL_APPEND(&model->types, 1);

	t->kind = kind;
	t->name = model_intern(model, name, strlen(name));
	t->size = size;
	t->target = target;
	t->definition = MODEL_NONE;
	return model->types.count - 1;
}

static void add_member(struct model *model, uint32_t owner, uint32_t type,
		       int64_t offset)
{
	struct model_member *m = MODEL_APPEND(&model->members, 1);
	struct model_type *t = &model->types.at[owner];

	m->type = type;
	m->value = offset;
	if (!t->count++)
		t->first = model->members.count - 1;
}

static void test_interning(void **state)
{
	const char *first = model_intern(*state, "weasel", 6);
	char text[32];

	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "string %d", i);
		assert_string_equal(model_intern(*state, text, strlen(text)),
				    text);
	}
	assert_ptr_equal(model_intern(*state, "weasels", 6), first);
	assert_ptr_not_equal(model_intern(*state, "wease", 5), first);
	assert_string_equal(model_intern(*state, "", 0), "");
}

static void test_append_refuses_overflow(void **state)
{
	struct model *model = *state;

	assert_non_null(MODEL_APPEND(&model->lines, 3));
	assert_null(MODEL_APPEND(&model->lines, UINT32_MAX - 2));
	assert_int_equal(model->lines.count, 3);
}

static void test_strip(void **state)
{
	struct model *model = *state;
	uint32_t number =
		add_type(model, ALLOC_KIND_BASE, "int", 4, MODEL_NONE);
	uint32_t alias = add_type(model, ALLOC_KIND_TYPEDEF, "id", 4, number);
	uint32_t fixed =
		add_type(model, ALLOC_KIND_CONST, "const id", 4, alias);
	uint32_t pointer =
		add_type(model, ALLOC_KIND_POINTER, "const id *", 8, fixed);
	uint32_t pointee = 0;

	assert_int_equal(model_type_strip(model, fixed), number);
	assert_int_equal(model_type_unqualified(model, fixed), alias);
	assert_int_equal(model_type_size(model, fixed), 4);
	assert_true(model_type_pointee(model, pointer, &pointee));
	assert_int_equal(pointee, fixed);
	assert_false(model_type_pointee(model, number, &pointee));
	assert_int_equal(model_type_strip(model, MODEL_NONE), MODEL_NONE);
	assert_int_equal(model_type_size(model, 12345), 0);
}

static void test_bytes(void **state)
{
	struct model *model = *state;
	uint32_t byte = add_type(model, ALLOC_KIND_BASE, "char", 1, MODEL_NONE);
	uint32_t flag =
		add_type(model, ALLOC_KIND_BASE, "_Bool", 1, MODEL_NONE);

	assert_true(model_type_is_bytes(model, MODEL_NONE));
	assert_true(model_type_is_bytes(model, byte));
	assert_false(model_type_is_bytes(model, flag));
}

/* A typedef of itself, an array of itself: hostile, and finite. */
static void test_cycles_end(void **state)
{
	struct model *model = *state;
	uint32_t loop = add_type(model, ALLOC_KIND_TYPEDEF, "loop", 0, 0);
	uint32_t array = add_type(model, ALLOC_KIND_ARRAY, "array", 8, 1);
	uint32_t record =
		add_type(model, ALLOC_KIND_STRUCT, "record", 8, MODEL_NONE);
	uint32_t scalars[4];

	model->types.at[array].count = 2;
	for (int i = 0; i < 4; i++)
		add_member(model, record, record, 0);
	assert_int_equal(model_type_strip(model, loop), MODEL_NONE);
	assert_int_equal(model_type_size(model, array), 0);
	assert_int_equal(
		model_type_scalars_at(model, record, 0, scalars, 4, NULL), 0);
}

static void test_array_size_overflow(void **state)
{
	struct model *model = *state;
	uint32_t array = add_type(model, ALLOC_KIND_BASE, "huge", UINT64_MAX,
				  MODEL_NONE);

	for (int i = 0; i < 3; i++) {
		array = add_type(model, ALLOC_KIND_ARRAY, "array", 0, array);
		model->types.at[array].count = UINT32_MAX;
	}
	assert_int_equal(model_type_size(model, array), 0);
}

/* What is found, in one number. */
static uint64_t scalars_hash(const struct model *model, uint32_t record,
			     uint64_t offset)
{
	uint32_t found[4] = {0};
	bool through_union = false;
	uint64_t hash = model_type_scalars_at(model, record, offset, found, 4,
					      &through_union);

	for (int i = 0; i < 4; i++)
		hash = hash * 101 + found[i];
	return hash * 2 + through_union;
}

/* In and out of order, overlapping, of no known size. */
static void test_measured_scalars(void **state)
{
	static const int64_t offsets[][6] = {
		{0, 4, 8, 12, 16, 24}, {0, 0, 2, 3, 3, 20}, {0, 8, 4, 2, 1, 0},
		{0, 4, -4, 8, 12, 16}, {4, 4, 4, 8, 30, 31},
	};
	struct model *model = *state;
	uint32_t types[4], records[10];
	uint64_t hashes[10][40], sum = 0;

	types[0] = add_type(model, ALLOC_KIND_BASE, "int", 4, MODEL_NONE);
	types[1] = add_type(model, ALLOC_KIND_BASE, "char", 1, MODEL_NONE);
	types[2] = add_type(model, ALLOC_KIND_ARRAY, "int[3]", 0, types[0]);
	model->types.at[types[2]].count = 3;
	types[3] = add_type(model, ALLOC_KIND_ARRAY, "int[]", 0, types[0]);
	for (int i = 0; i < 10; i++) {
		records[i] = add_type(model, i % 2 ? ALLOC_KIND_UNION
						   : ALLOC_KIND_STRUCT,
				      "r", 48, MODEL_NONE);
		for (int m = 0; m < 6; m++)
			add_member(model, records[i],
				   m == 3 && i ? records[i - 1]
					       : types[(i + m) % 4],
				   offsets[i / 2][m]);
		for (uint64_t at = 0; at < 40; at++)
			sum += hashes[i][at] =
				scalars_hash(model, records[i], at);
	}
	assert_int_not_equal(sum, 0);
	assert_true(model_types_measure(model));
	for (int i = 0; i < 10; i++)
		for (uint64_t at = 0; at < 40; at++)
			assert_int_equal(scalars_hash(model, records[i], at),
					 hashes[i][at]);
}

static void test_scalars(void **state)
{
	struct model *model = *state;
	uint32_t number =
		add_type(model, ALLOC_KIND_BASE, "int", 4, MODEL_NONE);
	uint32_t real =
		add_type(model, ALLOC_KIND_BASE, "float", 4, MODEL_NONE);
	uint32_t either = add_type(model, ALLOC_KIND_UNION, "union either", 4,
				   MODEL_NONE);
	uint32_t three =
		add_type(model, ALLOC_KIND_ARRAY, "int[3]", 12, number);
	uint32_t record = add_type(model, ALLOC_KIND_STRUCT, "struct record",
				   16, MODEL_NONE);
	uint32_t found[4];
	bool through_union;

	model->types.at[three].count = 3;
	add_member(model, either, number, 0);
	add_member(model, either, real, 0);
	add_member(model, record, three, 0);
	add_member(model, record, either, 12);
	assert_int_equal(model_type_scalars_at(model, record, 8, found, 4,
					       &through_union),
			 1);
	assert_int_equal(found[0], number);
	assert_false(through_union);
	assert_int_equal(model_type_scalars_at(model, record, 12, found, 4,
					       &through_union),
			 2);
	assert_true(through_union);
	assert_int_equal(
		model_type_scalars_at(model, record, 12, found, 1, NULL), 1);
	assert_int_equal(
		model_type_scalars_at(model, record, 2, found, 4, NULL), 0);
	assert_int_equal(
		model_type_scalars_at(model, record, 16, found, 4, NULL), 0);
}

static void test_by_name_prefers_complete(void **state)
{
	struct model *model = *state;
	uint32_t complete;

	add_type(model, ALLOC_KIND_STRUCT, "struct foo", 0, MODEL_NONE);
	complete = add_type(model, ALLOC_KIND_STRUCT, "struct foo", 24,
			    MODEL_NONE);
	assert_int_equal(model_type_by_name(model, "struct foo"), complete);
	assert_int_equal(model_type_by_name(model, "struct bar"), MODEL_NONE);
	/* What comes later is found as well. */
	complete =
		add_type(model, ALLOC_KIND_STRUCT, "struct bar", 8, MODEL_NONE);
	assert_int_equal(model_type_by_name(model, "struct bar"), complete);
}

static void add_range(struct model *model, uint64_t low, uint64_t high)
{
	struct model_range *range = MODEL_APPEND(&model->ranges, 1);

	*range = (struct model_range){low, high};
}

/* Function 0 has a cold part behind function 1. */
static void test_function_at(void **state)
{
	struct model *model = *state;
	struct model_function *f = MODEL_APPEND(&model->functions, 2);

	f[0] = (struct model_function){.entry = 0x100, .range_count = 2};
	f[1] = (struct model_function){
		.entry = 0x200, .range_first = 2, .range_count = 1};
	add_range(model, 0x100, 0x140);
	add_range(model, 0x300, 0x310);
	add_range(model, 0x200, 0x220);
	assert_ptr_equal(model_function_at(model, 0x100), &f[0]);
	assert_ptr_equal(model_function_at(model, 0x30f), &f[0]);
	assert_ptr_equal(model_function_at(model, 0x21f), &f[1]);
	assert_null(model_function_at(model, 0x140));
	assert_null(model_function_at(model, 0xff));
	assert_null(model_function_at(model, 0x310));
}

static void test_inline_at(void **state)
{
	struct model *model = *state;
	struct model_function f = {.inline_count = 3};
	struct model_inline *inlines = MODEL_APPEND(&model->inlines, 3);

	add_range(model, 0x100, 0x200);
	add_range(model, 0x120, 0x140);
	add_range(model, 0x180, 0x190);
	for (uint32_t i = 0; i < 3; i++)
		inlines[i] = (struct model_inline){.parent = i ? 0 : MODEL_NONE,
						   .range_first = i,
						   .range_count = 1};
	assert_int_equal(model_inline_at(model, &f, 0x110), 0);
	assert_int_equal(model_inline_at(model, &f, 0x130), 1);
	assert_int_equal(model_inline_at(model, &f, 0x185), 2);
	assert_int_equal(model_inline_at(model, &f, 0x200), MODEL_NONE);
}

static void test_subprogram_prefers_definition(void **state)
{
	struct model *model = *state;
	struct model_subprogram *s = MODEL_APPEND(&model->subprograms, 3);

	for (int i = 0; i < 3; i++)
		s[i].linkage_name = model_intern(model, "run", 3);
	s[1].flags = MODEL_SUBPROGRAM_DEFINED;
	assert_int_equal(model_subprogram_by_name(model, "run"), 1);
	assert_int_equal(model_subprogram_by_name(model, "walk"), MODEL_NONE);
}

static void test_pointer_map(void **state)
{
	struct pointer_map map = {0};
	static const char keys[10000];

	(void)state;
	assert_int_equal(pointer_map_find(&map, keys), POINTER_MAP_NONE);
	for (uint32_t i = 0; i < sizeof keys; i++)
		assert_true(pointer_map_set(&map, keys + i, i));
	assert_true(pointer_map_set(&map, keys + 7, 77));
	assert_int_equal(map.count, sizeof keys);
	for (uint32_t i = 0; i < sizeof keys; i++)
		assert_int_equal(pointer_map_find(&map, keys + i),
				 i == 7 ? 77 : i);
	pointer_map_deinit(&map);
}

/* Symbols of a file whose debug information has no code at all. */
static void test_nothing_is_folded(void **state)
{
	struct model *model = *state;
	struct model_symbol *symbol = MODEL_APPEND(&model->symbols, 1);

	assert_non_null(symbol);
	symbol->address = 0x1000;
	symbol->size = 16;
	symbol->type = STT_FUNC;
	symbol->name = "lone";
	assert_int_equal(folded_add(model), STATUS_OK);
	assert_int_equal(model->functions.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_interning),
		TEST(test_nothing_is_folded),
		TEST(test_append_refuses_overflow),
		TEST(test_strip),
		TEST(test_bytes),
		TEST(test_cycles_end),
		TEST(test_array_size_overflow),
		TEST(test_scalars),
		TEST(test_measured_scalars),
		TEST(test_by_name_prefers_complete),
		TEST(test_function_at),
		TEST(test_inline_at),
		TEST(test_subprogram_prefers_definition),
		cmocka_unit_test(test_pointer_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
