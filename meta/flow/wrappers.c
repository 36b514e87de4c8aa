/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/wrappers.h"

#include <string.h>

#include "meta/flow/choose.h"
#include "meta/flow/floating.h"
#include "meta/flow/parameters.h"
#include "meta/flow/shape.h"
#include "meta/flow/signature.h"

#define NO ALLOCATOR_NO_PARAMETER

bool wrapper_hands_on(const struct flow *flow, const struct flow_site *site)
{
	uint32_t wrapper = flow->functions[site->function].wrapper;
	const struct allocator *a;

	if (wrapper == MODEL_NONE)
		return false;
	a = &flow->allocators.at[wrapper];
	if (a->out != NO)
		return site->out_parameters >> a->out & 1;
	return site->returned ||
	       (site->returned_inside && a->flags & ALLOCATOR_FLOATING);
}

static struct flow_callee self(const struct flow *flow, uint32_t function)
{
	return flow_callee_at(flow, flow->model->functions.at[function].entry);
}

/* The only integer parameter of a function is taken for the size. */
static void guess_size(struct flow *flow, uint32_t function,
		       struct allocator *wrapper)
{
	struct flow_callee callee = self(flow, function);
	uint32_t types[MACHINE_ARGUMENTS], result;
	int8_t found = NO;

	flow_callee_parameters(flow, &callee, types, &result);
	for (uint32_t i = 0; i < MACHINE_ARGUMENTS; i++) {
		if (!size_is_number(flow->model, types[i]))
			continue;
		if (found != NO)
			return;
		found = (int8_t)i;
	}
	wrapper->sizes[0] = found;
	if (found != NO)
		wrapper->flags |= ALLOCATOR_APPROXIMATE;
}

static void describe_size(struct flow *flow, const struct flow_site *site,
			  const struct choice *choice,
			  struct allocator *wrapper)
{
	const struct site_size *size = &choice->size;

	wrapper->sizes[0] = wrapper->sizes[1] = NO;
	if (size->kind == SIZE_PARAMETER) {
		wrapper->sizes[0] = size->parameters[0];
		wrapper->sizes[1] = size->parameters[1];
		wrapper->size_add = size->value;
		wrapper->flags |= flow->allocators.at[site->allocator].flags &
				  ALLOCATOR_APPROXIMATE;
	} else if (size->kind == SIZE_CONSTANT) {
		wrapper->size = (uint64_t)size->value;
	} else if (size->kind == SIZE_UNKNOWN && size->factor != NO) {
		wrapper->sizes[0] = size->factor;
		wrapper->shift = size->shift;
		wrapper->flags |= ALLOCATOR_MULTIPLE;
	} else if (size->kind == SIZE_UNKNOWN) {
		guess_size(flow, site->function, wrapper);
	}
}

/* The parameter that points to what the function returns a copy of. */
static int8_t copied_parameter(const struct flow *flow,
			       const struct flow_site *site)
{
	const struct allocator *inner = &flow->allocators.at[site->allocator];
	const struct value *from;

	if (inner->copied == NO)
		return site->copied;
	from = flow_argument(flow, site, inner->copied);
	return value_is_register_parameter(from, flow->abi)
		       ? (int8_t)from->index : NO;
}

/* What the function takes the beginning of whatever is asked for for. */
static uint32_t base_of(const struct flow *flow, const struct flow_site *site,
			const struct choice *choice)
{
	const struct allocator *inner = &flow->allocators.at[site->allocator];
	uint32_t bare;

	if (choice->size.kind != SIZE_PARAMETER || choice->class == CHOICE_BYTES)
		return 0;
	if (choice->class != CHOICE_TYPE)
		return inner->base;
	bare = model_type_strip(flow->model, choice->best.type);
	return !choice->best.offset && shape_is_record(flow->model, bare) &&
	       embeddings_is_base(&flow->embeddings, flow->model, bare)
		       ? bare + 1 : 0;
}

static void describe(struct flow *flow, const struct flow_site *site,
		     const struct choice *choice, struct allocator *wrapper)
{
	const struct allocator *inner = &flow->allocators.at[site->allocator];
	const struct model_function *f =
		&flow->model->functions.at[site->function];

	memset(wrapper, 0, sizeof *wrapper);
	wrapper->name = flow_subprogram_name(flow->model, f->subprogram);
	if (!wrapper->name)
		wrapper->name = f->symbol;
	wrapper->symbol = f->symbol;
	wrapper->entry = f->entry;
	wrapper->type = MODEL_NONE;
	wrapper->flags = inner->flags & (ALLOCATOR_BYTES | ALLOCATOR_FLOATING);
	wrapper->out = wrapper->old = NO;
	wrapper->copied = copied_parameter(flow, site);
	wrapper->base = base_of(flow, site, choice);
	describe_size(flow, site, choice, wrapper);
	if (inner->old != NO) {
		const struct value *old = flow_argument(flow, site,
							inner->old);

		if (value_is_register_parameter(old, flow->abi))
			wrapper->old = (int8_t)old->index;
	}
}

