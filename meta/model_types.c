/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about a model's types.  Depth is bounded everywhere: types come
 * from untrusted debug information and may form any graph. */
#include "meta/model.h"

#include <stdlib.h>
#include <string.h>

#include "meta/pool.h"

enum { TYPE_DEPTH = 64 };

static bool kind_is_qualifier(uint8_t kind)
{
	return kind == ALLOC_KIND_CONST || kind == ALLOC_KIND_VOLATILE ||
	       kind == ALLOC_KIND_RESTRICT || kind == ALLOC_KIND_ATOMIC;
}

static const struct model_type *type_at(const struct model *model,
					uint32_t type)
{
	return type < model->types.count ? &model->types.at[type] : NULL;
}

static uint32_t type_defined(const struct model *model, uint32_t type)
{
	const struct model_type *t = type_at(model, type);

	if (t && (t->flags & ALLOTYPE_META_TYPE_DECLARATION) &&
	    t->definition < model->types.count)
		return t->definition;
	return type;
}

static uint32_t strip(const struct model *model, uint32_t type, bool typedefs)
{
	for (int depth = 0; depth < TYPE_DEPTH; depth++) {
		const struct model_type *t = type_at(model, type);

		if (!t || t->kind == ALLOC_KIND_VOID)
			return MODEL_NONE;
		if (!kind_is_qualifier(t->kind) &&
		    !(typedefs && t->kind == ALLOC_KIND_TYPEDEF))
			return type_defined(model, type);
		type = t->target;
	}
	return MODEL_NONE;
}

uint32_t model_type_strip(const struct model *model, uint32_t type)
{
	return strip(model, type, true);
}

uint32_t model_type_unqualified(const struct model *model, uint32_t type)
{
	return strip(model, type, false);
}

int model_unit_record_compare(const void *a, const void *b)
{
	const struct model_unit_record *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return ((uintptr_t)x->tag > (uintptr_t)y->tag) -
	       ((uintptr_t)x->tag < (uintptr_t)y->tag);
}

uint32_t model_type_in_unit(const struct model *model, uint32_t file,
			    uint32_t type)
{
	struct model_unit_record key = { .file = file };
	const struct model_unit_record *found;
	const struct model_type *t;
	uint32_t bare;

	if (!model->unit_records.count)
		return type;
	bare = model_type_strip(model, type);
	t = type_at(model, bare);
	if (!t || !t->tag || (t->kind != ALLOC_KIND_STRUCT &&
			      t->kind != ALLOC_KIND_UNION))
		return type;
	key.tag = t->tag;
	found = bsearch(&key, model->unit_records.at, model->unit_records.count,
			sizeof key, model_unit_record_compare);
	return found && found->type != bare ? found->type : type;
}

uint64_t model_type_size(const struct model *model, uint32_t type)
{
	const struct model_type *t;
	uint64_t count = 1, size;

	for (int depth = 0; depth < TYPE_DEPTH; depth++) {
		t = type_at(model, model_type_strip(model, type));
		if (!t)
			return 0;
		if (t->kind != ALLOC_KIND_ARRAY)
			break;
		if (__builtin_mul_overflow(count, (uint64_t)t->count, &count))
			return 0;
		type = t->target;
	}
	if (t->kind == ALLOC_KIND_ARRAY ||
	    __builtin_mul_overflow(count, t->size, &size))
		return 0;
	return size;
}

bool model_type_pointee(const struct model *model, uint32_t type,
			uint32_t *pointee)
{
	const struct model_type *t =
		type_at(model, model_type_strip(model, type));

	if (!t || t->kind != ALLOC_KIND_POINTER)
		return false;
	*pointee = type_defined(model, t->target);
	return true;
}

bool model_is_own_record(const struct model *model, uint32_t type,
			 uint32_t file)
{
	uint32_t record = model_type_strip(model, type);

	for (uint32_t i = 0; i < model->own_records.count; i++)
		if (model->own_records.at[i].type == record &&
		    model->own_records.at[i].file == file)
			return true;
	return false;
}

bool model_type_is_bytes(const struct model *model, uint32_t type)
{
	const struct model_type *t =
		type_at(model, model_type_strip(model, type));

	if (!t)
		return true;
	if (t->kind == ALLOC_KIND_ENUM)
		return t->tag && !strcmp(t->tag, "std::byte");
	return t->kind == ALLOC_KIND_BASE && t->name &&
	       (!strcmp(t->name, "char") || !strcmp(t->name, "signed char") ||
		!strcmp(t->name, "unsigned char"));
}

struct scalars {
	const struct model *model;
	uint32_t *at;
	uint32_t count, capacity;
	uint32_t steps; /* bounds the walk over a hostile graph */
	bool through_union;
};

static void scalars_add(struct scalars *s, uint32_t type)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->at[i] == type)
			return;
	if (s->count < s->capacity)
		s->at[s->count++] = type;
}

static void scalars_walk(struct scalars *s, uint32_t type, uint64_t offset,
			 int depth);

