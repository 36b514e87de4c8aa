/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/floating.h"

#include "meta/flow/parameters.h"
#include "meta/flow/shape.h"

#define NO ALLOCATOR_NO_PARAMETER

bool floating_is_behind_header(const struct flow *flow,
			       const struct flow_site *site)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];

	return site->returned_inside && !site->keeper_count &&
	       a->out == NO && !(a->flags & ALLOCATOR_BYTES);
}

static bool is_record_pointer(const struct model *model, uint32_t type)
{
	uint32_t pointee;

	return model_type_pointee(model, type, &pointee) &&
	       shape_is_record(model, model_type_strip(model, pointee));
}

static bool has_parameter(struct flow *flow, uint32_t function,
			  bool (*is_one)(const struct model *, uint32_t))
{
	struct flow_callee self = flow_callee_at(
		flow, flow->model->functions.at[function].entry);
	uint32_t types[MACHINE_ARGUMENTS], result;

	flow_callee_parameters(flow, &self, types, &result);
	for (uint32_t i = 0; i < MACHINE_ARGUMENTS; i++)
		if (is_one(flow->model, types[i]))
			return true;
	return false;
}

/* Is a number given to the allocator that only the caller knows? */
static bool gives_number(struct flow *flow, const struct flow_site *site)
{
	struct flow_callee callee = flow_callee_at(
		flow, flow->allocators.at[site->allocator].entry);
	uint32_t types[MACHINE_ARGUMENTS], result;

	flow_callee_parameters(flow, &callee, types, &result);
	for (int i = 0; i < MACHINE_ARGUMENTS; i++)
		if (size_is_number(flow->model, types[i]) &&
		    flow_argument(flow, site, i)->kind != VALUE_CONSTANT)
			return true;
	return false;
}

/* Is as much asked for as a POINTEE takes, and the header? */
static bool is_sized_for(const struct model *model,
			 const struct choice *choice, uint32_t pointee)
{
	uint64_t size = model_type_size(model, pointee);

	return choice->size.kind == SIZE_CONSTANT ||
	       (size && choice->size.kind == SIZE_MULTIPLE &&
		(uint64_t)choice->size.header == size);
}

/* It adds the header: to what its parameters say the size of. */
static bool adds_header(struct flow *flow, const struct flow_site *site,
			const struct choice *choice, uint32_t pointee)
{
	const struct model *model = flow->model;

	if (!floating_is_behind_header(flow, site) ||
	    choice->class == CHOICE_TYPE ||
	    is_sized_for(model, choice, pointee))
		return false;
	return has_parameter(flow, site->function, size_is_number) ||
	       (model_type_strip(model, pointee) != MODEL_NONE &&
		has_parameter(flow, site->function, is_record_pointer));
}

/* It gets the object from one that does, says how large it is to be, and knows
 * no more of it than that one; or it is told itself. */
static bool hands_on_object(struct flow *flow, const struct flow_site *site,
			    const struct choice *choice, uint32_t pointee)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];
	const struct model *model = flow->model;
	uint64_t hash = flow_type_hash(model, pointee);

	if (!(a->flags & ALLOCATOR_FLOATING) || site->indirect ||
	    !site->returned || !gives_number(flow, site))
		return false;
	if (choice->class == CHOICE_TYPE &&
	    flow_type_hash(model, choice->best.type) != hash)
		return false;
	return flow_type_hash(model, a->type) == hash ||
	       has_parameter(flow, site->function, size_is_number);
}

bool floating_is_wrapper(struct flow *flow, const struct flow_site *site,
			 const struct choice *choice, uint32_t pointee)
{
	uint32_t bare = model_type_strip(flow->model, pointee);

	/* What nothing else begins with is all that the caller gets. */
	if (bare != MODEL_NONE &&
	    (!shape_is_record(flow->model, bare) ||
	     !embeddings_is_base(&flow->embeddings, flow->model, bare)))
		return false;
	return adds_header(flow, site, choice, pointee) ||
	       (bare != MODEL_NONE &&
		hands_on_object(flow, site, choice, pointee));
}

void floating_forget_size(const struct flow *flow, struct allocator *wrapper,
			  uint32_t pointee)
{
	if (model_type_strip(flow->model, pointee) == MODEL_NONE)
		wrapper->flags |= ALLOCATOR_APPROXIMATE;
	else
		wrapper->sizes[0] = wrapper->sizes[1] = NO;
	wrapper->size = 0;
}
