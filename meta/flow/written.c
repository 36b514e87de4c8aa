/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/written.h"

#include <string.h>

#include "meta/flow/flow.h"
#include "meta/flow/shape.h"

enum {
	WORD = 8,
	INT = 4,
	SCALARS = 8, /* members of a union that begin at one place */
	DEPTH_MOST = 16,
};

void written_note(struct written *written, const struct written_part *part)
{
	for (uint32_t i = 0; i < written->count; i++) {
		struct written_part *known = &written->at[i];

		if (known->offset != part->offset || known->size != part->size)
			continue;
		known->is_integer &= part->is_integer;
		known->is_constant &= part->is_constant &&
				      part->number == known->number;
		known->is_self &= part->is_self && part->self == known->self;
		known->is_object |= part->is_object;
		known->is_number &= part->is_number;
		known->is_float &= part->is_float;
		if (known->pointee == MODEL_NONE)
			known->pointee = part->pointee;
		return;
	}
	if (written->count < WRITTEN_PARTS)
		written->at[written->count++] = *part;
}

void written_clear(struct written *written)
{
	written->count = 0;
	written->element = (struct written_element){ .pointee = MODEL_NONE };
	written->header = MODEL_NONE;
	written->copied = 0;
	written->method_count = 0;
}

void written_note_element(struct written *written,
			  const struct written_element *element)
{
	struct written_element *known = &written->element;

	if (!known->size)
		*known = *element;
	known->indexed &= element->indexed;
	known->differ |= known->size != element->size ||
			 known->pointee != element->pointee;
}

void written_note_method(struct written *written, uint32_t type)
{
	for (uint32_t i = 0; i < written->method_count; i++)
		if (written->methods[i] == type)
			return;
	if (written->method_count < WRITTEN_METHODS)
		written->methods[written->method_count++] = type;
}

bool written_has_part(const struct written *written, uint64_t offset,
		      uint64_t size)
{
	for (uint32_t i = 0; i < written->count; i++)
		if (written->at[i].size == size && written->at[i].offset >= 0 &&
		    (uint64_t)written->at[i].offset == offset)
			return true;
	return false;
}

bool written_goes_on(const struct written *written, uint64_t offset)
{
	for (uint32_t i = 0; i < written->count; i++)
		if (written->at[i].offset >= 0 &&
		    (uint64_t)written->at[i].offset == offset)
			return true;
	return written->copied && (uint64_t)written->copied == offset;
}

bool written_is_int(const struct written *written, uint64_t size)
{
	const struct written_part *part = &written->at[0];

	return written->count == 1 && size == INT && part->is_integer &&
	       !part->offset && part->size == INT;
}

uint32_t written_pointee(const struct written *written, uint64_t size)
{
	const struct written_part *part = &written->at[0];

	return written->count == 1 && size == WORD && !part->offset &&
	       part->size == WORD ? part->pointee : MODEL_NONE;
}

bool written_are_ints(const struct written *written, uint64_t size)
{
	const struct written_element *e = &written->element;

	return size == INT && e->size == INT && !e->differ;
}

uint32_t written_pointees(const struct written *written, uint64_t size)
{
	const struct written_element *e = &written->element;

	return size == WORD && e->size == WORD && !e->differ ? e->pointee
							     : MODEL_NONE;
}

enum fit { FIT_NOT, FIT_SEVERAL, FIT_EACH };

/* 1: MEMBER is a floating-point number, as what is stored there is, if it is
 * one; -1: it is, and an integer is stored there. */
static int agreement_of_numbers(const struct written_part *part,
				const struct model *model, uint32_t member)
{
	bool is_float = shape_is_floating(model,
					  model_type_strip(model, member));

	return !is_float ? 0 : part->is_float ? 1 : part->is_number ? -1 : 0;
}

/* 1: a POINTEE lies where the pointer into the object of type BARE that is
 * stored leads to, as heads of lists have it; -1: none does. */
static int agreement_of_self(const struct written_part *part,
			     const struct model *model, uint32_t bare,
			     uint32_t pointee)
{
	uint64_t hash = flow_type_hash(model, pointee);
	uint32_t scalars[SCALARS], count;

	if (part->self < 0)
		return 0;
	count = model_type_scalars_at(model, bare, (uint64_t)part->self,
				      scalars, SCALARS, NULL);
	for (uint32_t i = 0; i < count; i++)
		if (flow_type_hash(model, scalars[i]) == hash)
			return 1;
	return (!part->self && flow_type_hash(model, bare) == hash) ||
	       shape_has_part(model, bare, (uint64_t)part->self, hash)
		       ? 1 : -1;
}

static bool is_pointer(const struct written_part *part)
{
	return part->is_object || part->pointee != MODEL_NONE;
}

