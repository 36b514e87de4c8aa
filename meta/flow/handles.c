/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/handles.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/flow.h"
#include "meta/flow/shape.h"
#include "meta/flow/signature.h"

struct handle {
	uint64_t size, hash;
	uint32_t file;
	uint32_t type;
};

static int compare(const void *a, const void *b)
{
	const struct handle *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

static bool add_variable(struct handles *handles, const struct model *model,
			 uint32_t file, const struct model_variable *v)
{
	struct handle *handle;
	uint32_t pointee, bare;

	if (v->parameter != MODEL_NONE || v->instance != MODEL_NONE ||
	    !model_type_pointee(model, v->type, &pointee))
		return true;
	bare = model_type_strip(model, pointee);
	if (!shape_is_record(model, bare) || !model->types.at[bare].size)
		return true;
	handle = model_append((void **)&handles->at, &handles->count,
			      &handles->capacity, sizeof *handle, 1);
	if (!handle)
		return false;
	handle->file = file;
	handle->size = model->types.at[bare].size;
	handle->hash = flow_type_hash(model, bare);
	handle->type = model_type_unqualified(model, pointee);
	return true;
}

enum status handles_init(struct handles *handles, const struct model *model)
{
	memset(handles, 0, sizeof *handles);
	for (uint32_t i = 0; i < model->functions.count; i++) {
		const struct model_function *f = &model->functions.at[i];

		if (f->unit_file == MODEL_NONE ||
		    !signature_takes_memory(model, f->subprogram))
			continue;
		for (uint32_t k = 0; k < f->variable_count; k++)
			if (!add_variable(handles, model, f->unit_file,
					  &model->variables.at
						  [f->variable_first + k]))
				return STATUS_NO_MEMORY;
	}
	if (handles->count)
		qsort(handles->at, handles->count, sizeof *handles->at,
		      compare);
	return STATUS_OK;
}

void handles_deinit(struct handles *handles)
{
	free(handles->at);
	memset(handles, 0, sizeof *handles);
}

static uint32_t lower_bound(const struct handles *h, uint32_t file,
			    uint64_t size)
{
	uint32_t low = 0, high = h->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct handle *m = &h->at[middle];

		if (m->file < file || (m->file == file && m->size < size))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_taken_elsewhere(const struct handles *handles,
			       const struct handle *h)
{
	for (uint32_t i = 0; i < handles->count; i++)
		if (handles->at[i].hash == h->hash &&
		    handles->at[i].file != h->file)
			return true;
	return false;
}

uint32_t handles_find(const struct handles *handles, uint32_t file,
		      uint64_t size)
{
	uint32_t first = lower_bound(handles, file, size), i = first;
	const struct handle *own = NULL;
	bool several = false;

	for (; i < handles->count && handles->at[i].file == file &&
	       handles->at[i].size == size; i++)
		several |= handles->at[i].hash != handles->at[first].hash;
	if (i == first || !several)
		return i == first ? MODEL_NONE : handles->at[first].type;
	while (i-- > first) {
		const struct handle *h = &handles->at[i];

		if ((own && own->hash == h->hash) ||
		    is_taken_elsewhere(handles, h))
			continue;
		if (own)
			return MODEL_NONE;
		own = h;
	}
	return own ? own->type : MODEL_NONE;
}

/* The record of SIZE bytes that V points to, or MODEL_NONE. */
static uint32_t pointed_record(const struct model *model,
			       const struct model_variable *v, uint64_t size)
{
	uint32_t pointee, bare;

	if (!model_type_pointee(model, v->type, &pointee))
		return MODEL_NONE;
	bare = model_type_strip(model, pointee);
	return shape_is_record(model, bare) &&
	       model->types.at[bare].size == size
		       ? model_type_unqualified(model, pointee) : MODEL_NONE;
}

/* The records of some size that variables point to. */
struct pointed {
	uint32_t own_file;      /* only those that it declares; NONE: all */
	uint32_t first;
	bool several;
	struct written_best best;
};

static bool may_be_taken(const struct pointed *found, const struct model *model,
			 uint32_t type)
{
	return found->own_file == MODEL_NONE ||
	       model_is_own_record(model, type, found->own_file);
}

static void look_at_pointed(struct pointed *found, const struct model *model,
			    const struct model_function *f, uint64_t size,
			    const struct written *written)
{
	for (uint32_t i = 0; i < f->variable_count; i++) {
		uint32_t type = pointed_record(model,
			&model->variables.at[f->variable_first + i], size);

		if (type == MODEL_NONE || !may_be_taken(found, model, type))
			continue;
		if (found->first == MODEL_NONE)
			found->first = type;
		else if (flow_type_hash(model, type) !=
			 flow_type_hash(model, found->first))
			found->several = true;
		written_consider(&found->best, written, model, type);
	}
}

/* The only one of those that variables of FILE point to, or the one that fits
 * best; or MODEL_NONE. */
static uint32_t find_pointed(struct pointed *found, const struct model *model,
			     uint32_t file, uint64_t size,
			     const struct written *written)
{
	found->first = found->best.type = MODEL_NONE;
	for (uint32_t i = 0; file != MODEL_NONE && i < model->functions.count;
	     i++)
		if (model->functions.at[i].unit_file == file)
			look_at_pointed(found, model, &model->functions.at[i],
					size, written);
	if (!found->several)
		return found->first != MODEL_NONE &&
		       written_fits(written, model, model_type_strip(
						model, found->first))
			       ? found->first : MODEL_NONE;
	return found->best.agreements && !found->best.several
		       ? found->best.type : MODEL_NONE;
}

uint32_t handles_find_own(const struct model *model, uint32_t function,
			  uint64_t size, const struct written *written)
{
	uint32_t file = model->functions.at[function].unit_file;
	struct pointed own = { .own_file = file };

	return find_pointed(&own, model, file, size, written);
}

uint32_t handles_find_pointed(const struct model *model, uint32_t function,
			      uint64_t size, const struct written *written)
{
	uint32_t file = model->functions.at[function].unit_file;
	struct pointed all = { .own_file = MODEL_NONE };
	uint32_t type = find_pointed(&all, model, file, size, written);

	return type == MODEL_NONE && all.several
		       ? handles_find_own(model, function, size, written)
		       : type;
}

/* Does V point to a type of HASH, with at most so many pointers in between? */
static bool leads_to(const struct model *model, const struct model_variable *v,
		     uint64_t hash, int between)
{
	uint32_t type = v->type;

	for (; between >= 0; between--) {
		uint32_t pointee;

		if (!model_type_pointee(model, type, &pointee))
			return false;
		if (flow_type_hash(model, pointee) == hash)
			return true;
		type = pointee;
	}
	return false;
}

static bool has_pointer_to(const struct model *model, uint32_t function,
			   uint64_t hash, int between)
{
	const struct model_function *f = &model->functions.at[function];

	for (uint32_t i = 0; i < f->variable_count; i++)
		if (leads_to(model, &model->variables.at[f->variable_first + i],
			     hash, between))
			return true;
	return false;
}

bool handles_are_local(const struct model *model, uint32_t function,
		       uint64_t hash)
{
	return has_pointer_to(model, function, hash, 1);
}

bool handles_are_used(const struct model *model, uint32_t function,
		      uint64_t hash)
{
	uint32_t file = model->functions.at[function].unit_file;

	for (uint32_t i = 0; file != MODEL_NONE && i < model->functions.count;
	     i++)
		if (model->functions.at[i].unit_file == file &&
		    has_pointer_to(model, i, hash, 0))
			return true;
	return false;
}
