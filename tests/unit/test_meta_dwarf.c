/* SPDX-License-Identifier: Apache-2.0 */
/* Reads tests/meta/subject.c as two ways of compiling it describe it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "meta/dwarf/debuginfo.h"

#define SUBJECT_O0 "tests/meta/subject_o0"
#define SUBJECT_O2 "tests/meta/subject_o2"

struct subject {
	struct debuginfo *info;
	struct model *model;
};

static struct subject o0, o2;

static int subject_read(struct subject *subject, const char *path)
{
	const char *reason = "";

	if (debuginfo_open(path, &subject->info, &reason)) {
		fprintf(stderr, "%s: %s\n", path, reason);
		return -1;
	}
	subject->model = model_create();
	return debuginfo_read(subject->info, subject->model, 1, &reason) ? -1 : 0;
}

static int setup(void **state)
{
	(void)state;
	return subject_read(&o0, SUBJECT_O0) || subject_read(&o2, SUBJECT_O2);
}

static int teardown(void **state)
{
	(void)state;
	model_destroy(o0.model);
	model_destroy(o2.model);
	debuginfo_close(o0.info);
	debuginfo_close(o2.info);
	return 0;
}

static const struct model_type *type_named(const struct model *model,
					   const char *name)
{
	uint32_t index = model_type_by_name(model, name);

	if (index == MODEL_NONE)
		fail_msg("there is no type %s", name);
	return &model->types.at[index];
}

static const struct model_member *
member_of(const struct model *model, const char *record, const char *member)
{
	const struct model_type *t = type_named(model, record);

	for (uint32_t i = 0; i < t->count; i++) {
		const struct model_member *m = &model->members.at[t->first + i];

		if (m->name && !strcmp(m->name, member))
			return m;
	}
	fail_msg("%s has no member %s", record, member);
	return NULL;
}

static const char *type_name(const struct model *model, uint32_t type)
{
	return type == MODEL_NONE ? "void" : model->types.at[type].name;
}

static const struct model_static *static_named(const struct model *model,
					       const char *name)
{
	for (uint32_t i = 0; i < model->statics.count; i++)
		if (!strcmp(model->statics.at[i].name, name))
			return &model->statics.at[i];
	fail_msg("there is no static %s", name);
	return NULL;
}

static const struct model_function *function_named(const struct model *model,
						   const char *name)
{
	for (uint32_t i = 0; i < model->functions.count; i++) {
		const struct model_function *f = &model->functions.at[i];

		if (!strcmp(model->subprograms.at[f->subprogram].name, name))
			return f;
	}
	fail_msg("there is no function %s", name);
	return NULL;
}

static void expect_member(const char *member, int64_t offset, const char *type)
{
	const struct model_member *m =
		member_of(o0.model, "struct weasel", member);

	assert_int_equal(m->value, offset);
	assert_string_equal(type_name(o0.model, m->type), type);
}

static void test_members(void **state)
{
	(void)state;
	assert_int_equal(type_named(o0.model, "struct weasel")->size, 152);
	expect_member("weight", 0, "int");
	expect_member("next", 8, "struct weasel *");
	expect_member("grid", 24, "double[3][4]");
	expect_member("compare", 120,
		      "int (*)(const struct weasel *, const struct weasel *)");
	expect_member("at", 136, "point");
	expect_member("secret", 144, "struct hidden *");
}

/* DWARF 4 counts them from the other end. */
static void test_bit_fields(void **state)
{
	static const struct {
		const char *name;
		int first, size;
	} fields[] = {{"tail", 0, 3}, {"teeth", 3, 5}, {"hairs", 8, 12}};
	const struct subject *subjects[] = {&o0, &o2};

	(void)state;
	for (int i = 0; i < 6; i++) {
		const struct model_member *m =
			member_of(subjects[i / 3]->model, "struct weasel",
				  fields[i % 3].name);

		assert_int_equal(m->value * 8 + m->bit_offset,
				 16 * 8 + fields[i % 3].first);
		assert_int_equal(m->bit_size, fields[i % 3].size);
	}
}

static void test_enumerators(void **state)
{
	(void)state;
	assert_int_equal(
		member_of(o0.model, "enum color", "COLOR_GREEN")->value, 7);
	assert_int_equal(
		member_of(o2.model, "enum color", "COLOR_NEGATIVE")->value, -3);
}

