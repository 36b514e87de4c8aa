/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/variant.h"

#include "meta/flow/shape.h"

enum { DEPTH_MOST = 8 };

/* The outermost union of TYPE that *AT is in, which becomes the offset within
 * it; or MODEL_NONE. */
static uint32_t union_around(const struct model *model, uint32_t type,
			     uint64_t *at)
{
	uint32_t bare = model_type_strip(model, type);

	for (int depth = 0; depth < DEPTH_MOST; depth++) {
		const struct model_type *t;
		uint32_t inner = MODEL_NONE;

		if (!shape_is_record(model, bare))
			return MODEL_NONE;
		t = &model->types.at[bare];
		if (t->kind == ALLOC_KIND_UNION)
			return bare;
		for (uint32_t i = 0; i < t->count; i++) {
			const struct model_member *m =
				&model->members.at[t->first + i];
			uint64_t begin = (uint64_t)m->value;

			if (m->value < 0 || *at < begin ||
			    *at - begin >= model_type_size(model, m->type))
				continue;
			inner = model_type_strip(model, m->type);
			*at -= begin;
			break;
		}
		bare = inner;
	}
	return MODEL_NONE;
}

static bool has_pointer(const struct model *model, uint32_t record,
			uint64_t at, uint64_t hash)
{
	uint32_t scalars[2], pointee;

	return model_type_scalars_at(model, record, at, scalars, 2, NULL) == 1 &&
	       model_type_pointee(model, scalars[0], &pointee) &&
	       flow_type_hash(model, pointee) == hash;
}

/* Has RECORD members where the object is stored to, from BEGIN on, SIZE bytes? */
static bool has_all(const struct model *model, uint32_t record,
		    const struct written *written, int64_t begin, uint64_t size)
{
	for (uint32_t i = 0; i < written->count; i++) {
		struct written_part part = written->at[i];
		int64_t offset = part.offset - begin;

		if (offset < 0 || (uint64_t)offset >= size)
			continue;
		part.offset = (int32_t)offset;
		if (!written_has_member(&part, model, record))
			return false;
	}
	return true;
}

bool variant_contradicts(const struct flow *flow, const struct flow_site *site,
			 uint64_t hash)
{
	const struct model *model = flow->model;
	const struct flow_held *held = &site->held;
	uint64_t at = held->at;
	const struct model_type *of;
	bool contradicted = false;
	uint32_t bare;

	if (!held->known || held->several)
		return false;
	bare = union_around(model, held->owner, &at);
	if (bare == MODEL_NONE)
		return false;
	of = &model->types.at[bare];
	for (uint32_t i = 0; i < of->count; i++) {
		uint32_t record = model_type_strip(
			model, model->members.at[of->first + i].type);

		if (!shape_is_record(model, record) ||
		    !has_pointer(model, record, at, hash))
			continue;
		if (has_all(model, record, &flow->sites[held->site].written,
			    held->offset - (int64_t)at, of->size))
			return false;
		contradicted = true;
	}
	return contradicted;
}