/* Does it fill a char ** as the string function that it calls does? */
static bool passes_string(const struct flow *flow,
			  const struct flow_site *site, uint32_t pointee)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];
	uint32_t character;

	return a->out != NO && (a->flags & ALLOCATOR_BYTES) &&
	       model_type_pointee(flow->model, pointee, &character) &&
	       model_type_is_bytes(flow->model, character);
}

/* Stored where a void ** parameter points. */
static bool describe_out(struct flow *flow, struct flow_site *site,
			 struct allocator *wrapper)
{
	struct flow_callee callee = self(flow, site->function);
	uint32_t types[MACHINE_ARGUMENTS], result, pointee;
	struct choice choice;

	flow_callee_parameters(flow, &callee, types, &result);
	for (uint32_t i = 0; i < MACHINE_ARGUMENTS; i++) {
		if (!(site->out_parameters >> i & 1) ||
		    !model_type_pointee(flow->model, types[i], &pointee) ||
		    (!shape_is_void_pointer(flow->model, pointee) &&
		     !passes_string(flow, site, pointee)))
			continue;
		choose_type(flow, site, &choice);
		if (choice.class == CHOICE_TYPE)
			return false;
		describe(flow, site, &choice, wrapper);
		wrapper->out = (int8_t)i;
		return true;
	}
	return false;
}

/* T *make<T>(n) returns any number of T. */
static bool is_generic_wrapper(const struct flow *flow,
			       const struct flow_site *site,
			       const struct choice *choice)
{
	const struct model *model = flow->model;

	return choice->size.kind != SIZE_CONSTANT &&
	       flow->allocators.at[site->allocator].old == NO &&
	       signature_is_generic_allocator(
		       model, model->functions.at[site->function].subprogram);
}

/* Is one of FUNCTION's own parameters always NUMBER? */
static bool is_always_told(const struct model *model, uint32_t function,
			   uint64_t number)
{
	const struct model_function *f = &model->functions.at[function];

	for (uint32_t i = 0; i < f->constant_count; i++) {
		const struct model_constant *c =
			&model->constants.at[f->constant_first + i];

		if (c->instance == MODEL_NONE && c->value == number)
			return true;
	}
	return false;
}

/* T *make(size), which all callers ask for one size, returns one or another
 * record that begins with a T. */
static bool makes_others(const struct flow *flow, const struct flow_site *site,
			 const struct choice *choice, uint32_t bare)
{
	const struct model *model = flow->model;
	uint64_t size = (uint64_t)choice->size.value;

	return choice->size.kind == SIZE_CONSTANT &&
	       shape_is_record(model, bare) &&
	       size > model_type_size(model, bare) &&
	       is_always_told(model, site->function, size) &&
	       embeddings_several(&flow->embeddings, model, bare, size);
}

/* T *make(size) returns what it allocates as the struct T. */
static bool is_typed_wrapper(const struct flow *flow,
			     const struct flow_site *site,
			     const struct choice *choice, uint32_t pointee)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];
	uint32_t bare = model_type_strip(flow->model, pointee);
	uint8_t kind;

	if (is_generic_wrapper(flow, site, choice) ||
	    makes_others(flow, site, choice, bare))
		return true;
	if (bare == MODEL_NONE || choice->size.kind != SIZE_PARAMETER ||
	    choice->size.value != a->size_add ||
	    choice->size.parameters[1] != NO ||
	    a->old != NO)
		return false;
	kind = flow->model->types.at[bare].kind;
	return kind == ALLOC_KIND_STRUCT || kind == ALLOC_KIND_UNION;
}

/* What the function keeps as characters itself, and shows to its caller. */
static bool is_own_buffer(const struct choice *choice)
{
	return choice->class == CHOICE_BYTES &&
	       choice->size.kind == SIZE_CONSTANT &&
	       choice->best.kinds >> EVIDENCE_MEMBER & 1;
}

/* The result leaves as void *.  A size of which nothing is known and a mere
 * argument, sizeof(long), as in max(n, sizeof(long)), or numbers that it is
 * filled with, prove no type. */
static bool is_void_wrapper(const struct model *model,
			    const struct choice *choice)
{
	const uint32_t source = 1u << EVIDENCE_SIZEOF | 1u << EVIDENCE_CAST;
	uint32_t bare = model_type_strip(model, choice->best.type);

	if (choice->class != CHOICE_TYPE)
		return !is_own_buffer(choice);
	if (choice->size.kind == SIZE_PARAMETER)
		return true;
	if (choice->size.kind != SIZE_UNKNOWN)
		return false;
	return choice->best.kinds == 1u << EVIDENCE_ARGUMENT ||
	       ((choice->best.kinds == 1u << EVIDENCE_SIZEOF ||
		 !(choice->best.kinds & source)) &&
		model->types.at[bare].kind == ALLOC_KIND_BASE);
}

