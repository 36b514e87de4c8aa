/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical types and their spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "allotype.h"
#include "meta_writer.h"
#include "type/declarator.h"
#include "type/types.h"

struct sample {
	struct metafile file;
	void *data;
	uint32_t number, record, pointer;
};

/* A file with an int, a struct pair and a pointer to it; NOISE types stand
 * before them, so that the indexes differ. */
static struct sample *make_sample(int noise)
{
	struct sample *sample = malloc(sizeof *sample);
	struct meta_writer *writer = meta_writer_create();
	struct meta_field fields[2] = { { .name = "a" },
					{ .name = "b", .offset = 4 } };
	size_t size;

	for (int i = 0; i < noise; i++)
		meta_writer_base(writer, "long", 8, 5);
	sample->number = meta_writer_base(writer, "int", 4, 5);
	fields[0].type = fields[1].type = sample->number;
	sample->record = meta_writer_record(writer, ALLOC_KIND_STRUCT,
					    "struct pair", 8, fields, 2);
	sample->pointer = meta_writer_pointer(writer, sample->record);
	sample->data = meta_writer_finish(writer, NULL, 0, &size);
	meta_writer_destroy(writer);
	assert_int_equal(metafile_init(&sample->file, sample->data, size, NULL,
				       0, NULL),
			 STATUS_OK);
	return sample;
}

static void test_equal_types_are_one_pointer(void **state)
{
	struct sample *a = make_sample(0), *b = make_sample(5);
	const struct alloc_type *record;

	(void)state;
	record = types_from_file(&a->file, a->record);
	assert_non_null(record);
	assert_ptr_equal(record, types_from_file(&b->file, b->record));
	assert_ptr_equal(types_from_file(&a->file, a->pointer),
			 types_from_file(&b->file, b->pointer));
	assert_ptr_equal(types_pointer(record),
			 types_from_file(&b->file, b->pointer));
	assert_ptr_equal(types_from_file(&a->file, a->number),
			 types_builtin(TYPES_INT));
	assert_ptr_not_equal(types_builtin(TYPES_CHAR),
			     types_builtin(TYPES_UNSIGNED_CHAR));
	assert_ptr_equal(types_array(record, 3), types_array(record, 3));
	assert_ptr_not_equal(types_array(record, 3), types_array(record, 4));
	assert_null(types_from_file(&a->file, ALLOTYPE_META_NONE));
}

static void test_members(void **state)
{
	struct sample *sample = make_sample(1);
	const struct alloc_type *record =
		types_from_file(&sample->file, sample->record);
	struct alloc_member member;

	(void)state;
	assert_int_equal(alloc_type_member_count(record), 2);
	assert_int_equal(alloc_type_member(record, 1, &member), ALLOC_OK);
	assert_string_equal(member.name, "b");
	assert_int_equal(member.offset, 4);
	assert_ptr_equal(member.type, types_builtin(TYPES_INT));
	assert_int_equal(alloc_type_member(record, 2, &member),
			 ALLOC_INVALID);
	assert_int_equal(alloc_type_member(NULL, 0, &member), ALLOC_INVALID);
	assert_string_equal(alloc_type_name(NULL), "unknown");
	assert_ptr_equal(alloc_type_target(types_pointer(record)), record);
}

static void test_a_lying_hash_makes_two_types(void **state)
{
	struct meta_writer *writer = meta_writer_create();
	struct allotype_meta_type liar = {
		.hash = allotype_hash_base(ALLOC_KIND_BASE, 4, 5, "int", 3),
		.size = 4,
		.kind = ALLOC_KIND_STRUCT,
	};
	static struct metafile file;
	const struct alloc_type *type;
	size_t size;
	void *data;

	(void)state;
	liar.name = meta_writer_string(writer, "struct liar");
	META_ADD(writer, ALLOTYPE_META_TYPES, liar);
	data = meta_writer_finish(writer, NULL, 0, &size);
	meta_writer_destroy(writer);
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	type = types_from_file(&file, 0);
	assert_non_null(type);
	assert_ptr_not_equal(type, types_builtin(TYPES_INT));
	assert_string_equal(alloc_type_name(type), "struct liar");
}

