/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/widen.h"

#include "meta/flow/callbacks.h"
#include "meta/flow/handles.h"
#include "meta/flow/locals.h"
#include "meta/flow/shape.h"
#include "meta/flow/written.h"

/* Is a record that begins with INNER known to be it?  Before elements, of which
 * it may have the first, how large it is says less. */
static bool is_outer_known(const struct ballot *b,
			   const struct candidate *inner)
{
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c->offset == inner->offset && c->fit != FIT_IMPOSSIBLE &&
		    embeddings_begins(&b->flow->embeddings, b->flow->model,
				      c->bare, inner->bare))
			return true;
	}
	return false;
}

static bool is_of_numbers(const struct model *model, uint32_t bare)
{
	const struct model_type *t = &model->types.at[bare];

	for (uint32_t i = 0; i < t->count; i++)
		if (!shape_is_arithmetic(model, model_type_strip(model,
				model->members.at[t->first + i].type)))
			return false;
	return t->count > 0;
}

/* A whole number of points, say, is no record that begins with the same
 * coordinates: but for one that has a point as its beginning. */
static bool is_array_instead(const struct ballot *b,
			     const struct candidate *inner, uint32_t outer)
{
	const struct model *model = b->flow->model;
	uint32_t first = shape_first_struct(model, outer);

	if (inner->fit != FIT_ARRAY || !is_of_numbers(model, inner->bare))
		return false;
	while (first != MODEL_NONE && flow_type_hash(model, first) != inner->hash)
		first = shape_first_struct(model, first);
	return first == MODEL_NONE;
}

/* Do variables of the file point to TYPE, or does it declare that itself? */
static bool is_of_file(const void *context, uint32_t type)
{
	const struct ballot *b = context;
	const struct model *model = b->flow->model;
	uint32_t function = b->site->function;

	return handles_are_used(model, function, flow_type_hash(model, type)) ||
	       model_is_own_record(model, type,
			model->functions.at[function].unit_file);
}

/* The record of SIZE bytes that begins with INNER: the only one, or the one that
 * all that is stored fits, or that the file works on; or MODEL_NONE. */
static uint32_t find_outer(const struct ballot *b, uint32_t inner,
			   uint64_t size)
{
	const struct embeddings *e = &b->flow->embeddings;
	const struct model *model = b->flow->model;
	uint32_t type = embeddings_find(e, model, inner, size);

	if (type == MODEL_NONE)
		type = embeddings_fitting(e, model, inner, size,
					  &b->site->written);
	if (type == MODEL_NONE)
		type = embeddings_told(e, model, inner, size, is_of_file, b);
	return type;
}

void widen_by_size(struct ballot *b)
{
	const struct candidate *inner = NULL;
	int64_t asked = b->size.kind == SIZE_MULTIPLE ? b->size.header
		: b->size.value -
		  b->flow->allocators.at[b->site->allocator].delta;
	struct candidate *outer;
	uint32_t type;

	if ((b->size.kind != SIZE_CONSTANT &&
	     (b->size.kind != SIZE_MULTIPLE || !b->size.header)) ||
	    b->approximate)
		return;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c->fit == FIT_EXACT || c->said)
			return;
		if (c->fit != FIT_IMPOSSIBLE && !c->offset &&
		    (int64_t)c->size < asked &&
		    shape_is_record(b->flow->model, c->bare) &&
		    (!inner || c->score > inner->score))
			inner = c;
	}
	if (!inner || (b->size.header && is_outer_known(b, inner)))
		return;
	type = find_outer(b, inner->bare, (uint64_t)asked);
	if (type == MODEL_NONE || is_array_instead(b, inner, type))
		return;
	outer = ballot_find(b, type, 0);
	if (!outer || outer->kinds || outer->partial_kinds)
		return;
	outer->kinds = inner->kinds;
	outer->partial_kinds = inner->partial_kinds;
	outer->fit = FIT_EXACT;
	outer->score = inner->score + 6;
}

/* The record that a local variable says the object is, which may have been
 * assigned to that: all of it is BASE, or it has the same members. */