void model_members_around(const struct model *model,
			  const struct model_type *record, uint64_t offset,
			  uint32_t *first, uint32_t *limit)
{
	const uint64_t *reaches = model->pool->reaches;
	const struct model_member *members;
	uint32_t low = 0, high = record->count;

	*first = 0;
	*limit = high;
	if (!reaches || !high ||
	    (uint64_t)record->first + high > model->pool->reach_count ||
	    !reaches[record->first])
		return;
	members = &model->members.at[record->first];
	reaches += record->first;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if ((uint64_t)members[middle].value <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	*limit = low;
	for (low = 0; low < high;) {
		uint32_t middle = low + (high - low) / 2;

		if (reaches[middle] <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
}

static void scalars_record(struct scalars *s, const struct model_type *record,
			   uint64_t offset, int depth)
{
	const struct model *model = s->model;
	uint32_t first, limit;

	model_members_around(model, record, offset, &first, &limit);
	for (uint32_t i = first; i < limit; i++) {
		uint64_t index = (uint64_t)record->first + i;
		const struct model_member *m;
		uint64_t size;

		if (index >= model->members.count || !s->steps)
			return;
		s->steps--;
		m = &model->members.at[index];
		if (m->value < 0 || (uint64_t)m->value > offset ||
		    (m->flags & ALLOTYPE_META_MEMBER_VIRTUAL))
			continue;
		size = model_type_size(model, m->type);
		if (offset - (uint64_t)m->value >= (size ? size : UINT64_MAX))
			continue;
		if (record->kind == ALLOC_KIND_UNION)
			s->through_union = true;
		scalars_walk(s, m->type, offset - (uint64_t)m->value,
			     depth + 1);
	}
}

static void scalars_walk(struct scalars *s, uint32_t type, uint64_t offset,
			 int depth)
{
	uint32_t stripped = model_type_strip(s->model, type);
	const struct model_type *t = type_at(s->model, stripped);
	uint64_t size;

	if (!t || depth > TYPE_DEPTH)
		return;
	switch (t->kind) {
	case ALLOC_KIND_STRUCT:
	case ALLOC_KIND_UNION:
		scalars_record(s, t, offset, depth);
		return;
	case ALLOC_KIND_ARRAY:
		size = model_type_size(s->model, t->target);
		if (size)
			scalars_walk(s, t->target, offset % size, depth + 1);
		return;
	default:
		if (!offset)
			scalars_add(s, type);
	}
}

uint32_t model_type_scalars_at(const struct model *model, uint32_t type,
			       uint64_t offset, uint32_t *scalars,
			       uint32_t capacity, bool *through_union)
{
	struct scalars s = {.model = model,
			    .at = scalars,
			    .capacity = capacity,
			    .steps = 100000};

	scalars_walk(&s, type, offset, 0);
	if (through_union)
		*through_union = s.through_union;
	return s.count;
}

static uint64_t member_end(const struct model *model,
			   const struct model_member *member)
{
	uint64_t size = model_type_size(model, member->type), end;

	if (!size || __builtin_add_overflow((uint64_t)member->value, size,
					    &end))
		return UINT64_MAX;
	return end;
}

static void record_measure(const struct model *model,
			   const struct model_type *record, uint64_t *reaches)
{
	const struct model_member *members = &model->members.at[record->first];
	uint64_t reach = 0;

	for (uint32_t i = 0; i < record->count; i++) {
		uint64_t end = member_end(model, &members[i]);

		if (members[i].value < 0 ||
		    (i && members[i].value < members[i - 1].value)) {
			reaches[record->first] = 0;
			return;
		}
		reach = end > reach ? end : reach;
		reaches[record->first + i] = reach;
	}
}

bool model_types_measure(const struct model *model)
{
	uint64_t *reaches = calloc((size_t)model->members.count + 1,
				   sizeof *reaches);

	if (!reaches)
		return false;
	for (uint32_t i = 0; i < model->types.count; i++) {
		const struct model_type *t = &model->types.at[i];

		if ((t->kind == ALLOC_KIND_STRUCT ||
		     t->kind == ALLOC_KIND_UNION) && t->count &&
		    (uint64_t)t->first + t->count <= model->members.count)
			record_measure(model, t, reaches);
	}
	free(model->pool->reaches);
	model->pool->reaches = reaches;
	model->pool->reach_count = model->members.count;
	return true;
}

static const char *type_name_of(const struct model *model, uint32_t type)
{
	return model->types.at[type].name;
}

static void types_index(const struct model *model)
{
	struct pool_names *names = &model->pool->types;

	if (names->slots && names->count == model->types.count)
		return;
	if (!pool_names_init(names, model->types.count))
		return;
	for (uint32_t i = 0; i < model->types.count; i++) {
		const struct model_type *t = &model->types.at[i];
		uint32_t *slot;

		if (!t->name)
			continue;
		slot = pool_names_slot(names, model, t->name, type_name_of);
		if (*slot == MODEL_NONE || (!model_type_size(model, *slot) &&
					    model_type_size(model, i)))
			*slot = i;
	}
}

uint32_t model_type_by_name(const struct model *model, const char *name)
{
	const char *string = pool_find(model->pool, name, strlen(name));

	if (!string)
		return MODEL_NONE;
	types_index(model);
	if (!model->pool->types.slots)
		return MODEL_NONE;
	return *pool_names_slot(&model->pool->types, model, string,
				type_name_of);
}
