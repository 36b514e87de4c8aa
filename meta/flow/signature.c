/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/signature.h"

bool signature_takes_memory(const struct model *model, uint32_t subprogram)
{
	uint32_t type = subprogram == MODEL_NONE ? MODEL_NONE
		: model->subprograms.at[subprogram].type;
	const struct model_type *t;

	if (type == MODEL_NONE)
		return false;
	t = &model->types.at[type];
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t pointee;

		if (model_type_pointee(model,
				       model->members.at[t->first + i].type,
				       &pointee) &&
		    model_type_strip(model, pointee) == MODEL_NONE)
			return true;
	}
	return false;
}

bool signature_takes_number(const struct model *model, uint32_t type)
{
	const struct model_type *t;

	if (type == MODEL_NONE)
		return false;
	t = &model->types.at[type];
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t bare = model_type_strip(
			model, model->members.at[t->first + i].type);

		if (bare != MODEL_NONE &&
		    model->types.at[bare].kind == ALLOC_KIND_BASE)
			return true;
	}
	return false;
}

bool signature_takes_characters(const struct model *model, uint32_t type)
{
	const struct model_type *function = &model->types.at[type];

	for (uint32_t i = 0; i < function->count; i++) {
		uint32_t pointee;

		if (model_type_pointee(model,
				model->members.at[function->first + i].type,
				&pointee) &&
		    model_type_strip(model, pointee) != MODEL_NONE &&
		    model_type_is_bytes(model, pointee))
			return true;
	}
	return false;
}

bool signature_is_generic_allocator(const struct model *model,
				    uint32_t subprogram)
{
	const struct model_subprogram *s;
	const struct model_type *function;
	uint32_t pointee;

	if (subprogram == MODEL_NONE)
		return false;
	s = &model->subprograms.at[subprogram];
	if (!s->template_count || s->type == MODEL_NONE)
		return false;
	function = &model->types.at[s->type];
	if (!model_type_pointee(model, function->target, &pointee) ||
	    model_type_strip(model, model->template_types.at[
			s->template_first]) != model_type_strip(model, pointee))
		return false;
	for (uint32_t i = 0; i < function->count; i++) {
		uint32_t type = model_type_strip(
			model, model->members.at[function->first + i].type);

		if (type == MODEL_NONE ||
		    model->types.at[type].kind != ALLOC_KIND_BASE)
			return false;
	}
	return function->count > 0;
}
