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

enum fit { FIT_NOT, FIT_SEVERAL, FIT_EACH };

/* Compilers store several members at once, but none in parts. */
static enum fit part_fit(const struct written_part *part,
			 const struct model *model, uint32_t bare)
{
	enum fit fit = FIT_NOT;
	uint32_t scalars[SCALARS];
	uint32_t count;

	if (part->offset < 0)
		return FIT_NOT;
	count = model_type_scalars_at(model, bare, (uint64_t)part->offset,
				      scalars, SCALARS, NULL);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t size = model_type_size(model, scalars[i]);

		if (size == part->size)
			return FIT_EACH;
		if (size < part->size)
			fit = FIT_SEVERAL;
	}
	return fit;
}

/* Of the worst of the stores. */
static enum fit fit_of(const struct written *written,
		       const struct model *model, uint32_t bare)
{
	enum fit worst = FIT_EACH;

	for (uint32_t i = 0; i < written->count; i++) {
		enum fit fit = part_fit(&written->at[i], model, bare);

		if (fit < worst)
			worst = fit;
	}
	return worst;
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

struct best {
	uint32_t type;
	enum fit fit;
	bool several;
};

static void consider(struct best *best, const struct written *written,
		     const struct model *model, uint32_t type)
{
	enum fit fit;

	if (type == MODEL_NONE || type == best->type ||
	    !may_go_unnoticed(model, model_type_strip(model, type)))
		return;
	fit = fit_of(written, model, type);
	if (fit == FIT_NOT || fit < best->fit)
		return;
	if (fit > best->fit)
		*best = (struct best){ .type = type, .fit = fit };
	else if (flow_type_hash(model, type) !=
		 flow_type_hash(model, best->type))
		best->several = true;
}

uint32_t written_own_record(const struct written *written,
			    const struct model *model, uint32_t file,
			    uint32_t also, uint64_t size)
{
	struct best best = { .type = MODEL_NONE, .fit = FIT_NOT };

	if (size <= WORD && written->count < 2)
		return MODEL_NONE;
	consider(&best, written, model, also);
	for (uint32_t i = 0; i < model->own_records.count; i++) {
		const struct model_own_record *own = &model->own_records.at[i];

		if (own->file == file &&
		    model->types.at[own->type].size == size)
			consider(&best, written, model, own->type);
	}
	return best.several ? MODEL_NONE : best.type;
}
