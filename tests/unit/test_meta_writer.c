/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer writes, read back by the runtime's reader. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "meta/compile.h"
#include "meta/writer.h"
#include "type/metafile.h"
#include "type/metafile_spelling.h"

#define SUBJECT "tests/meta/subject_o0"
#define SUBJECT_CXX "tests/meta/subject_cxx"

static struct compile_options options;

static const char *intern(struct model *model, const char *string)
{
	return model_intern(model, string, strlen(string));
}

static struct metafile encode(const struct model *model, unsigned char **bytes)
{
	struct metafile file;
	const char *reason = "";
	size_t size;

	assert_int_equal(writer_encode(model, bytes, &size), STATUS_OK);
	if (metafile_init(&file, *bytes, size, NULL, 0, &reason) ||
	    metafile_verify(&file, &reason))
		fail_msg("%s", reason);
	return file;
}

static struct allotype_meta_static first_static(const struct metafile *file)
{
	struct allotype_meta_static entry;

	assert_true(metafile_static(file, 0, &entry));
	return entry;
}

static void test_empty(void **state)
{
	struct model *model = model_create();
	unsigned char *bytes;
	struct metafile file = encode(model, &bytes);

	(void)state;
	/* void is always there. */
	assert_int_equal(metafile_count(&file, ALLOTYPE_META_TYPES), 1);
	assert_int_equal(metafile_type_count(&file), 1);
	assert_true(metafile_type_is_named(&file, 0, "void"));
	assert_int_equal(metafile_count(&file, ALLOTYPE_META_SITES), 0);
	free(bytes);
	model_destroy(model);
}

static void test_void_target(void **state)
{
	struct model *model = model_create();
	struct model_type *t = MODEL_APPEND(&model->types, 1);
	struct model_static *s = MODEL_APPEND(&model->statics, 1);
	struct metafile_type type;
	unsigned char *bytes;
	struct metafile file;

	(void)state;
	t->kind = ALLOC_KIND_POINTER;
	t->target = MODEL_NONE;
	t->size = 8;
	t->name = intern(model, "void *");
	s->type = 0;
	file = encode(model, &bytes);
	assert_true(metafile_type(&file, first_static(&file).type,
				  &type));
	assert_int_equal(type.size, 8);
	assert_true(metafile_type(&file, type.target, &type));
	assert_int_equal(type.kind, ALLOC_KIND_VOID);
	free(bytes);
	model_destroy(model);
}

/* A pointer that nothing uses is left out, and numbers close the gap. */
static void test_unused_types(void **state)
{
	struct model *model = model_create();
	struct model_type *t = MODEL_APPEND(&model->types, 3);
	struct model_static *s = MODEL_APPEND(&model->statics, 1);
	const char *names[] = {"int *", "int", "const int"};
	const uint8_t kinds[] = {ALLOC_KIND_POINTER, ALLOC_KIND_BASE,
				 ALLOC_KIND_CONST};
	struct metafile_type type;
	unsigned char *bytes;
	struct metafile file;

	(void)state;
	for (int i = 0; i < 3; i++) {
		t[i].name = intern(model, names[i]);
		t[i].kind = kinds[i];
		t[i].size = 4;
		t[i].target = i == 1 ? MODEL_NONE : 1;
	}
	t[2].hash = allotype_hash_derived(t[2].kind, t[1].hash, 0);
	s->type = 2;
	file = encode(model, &bytes);
	assert_int_equal(metafile_type_count(&file), 3);
	assert_int_equal(first_static(&file).type, 1);
	assert_true(metafile_type(&file, 1, &type));
	assert_int_equal(type.kind, ALLOC_KIND_CONST);
	assert_int_equal(type.size, 4);
	assert_int_equal(type.target, 0);
	free(bytes);
	model_destroy(model);
}

/* Types whose hash does not follow from what they are made of keep it; so do
 * those that lead to themselves. */