static bool takes_characters(struct flow *flow, uint32_t function)
{
	struct flow_callee callee = self(flow, function);
	uint32_t types[MACHINE_ARGUMENTS], result, pointee;

	flow_callee_parameters(flow, &callee, types, &result);
	for (uint32_t i = 0; i < MACHINE_ARGUMENTS; i++)
		if (model_type_pointee(flow->model, types[i], &pointee) &&
		    model_type_strip(flow->model, pointee) != MODEL_NONE &&
		    model_type_is_bytes(flow->model, pointee))
			return true;
	return false;
}

/* Characters that were made from characters, or from what the caller has, like
 * strdup's, are charged to the caller; so is what an allocator of old returns as
 * char *.  Behind a header they are the function's own, unless it keeps the
 * block: a pool. */
static bool is_bytes_wrapper(struct flow *flow, const struct flow_site *site,
			     const struct choice *choice, uint32_t *flags)
{
	if (choice->class == CHOICE_TYPE ||
	    (site->returned_delta != 0 && !site->keeper_count))
		return false;
	if (takes_characters(flow, site->function) || site->filled) {
		*flags |= ALLOCATOR_BYTES;
		return true;
	}
	return choice->size.kind == SIZE_PARAMETER ||
	       is_generic_wrapper(flow, site, choice);
}

static bool describe_returned(struct flow *flow, struct flow_site *site,
			      uint32_t result, struct allocator *wrapper)
{
	bool floats = floating_is_behind_header(flow, site);
	const struct model *model = flow->model;
	bool bytes = flow->allocators.at[site->allocator].flags &
		     ALLOCATOR_BYTES;
	uint32_t type = MODEL_NONE, flags = 0, pointee;
	struct choice choice;
	bool wraps = false;

	if (!model_type_pointee(model, result, &pointee))
		return false;
	choose_type(flow, site, &choice);
	if (floating_is_wrapper(flow, site, &choice, pointee)) {
		wraps = true;
		type = pointee;
	} else if (!site->returned) {
		return false;
	} else if (model_type_strip(model, pointee) == MODEL_NONE) {
		wraps = !bytes && is_void_wrapper(model, &choice);
	} else if (model_type_is_bytes(model, pointee)) {
		wraps = is_bytes_wrapper(flow, site, &choice, &flags);
	} else if (!bytes &&
		   is_typed_wrapper(flow, site, &choice, pointee)) {
		wraps = true;
		type = pointee;
	}
	if (site->tail && !wraps) {
		/* The allocator returns to the caller: that is the site. */
		wraps = true;
		type = choice.class == CHOICE_TYPE ? choice.best.type
						   : MODEL_NONE;
	}
	if (!wraps)
		return false;
	describe(flow, site, &choice, wrapper);
	wrapper->flags |= flags;
	wrapper->type = model_type_unqualified(model, type);
	wrapper->delta = site->returned_delta +
			 flow->allocators.at[site->allocator].delta;
	if (floats)
		wrapper->flags |= ALLOCATOR_FLOATING;
	if (wrapper->flags & ALLOCATOR_FLOATING)
		floating_forget_size(flow, wrapper, pointee);
	return true;
}

/* A function with several sites is described by the most telling one. */
static bool is_better(const struct allocator *a, const struct allocator *b)
{
	if ((a->sizes[0] != NO) != (b->sizes[0] != NO))
		return a->sizes[0] != NO;
	/* One byte for nothing, and what is asked for else. */
	if (!a->size != !b->size)
		return !a->size;
	return a->old == NO || b->old != NO;
}

bool wrapper_describe(struct flow *flow, uint32_t function,
		      struct allocator *wrapper)
{
	struct flow_callee callee = self(flow, function);
	uint32_t result = callee.type == MODEL_NONE ? MODEL_NONE
		: flow->model->types.at[callee.type].target;
	uint32_t i = flow->functions[function].site_first;
	int8_t old = NO; /* that is grown, or made where there is none */
	bool found = false;

	for (; i != MODEL_NONE; i = flow->site_next[i]) {
		struct flow_site *site = &flow->sites[i];
		struct allocator candidate;

		if (site->out_parameters &&
		    describe_out(flow, site, &candidate)) {
			*wrapper = candidate;
			return true;
		}
		if ((!site->returned && !site->returned_inside) ||
		    !describe_returned(flow, site, result, &candidate))
			continue;
		old = candidate.old == NO ? old : candidate.old;
		if (!found || is_better(&candidate, wrapper))
			*wrapper = candidate;
		found = true;
		wrapper->old = old;
	}
	return found;
}
