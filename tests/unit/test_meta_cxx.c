/* SPDX-License-Identifier: Apache-2.0 */
/* Reads tests/meta/subject.cc: C++, and how imports are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "meta/dwarf/debuginfo.h"
#include "meta/vtables.h"

#define SUBJECT "tests/meta/subject_cxx"
#define SUBJECT_IBT "tests/meta/subject_cxx_ibt"

static struct debuginfo *info;
static struct model *model;

static int setup(void **state)
{
	const char *reason = "";

	(void)state;
	if (debuginfo_open(SUBJECT, &info, &reason)) {
		fprintf(stderr, "%s: %s\n", SUBJECT, reason);
		return -1;
	}
	model = model_create();
	return debuginfo_read(info, model, 1, &reason) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	model_destroy(model);
	debuginfo_close(info);
	return 0;
}

static const struct model_type *type_named(const char *name)
{
	uint32_t index = model_type_by_name(model, name);

	if (index == MODEL_NONE)
		fail_msg("there is no type %s", name);
	return &model->types.at[index];
}

static const char *type_name(uint32_t type)
{
	return type == MODEL_NONE ? "void" : model->types.at[type].name;
}

/* A defined function by its qualified name. */
static const struct model_subprogram *subprogram_named(const char *name)
{
	for (uint32_t i = 0; i < model->subprograms.count; i++) {
		const struct model_subprogram *s = &model->subprograms.at[i];

		if (s->name && !strcmp(s->name, name) &&
		    (s->flags & MODEL_SUBPROGRAM_DEFINED))
			return s;
	}
	fail_msg("there is no function %s", name);
	return NULL;
}

static void test_bases(void **state)
{
	const struct model_type *t = type_named("ns::derived");
	const struct model_member *m = &model->members.at[t->first];
	unsigned int bases = 0;

	(void)state;
	assert_true(t->flags & ALLOTYPE_META_TYPE_CLASS);
	for (uint32_t i = 0; i < t->count; i++)
		bases += (m[i].flags & ALLOTYPE_META_MEMBER_BASE) != 0;
	assert_int_equal(bases, 2);
	t = type_named("ns::shared");
	m = &model->members.at[t->first];
	bases = 0;
	for (uint32_t i = 0; i < t->count; i++)
		bases += (m[i].flags & ALLOTYPE_META_MEMBER_VIRTUAL) != 0;
	assert_int_equal(bases, 1);
}

/* It refers to its declaration, and is none. */
static void test_defined_outside(void **state)
{
	const struct model_type *t = type_named("ns::holder::inside");

	(void)state;
	assert_int_equal(t->size, 16);
	assert_int_equal(t->count, 2);
	assert_false(t->flags & ALLOTYPE_META_TYPE_DECLARATION);
}

/* A static member is a variable, not a member. */
static void test_template(void **state)
{
	const struct model_type *t = type_named("ns::box<double>");

	(void)state;
	assert_true(t->flags & ALLOTYPE_META_TYPE_POLYMORPHIC);
	assert_int_equal(t->count, 2);
	assert_int_equal(t->size, 16);
	for (uint32_t i = 0; i < model->statics.count; i++)
		if (!strcmp(model->statics.at[i].name,
			    "ns::box<double>::boxes"))
			return;
	fail_msg("there is no ns::box<double>::boxes");
}

static void test_constructor(void **state)
{
	const struct model_subprogram *s =
		subprogram_named("ns::box<double>::box");

	(void)state;
	assert_string_equal(s->plain_name, "box");
	assert_true(s->flags & MODEL_SUBPROGRAM_CONSTRUCTOR);
	assert_true(s->flags & MODEL_SUBPROGRAM_METHOD);
	assert_string_equal(type_name(s->container), "ns::box<double>");
	/* Its class's argument. */
	assert_int_equal(s->template_count, 1);
	assert_string_equal(
		type_name(model->template_types.at[s->template_first]),
		"double");
	s = subprogram_named("ns::box<double>::~box");
	assert_true(s->flags & MODEL_SUBPROGRAM_DESTRUCTOR);
	s = subprogram_named("ns::box<double>::operator<");
	assert_string_equal(s->plain_name, "operator<");
}