static void test_hashes_that_do_not_follow(void **state)
{
	enum { INT, FUNCTION, POINTER, A, B, COUNT };
	static const uint8_t kinds[] = {ALLOC_KIND_BASE, ALLOC_KIND_FUNCTION,
					ALLOC_KIND_POINTER, ALLOC_KIND_TYPEDEF,
					ALLOC_KIND_TYPEDEF};
	static const uint32_t targets[] = {MODEL_NONE, INT, FUNCTION, B, A};
	struct model *model = model_create();
	struct model_type *t = MODEL_APPEND(&model->types, COUNT);
	struct model_static *s = MODEL_APPEND(&model->statics, COUNT);
	struct model_member *parameter = MODEL_APPEND(&model->members, 1);
	struct metafile_type type;
	unsigned char *bytes;
	struct metafile file;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		t[i].kind = kinds[i];
		t[i].target = targets[i];
		t[i].name = t[i].tag = intern(model, i == A ? "a" : "b");
		t[i].size = 8;
		t[i].hash = 1000 + i;
		s[i].type = i;
		s[i].address = i;
	}
	t[POINTER].tag = NULL;
	t[POINTER].hash = allotype_hash_derived(ALLOC_KIND_POINTER,
						t[FUNCTION].hash, 0);
	t[FUNCTION].count = 1;
	parameter->type = POINTER;
	file = encode(model, &bytes);
	for (uint32_t i = 0; i < COUNT; i++) {
		struct allotype_meta_static entry;

		assert_true(metafile_static(&file, i, &entry));
		assert_int_equal(metafile_type_hash(&file, entry.type),
				 t[i].hash);
		assert_true(metafile_type(&file, entry.type, &type));
		assert_int_equal(type.kind, t[i].kind);
		if (i == FUNCTION)
			assert_int_equal(
				metafile_type_hash(
					&file,
					metafile_parameter(&file, &type, 0)),
				t[POINTER].hash);
	}
	free(bytes);
	model_destroy(model);
}

static void add_site(struct model *model, uint64_t address, int cfa_offset)
{
	struct model_site *site = MODEL_APPEND(&model->sites, 1);

	site->address = address;
	site->function = intern(model, "make");
	site->callee = intern(model, "malloc");
	site->type = MODEL_NONE;
	site->file = MODEL_NONE;
	site->has_rule = cfa_offset != 0;
	site->rule.cfa_offset = cfa_offset;
	site->rule.base = ALLOTYPE_META_BASE_RSP;
	site->alternative_first = model->alternatives.count;
	site->alternative_count = 2;
	for (uint32_t i = 0; i < 2; i++) {
		struct model_alternative *a =
			MODEL_APPEND(&model->alternatives, 1);

		a->type = MODEL_NONE;
		a->confidence = 10 * (model->sites.count + i);
	}
}

static void test_sites(void **state)
{
	struct model *model = model_create();
	struct allotype_meta_alternative alternative;
	struct allotype_meta_rule rule;
	struct allotype_meta_site site;
	unsigned char *bytes;
	struct metafile file;

	(void)state;
	add_site(model, 0x100, 32);
	add_site(model, 0x200, 16);
	add_site(model, 0x300, 32);
	add_site(model, 0x400, 0);
	file = encode(model, &bytes);
	assert_int_equal(metafile_count(&file, ALLOTYPE_META_RULES), 2);
	assert_true(metafile_site_at(&file, 0x300, &site));
	assert_true(metafile_rule(&file, site.rule, &rule));
	assert_int_equal(rule.cfa_offset, 32);
	assert_int_equal(site.alternative_count, 2);
	assert_true(metafile_alternative(&file, site.first_alternative,
					 &alternative));
	assert_int_equal(alternative.confidence, 30);
	assert_string_equal(metafile_string(&file, site.callee), "malloc");
	assert_true(metafile_site_at(&file, 0x400, &site));
	assert_int_equal(site.rule, ALLOTYPE_META_NONE);
	assert_false(metafile_site_at(&file, 0x101, &site));
	free(bytes);
	model_destroy(model);
}

