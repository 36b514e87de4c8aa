/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Equal types become one.  Types are merged unit by unit, so that memory
 * holds the distinct types and one unit's; and once more at the end, when
 * declarations have become definitions.
 */
#include "meta/dwarf/reader.h"

#include <stdlib.h>
#include <string.h>

#include "meta/dwarf/hash.h"
#include "meta/dwarf/names.h"

void reader_mark(const struct reader *reader, struct reader_mark *mark)
{
	const struct model *model = reader->model;

	mark->types = model->types.count;
	mark->members = model->members.count;
	mark->statics = model->statics.count;
	mark->declared = model->declared.count;
	mark->subprograms = model->subprograms.count;
	mark->template_types = model->template_types.count;
	mark->own_records = model->own_records.count;
	mark->unit_records = model->unit_records.count;
	mark->allocated = model->allocated.count;
	mark->variables = model->variables.count;
	mark->unplaced = model->unplaced.count;
	mark->handles = reader->handles.count;
}

/* New numbers of the types since MARK. */
struct remap {
	uint32_t first;
	uint32_t *at;
};

static void remap_type(const struct remap *remap, uint32_t *type)
{
	if (*type != MODEL_NONE && *type >= remap->first)
		*type = remap->at[*type - remap->first];
}

static void remap_references(struct reader *reader,
			     const struct reader_mark *mark,
			     const struct remap *remap)
{
	struct model *model = reader->model;

	for (uint32_t i = mark->types; i < model->types.count; i++) {
		remap_type(remap, &model->types.at[i].target);
		remap_type(remap, &model->types.at[i].definition);
	}
	for (uint32_t i = mark->members; i < model->members.count; i++)
		remap_type(remap, &model->members.at[i].type);
	for (uint32_t i = mark->statics; i < model->statics.count; i++)
		remap_type(remap, &model->statics.at[i].type);
	for (uint32_t i = mark->declared; i < model->declared.count; i++)
		remap_type(remap, &model->declared.at[i].type);
	for (uint32_t i = mark->subprograms; i < model->subprograms.count;
	     i++) {
		remap_type(remap, &model->subprograms.at[i].type);
		remap_type(remap, &model->subprograms.at[i].container);
	}
	for (uint32_t i = mark->template_types; i < model->template_types.count;
	     i++)
		remap_type(remap, &model->template_types.at[i]);
	for (uint32_t i = mark->own_records; i < model->own_records.count; i++)
		remap_type(remap, &model->own_records.at[i].type);
	for (uint32_t i = mark->unit_records; i < model->unit_records.count;
	     i++)
		remap_type(remap, &model->unit_records.at[i].type);
	for (uint32_t i = mark->allocated; i < model->allocated.count; i++)
		remap_type(remap, &model->allocated.at[i].type);
	for (uint32_t i = mark->variables; i < model->variables.count; i++)
		remap_type(remap, &model->variables.at[i].type);
	for (uint32_t i = mark->unplaced; i < model->unplaced.count; i++)
		remap_type(remap, &model->unplaced.at[i].type);
	for (uint32_t i = mark->handles; i < reader->handles.count; i++)
		remap_type(remap, &reader->handles.at[i]);
}

/* The new number of a type of HASH: an older equal one's, or *NEXT. */
static uint32_t merge_one(struct reader *reader, uint64_t hash, uint32_t *next)
{
	/* A hash serves as the table's key; 0 and pointers do not mix here. */
	const void *key = (const void *)(uintptr_t)(hash | 1);
	uint32_t old = pointer_map_find(&reader->merged, key);

	if (old != POINTER_MAP_NONE)
		return old;
	if (!pointer_map_set(&reader->merged, key, *next))
		reader->exhausted = true;
	return (*next)++;
}

/* Is the type, number I of those since the mark, the first of its kind? */
static bool survives(const struct model *model, const struct remap *remap,
		     uint32_t i, uint32_t next)
{
	return remap->at[i] == next &&
	       model->types.at[remap->first + i].definition == MODEL_NONE;
}

/* Moves the survivors' entries and their members together. */
static void compact(struct reader *reader, const struct reader_mark *mark,
		    const struct remap *remap, struct model_member *members)
{
	struct model *model = reader->model;
	uint32_t next = mark->types, member_count = 0;

	for (uint32_t i = mark->types; i < model->types.count; i++) {
		struct model_type *type = &model->types.at[i];

		if (!survives(model, remap, i - mark->types, next))
			continue;
		if (hash_kind_has_members(type->kind) && type->count) {
			memcpy(members + member_count,
			       model->members.at + type->first,
			       type->count * sizeof *members);
			type->first = mark->members + member_count;
			member_count += type->count;
		}
		model->types.at[next++] = *type;
	}
	if (member_count)
		memcpy(model->members.at + mark->members, members,
		       member_count * sizeof *members);
	model->types.count = next;
	model->members.count = mark->members + member_count;
}

