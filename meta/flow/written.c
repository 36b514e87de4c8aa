/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/written.h"

#include <string.h>

#include "meta/flow/flow.h"

enum {
	WORD = 8,
	SCALARS = 8, /* members of a union that begin at one place */
	DEPTH_MOST = 16,
};

void written_note(struct written *written, int32_t offset, uint8_t size)
{
	for (uint32_t i = 0; i < written->count; i++)
		if (written->at[i].offset == offset &&
		    written->at[i].size == size)
			return;
	if (written->count < WRITTEN_PARTS)
		written->at[written->count++] = (struct written_part){
			.offset = offset, .size = size,
		};
}

/* Compilers store several members at once, but none in parts. */
static bool part_fits(const struct written_part *part,
		      const struct model *model, uint32_t bare)
{
	uint32_t scalars[SCALARS];
	uint32_t count;

	if (part->offset < 0)
		return false;
	count = model_type_scalars_at(model, bare, (uint64_t)part->offset,
				      scalars, SCALARS, NULL);
	for (uint32_t i = 0; i < count; i++)
		if (model_type_size(model, scalars[i]) <= part->size)
			return true;
	return false;
}

bool written_fits(const struct written *written, const struct model *model,
		  uint32_t bare)
{
	for (uint32_t i = 0; i < written->count; i++)
		if (!part_fits(&written->at[i], model, bare))
			return false;
	return true;
}

static bool is_polymorphic(const struct model *model, uint32_t type, int depth)
{
	const struct model_type *t = &model->types.at[type];

	if (t->flags & ALLOTYPE_META_TYPE_POLYMORPHIC)
		return true;
	for (uint32_t i = 0; i < t->count && depth < DEPTH_MOST; i++) {
		const struct model_member *m = &model->members.at[t->first + i];
		uint32_t base = m->flags & ALLOTYPE_META_MEMBER_BASE
					? model_type_strip(model, m->type)
					: MODEL_NONE;

		if (base != MODEL_NONE &&
		    is_polymorphic(model, base, depth + 1))
			return true;
	}
	return false;
}

/* Closures are made where they are given away, not by new; and who makes an
 * object with a virtual table says so. */
static bool may_go_unnoticed(const struct model *model, uint32_t type)
{
	const char *tag = model->types.at[type].tag;

	return tag && !strstr(tag, "lambda") && !is_polymorphic(model, type, 0);
}

uint32_t written_own_record(const struct written *written,
			    const struct model *model, uint32_t file,
			    uint64_t size)
{
	uint32_t found = MODEL_NONE;

	if (size <= WORD && written->count < 2)
		return MODEL_NONE;
	for (uint32_t i = 0; i < model->own_records.count; i++) {
		const struct model_own_record *own = &model->own_records.at[i];
		const struct model_type *type = &model->types.at[own->type];

		if (own->file != file || type->size != size ||
		    own->type == found ||
		    !may_go_unnoticed(model, own->type) ||
		    !written_fits(written, model, own->type))
			continue;
		if (found != MODEL_NONE &&
		    flow_type_hash(model, found) !=
			    flow_type_hash(model, own->type))
			return MODEL_NONE;
		found = own->type;
	}
	return found;
}