/* Two functions claim [0x180, 0x200): ranges in a file are disjoint. */
static void test_ranges_are_disjoint(void **state)
{
	struct model *model = model_create();
	struct model_function *f = MODEL_APPEND(&model->functions, 2);
	struct model_range *r = MODEL_APPEND(&model->ranges, 2);
	struct metafile_function found;
	struct model_subprogram *s = MODEL_APPEND(&model->subprograms, 1);
	unsigned char *bytes;
	struct metafile file;

	(void)state;
	s->name = intern(model, "folded");
	s->type = MODEL_NONE;
	r[0] = (struct model_range){0x100, 0x200};
	r[1] = (struct model_range){0x180, 0x280};
	f[0] = (struct model_function){.entry = 0x100, .range_count = 1};
	f[1] = (struct model_function){
		.entry = 0x180, .range_first = 1, .range_count = 1};
	file = encode(model, &bytes);
	assert_true(metafile_function_at(&file, 0x1ff, &found));
	assert_int_equal(found.entry, 0x100);
	assert_true(metafile_function_at(&file, 0x200, &found));
	assert_int_equal(found.low, 0x200);
	assert_false(metafile_function_at(&file, 0x280, &found));
	free(bytes);
	model_destroy(model);
}

/* Only what has an address can be looked up by one. */
static void test_registers_are_left_out(void **state)
{
	static const uint8_t places[] = {MODEL_PLACE_REGISTER,
					 MODEL_PLACE_VALUE, MODEL_PLACE_CFA,
					 MODEL_PLACE_MEMORY,
					 MODEL_PLACE_INDIRECT_CFA};
	struct model *model = model_create();
	struct model_function *f = MODEL_APPEND(&model->functions, 1);
	struct model_subprogram *s = MODEL_APPEND(&model->subprograms, 1);
	struct model_variable *v = MODEL_APPEND(&model->variables, 1);
	struct model_range *r;
	struct allotype_meta_variable variable;
	struct metafile_variables variables;
	struct metafile_function function;
	unsigned char *bytes;
	struct metafile file;

	(void)state;
	model->machine = EM_X86_64;
	s->type = MODEL_NONE;
	s->name = v->name = intern(model, "x");
	v->instance = v->parameter = MODEL_NONE;
	v->location_count = sizeof places;
	for (size_t i = 0; i < sizeof places; i++) {
		struct model_location *l = MODEL_APPEND(&model->locations, 1);

		*l = (struct model_location){
			.low = i, .high = i + 1, .place = places[i], .reg = 7};
	}
	r = MODEL_APPEND(&model->ranges, 1);
	*r = (struct model_range){0, 16};
	f->range_count = 1;
	f->variable_count = 1;
	file = encode(model, &bytes);
	assert_true(metafile_function(&file, 0, &function));
	metafile_variables(&file, &function, &variables);
	assert_true(metafile_variables_next(&variables, &variable));
	assert_int_equal(variable.base, ALLOTYPE_META_BASE_CFA);
	assert_int_equal(variable.low, 2);
	assert_true(metafile_variables_next(&variables, &variable));
	assert_int_equal(variable.base, ALLOTYPE_META_BASE_RSP);
	assert_int_equal(variable.low, 3);
	assert_true(metafile_variables_next(&variables, &variable));
	assert_int_equal(variable.flags, ALLOTYPE_META_VARIABLE_INDIRECT);
	assert_int_equal(variable.low, 4);
	assert_int_equal(variable.high, 5);
	assert_false(metafile_variables_next(&variables, &variable));
	free(bytes);
	model_destroy(model);
}

