/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/shape.h"

#include "meta/flow/flow.h"

enum { PART_DEPTH = 8 };

bool shape_is_record(const struct model *model, uint32_t bare)
{
	return bare != MODEL_NONE &&
	       (model->types.at[bare].kind == ALLOC_KIND_STRUCT ||
		model->types.at[bare].kind == ALLOC_KIND_UNION);
}

bool shape_is_void_pointer(const struct model *model, uint32_t type)
{
	uint32_t pointee;

	return model_type_pointee(model, type, &pointee) &&
	       model_type_strip(model, pointee) == MODEL_NONE;
}

bool shape_is_arithmetic(const struct model *model, uint32_t bare)
{
	return bare != MODEL_NONE &&
	       (model->types.at[bare].kind == ALLOC_KIND_BASE ||
		model->types.at[bare].kind == ALLOC_KIND_ENUM);
}

bool shape_is_floating(const struct model *model, uint32_t bare)
{
	return bare != MODEL_NONE &&
	       model->types.at[bare].kind == ALLOC_KIND_BASE &&
	       model->types.at[bare].encoding == 4 /* DW_ATE_float */;
}

bool shape_is_link(const struct model *model, uint32_t type)
{
	uint32_t bare = model_type_strip(model, type), pointee;
	const struct model_type *t;

	if (!shape_is_record(model, bare))
		return false;
	t = &model->types.at[bare];
	for (uint32_t i = 0; i < t->count; i++)
		if (!model_type_pointee(model,
					model->members.at[t->first + i].type,
					&pointee) ||
		    model_type_strip(model, pointee) != bare)
			return false;
	return t->count > 0;
}

bool shape_is_of_union(const struct model *model, uint32_t bare, uint64_t hash)
{
	const struct model_type *t;

	if (bare == MODEL_NONE ||
	    model->types.at[bare].kind != ALLOC_KIND_UNION)
		return false;
	t = &model->types.at[bare];
	for (uint32_t i = 0; i < t->count; i++)
		if (flow_type_hash(model, model_type_strip(model,
				model->members.at[t->first + i].type)) == hash)
			return true;
	return false;
}

uint32_t shape_element(const struct model *model, uint32_t bare)
{
	for (int depth = 0; depth < PART_DEPTH && bare != MODEL_NONE &&
			    model->types.at[bare].kind == ALLOC_KIND_ARRAY;
	     depth++)
		bare = model_type_strip(model, model->types.at[bare].target);
	return bare;
}

uint32_t shape_first_struct(const struct model *model, uint32_t type)
{
	const struct model_type *t;
	uint32_t bare = model_type_strip(model, type);

	if (bare == MODEL_NONE ||
	    model->types.at[bare].kind != ALLOC_KIND_STRUCT)
		return MODEL_NONE;
	t = &model->types.at[bare];
	for (uint32_t i = 0; i < t->count; i++) {
		const struct model_member *m =
			&model->members.at[t->first + i];
		uint32_t inner;

		if (m->value != 0)
			continue;
		inner = model_type_strip(model, m->type);
		return shape_is_record(model, inner) &&
		       model->types.at[inner].kind == ALLOC_KIND_STRUCT
			       ? inner : MODEL_NONE;
	}
	return MODEL_NONE;
}

static bool is_function_pointer(const struct model *model, uint32_t type)
{
	uint32_t pointee, bare;

	if (!model_type_pointee(model, type, &pointee))
		return false;
	bare = model_type_strip(model, pointee);
	return bare != MODEL_NONE &&
	       model->types.at[bare].kind == ALLOC_KIND_FUNCTION;
}

/* Functions may take what they belong to as what it is. */
static bool are_like_members(const struct model *model, uint32_t a, uint32_t b)
{
	return flow_type_hash(model, a) == flow_type_hash(model, b) ||
	       (is_function_pointer(model, a) && is_function_pointer(model, b));
}

/* Are the first members of O those of I? */
static bool has_members(const struct model *model, const struct model_type *o,
			const struct model_type *i)
{
	if (i->kind != o->kind || !i->count || i->count > o->count ||
	    i->size > o->size)
		return false;
	for (uint32_t k = 0; k < i->count; k++) {
		const struct model_member *a = &model->members.at[o->first + k];
		const struct model_member *b = &model->members.at[i->first + k];

		if (a->value != b->value || a->name != b->name ||
		    !are_like_members(model, a->type, b->type))
			return false;
	}
	return true;
}

bool shape_begins_with(const struct model *model, uint32_t outer,
		       uint32_t inner)
{
	const struct model_type *o, *i;

	if (!shape_is_record(model, outer) || !shape_is_record(model, inner))
		return false;
	o = &model->types.at[outer];
	i = &model->types.at[inner];
	return i->count < o->count && has_members(model, o, i);
}

bool shape_is_all_of(const struct model *model, uint32_t outer, uint32_t inner)
{
	uint32_t bare = model_type_strip(model, outer);
	uint32_t first = shape_first_struct(model, outer);

	if (!shape_is_record(model, bare) || !shape_is_record(model, inner) ||
	    bare == inner ||
	    model->types.at[bare].size != model->types.at[inner].size)
		return false;
	return first == inner ||
	       (model->types.at[bare].count == model->types.at[inner].count &&
		has_members(model, &model->types.at[bare],
			    &model->types.at[inner]));
}

