/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables as units declare them.  In C a unit may know more of a variable
 * than the one that defines it: a pointer to a record that is not complete
 * there, or to another record of the same name.
 */
#include "meta/dwarf/reader.h"

#include <stdlib.h>
#include <string.h>

enum {
	SEVERAL = MODEL_NONE - 1, /* a name that is not one static's */
	POINTER_DEPTH = 8,
};

void reader_declared(struct reader *reader, Dwarf_Die *die, bool cut_up)
{
	uint32_t type = reader_type_of(reader, die);
	const char *name = die_name(die);
	struct model_declared *entry;

	if (!name || type == MODEL_NONE)
		return;
	entry = MODEL_APPEND(&reader->model->declared, 1);
	if (!entry) {
		reader->exhausted = true;
		return;
	}
	entry->name = reader_intern(reader, name);
	entry->unit_file = reader->unit_file;
	entry->type = type;
	entry->of = MODEL_NONE;
	entry->cut_up = cut_up;
}

/* A type behind pointers and dimensions, and how many pointers those were. */
struct core {
	uint32_t type;
	uint32_t depth;
};

static struct core core_of(const struct model *model, uint32_t type)
{
	struct core core = { .type = model_type_strip(model, type) };

	while (core.type != MODEL_NONE && core.depth < POINTER_DEPTH) {
		const struct model_type *t = &model->types.at[core.type];

		if (t->kind != ALLOC_KIND_POINTER &&
		    t->kind != ALLOC_KIND_ARRAY)
			break;
		core.depth += t->kind == ALLOC_KIND_POINTER;
		core.type = model_type_strip(model, t->target);
	}
	return core;
}

static bool is_complete_record(const struct model *model, uint32_t type)
{
	const struct model_type *t = &model->types.at[type];

	return type != MODEL_NONE && t->size &&
	       (t->kind == ALLOC_KIND_STRUCT || t->kind == ALLOC_KIND_UNION);
}

/* Drops what does not lead to a record. */
static void keep_records(struct model *model)
{
	struct model_declared *at = model->declared.at;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->declared.count; i++)
		if (at[i].cut_up ||
		    is_complete_record(model, core_of(model, at[i].type).type))
			at[kept++] = at[i];
	model->declared.count = kept;
}

/* Can another unit's declaration mean it? */
static bool is_external(const struct model *model,
			const struct model_static *s)
{
	const struct model_symbol *symbol = model_symbol_at(model, s->address);

	return symbol && symbol->address == s->address &&
	       strcmp(symbol->name, s->name) == 0;
}

static bool find_statics(struct model *model, struct pointer_map *names)
{
	for (uint32_t i = 0; i < model->statics.count; i++) {
		const struct model_static *s = &model->statics.at[i];

		if (s->name &&
		    !pointer_map_set(names, s->name,
				     pointer_map_find(names, s->name) ==
						     POINTER_MAP_NONE
					     ? i
					     : SEVERAL))
			return false;
	}
	for (uint32_t i = 0; i < model->declared.count; i++) {
		struct model_declared *d = &model->declared.at[i];

		if (!d->cut_up)
			d->of = pointer_map_find(names, d->name);
	}
	return true;
}

static bool tells_more(const struct model *model,
		       const struct model_declared *declared)
{
	const struct model_static *s;
	struct core core, defined;

	if (declared->of >= model->statics.count)
		return false;
	s = &model->statics.at[declared->of];
	core = core_of(model, declared->type);
	defined = core_of(model, s->type);
	return is_external(model, s) &&
	       (core.type != defined.type || core.depth != defined.depth);
}

static int declared_order(const void *a, const void *b)
{
	const struct model_declared *x = a, *y = b;

	if (x->of != y->of)
		return x->of < y->of ? -1 : 1;
	if (x->unit_file != y->unit_file)
		return x->unit_file < y->unit_file ? -1 : 1;
	return x->type < y->type ? -1 : x->type > y->type;
}

/* Drops what the definitions say as well, and tells statics of the rest. */
static void keep_telling(struct model *model)
{
	struct model_declared *at = model->declared.at;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->declared.count; i++)
		if (at[i].cut_up || tells_more(model, &at[i]))
			at[kept++] = at[i];
	model->declared.count = kept;
	if (kept)
		qsort(at, kept, sizeof *at, declared_order);
	for (uint32_t i = 0; i < kept; i++) {
		struct model_static *s;

		if (at[i].cut_up)
			continue;
		s = &model->statics.at[at[i].of];
		if (!s->declared_count++)
			s->declared_first = i;
	}
}

void reader_declared_finish(struct reader *reader)
{
	struct model *model = reader->model;
	struct pointer_map names = {0};

	keep_records(model);
	if (!model->declared.count)
		return;
	if (find_statics(model, &names))
		keep_telling(model);
	else
		reader->exhausted = true;
	pointer_map_deinit(&names);
}