/* Rows of all forms, over several blocks, come back as they were. */
static void test_lines_come_back(void **state)
{
	enum { ROWS = 1000 };
	struct model *model = model_create();
	struct model_line *rows = MODEL_APPEND(&model->lines, ROWS);
	struct allotype_meta_line line;
	uint64_t address = 0x401000;
	unsigned char *bytes;
	struct metafile file;
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		seed = seed * 1664525 + 1013904223;
		address += 1 + (seed >> 16) % (seed >> 30 ? 9 : 70000);
		rows[i] = (struct model_line){
			address, (seed >> 8) % 4 ? 0 : (seed >> 10) % 3,
			seed >> 28 ? 1000 + (seed >> 4) % 30 : 0};
		if (seed >> 20 == 7)
			rows[i].line = UINT32_MAX;
	}
	file = encode(model, &bytes);
	assert_false(metafile_line_at(&file, 0x401000, &line));
	for (int i = 0; i < ROWS; i++) {
		if (!rows[i].line) {
			assert_false(metafile_line_at(&file, rows[i].address,
						      &line));
			continue;
		}
		assert_true(metafile_line_at(&file, rows[i].address, &line));
		assert_int_equal(line.address, rows[i].address);
		assert_int_equal(line.file, rows[i].file);
		assert_int_equal(line.line, rows[i].line);
	}
	free(bytes);
	model_destroy(model);
}

static void test_deterministic(void **state)
{
	struct model *first, *second;
	unsigned char *a, *b;
	size_t a_size, b_size;
	const char *reason;

	(void)state;
	assert_int_equal(compile_model(SUBJECT, &options, &first, &reason), 0);
	assert_int_equal(compile_model(SUBJECT, &options, &second, &reason), 0);
	assert_int_equal(writer_encode(first, &a, &a_size), 0);
	assert_int_equal(writer_encode(second, &b, &b_size), 0);
	assert_int_equal(a_size, b_size);
	assert_memory_equal(a, b, a_size);
	free(a);
	free(b);
	model_destroy(first);
	model_destroy(second);
}

static void test_whole_subject(void **state)
{
	struct compiled compiled;
	struct allotype_meta_static s, found;
	const char *reason = "";
	uint32_t i = 0;

	(void)state;
	assert_int_equal(compiled_load(&compiled, SUBJECT, &options, &reason),
			 0);
	do
		assert_true(metafile_static(&compiled.file, i++, &s));
	while (strcmp(metafile_string(&compiled.file, s.name), "herd"));
	assert_true(metafile_static_at(&compiled.file, s.address + 9, &found));
	assert_memory_equal(&found, &s, sizeof s);
	assert_true(metafile_type_is_named(&compiled.file, s.type,
					   "struct outer"));
	assert_false(metafile_type_is_named(&compiled.file, s.type,
					    "struct oute"));
	assert_false(metafile_type_is_named(&compiled.file, s.type,
					    "struct outer *"));
	compiled_unload(&compiled);
}

/* Functions of all forms, over several blocks, come back as they were: two
 * pieces each, in the order of neither. */
