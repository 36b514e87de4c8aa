/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcc and clang spell template arguments differently, and names are part of
 * what makes types equal.
 */
#include "meta/dwarf/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/cxx_names.h"
#include "meta/pool.h"

struct enumerations {
	const struct model *model;
	uint32_t first;          /* of the unit's types */
	bool known;
	struct pointer_map tags; /* of the unit: name -> type */
	char name[CXX_NAME_MAX]; /* the last answer */
};

static void find_enumerations(struct enumerations *e)
{
	e->known = true;
	for (uint32_t i = e->first; i < e->model->types.count; i++) {
		const struct model_type *t = &e->model->types.at[i];

		if (t->kind == ALLOC_KIND_ENUM && t->tag && t->count &&
		    !pointer_map_set(&e->tags, t->tag, i))
			return;
	}
}

/* A scoped enumerator is in its enumeration, another one beside it. */
static const char *qualify(struct enumerations *e,
			   const struct model_type *type, const char *name)
{
	size_t scope = strlen(type->tag);

	if (!(type->flags & ALLOTYPE_META_TYPE_CLASS)) {
		const char *colons = strrchr(type->tag, ':');

		scope = colons ? (size_t)(colons - 1 - type->tag) : 0;
	}
	if (snprintf(e->name, sizeof e->name, "%.*s%s%s", (int)scope,
		     type->tag, scope ? "::" : "", name) >= CXX_NAME_MAX)
		return NULL;
	return e->name;
}

static const char *find_enumerator(void *context, const char *enumeration,
				   const char *value)
{
	struct enumerations *e = context;
	const struct model_type *type;
	const char *tag = pool_find(e->model->pool, enumeration,
				    strlen(enumeration));
	uint32_t index;

	if (!e->known)
		find_enumerations(e);
	index = tag ? pointer_map_find(&e->tags, tag) : POINTER_MAP_NONE;
	if (index == POINTER_MAP_NONE)
		return NULL;
	type = &e->model->types.at[index];
	for (uint32_t i = 0; i < type->count; i++) {
		const struct model_member *m =
			&e->model->members.at[type->first + i];

		if (m->name && m->value == strtoll(value, NULL, 10))
			return qualify(e, type, m->name);
	}
	return NULL;
}

/* The one spelling of TAG, remembered. */
static const char *unify(struct reader *reader, struct enumerations *e,
			 const char *tag)
{
	uint32_t number = pointer_map_find(&reader->unified, tag);
	char buffer[CXX_NAME_MAX];
	const char **entry;

	if (number != POINTER_MAP_NONE)
		return reader->unified_names.at[number];
	entry = MODEL_APPEND(&reader->unified_names, 1);
	if (!entry || !pointer_map_set(&reader->unified, tag,
				       reader->unified_names.count - 1)) {
		reader->exhausted = true;
		return tag;
	}
	*entry = cxx_name_unify(tag, find_enumerator, e, buffer) ?
			 reader_intern(reader, buffer) : tag;
	return *entry;
}

void reader_names_unify(struct reader *reader, const struct reader_mark *mark)
{
	struct enumerations enumerations = { .model = reader->model,
					     .first = mark->types };
	struct model *model = reader->model;

	if (!reader->is_cxx)
		return;
	for (uint32_t i = mark->types; i < model->types.count; i++) {
		const char *tag = model->types.at[i].tag;

		if (tag && strchr(tag, '<'))
			tag = unify(reader, &enumerations, tag);
		model->types.at[i].tag = tag;
	}
	pointer_map_deinit(&enumerations.tags);
}