static bool shallow_extend(struct reader *reader, struct type_hashes *h,
			   const struct remap *remap, uint32_t count)
{
	uint32_t next = remap->first;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t *shallow;

		if (!survives(reader->model, remap, i, next))
			continue;
		shallow = MODEL_APPEND(&reader->shallow, 1);
		if (!shallow)
			return false;
		*shallow = type_hash_shallow(h, remap->first + i);
		next++;
	}
	return true;
}

/* typedef struct { ... } foo: the record is known as foo.  A lambda is not
 * known as what a template calls its argument. */
static void name_anonymous(struct model *model, uint32_t first)
{
	for (uint32_t i = first; i < model->types.count; i++) {
		const struct model_type *t = &model->types.at[i];
		struct model_type *named;

		if (t->kind != ALLOC_KIND_TYPEDEF || t->target == MODEL_NONE ||
		    t->target < first || (t->tag && strchr(t->tag, '<')))
			continue;
		named = &model->types.at[t->target];
		if (named->tag || !named->name ||
		    (named->flags & MODEL_TYPE_NAMED_BY_TYPEDEF))
			continue;
		named->name = t->tag;
		named->flags |= MODEL_TYPE_NAMED_BY_TYPEDEF;
	}
}

void reader_types_merge(struct reader *reader, const struct reader_mark *mark)
{
	struct model *model = reader->model;
	uint32_t count = model->types.count - mark->types;
	uint32_t member_count = model->members.count - mark->members;
	uint32_t next = mark->types;
	struct remap remap = {mark->types, NULL};
	struct model_member *members = NULL;
	struct type_hashes *hashes;

	name_anonymous(model, mark->types);
	hashes = type_hashes_create(model, mark->types, reader->shallow.at);
	remap.at = malloc(((size_t)count + 1) * sizeof *remap.at);
	members = malloc(((size_t)member_count + 1) * sizeof *members);
	if (!hashes || !remap.at || !members) {
		reader->exhausted = true;
		goto out;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct model_type *type = &model->types.at[mark->types + i];

		type->hash = type_hash_full(hashes, mark->types + i);
		if (type->definition == MODEL_NONE)
			remap.at[i] = merge_one(reader, type->hash, &next);
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t definition =
			model->types.at[mark->types + i].definition;

		if (definition != MODEL_NONE)
			remap.at[i] = remap.at[definition - mark->types];
	}
	if (!shallow_extend(reader, hashes, &remap, count))
		reader->exhausted = true;
	remap_references(reader, mark, &remap);
	compact(reader, mark, &remap, members);
out:
	type_hashes_destroy(hashes);
	free(members);
	free(remap.at);
}

/* The one definition of each tag; those with several are no definition for
 * a declaration elsewhere. */
static void declarations_resolve(struct reader *reader)
{
	enum { SEVERAL = MODEL_NONE - 1 };
	struct model *model = reader->model;
	struct pointer_map tags = {0};

	for (uint32_t i = 0; i < model->types.count; i++) {
		const struct model_type *t = &model->types.at[i];
		bool defines = t->tag && hash_kind_has_members(t->kind) &&
			       !(t->flags & ALLOTYPE_META_TYPE_DECLARATION);

		if (!defines)
			continue;
		if (!pointer_map_set(&tags, t->tag,
				     pointer_map_find(&tags, t->tag) ==
						     MODEL_NONE
					     ? i
					     : SEVERAL))
			reader->exhausted = true;
	}
	for (uint32_t i = 0; i < model->types.count; i++) {
		struct model_type *t = &model->types.at[i];
		uint32_t found;

		if (!(t->flags & ALLOTYPE_META_TYPE_DECLARATION) || !t->tag)
			continue;
		found = pointer_map_find(&tags, t->tag);
		if (found < model->types.count &&
		    model->types.at[found].kind == t->kind)
			t->definition = found;
	}
	pointer_map_deinit(&tags);
}

void reader_types_finish(struct reader *reader)
{
	const struct reader_mark all = {0};
	struct model *model = reader->model;

	declarations_resolve(reader);
	pointer_map_deinit(&reader->merged);
	reader->shallow.count = 0;
	reader_types_merge(reader, &all);
	unit_records_finish(reader);
	for (uint32_t i = 0; i < model->types.count; i++) {
		struct model_type *t = &model->types.at[i];

		if (t->kind == ALLOC_KIND_ARRAY ||
		    t->kind >= ALLOC_KIND_TYPEDEF)
			t->size = model_type_size(model, i);
	}
	if (!type_names_spell(model))
		reader->exhausted = true;
	for (uint32_t i = 0; i < model->types.count; i++)
		model->types.at[i].flags &=
			(uint16_t)~MODEL_TYPE_NAMED_BY_TYPEDEF;
}