static void test_functions_come_back(void **state)
{
	enum { FUNCTIONS = 100 };
	struct model *model = model_create();
	struct model_function *f = MODEL_APPEND(&model->functions, FUNCTIONS);
	struct model_range *r = MODEL_APPEND(&model->ranges, 2 * FUNCTIONS);
	struct model_subprogram *s =
		MODEL_APPEND(&model->subprograms, FUNCTIONS);
	struct metafile_function found;
	unsigned char *bytes;
	struct metafile file;

	(void)state;
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		uint64_t entry = 0x10000 + i * 0x100, cold = 0x9000 - i * 0x20;

		s[i] = (struct model_subprogram){
			.name = intern(model, i % 2 ? "odd" : "even"),
			.type = MODEL_NONE,
			.file = i % 7 ? i / 7 : MODEL_NONE,
			.line = 1000 - i,
		};
		r[2 * i] = (struct model_range){cold, cold + 0x10};
		r[2 * i + 1] = (struct model_range){entry, entry + 0xf0};
		f[i] = (struct model_function){.entry = entry,
					       .subprogram = i,
					       .range_first = 2 * i,
					       .range_count = 2};
	}
	file = encode(model, &bytes);
	for (uint32_t i = 0; i < 2 * FUNCTIONS; i++) {
		assert_true(metafile_function_at(&file, r[i].high - 1, &found));
		assert_int_equal(found.low, r[i].low);
		assert_int_equal(found.high, r[i].high);
		assert_int_equal(found.entry, r[i | 1].low);
		assert_int_equal(found.limit, r[i | 1].high);
		assert_int_equal(found.is_part, i % 2 == 0);
		assert_string_equal(metafile_string(&file, found.name),
				    s[i / 2].name);
		assert_int_equal(found.file, s[i / 2].file);
		assert_int_equal(found.line, s[i / 2].line);
		assert_false(metafile_function_at(&file, r[i].high, &found));
	}
	assert_true(metafile_function(&file, 2 * FUNCTIONS - 1, &found));
	assert_false(metafile_function(&file, 2 * FUNCTIONS, &found));
	free(bytes);
	model_destroy(model);
}

/* Few members are wide; all come back. */
static void test_members_come_back(void **state)
{
	static const struct model_member expected[] = {
		{.value = 0, .type = 1},
		{.value = INT32_MAX, .type = 1},
		{.value = (int64_t)1 << 31, .type = 1},
		{.value = -1, .type = 1},
		{.value = 8, .type = 1, .bit_offset = 7, .bit_size = 3},
		{.value = 16, .type = 1, .flags = ALLOTYPE_META_MEMBER_BASE},
	};
	enum { MEMBERS = sizeof expected / sizeof *expected };
	struct model *model = model_create();
	struct model_type *t = MODEL_APPEND(&model->types, 2);
	struct model_member *m = MODEL_APPEND(&model->members, MEMBERS);
	struct metafile_member member;
	struct metafile_type type;
	unsigned char *bytes;
	struct metafile file;

	(void)state;
	memcpy(m, expected, sizeof expected);
	t[0].kind = ALLOC_KIND_STRUCT;
	t[0].count = MEMBERS;
	t[0].target = t[1].target = MODEL_NONE;
	t[1].kind = ALLOC_KIND_BASE;
	file = encode(model, &bytes);
	assert_true(metafile_type(&file, 0, &type));
	for (uint32_t i = 0; i < MEMBERS; i++) {
		assert_true(metafile_member(&file, &type, i, &member));
		assert_int_equal(member.value, expected[i].value);
		assert_int_equal(member.bit_offset, expected[i].bit_offset);
		assert_int_equal(member.bit_size, expected[i].bit_size);
		assert_int_equal(member.flags, expected[i].flags);
		assert_int_equal(member.type, 2);
	}
	assert_false(metafile_member(&file, &type, MEMBERS, &member));
	free(bytes);
	model_destroy(model);
}

static const struct model_type *type_of_hash(const struct model *model,
					     uint64_t hash)
{
	for (uint32_t i = 0; i < model->types.count; i++)
		if (model->types.at[i].hash == hash)
			return &model->types.at[i];
	return NULL;
}

/* The reader spells what the file has no name for as the compiler did. */
static void test_types_are_spelled(void **state)
{
	static const char *const subjects[] = {SUBJECT, SUBJECT_CXX};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct model *model;
		unsigned char *bytes;
		const char *reason = "";
		struct metafile file;

		assert_int_equal(compile_model(subjects[i], &options, &model,
					       &reason),
				 0);
		file = encode(model, &bytes);
		assert_true(metafile_type_count(&file) > 20);
		for (uint32_t t = 0; t < metafile_type_count(&file); t++) {
			uint32_t number = metafile_type_number(&file, t);
			const struct model_type *from;
			struct metafile_type type;

			assert_true(metafile_type(&file, number, &type));
			from = type_of_hash(
				model, metafile_type_hash(&file, number));
			assert_true(from || type.kind == ALLOC_KIND_VOID);
			if (from && !metafile_type_is_named(&file, number,
							    from->name))
				fail_msg("%s", from->name);
			if (from)
				assert_int_equal(type.size, from->size);
		}
		free(bytes);
		model_destroy(model);
	}
}

