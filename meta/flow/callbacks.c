/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/callbacks.h"

#include "meta/flow/shape.h"

/* The type of the allocator's own function, which says what it takes; or
 * MODEL_NONE. */
static uint32_t allocator_type(const struct flow *flow,
			       const struct flow_site *site)
{
	uint64_t entry = flow->allocators.at[site->allocator].entry;

	return entry ? flow_callee_at(flow, entry).type : MODEL_NONE;
}

/* The type of the function that the argument NUMBER is, or MODEL_NONE. */
static uint32_t function_type(const struct flow *flow,
			      const struct flow_site *site, int number)
{
	const struct value *value = flow_argument(flow, site, number);

	if ((value->kind != VALUE_STATIC && value->kind != VALUE_CONSTANT) ||
	    value->is_pointer || value->number <= 0)
		return MODEL_NONE;
	return flow_callee_at(flow, (uint64_t)value->number).type;
}

/* Is TYPE a pointer to a record of SIZE bytes?  Then to which. */
static bool points_to_record(const struct model *model, uint32_t type,
			     uint64_t size, uint32_t *record)
{
	return model_type_pointee(model, type, record) &&
	       model_type_size(model, *record) == size &&
	       shape_is_record(model, model_type_strip(model, *record));
}

/* Notes the records of SIZE bytes that a FUNCTION takes.  False if FOUND is
 * another one. */
static bool find_record(const struct model *model, uint32_t function,
			uint64_t size, uint32_t *found)
{
	const struct model_type *t = &model->types.at[function];
	uint32_t record;

	for (uint32_t i = 0; i < t->count; i++) {
		if (!points_to_record(model, model->members.at[t->first + i].type,
				      size, &record))
			continue;
		if (*found != MODEL_NONE &&
		    flow_type_hash(model, *found) !=
			    flow_type_hash(model, record))
			return false;
		*found = record;
	}
	return true;
}

uint32_t callbacks_record(const struct flow *flow,
			  const struct flow_site *site, uint64_t size)
{
	const struct model *model = flow->model;
	uint32_t taker = allocator_type(flow, site);
	uint32_t taken = taker == MODEL_NONE ? 0 : model->types.at[taker].count;
	uint32_t found = MODEL_NONE;

	if (taken > MACHINE_ARGUMENTS)
		taken = MACHINE_ARGUMENTS;
	for (int number = 0; number < (int)taken; number++) {
		uint32_t function = function_type(flow, site, number);

		if (function != MODEL_NONE &&
		    !find_record(model, function, size, &found))
			return MODEL_NONE;
	}
	for (uint32_t i = 0; i < site->written.method_count; i++)
		if (!find_record(model, site->written.methods[i], size, &found))
			return MODEL_NONE;
	return model_type_unqualified(model, found);
}