static const struct alloc_type *named_function(const char *result_name,
					       const char *parameter_name)
{
	struct meta_writer *writer = meta_writer_create();
	struct metafile *file = malloc(sizeof *file);
	uint32_t result = meta_writer_base(writer, result_name, 8, 5);
	uint32_t parameter = meta_writer_base(writer, parameter_name, 4, 5);
	uint32_t function = meta_writer_function(writer, result, &parameter, 1);
	size_t size;
	void *data;

	data = meta_writer_finish(writer, NULL, 0, &size);
	meta_writer_destroy(writer);
	assert_int_equal(metafile_init(file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	return types_from_file(file, function);
}

static void test_spelling(void **state)
{
	const struct alloc_type *number = types_builtin(TYPES_INT);
	const struct alloc_type *function = named_function("void", "int");
	const struct alloc_type *callback = types_pointer(function);
	const struct alloc_type *row = types_array(number, 3);

	(void)state;
	assert_string_equal(alloc_type_name(types_array(number, 42)),
			    "int[42]");
	assert_string_equal(alloc_type_name(types_array(number, UINT64_MAX)),
			    "int[]");
	assert_string_equal(alloc_type_name(types_array(row, 2)),
			    "int[2][3]");
	assert_string_equal(alloc_type_name(types_pointer(number)), "int *");
	assert_string_equal(
		alloc_type_name(types_pointer(types_pointer(number))),
		"int **");
	assert_string_equal(
		alloc_type_name(types_array(types_pointer(number), 3)),
		"int *[3]");
	assert_string_equal(alloc_type_name(types_pointer(row)),
			    "int (*)[3]");
	assert_string_equal(
		alloc_type_name(types_array(types_pointer(row), 5)),
		"int (*[5])[3]");
	assert_string_equal(
		alloc_type_name(types_pointer(types_array(types_pointer(row),
							  5))),
		"int (*(*)[5])[3]");
	assert_string_equal(alloc_type_name(callback), "void (*)(int)");
	assert_string_equal(alloc_type_name(types_array(callback, 4)),
			    "void (*[4])(int)");
	assert_string_equal(alloc_type_name(types_pointer(callback)),
			    "void (**)(int)");
}

static void test_spelling_of_awkward_names(void **state)
{
	const struct alloc_type *function =
		named_function("(anonymous namespace)::T", "void (*)(int)");

	(void)state;
	assert_string_equal(
		alloc_type_name(types_array(types_pointer(function), 2)),
		"(anonymous namespace)::T (*[2])(void (*)(int))");
}

static int asked;

static bool const_of_itself(const void *context, uint32_t number,
			    struct declarator_part *part)
{
	(void)context;
	asked++;
	*part = (struct declarator_part){ .kind = ALLOC_KIND_CONST,
					  .target = number };
	return true;
}

static bool ignore_text(void *sink, const char *string, size_t size)
{
	(void)sink;
	(void)string;
	(void)size;
	return true;
}

/* Qualifiers without end take a few looks each, however deep they go. */
static void test_spelling_of_endless_qualifiers(void **state)
{
	struct declarator_types types = { .part = const_of_itself };

	(void)state;
	asked = 0;
	declarator_spell(&types, 0, ignore_text, NULL);
	assert_in_range(asked, 64, 1500);
}

static void test_sizes(void **state)
{
	const struct alloc_type *number = types_builtin(TYPES_INT);

	(void)state;
	assert_int_equal(alloc_type_size(types_array(number, 42)), 168);
	assert_int_equal(alloc_type_element_count(types_array(number, 42)),
			 42);
	assert_int_equal(alloc_type_size(types_array(number, UINT64_MAX)), 0);
	assert_null(types_array(number, UINT64_MAX / 2));
	assert_null(types_array(NULL, 3));
	assert_null(types_pointer(NULL));
	assert_int_equal(alloc_type_size(NULL), 0);
}

enum { THREADS = 4, SIZES = 2000 };

static void *make_arrays(void *result)
{
	const struct alloc_type **types = result;

	for (uint64_t i = 0; i < SIZES; i++) {
		types[i] = types_array(types_builtin(TYPES_CHAR), 10000 + i);
		alloc_type_name(types[i]);
	}
	return NULL;
}

static void test_threads_agree(void **state)
{
	static const struct alloc_type *types[THREADS][SIZES];
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_arrays,
						types[i]),
				 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 1; i < THREADS; i++)
		assert_memory_equal(types[0], types[i], sizeof types[0]);
	assert_string_equal(alloc_type_name(types[3][7]), "char[10007]");
}

/* Last: nothing else fits afterwards. */
static void test_a_full_table_says_so(void **state)
{
	const struct alloc_type *kept = types_array(types_builtin(TYPES_INT),
						    42);
	const struct alloc_type *type = kept;

	(void)state;
	for (uint64_t i = 0; type && i < 1 << 20; i++)
		type = types_array(types_builtin(TYPES_CHAR), 1000000 + i);
	assert_null(type);
	assert_ptr_equal(kept, types_array(types_builtin(TYPES_INT), 42));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_types_are_one_pointer),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_a_lying_hash_makes_two_types),
		cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_spelling_of_awkward_names),
		cmocka_unit_test(test_spelling_of_endless_qualifiers),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_threads_agree),
		cmocka_unit_test(test_a_full_table_says_so),
	};

	if (types_init() != STATUS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