static void test_incomplete(void **state)
{
	const struct model_type *hidden = type_named(o0.model, "struct hidden");

	(void)state;
	assert_true(hidden->flags & ALLOTYPE_META_TYPE_DECLARATION);
	assert_int_equal(hidden->size, 0);
	assert_true(type_named(o0.model, "char[]")->flags &
		    ALLOTYPE_META_TYPE_FLEXIBLE);
	assert_true(type_named(o0.model, "void (void *, ...)")->flags &
		    ALLOTYPE_META_TYPE_VARIADIC);
}

static void test_statics(void **state)
{
	const struct model *model = o0.model;
	const struct model_static *s = static_named(model, "herd");

	(void)state;
	assert_string_equal(type_name(model, s->type), "struct outer");
	assert_int_equal(s->size, 312);
	assert_ptr_equal(model_static_at(model, s->address + 311), s);
	assert_ptr_not_equal(model_static_at(model, s->address + 312), s);
	s = static_named(model, "function_table");
	assert_string_equal(type_name(model, s->type),
			    "int (*(*[2])(void))[3]");
	assert_string_equal(type_name(model,
				      static_named(model, "names")->type),
			    "const char *const[2]");
	assert_int_equal(static_named(model, "calls")->size, 4);
	/* Its data is beyond its type. */
	assert_int_equal(static_named(model, "flexible")->size, 8);
}

/* The type of MODEL with the name and kind of T, or NULL: a typedef may have
 * the name of what it names. */
static const struct model_type *counterpart(const struct model *model,
					    const struct model_type *t)
{
	for (uint32_t i = 0; i < model->types.count; i++) {
		const struct model_type *other = &model->types.at[i];

		if (other->kind == t->kind && !strcmp(other->name, t->name))
			return other;
	}
	return NULL;
}

/* One content hash for one type, whatever DWARF version and optimisation. */
static void test_hashes_agree(void **state)
{
	uint32_t common = 0;

	(void)state;
	for (uint32_t i = 0; i < o0.model->types.count; i++) {
		const struct model_type *t = &o0.model->types.at[i];
		const struct model_type *other = counterpart(o2.model, t);

		if (other && other->hash != t->hash)
			fail_msg("%s has two hashes", t->name);
		common += other != NULL;
	}
	assert_true(common > 25);
}