static struct candidate *find_local(struct ballot *b,
				    const struct candidate *base)
{
	const struct model *model = b->flow->model;
	uint32_t type;

	for (uint32_t i = 0; i < b->count; i++) {
		struct candidate *c = &b->candidates[i];

		if (c->kinds >> EVIDENCE_VARIABLE & 1 && !c->offset &&
		    c->fit == FIT_EXACT &&
		    shape_is_all_of(model, c->type, base->bare))
			return c;
	}
	type = locals_record(b->flow, b->site, base->size);
	return type != MODEL_NONE && shape_is_all_of(model, type, base->bare)
		       ? ballot_find(b, type, 0) : NULL;
}

/* What the functions that it holds take, likewise. */
static struct candidate *find_worked_on(struct ballot *b,
					const struct candidate *base)
{
	uint32_t type = callbacks_record(b->flow, b->site, base->size);

	return type != MODEL_NONE &&
	       flow_type_hash(b->flow->model, type) != base->hash &&
	       shape_is_all_of(b->flow->model, type, base->bare)
		       ? ballot_find(b, type, 0) : NULL;
}

/* The record that fits; unless OF_VARIABLE not if a variable points to it. */
static struct candidate *find_base(struct ballot *b, bool of_variable)
{
	struct candidate *base = NULL;

	if (b->size.kind != SIZE_CONSTANT || b->site->hint.read)
		return NULL;
	for (uint32_t i = 0; i < b->count; i++) {
		struct candidate *c = &b->candidates[i];

		if (c->fit == FIT_EXACT && !c->offset &&
		    (of_variable || !(c->kinds >> EVIDENCE_VARIABLE & 1)) &&
		    shape_is_record(b->flow->model, c->bare) &&
		    (!base || c->score >= base->score))
			base = c;
	}
	return base;
}

static void prefer_to(struct candidate *whole, const struct candidate *base,
		      enum evidence_kind kind)
{
	if (!whole || whole->score > base->score)
		return;
	whole->kinds |= 1u << kind;
	whole->fit = FIT_EXACT;
	whole->score = base->score + 1;
}

void widen_by_local(struct ballot *b)
{
	struct candidate *base = find_base(b, false);

	if (base)
		prefer_to(find_local(b, base), base, EVIDENCE_HANDLE);
}

void widen_by_function(struct ballot *b)
{
	struct candidate *base = find_base(b, true);

	if (base)
		prefer_to(find_worked_on(b, base), base, EVIDENCE_ARGUMENT);
}

/* The union that the object is known as, though it is smaller. */
static const struct candidate *find_union(const struct ballot *b)
{
	const struct candidate *found = NULL;

	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c->fit == FIT_EXACT || c->said)
			return NULL;
		if (c->fit == FIT_IMPOSSIBLE && !c->offset &&
		    b->flow->model->types.at[c->bare].kind == ALLOC_KIND_UNION &&
		    (!found || c->score > found->score))
			found = c;
	}
	return found;
}

void widen_to_member(struct ballot *b)
{
	const struct model *model = b->flow->model;
	const struct candidate *whole = find_union(b);
	struct written_best best = { .type = MODEL_NONE };
	const struct model_type *type;
	struct candidate *member;
	uint64_t asked;

	if (!whole || b->size.kind != SIZE_CONSTANT)
		return;
	asked = (uint64_t)(b->size.value -
			   b->flow->allocators.at[b->site->allocator].delta);
	type = &model->types.at[whole->bare];
	for (uint32_t i = 0; i < type->count; i++) {
		uint32_t part = model->members.at[type->first + i].type;

		if (shape_is_record(model, model_type_strip(model, part)) &&
		    model_type_size(model, part) == asked)
			written_consider(&best, &b->site->written, model, part);
	}
	member = best.several || best.type == MODEL_NONE
			 ? NULL : ballot_find(b, best.type, 0);
	if (!member || member->kinds || member->partial_kinds)
		return;
	member->kinds = whole->kinds;
	member->partial_kinds = whole->partial_kinds;
	member->fit = FIT_EXACT;
	member->score = whole->score + 12 + 6; /* it fits */
}
