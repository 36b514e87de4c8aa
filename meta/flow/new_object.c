/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/new_object.h"

#include <string.h>

#include "meta/flow/library.h"
#include "meta/flow/shape.h"

enum { ELEMENT_LEAST = 17 }; /* smaller ones may be numbers as well */

static const char *symbol_of(const struct flow *flow,
			     const struct flow_site *site)
{
	const char *symbol = flow->allocators.at[site->allocator].symbol;

	return symbol ? symbol : "";
}

/* What the call is inlined from, innermost, or its function. */
static uint32_t subprogram_of(const struct flow *flow,
			      const struct flow_site *site)
{
	const struct model *model = flow->model;
	const struct model_function *f = &model->functions.at[site->function];
	uint32_t instance = site->instance;

	return instance == MODEL_NONE
		       ? f->subprogram
		       : model->inlines.at[instance].subprogram;
}

static bool is_of_program(const struct flow *flow,
			  const struct flow_site *site)
{
	return !library_owns_subprogram(flow->model,
					subprogram_of(flow, site));
}

static bool is_array(const struct flow *flow, const struct flow_site *site)
{
	return strncmp(symbol_of(flow, site), "_Zna", 4) == 0;
}

static bool is_object(const struct flow *flow, const struct flow_site *site,
		      const struct site_size *size)
{
	return size->kind == SIZE_CONSTANT &&
	       strncmp(symbol_of(flow, site), "_Znw", 4) == 0 &&
	       is_of_program(flow, site);
}

/* ---- by parts ---- */

struct parts {
	const struct model *model;
	const struct evidence_list *evidence;
};

static bool is_part(const struct model *model, const struct evidence *e)
{
	return e->offset > 0 && e->offset != VALUE_INSIDE &&
	       shape_is_record(model, model_type_strip(model, e->type));
}

/* Is PART in the record BARE, or what there is begins as PART does? */
static bool has_part(const struct parts *parts, uint32_t bare,
		     const struct evidence *part)
{
	const struct model *model = parts->model;

	for (uint32_t i = 0; i < parts->evidence->count; i++) {
		const struct evidence *e = &parts->evidence->at[i];

		if (e->offset == part->offset && is_part(model, e) &&
		    (e->type == part->type ||
		     shape_begins_with(model, model_type_strip(model, e->type),
				       model_type_strip(model, part->type))) &&
		    shape_has_part(model, bare, (uint64_t)e->offset,
				   flow_type_hash(model, e->type)))
			return true;
	}
	return false;
}

static bool has_parts(void *context, uint32_t bare)
{
	const struct parts *parts = context;

	for (uint32_t i = 0; i < parts->evidence->count; i++) {
		const struct evidence *e = &parts->evidence->at[i];

		if (is_part(parts->model, e) && !has_part(parts, bare, e))
			return false;
	}
	return true;
}

uint32_t new_object_by_parts(const struct flow *flow,
			     const struct flow_site *site,
			     const struct site_size *size)
{
	const struct model *model = flow->model;
	uint32_t file = model->functions.at[site->function].unit_file;
	struct parts parts = { model, &site->evidence };
	uint32_t count = 0, own = MODEL_NONE;

	if (size->kind != SIZE_CONSTANT ||
	    flow->allocators.at[site->allocator].delta ||
	    !is_of_program(flow, site))
		return MODEL_NONE;
	for (uint32_t i = 0; i < site->evidence.count; i++)
		count += is_part(model, &site->evidence.at[i]);
	if (!count)
		return MODEL_NONE;
	if (is_object(flow, site, size))
		own = written_own_record(&site->written, model, file,
					 MODEL_NONE, (uint64_t)size->value);
	if (own != MODEL_NONE && has_parts(&parts, own))
		return own;
	return sized_find(&flow->sized, model, (uint64_t)size->value,
			  has_parts, &parts);
}

/* ---- by shape ---- */

uint32_t new_object_by_shape(const struct flow *flow,
			     const struct flow_site *site,
			     const struct site_size *size,
			     enum evidence_kind *kind)
{
	const struct model *model = flow->model;
	uint32_t file = model->functions.at[site->function].unit_file;
	uint32_t handle = MODEL_NONE, found;

	if (is_object(flow, site, size))
		handle = handles_find(&flow->handles, file,
				      (uint64_t)size->value);
	else if (size->kind != SIZE_MULTIPLE || size->value < ELEMENT_LEAST ||
		 !is_array(flow, site) || !is_of_program(flow, site))
		return MODEL_NONE;
	found = written_own_record(&site->written, model, file, handle,
				   (uint64_t)size->value);
	*kind = found == handle ? EVIDENCE_HANDLE : EVIDENCE_SHAPE;
	return found;
}

/* ---- by the function called ---- */

static uint32_t class_of_new(const struct model *model, uint32_t subprogram)
{
	const struct model_subprogram *s;

	if (subprogram == MODEL_NONE)
		return MODEL_NONE;
	s = &model->subprograms.at[subprogram];
	return s->plain_name && !strcmp(s->plain_name, "operator new")
		       ? s->container : MODEL_NONE;
}

uint32_t new_object_class(const struct flow *flow,
			  const struct flow_site *site)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];
	uint32_t function = a->entry ? flow_function_at(flow, a->entry)
				     : MODEL_NONE;
	uint32_t type = MODEL_NONE;

	if (subprogram_of(flow, site) !=
	    flow->model->functions.at[site->function].subprogram)
		type = class_of_new(flow->model, subprogram_of(flow, site));
	if (type == MODEL_NONE && function != MODEL_NONE)
		type = class_of_new(flow->model,
			flow->model->functions.at[function].subprogram);
	return type;
}

static bool has_typed_use(const struct flow_site *site)
{
	for (uint32_t i = 0; i < site->evidence.count; i++)
		if (site->evidence.at[i].type != MODEL_NONE)
			return true;
	return false;
}

bool new_object_is_characters(const struct flow *flow,
			      const struct flow_site *site,
			      const struct site_size *size)
{
	return (size->kind == SIZE_UNKNOWN || size->kind == SIZE_PARAMETER) &&
	       is_array(flow, site) && !site->returned &&
	       !has_typed_use(site) && is_of_program(flow, site);
}
