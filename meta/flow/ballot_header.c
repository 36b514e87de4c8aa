/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/ballot_header.h"

#include "meta/flow/locals.h"
#include "meta/flow/shape.h"

/* As many bytes as a header has, and more of them. */
static bool is_asked_for(const struct ballot *b, uint32_t header)
{
	int64_t size = (int64_t)model_type_size(b->flow->model, header);

	return size > 1 && (b->size.kind == SIZE_UNKNOWN
				    ? b->size.least == size
				    : b->size.kind == SIZE_MULTIPLE &&
					      b->size.added == size);
}

void ballot_collect_header(struct ballot *b)
{
	const struct model *model = b->flow->model;
	const struct evidence_list *list = &b->site->evidence;
	struct evidence e = { .kind = EVIDENCE_COPY };

	for (uint32_t i = 0; i < b->count; i++)
		if (!b->candidates[i].bytes || b->candidates[i].said)
			return;
	if (!b->count || b->size.kind == SIZE_CONSTANT)
		return;
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].kind == EVIDENCE_COPY && !list->at[i].offset &&
		    shape_is_record(model, model_type_strip(model,
						list->at[i].type)) &&
		    is_asked_for(b, list->at[i].type))
			ballot_add(b, &list->at[i]);
	e.type = b->site->written.header;
	if (e.type == MODEL_NONE)
		e.type = locals_header(b->flow, b->site);
	if (e.type != MODEL_NONE &&
	    written_goes_on(&b->site->written, model_type_size(model, e.type)))
		ballot_add(b, &e);
}

/* Are HEADER bytes asked for, and a record of SIZE, or as many bytes more for
 * each of any number? */
static bool is_header_and(const struct ballot *b, int32_t header, int64_t size)
{
	if (header <= 0 || size <= 0)
		return false;
	return b->size.kind == SIZE_CONSTANT
		       ? b->size.value - header == size
		       : b->size.kind == SIZE_MULTIPLE && b->size.step == size &&
				 (b->size.added - header) % size == 0;
}

void ballot_collect_behind_header(struct ballot *b)
{
	const struct model *model = b->flow->model;
	const struct evidence_list *list = &b->site->evidence;
	uint32_t count = b->count;

	for (uint32_t i = 0; i < list->count; i++) {
		struct evidence e = list->at[i];
		int64_t size = (int64_t)model_type_size(model, e.type);

		if (e.offset != VALUE_INSIDE ||
		    (!evidence_is_kept(e.kind) && e.kind != EVIDENCE_ARGUMENT) ||
		    !shape_is_record(model, model_type_strip(model, e.type)))
			continue;
		for (uint32_t k = 0; k < count; k++) {
			e.offset = b->candidates[k].offset;
			if (is_header_and(b, e.offset, size))
				ballot_add(b, &e);
		}
	}
}

/* Does E say that what C is begins further inside, a whole number of C's sizes
 * behind the object's beginning? */
static bool begins_at(const struct ballot *b, const struct candidate *c,
		      const struct evidence *e)
{
	return e->offset > 0 && e->offset != VALUE_INSIDE && evidence_is_kept(e->kind) &&
	       c->size && e->offset % (int64_t)c->size == 0 &&
	       flow_type_hash(b->flow->model, e->type) == c->hash;
}

void ballot_skip_header(struct ballot *b)
{
	const struct evidence_list *list = &b->site->evidence;

	for (uint32_t k = 0; k < b->count; k++) {
		struct candidate *c = &b->candidates[k];

		if (!ballot_is_only_of(c, EVIDENCE_REALLOC))
			continue;
		for (uint32_t i = 0; i < list->count; i++)
			if (!c->offset && begins_at(b, c, &list->at[i])) {
				c->offset = list->at[i].offset;
				ballot_add(b, &list->at[i]);
			}
	}
}