static void test_hashes_differ(void **state)
{
	const struct model *model = o0.model;

	(void)state;
	for (uint32_t i = 0; i < model->types.count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (model->types.at[i].hash == model->types.at[j].hash)
				fail_msg("%s and %s have one hash",
					 model->types.at[i].name,
					 model->types.at[j].name);
}

/* The runtime makes these itself. */
static void test_hashes_of_format(void **state)
{
	uint64_t hash =
		allotype_hash_base(ALLOC_KIND_BASE, 8, 7, "unsigned long", 13);

	(void)state;
	assert_true(type_named(o0.model, "unsigned long")->hash == hash);
	hash = allotype_hash_base(ALLOC_KIND_VOID, 0, 0, "void", 4);
	hash = allotype_hash_derived(ALLOC_KIND_POINTER, hash, 0);
	assert_true(type_named(o0.model, "void *")->hash == hash);
	hash = type_named(o0.model, "double")->hash;
	hash = allotype_hash_derived(ALLOC_KIND_ARRAY, hash, 4);
	assert_true(type_named(o0.model, "double[4]")->hash == hash);
}

static const struct model_variable *
variable_named(const struct model *model, const struct model_function *f,
	       const char *name)
{
	for (uint32_t i = 0; i < f->variable_count; i++) {
		const struct model_variable *v =
			&model->variables.at[f->variable_first + i];

		if (v->name && !strcmp(v->name, name))
			return v;
	}
	fail_msg("there is no variable %s", name);
	return NULL;
}

static void test_function(void **state)
{
	const struct model *model = o0.model;
	const struct model_function *f = function_named(model, "plain");
	const struct model_variable *v = variable_named(model, f, "times");
	const struct model_subprogram *s =
		&model->subprograms.at[f->subprogram];

	(void)state;
	assert_string_equal(f->symbol, "plain");
	assert_string_equal(type_name(model, s->type),
			    "int (struct weasel *, int)");
	assert_true(s->flags & MODEL_SUBPROGRAM_DEFINED);
	assert_true(s->flags & MODEL_SUBPROGRAM_EXTERNAL);
	assert_int_equal(v->parameter, 1);
	v = variable_named(model, f, "local");
	assert_int_equal(v->parameter, MODEL_NONE);
	assert_int_equal(v->location_count, 1);
	assert_int_equal(model->locations.at[v->location_first].low, f->entry);
	assert_ptr_equal(model_function_at(model, f->entry + 1), f);
}

static void test_inlined(void **state)
{
	const struct model *model = o2.model;
	const struct model_function *f = function_named(model, "main");
	bool found = false;

	(void)state;
	for (uint32_t i = 0; i < f->inline_count; i++) {
		const struct model_inline *instance =
			&model->inlines.at[f->inline_first + i];
		const struct model_subprogram *s =
			&model->subprograms.at[instance->subprogram];

		if (strcmp(s->name, "inlined"))
			continue;
		found = true;
		assert_true(instance->range_count > 0);
		assert_true(instance->call_line > s->line);
		assert_int_equal(variable_named(model, f, "numbers")->instance,
				 MODEL_NONE);
	}
	assert_true(found);
}

/* Everything in the model stays within the model. */
static void check_bounds(const struct model *model)
{
	for (uint32_t i = 0; i < model->functions.count; i++) {
		const struct model_function *f = &model->functions.at[i];

		assert_true(f->subprogram < model->subprograms.count);
		assert_true(f->range_first + f->range_count <=
			    model->ranges.count);
		assert_true(f->variable_first + f->variable_count <=
			    model->variables.count);
	}
	for (uint32_t i = 1; i < model->lines.count; i++)
		assert_true(model->lines.at[i - 1].address <
			    model->lines.at[i].address);
	for (uint32_t i = 0; i < model->types.count; i++)
		assert_true(model->types.at[i].target == MODEL_NONE ||
			    model->types.at[i].target < model->types.count);
	for (uint32_t i = 0; i < model->members.count; i++)
		assert_true(model->members.at[i].type == MODEL_NONE ||
			    model->members.at[i].type < model->types.count);
}

static void test_bounds(void **state)
{
	(void)state;
	check_bounds(o0.model);
	check_bounds(o2.model);
}

static void test_lines(void **state)
{
	const struct model *model = o0.model;
	const struct model_function *f = function_named(model, "plain");
	const struct model_line *line = model_line_at(model, f->entry);
	const char *name;

	(void)state;
	assert_non_null(line);
	assert_int_equal(line->line,
			 model->subprograms.at[f->subprogram].line + 1);
	name = model->files.at[line->file].name;
	assert_int_equal(name[0], '/');
	assert_non_null(strstr(name, "tests/meta/subject.c"));
}

static void test_frame_rules(void **state)
{
	const struct model_function *f = function_named(o0.model, "plain");
	struct cfa_rule rule = {0};

	(void)state;
	assert_true(debuginfo_cfa_rule(o0.info, f->entry, &rule));
	assert_int_equal(rule.reg, 7);
	assert_int_equal(rule.offset, 8);
	assert_int_equal(rule.frame_offset, 0);
	/* Behind the prologue, -O0 frames hang on rbp. */
	assert_true(debuginfo_cfa_rule(o0.info, f->entry + 20, &rule));
	assert_int_equal(rule.reg, 6);
	assert_int_equal(rule.offset, 16);
	assert_int_equal(rule.frame_offset, -16);
	assert_false(debuginfo_cfa_rule(o0.info, 1, &rule));
}

static void test_code(void **state)
{
	const struct model_function *f = function_named(o0.model, "plain");

	(void)state;
	assert_non_null(debuginfo_code(o0.info, f->entry, 16));
	assert_null(debuginfo_code(o0.info, f->entry, UINT64_MAX));
	assert_null(debuginfo_code(o0.info, UINT64_MAX, 1));
}

static void test_refusals(void **state)
{
	struct debuginfo *info;
	const char *reason = NULL;

	(void)state;
	assert_int_equal(debuginfo_open("/nonexistent", &info, &reason),
			 STATUS_NOT_FOUND);
	assert_non_null(reason);
	reason = NULL;
	assert_int_equal(debuginfo_open("/etc/passwd", &info, &reason),
			 STATUS_BAD_INPUT);
	assert_non_null(reason);
	assert_int_equal(debuginfo_open("/dev/null", &info, &reason),
			 STATUS_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_bit_fields),
		cmocka_unit_test(test_enumerators),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_statics),
		cmocka_unit_test(test_hashes_agree),
		cmocka_unit_test(test_hashes_differ),
		cmocka_unit_test(test_hashes_of_format),
		cmocka_unit_test(test_function),
		cmocka_unit_test(test_inlined),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_frame_rules),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