static void test_function(void **state)
{
	const struct model_subprogram *s = subprogram_named("give_up");

	(void)state;
	assert_true(s->flags & MODEL_SUBPROGRAM_NORETURN);
	assert_false(s->flags & MODEL_SUBPROGRAM_METHOD);
	assert_string_equal(type_name(s->type),
			    "void (const ns::base &, ns::base &&)");
	assert_ptr_equal(
		&model->subprograms
			 .at[model_subprogram_by_name(model, s->linkage_name)],
		s);
}

static void test_spelling(void **state)
{
	(void)state;
	assert_int_equal(type_named("ns::derived::kind")->kind,
			 ALLOC_KIND_ENUM);
	assert_int_equal(type_named("int ns::base::*")->size, 8);
	assert_int_equal(type_named("int (ns::base::*)(int) const")->size, 16);
	for (uint32_t i = 0; i < model->statics.count; i++)
		if (!strcmp(model->statics.at[i].name,
			    "ns::(anonymous namespace)::hidden"))
			return;
	fail_msg("there is no ns::(anonymous namespace)::hidden");
}

/* Looks at every address of the code for a stub that leads to NAME. */
static bool has_stub(struct debuginfo *file, const struct model *of,
		     const char *name)
{
	for (uint32_t i = 0; i < of->sections.count; i++) {
		const struct model_elf_section *s = &of->sections.at[i];

		if (strncmp(s->name, ".plt", 4))
			continue;
		for (uint64_t at = 0; at < s->size; at++) {
			const char *import =
				debuginfo_import_at(file, s->address + at);

			if (import && !strcmp(import, name))
				return true;
		}
	}
	return false;
}

static void test_lazy_stubs(void **state)
{
	(void)state;
	assert_true(has_stub(info, model, "malloc"));
	assert_false(has_stub(info, model, "calloc"));
	assert_null(debuginfo_import_at(info, 0));
}

static void test_ibt_stubs(void **state)
{
	struct debuginfo *file;
	struct model *of = model_create();
	const char *reason = "";

	(void)state;
	assert_int_equal(debuginfo_open(SUBJECT_IBT, &file, &reason), 0);
	assert_int_equal(debuginfo_read(file, of, 1, &reason), 0);
	assert_true(has_stub(file, of, "malloc"));
	model_destroy(of);
	debuginfo_close(file);
}

static void note_place(void *context, uint64_t place, uint64_t target)
{
	const struct model_static *s = model_static_at(model, place);

	(void)target;
	if (s && !strcmp(s->name, "data_pointer"))
		*(bool *)context = true;
}

static void note_import(void *context, uint64_t place, const char *name,
			bool is_got)
{
	if (is_got && !strcmp(name, "malloc"))
		*(uint64_t *)context = place;
}

static void test_relocations(void **state)
{
	uint64_t slot = 0;
	bool relocated = false;

	(void)state;
	debuginfo_import_relocations(info, note_import, &slot);
	assert_true(slot != 0);
	assert_string_equal(debuginfo_import_at(info, slot), "malloc");
	/* A pointer to a data member is an offset: nothing relocates it. */
	debuginfo_relative_relocations(info, note_place, &relocated);
	assert_false(relocated);
}

static const struct model_vtable *vtable_named(const char *symbol)
{
	for (uint32_t i = 0; i < model->vtables.count; i++)
		if (!strcmp(model->vtables.at[i].name, symbol))
			return &model->vtables.at[i];
	fail_msg("there is no %s", symbol);
	return NULL;
}

static void test_vtables(void **state)
{
	const struct model_vtable *table;

	(void)state;
	assert_int_equal(vtables_find(info, model), STATUS_OK);
	table = vtable_named("_ZTVN2ns3boxIdEE");
	assert_string_equal(type_name(table->type), "ns::box<double>");
	table = vtable_named("_ZTVN2ns7derivedE");
	assert_string_equal(type_name(table->type), "ns::derived");
	assert_int_equal(table->offset, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bases),
		cmocka_unit_test(test_defined_outside),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_constructor),
		cmocka_unit_test(test_function),
		cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_lazy_stubs),
		cmocka_unit_test(test_ibt_stubs),
		cmocka_unit_test(test_relocations),
		cmocka_unit_test(test_vtables),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