/* 1: MEMBER of BARE is, or points to, what is stored there, or what that
 * pointer does; -1: something else; 0: nobody knows. */
static int agreement(const struct written_part *part,
		     const struct model *model, uint32_t bare, uint32_t member)
{
	uint32_t pointee;

	if (!is_pointer(part))
		return agreement_of_numbers(part, model, member);
	if (!model_type_pointee(model, member, &pointee))
		return -1;
	if (pointee == MODEL_NONE)
		return 0;
	if (part->is_self)
		return agreement_of_self(part, model, bare, pointee);
	if (part->pointee == MODEL_NONE)
		return 0;
	return flow_type_hash(model, pointee) ==
	       flow_type_hash(model, part->pointee) ? 1 : -1;
}

/* Compilers store several numbers at once, but none in parts. */
static enum fit part_fit(const struct written_part *part,
			 const struct model *model, uint32_t bare, int *agreed)
{
	enum fit fit = FIT_NOT;
	uint32_t scalars[SCALARS];
	uint32_t count;
	int best = -1;

	if (part->offset < 0)
		return FIT_NOT;
	count = model_type_scalars_at(model, bare, (uint64_t)part->offset,
				      scalars, SCALARS, NULL);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t size = model_type_size(model, scalars[i]);
		int agrees = agreement(part, model, bare, scalars[i]);

		if (size == part->size) {
			fit = FIT_EACH;
			best = agrees > best ? agrees : best;
		} else if (size < part->size && fit == FIT_NOT &&
			   !part->is_object) {
			fit = FIT_SEVERAL;
		}
	}
	if (fit == FIT_EACH)
		*agreed += best;
	return fit;
}

bool written_has_member(const struct written_part *part,
			const struct model *model, uint32_t bare)
{
	int agreed = 0;

	return part_fit(part, model, bare, &agreed) != FIT_NOT && agreed >= 0;
}

/* Of the worst of the stores. */
static enum fit fit_of(const struct written *written,
		       const struct model *model, uint32_t bare, int *agreed)
{
	enum fit worst = FIT_EACH;

	*agreed = 0;
	for (uint32_t i = 0; i < written->count; i++) {
		enum fit fit = part_fit(&written->at[i], model, bare, agreed);

		if (fit < worst)
			worst = fit;
	}
	return *agreed < 0 ? FIT_NOT : worst;
}

bool written_fits(const struct written *written, const struct model *model,
		  uint32_t bare)
{
	int agreed;

	return fit_of(written, model, bare, &agreed) != FIT_NOT;
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

void written_consider(struct written_best *best, const struct written *written,
		      const struct model *model, uint32_t type)
{
	int agreements, fit;

	if (type == MODEL_NONE || type == best->type)
		return;
	fit = (int)fit_of(written, model, model_type_strip(model, type),
			  &agreements);
	if (fit == FIT_NOT || fit < best->fit ||
	    (fit == best->fit && agreements < best->agreements))
		return;
	if (fit > best->fit || agreements > best->agreements)
		*best = (struct written_best){ .type = type, .fit = fit,
					       .agreements = agreements };
	else if (flow_type_hash(model, type) !=
		 flow_type_hash(model, best->type))
		best->several = true;
}

static void consider_own(struct written_best *best,
			 const struct written *written,
			 const struct model *model, uint32_t type)
{
	if (type != MODEL_NONE &&
	    may_go_unnoticed(model, model_type_strip(model, type)))
		written_consider(best, written, model, type);
}

/* The best of FILE's records of SIZE bytes, and of ALSO. */
static struct written_best best_own(const struct written *written,
				    const struct model *model, uint32_t file,
				    uint32_t also, uint64_t size)
{
	struct written_best best = { .type = MODEL_NONE, .fit = FIT_NOT };

	consider_own(&best, written, model, also);
	for (uint32_t i = 0; i < model->own_records.count; i++) {
		const struct model_own_record *own = &model->own_records.at[i];

		if (own->file == file &&
		    model->types.at[own->type].size == size)
			consider_own(&best, written, model, own->type);
	}
	return best;
}

uint32_t written_own_record(const struct written *written,
			    const struct model *model, uint32_t file,
			    uint32_t also, uint64_t size)
{
	struct written_best best;

	if (size <= WORD && written->count < 2)
		return MODEL_NONE;
	best = best_own(written, model, file, also, size);
	return best.several ? MODEL_NONE : best.type;
}

uint32_t written_agreeing_record(const struct written *written,
				 const struct model *model, uint32_t file,
				 uint64_t size)
{
	struct written_best best;

	if (!written->count || size <= WORD)
		return MODEL_NONE;
	best = best_own(written, model, file, MODEL_NONE, size);
	return best.several || best.agreements <= 0 ? MODEL_NONE : best.type;
}
