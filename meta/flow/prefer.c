/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/prefer.h"

#include "meta/flow/locals.h"
#include "meta/flow/shape.h"

/* Of the members of a union, is it one whose size is what the number of
 * elements is multiplied by? */
static bool is_counted(const struct ballot *b, const struct candidate *c)
{
	return !c->bytes && ballot_is_only_of_union(c) && c->fit == FIT_EXACT &&
	       b->size.kind == SIZE_MULTIPLE;
}

void prefer_local(struct ballot *b)
{
	uint32_t local = 0, strange = 0;
	bool counted = false;

	for (uint32_t i = 0; i < b->count; i++)
		counted |= is_counted(b, &b->candidates[i]);
	for (uint32_t i = 0; i < b->count; i++) {
		struct candidate *c = &b->candidates[i];

		if (c->bytes || !ballot_is_only_of_union(c))
			continue;
		c->local = (c->fit == FIT_EXACT ||
			    (c->fit == FIT_ARRAY && !counted)) &&
			   locals_point_to(b->flow, b->site, c->hash);
		local += c->local;
		strange += !c->local;
	}
	for (uint32_t i = 0; local && strange && i < b->count; i++)
		b->candidates[i].score += b->candidates[i].local ? 3 : 0;
}

/* Is C told by what only says how it is used: places, not the source, nor types
 * that the call itself is about? */
static bool is_told_by_use(const struct candidate *c)
{
	const uint32_t use = 1u << EVIDENCE_VARIABLE | 1u << EVIDENCE_MEMBER |
			     1u << EVIDENCE_GLOBAL | 1u << EVIDENCE_RETURN |
			     1u << EVIDENCE_ARGUMENT | 1u << EVIDENCE_INLINED |
			     1u << EVIDENCE_UNION | 1u << EVIDENCE_NEIGHBOUR;

	return !c->bytes && !((c->kinds | c->partial_kinds) & ~use);
}

void prefer_first(struct ballot *b)
{
	const struct model *model = b->flow->model;
	struct candidate *first = NULL;

	for (uint32_t i = 0; b->site->first != MODEL_NONE && i < b->count; i++)
		if (b->candidates[i].hash ==
			    flow_type_hash(model, b->site->first) &&
		    !b->candidates[i].offset)
			first = &b->candidates[i];
	if (!first || first->fit != FIT_EXACT || first->bytes ||
	    !shape_is_record(model, first->bare))
		return;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c != first && c->size == first->size && !c->offset &&
		    shape_is_record(model, c->bare) && is_told_by_use(c) &&
		    c->score >= first->score)
			first->score = c->score + 1;
	}
}

void prefer_pointers(struct ballot *b)
{
	const struct model *model = b->flow->model;

	for (uint32_t i = 0; i < b->count; i++) {
		struct candidate *c = &b->candidates[i];
		bool doubtful = false;

		if (!shape_is_arithmetic(model, c->bare))
			continue;
		for (uint32_t k = 0; k < b->count; k++) {
			const struct candidate *other = &b->candidates[k];

			doubtful |= other->bare != MODEL_NONE &&
				    model->types.at[other->bare].kind ==
					    ALLOC_KIND_POINTER &&
				    other->size == c->size &&
				    other->offset == c->offset &&
				    other->score == c->score;
		}
		c->score -= doubtful;
	}
}