/* The first member of the record BARE that has OFFSET in it, or NULL. */
static const struct model_member *member_around(const struct model *model,
						uint32_t bare, uint64_t offset)
{
	const struct model_type *t = &model->types.at[bare];
	uint32_t first, limit;

	model_members_around(model, t, offset, &first, &limit);
	for (uint32_t i = first; i < limit; i++) {
		const struct model_member *m = &model->members.at[t->first + i];
		uint64_t at = (uint64_t)m->value;

		if (at <= offset &&
		    offset - at < model_type_size(model, m->type))
			return m;
	}
	return NULL;
}

static bool is_array(const struct model *model, const struct model_member *m)
{
	uint32_t type = m ? model_type_strip(model, m->type) : MODEL_NONE;

	return type != MODEL_NONE &&
	       model->types.at[type].kind == ALLOC_KIND_ARRAY;
}

bool shape_is_before_array(const struct model *model, uint32_t outer,
			   uint64_t offset, uint64_t step)
{
	uint32_t bare = model_type_strip(model, outer);

	for (int depth = 0; depth < PART_DEPTH && shape_is_record(model, bare);
	     depth++) {
		const struct model_member *next =
			member_around(model, bare, offset + step);
		const struct model_member *m =
			member_around(model, bare, offset);
		uint32_t type = next ? model_type_strip(model, next->type)
				     : MODEL_NONE;

		if (m != next)
			return is_array(model, next) && !is_array(model, m) &&
			       (uint64_t)next->value == offset + step &&
			       model_type_size(model, model->types.at
						[type].target) == step;
		offset -= m ? (uint64_t)m->value : 0;
		bare = type;
	}
	return false;
}

/* May less be allocated than all of TYPE, the last member: an array, or a
 * union of one and others? */
static bool is_cut_short(const struct model *model, uint32_t type)
{
	const struct model_type *t;

	if (type == MODEL_NONE)
		return false;
	t = &model->types.at[type];
	if (t->kind != ALLOC_KIND_UNION)
		return t->kind == ALLOC_KIND_ARRAY;
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t member = model_type_strip(
			model, model->members.at[t->first + i].type);

		if (member != MODEL_NONE &&
		    model->types.at[member].kind == ALLOC_KIND_ARRAY)
			return true;
	}
	return false;
}

/* Has the union BARE a member of SIZE bytes? */
static bool has_sized_member(const struct model *model, uint32_t bare,
			     uint64_t size)
{
	const struct model_type *t;

	if (bare == MODEL_NONE || model->types.at[bare].kind != ALLOC_KIND_UNION)
		return false;
	t = &model->types.at[bare];
	for (uint32_t i = 0; i < t->count; i++)
		if (model_type_size(model, model->members.at[t->first + i].type) ==
		    size)
			return true;
	return false;
}

bool shape_may_end_at(const struct model *model, uint32_t bare, uint64_t size)
{
	const struct model_type *t;
	const struct model_member *m;

	if (!shape_is_record(model, bare) || !model->types.at[bare].count)
		return false;
	t = &model->types.at[bare];
	for (uint32_t i = 0; i < t->count; i++)
		if ((uint64_t)model->members.at[t->first + i].value == size)
			return true;
	m = &model->members.at[t->first + t->count - 1];
	return m->value > 0 && (uint64_t)m->value < size &&
	       has_sized_member(model, model_type_strip(model, m->type),
				size - (uint64_t)m->value);
}

uint64_t shape_least_size(const struct model *model, uint32_t bare)
{
	uint64_t size = model_type_size(model, bare);
	const struct model_type *t;
	const struct model_member *last;

	if (!shape_is_record(model, bare))
		return size;
	t = &model->types.at[bare];
	if (!t->count || t->kind != ALLOC_KIND_STRUCT)
		return size;
	last = &model->members.at[t->first + t->count - 1];
	if (last->value <= 0 ||
	    !is_cut_short(model, model_type_strip(model, last->type)))
		return size;
	return (uint64_t)last->value;
}

static bool has_part(const struct model *model, uint32_t outer,
		     uint64_t offset, uint64_t hash, int depth)
{
	const struct model_type *t = &model->types.at[outer];

	if (depth > PART_DEPTH || t->kind != ALLOC_KIND_STRUCT)
		return false;
	for (uint32_t i = 0; i < t->count; i++) {
		const struct model_member *m = &model->members.at[t->first + i];
		uint32_t inner = model_type_strip(model, m->type);

		if (!shape_is_record(model, inner) ||
		    (uint64_t)m->value > offset ||
		    offset - (uint64_t)m->value >=
			    model_type_size(model, inner))
			continue;
		if ((uint64_t)m->value == offset &&
		    flow_type_hash(model, inner) == hash)
			return true;
		return has_part(model, inner, offset - (uint64_t)m->value,
				hash, depth + 1);
	}
	return false;
}

bool shape_has_part(const struct model *model, uint32_t outer,
		    uint64_t offset, uint64_t hash)
{
	return has_part(model, outer, offset, hash, 0);
}
