/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/size.h"

bool size_is_number(const struct model *model, uint32_t type)
{
	uint32_t bare = model_type_strip(model, type);
	const struct model_type *t;

	if (bare == MODEL_NONE)
		return false;
	t = &model->types.at[bare];
	return t->kind == ALLOC_KIND_BASE && t->size >= 4 &&
	       (t->encoding == 5 /* DW_ATE_signed */ ||
		t->encoding == 7 /* DW_ATE_unsigned */);
}

static struct site_size no_size(void)
{
	return (struct site_size){
		.parameters = { ALLOCATOR_NO_PARAMETER,
				ALLOCATOR_NO_PARAMETER },
		.factor = ALLOCATOR_NO_PARAMETER,
	};
}

/* To a multiple, which A is asked for, ADDED was added. */
static void note_added(struct site_size *size, const struct allocator *a,
		       int64_t added)
{
	size->added = added + a->size_add;
	if (size->added > a->delta)
		size->header = size->added - a->delta;
}

static bool is_parameter(const struct value *v)
{
	return v->kind == VALUE_PARAMETER && !v->number;
}

/* An unknown size is a multiple of V. */
static void note_factor(struct site_size *size, const struct value *v)
{
	if (v->kind != VALUE_FACTOR && !is_parameter(v))
		return;
	size->factor = (int8_t)v->index;
	size->shift = (uint8_t)v->number;
}

/* What A asks for a multiple of is V. */
static struct site_size multiple_size(const struct allocator *a,
				      const struct value *v)
{
	struct site_size size = no_size();

	if (v->kind == VALUE_CONSTANT && v->number >> a->shift > 1 &&
	    v->number < 1LL << 40) {
		size.kind = SIZE_MULTIPLE;
		size.value = size.step = v->number >> a->shift;
		note_added(&size, a, 0);
	} else if (!a->shift || is_parameter(v)) {
		note_factor(&size, v);
		size.shift |= a->shift;
	}
	return size;
}

static struct site_size single_size(const struct allocator *a,
				    const struct value *v)
{
	struct site_size size = no_size();

	if (v->kind == VALUE_CONSTANT && v->number >= 0 &&
	    v->number < 1LL << 40) {
		size.kind = SIZE_CONSTANT;
		size.value = v->number + a->size_add;
		size.element = v->number;
	} else if (v->kind == VALUE_MULTIPLE && value_divisor(v) > 1) {
		size.kind = SIZE_MULTIPLE;
		size.value = value_divisor(v);
		size.step = v->number;
		note_added(&size, a, v->is_pointer ? 0 : v->type_offset);
	} else if (v->kind == VALUE_MULTIPLE && !v->is_pointer) {
		size.least = v->type_offset;
	} else if (v->kind == VALUE_PARAMETER) {
		size.kind = SIZE_PARAMETER;
		size.value = v->number + a->size_add;
		size.parameters[0] = (int8_t)v->index;
	} else if (v->kind == VALUE_PRODUCT) {
		size.kind = SIZE_PARAMETER;
		size.value = a->size_add;
		size.parameters[0] = (int8_t)v->index;
		size.parameters[1] = (int8_t)v->number;
	} else {
		note_factor(&size, v);
	}
	return size;
}

/* What V is known to be a multiple of. */
static int64_t factor_of(const struct value *v)
{
	int64_t number = v->kind == VALUE_CONSTANT ? v->number
			 : v->kind == VALUE_MULTIPLE ? value_divisor(v) : 1;

	return number > 0 && number < 1 << 20 ? number : 1;
}

static bool is_one(const struct value *v)
{
	return v->kind == VALUE_CONSTANT && v->number == 1;
}

static struct site_size product_size(const struct allocator *allocator,
				     const struct value *a,
				     const struct value *b)
{
	struct site_size size = no_size();
	bool both = a->kind == VALUE_CONSTANT && b->kind == VALUE_CONSTANT;

	if (both && a->number >= 0 && b->number >= 0 &&
	    a->number < 1 << 20 && b->number < 1 << 20) {
		size.kind = SIZE_CONSTANT;
		size.value = a->number * b->number + allocator->size_add;
		size.element = a->number > b->number ? a->number : b->number;
	} else if (is_one(a) || is_one(b)) {
		return single_size(allocator, is_one(a) ? b : a);
	} else if (a->kind == VALUE_PARAMETER && b->kind == VALUE_PARAMETER &&
		   a->number == 0 && b->number == 0) {
		size.kind = SIZE_PARAMETER;
		size.value = allocator->size_add;
		size.parameters[0] = (int8_t)a->index;
		size.parameters[1] = (int8_t)b->index;
	} else {
		size.value = factor_of(a) * factor_of(b);
		size.step = size.value;
		size.kind = size.value > 1 ? SIZE_MULTIPLE : SIZE_UNKNOWN;
		note_added(&size, allocator, 0);
		if (size.kind == SIZE_UNKNOWN)
			note_factor(&size, is_parameter(b) ? b : a);
	}
	return size;
}

struct site_size size_of_site(const struct flow *flow,
			      const struct flow_site *site)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];
	struct site_size none = no_size();

	if (a->size) {
		none.kind = SIZE_CONSTANT;
		none.value = none.element = (int64_t)a->size;
		return none;
	}
	if (a->sizes[0] == ALLOCATOR_NO_PARAMETER)
		return none;
	if (a->flags & ALLOCATOR_MULTIPLE)
		return multiple_size(a, flow_argument(flow, site, a->sizes[0]));
	if (a->sizes[1] == ALLOCATOR_NO_PARAMETER)
		return single_size(a, flow_argument(flow, site, a->sizes[0]));
	return product_size(a, flow_argument(flow, site, a->sizes[0]),
			    flow_argument(flow, site, a->sizes[1]));
}
