/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/pointed.h"

#include "meta/flow/locals.h"

/* Are as many bytes asked for as one number times another? */
static bool is_product(const struct ballot *b)
{
	return b->size.element != b->size.value &&
	       b->size.element != b->size.value -
		       b->flow->allocators.at[b->site->allocator].size_add;
}

bool pointed_is_record(const struct ballot *b)
{
	enum { LEAST = 9 }; /* smaller ones may be numbers as well */

	return b->size.kind == SIZE_CONSTANT && b->size.value >= LEAST &&
	       !is_product(b) && !b->site->returned_delta &&
	       !b->site->hint.read;
}

uint32_t pointed_local(const struct ballot *b)
{
	const struct model *model = b->flow->model;
	uint32_t type;

	if (!pointed_is_record(b))
		return MODEL_NONE;
	type = locals_record(b->flow, b->site, (uint64_t)b->size.value);
	if (type == MODEL_NONE ||
	    !written_fits(&b->site->written, model,
			  model_type_strip(model, type)))
		return MODEL_NONE;
	return type;
}

/* Of an array: records as large as what some number is multiplied by,
 * wherever in it was stored to. */
static uint32_t find_elements(const struct ballot *b)
{
	/* Smaller ones may be pairs of anything, and numbers. */
	enum { LEAST = 17, LEAST_OWN = 9 };
	const struct model *model = b->flow->model;
	struct written folded = b->site->written;
	int32_t size = (int32_t)b->size.value;
	uint32_t type;

	if (b->size.kind != SIZE_MULTIPLE || b->size.value < LEAST_OWN ||
	    b->size.value > INT32_MAX || b->size.header ||
	    b->site->returned_delta || b->site->hint.read)
		return MODEL_NONE;
	for (uint32_t i = 0; i < folded.count; i++)
		folded.at[i].offset %= size;
	if (size < LEAST)
		return handles_find_own(model, b->site->function,
					(uint64_t)b->size.value, &folded);
	type = locals_record(b->flow, b->site, (uint64_t)b->size.value);
	if (type != MODEL_NONE &&
	    written_fits(&folded, model, model_type_strip(model, type)))
		return type;
	return handles_find_pointed(model, b->site->function,
				    (uint64_t)b->size.value, &folded);
}

uint32_t pointed_find(const struct ballot *b)
{
	uint32_t local = pointed_local(b);

	if (local != MODEL_NONE)
		return local;
	if (!pointed_is_record(b))
		return find_elements(b);
	return handles_find_pointed(b->flow->model, b->site->function,
				    (uint64_t)b->size.value,
				    &b->site->written);
}
