/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/makers.h"

#include "meta/flow/choose.h"
#include "meta/flow/shape.h"
#include "meta/flow/signature.h"
#include "meta/flow/size.h"

/* The struct T of T *make(size); MODEL_NONE if S is no such function. */
static uint32_t record_of(const struct model *model,
			  const struct model_subprogram *s)
{
	uint32_t pointee, bare;

	if (!signature_takes_number(model, s->type) ||
	    !model_type_pointee(model, model->types.at[s->type].target,
				&pointee))
		return MODEL_NONE;
	bare = model_type_strip(model, pointee);
	return shape_is_record(model, bare) ? bare : MODEL_NONE;
}

/* A hash of the record that CHOICE is, if that begins with RECORD; or 0. */
static uint64_t made_by(const struct flow *flow, const struct choice *choice,
			uint32_t record)
{
	const struct model *model = flow->model;
	uint64_t hash, begin = flow_type_hash(model, record);
	uint32_t bare;

	if (choice->class != CHOICE_TYPE || choice->best.offset)
		return 0;
	bare = model_type_strip(model, choice->best.type);
	hash = flow_type_hash(model, bare);
	return shape_is_record(model, bare) &&
	       (hash == begin || shape_has_part(model, bare, 0, begin))
		       ? hash : 0;
}

/* Is one of HASH a member of the union BARE, or what one begins with? */
static bool is_in_union(const struct model *model, uint32_t bare, uint64_t hash)
{
	const struct model_type *t = &model->types.at[bare];

	for (uint32_t i = 0; t->kind == ALLOC_KIND_UNION && i < t->count; i++) {
		uint32_t member = model_type_strip(
			model, model->members.at[t->first + i].type);

		if (shape_is_record(model, member) &&
		    (flow_type_hash(model, member) == hash ||
		     shape_has_part(model, member, 0, hash)))
			return true;
	}
	return false;
}

/* Is what CHOICE says, bytes or a type, nothing that begins with RECORD or that
 * is in such a union? */
static bool is_unrelated(const struct flow *flow, const struct choice *choice,
			 uint32_t record)
{
	const struct model *model = flow->model;
	uint64_t hash;

	if (choice->class == CHOICE_BYTES)
		return true;
	if (choice->class != CHOICE_TYPE || made_by(flow, choice, record))
		return false;
	hash = flow_type_hash(model, model_type_strip(model,
						      choice->best.type));
	return choice->best.offset || !is_in_union(model, record, hash);
}

/* A number of S that its copies are given. */
struct number {
	bool known;     /* there is one */
	bool told;      /* it is the size */
	bool is_size_t; /* or as large, and unsigned */
};

static void note_number(const struct model *model,
			const struct model_subprogram *s,
			const struct model_constant *constant, int64_t size,
			struct number *number)
{
	const struct model_type *function = &model->types.at[s->type];
	const struct model_type *type;
	uint32_t parameter;

	if (constant->parameter >= function->count)
		return;
	parameter = model->members.at[function->first +
				      constant->parameter].type;
	if (!size_is_number(model, parameter))
		return;
	number->known = true;
	if (constant->value != (uint64_t)size)
		return;
	type = &model->types.at[model_type_strip(model, parameter)];
	number->told = true;
	number->is_size_t |= type->size == 8 &&
			     type->encoding == 7 /* DW_ATE_unsigned */;
}

/* Is what INSTANCE asks for at SITE what it is told to? */
static void note_told(const struct flow *flow, const struct flow_site *site,
		      uint32_t instance, bool is_derived, struct maker *maker)
{
	const struct model *model = flow->model;
	const struct model_function *f = &model->functions.at[site->function];
	const struct model_subprogram *s = &model->subprograms.at[
		model->inlines.at[instance].subprogram];
	struct site_size size = size_of_site(flow, site);
	struct number number = { 0 };

	if (size.kind != SIZE_CONSTANT)
		return;
	for (uint32_t i = 0; i < f->constant_count; i++) {
		const struct model_constant *constant =
			&model->constants.at[f->constant_first + i];

		if (constant->instance == instance)
			note_number(model, s, constant, size.value, &number);
	}
	maker->untold |= number.known && !number.told;
	if (!number.told)
		return;
	maker->told_derived |= is_derived && number.is_size_t;
	maker->told_several |= maker->told &&
			       maker->told != (uint64_t)size.value;
	maker->told = (uint64_t)size.value;
}

static uint32_t record_of_instance(const struct flow *flow, uint32_t instance)
{
	const struct model *model = flow->model;

	return record_of(model, &model->subprograms.at[
				 model->inlines.at[instance].subprogram]);
}

bool maker_keeps(struct flow *flow, struct flow_site *site, uint32_t instance)
{
	struct choice choice;

	choose_type(flow, site, &choice);
	return is_unrelated(flow, &choice, record_of_instance(flow, instance));
}

void maker_note(struct flow *flow, struct flow_site *site, uint32_t instance,
		struct maker *maker)
{
	uint32_t record = record_of_instance(flow, instance);
	struct choice choice;
	uint64_t made;

	if (record == MODEL_NONE)
		return;
	choose_type(flow, site, &choice);
	if (is_unrelated(flow, &choice, record))
		return;
	made = made_by(flow, &choice, record);
	maker->makes_several |= maker->made && made && maker->made != made;
	maker->made = made ? made : maker->made;
	note_told(flow, site, instance,
		  made && made != flow_type_hash(flow->model, record), maker);
}

bool maker_gives_on(const struct maker *maker)
{
	return maker->makes_several ||
	       (!maker->untold &&
		(maker->told_several || maker->told_derived));
}