/* What is read at once and while programs allocate is in front, and nothing
 * else. */
static void test_front(void **state)
{
	const struct allotype_meta_header *header;
	struct compiled compiled;
	const char *reason = "";
	uint64_t front;

	(void)state;
	assert_int_equal(compiled_load(&compiled, SUBJECT, &options, &reason),
			 0);
	header = compiled.file.header;
	front = metafile_front_size(header);
	assert_int_equal(header->sections[ALLOTYPE_META_CODES].offset,
			 sizeof *header);
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++)
		if (i != ALLOTYPE_META_CODES && i != ALLOTYPE_META_SITES &&
		    i != ALLOTYPE_META_RULES)
			assert_true(header->sections[i].offset >= front);
	compiled_unload(&compiled);
}

static char directory[] = "/tmp/allotype-test-XXXXXX";

/* Makes the file at PATH look like one of an older compiler. */
static void set_old_revision(const char *path)
{
	struct allotype_meta_header header;
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fread(&header, sizeof header, 1, file), 1);
	assert_int_equal(header.revision, ALLOTYPE_META_REVISION);
	header.revision--;
	header.header_checksum = allotype_meta_header_checksum(&header);
	rewind(file);
	assert_int_equal(fwrite(&header, sizeof header, 1, file), 1);
	assert_int_equal(fclose(file), 0);
}

static void test_cache(void **state)
{
	char variable[64], place[CACHE_PATH_MAX];
	char *environment[] = {variable, NULL};
	const char *reason = "";
	bool compiled = false;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(variable, sizeof variable, "ALLOTYPE_META_DIR=%s", directory);
	assert_int_equal(compile_to_cache(SUBJECT, environment, &options, place,
					  &compiled, &reason),
			 0);
	assert_true(compiled);
	assert_int_equal(compile_to_cache(SUBJECT, environment, &options, place,
					  &compiled, &reason),
			 0);
	assert_false(compiled);
	/* A damaged file is made again. */
	assert_int_equal(truncate(place, 1000), 0);
	assert_int_equal(compile_to_cache(SUBJECT, environment, &options, place,
					  &compiled, &reason),
			 0);
	assert_true(compiled);
	assert_int_equal(stat(place, &st), 0);
	assert_true(st.st_size > 1000);
	/* So is one of another compiler. */
	set_old_revision(place);
	assert_int_equal(compile_to_cache(SUBJECT, environment, &options, place,
					  &compiled, &reason),
			 0);
	assert_true(compiled);
	assert_int_equal(unlink(place), 0);
	*strrchr(place, '/') = '\0';
	assert_int_equal(rmdir(place), 0);
	/* Nothing else was left behind. */
	assert_int_equal(rmdir(directory), 0);
}

static void test_unwritable(void **state)
{
	struct model *model = model_create();
	const char *reason = NULL;

	(void)state;
	assert_int_equal(writer_write(model, "/nonexistent/x.meta", &reason),
			 STATUS_SYSTEM);
	assert_non_null(reason);
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_void_target),
		cmocka_unit_test(test_unused_types),
		cmocka_unit_test(test_hashes_that_do_not_follow),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_ranges_are_disjoint),
		cmocka_unit_test(test_registers_are_left_out),
		cmocka_unit_test(test_lines_come_back),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_whole_subject),
		cmocka_unit_test(test_functions_come_back),
		cmocka_unit_test(test_members_come_back),
		cmocka_unit_test(test_types_are_spelled),
		cmocka_unit_test(test_front),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_unwritable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
