/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/views.h"

#include <stdlib.h>

#include "meta/flow/batch.h"
#include "meta/flow/flow.h"
#include "meta/flow/shape.h"
#include "meta/flow/size.h"

enum { VIEWS_MOST = 256 }; /* of one function */

struct view {
	carve_place place;
	uint32_t type;
};

void views_deinit(struct views *views)
{
	free(views->at);
	*views = (struct views){ .at = NULL };
}

void views_note(struct views *views, const struct value *value,
		uint32_t pointee)
{
	struct view *view;

	if (value->kind != VALUE_HELD || value->index != CARVE_EXACT ||
	    !value->is_pointer || value->type != MODEL_NONE ||
	    views->count == VIEWS_MOST)
		return;
	for (uint32_t i = 0; i < views->count; i++)
		if (views->at[i].place == (carve_place)value->number &&
		    views->at[i].type == pointee)
			return;
	view = model_append((void **)&views->at, &views->count,
			    &views->capacity, sizeof *view, 1);
	if (!view)
		return;
	view->place = (carve_place)value->number;
	view->type = pointee;
}

void views_give(struct views *views, uint32_t function)
{
	if (function != MODEL_NONE && views->given_count < VIEWS_GIVEN)
		views->given[views->given_count++] = function;
}

static bool keeps(const struct flow_site *site, carve_place place)
{
	for (uint32_t i = 0; i < site->keeper_count; i++)
		if (site->keepers[i] == place)
			return true;
	return false;
}

/* What is found in the places: by the functions that the one which makes the
 * object gives along, by its file, which knows what it keeps there, and by
 * all. */
struct found {
	uint32_t first, own_first, given_first;
	bool several, own_several, given_several;
	struct written_best own_best;
};

static bool is_given(const struct flow *flow, const struct flow_site *site,
		     uint32_t function)
{
	const struct views *views = &flow->functions[site->function].views;

	for (uint32_t i = 0; i < views->given_count; i++)
		if (views->given[i] == function)
			return true;
	return false;
}

static void note_first(const struct model *model, uint32_t type,
		       uint32_t *first, bool *several)
{
	if (*first == MODEL_NONE)
		*first = type;
	else if (flow_type_hash(model, type) != flow_type_hash(model, *first))
		*several = true;
}

/* The file that FUNCTION's code is in. */
static uint32_t file_of(const struct flow *flow, uint32_t function)
{
	return flow->model->functions.at[function].unit_file;
}

static void look_at(struct found *found, const struct flow *flow,
		    const struct flow_site *site, uint64_t size,
		    uint32_t function)
{
	const struct views *views = &flow->functions[function].views;
	const struct model *model = flow->model;
	bool own = file_of(flow, function) == file_of(flow, site->function);
	bool given = views->count && is_given(flow, site, function);

	for (uint32_t i = 0; i < views->count; i++) {
		uint32_t type = model_type_unqualified(model,
						       views->at[i].type);

		if (!keeps(site, views->at[i].place))
			continue;
		note_first(model, type, &found->first, &found->several);
		if (!own || (size && model_type_size(model, type) != size))
			continue;
		note_first(model, type, &found->own_first,
			   &found->own_several);
		written_consider(&found->own_best, &site->written, model, type);
		if (given)
			note_first(model, type, &found->given_first,
				   &found->given_several);
	}
}

uint32_t views_find(const struct flow *flow, const struct flow_site *site,
		    const struct site_size *size)
{
	struct found found = {
		.first = MODEL_NONE, .own_first = MODEL_NONE,
		.given_first = MODEL_NONE, .own_best.type = MODEL_NONE,
	};
	bool known = size->kind == SIZE_CONSTANT || size->kind == SIZE_MULTIPLE;
	uint64_t asked = known ? (uint64_t)size->value : 0;

	if (!site->keeper_count || site->returned_delta ||
	    (known ? size->value <= 0 : size->kind != SIZE_UNKNOWN))
		return MODEL_NONE;
	for (uint32_t i = 0; i < flow->model->functions.count; i++)
		look_at(&found, flow, site, asked, i);
	if (found.given_first != MODEL_NONE && !found.given_several)
		return found.given_first;
	if (found.own_several)
		return site->written.count && !found.own_best.several
			       ? found.own_best.type : MODEL_NONE;
	if (found.own_first != MODEL_NONE)
		return found.own_first;
	return !found.several && found.first != MODEL_NONE &&
	       model_type_size(flow->model, found.first) == asked
		       ? found.first : MODEL_NONE;
}

/* Is nothing known of SITE's object but where it is kept, and its size? */
static bool is_only_kept(const struct flow *flow, const struct flow_site *site,
			 uint64_t *size)
{
	const struct evidence_list *list = &site->evidence;
	struct site_size asked;

	if (!site->keeper_count)
		return false;
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].type != MODEL_NONE)
			return false;
	asked = size_of_site(flow, site);
	*size = (uint64_t)asked.value;
	return asked.value > 0 && (asked.kind == SIZE_CONSTANT ||
				   asked.kind == SIZE_MULTIPLE);
}

static int compare_sizes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Has function F a variable that points to a record of one of SIZES? */
static bool may_read(const struct model *model, const struct model_function *f,
		     const uint64_t *sizes, uint32_t count)
{
	for (uint32_t i = 0; i < f->variable_count; i++) {
		uint32_t pointee, bare;
		uint64_t size;

		if (!model_type_pointee(model,
					model->variables.at
						[f->variable_first + i].type,
					&pointee))
			continue;
		bare = model_type_strip(model, pointee);
		if (!shape_is_record(model, bare))
			continue;
		size = model->types.at[bare].size;
		if (bsearch(&size, sizes, count, sizeof size, compare_sizes))
			return true;
	}
	return false;
}

enum status views_ask_readers(struct flow *flow)
{
	const struct model *model = flow->model;
	uint64_t *sizes = calloc(flow->site_count + 1, sizeof *sizes);
	uint32_t *readers = calloc(model->functions.count + 1, sizeof *readers);
	uint32_t count = 0, n = 0;
	enum status status = sizes && readers ? STATUS_OK : STATUS_NO_MEMORY;

	for (uint32_t i = 0; !status && i < flow->site_count; i++)
		count += is_only_kept(flow, &flow->sites[i], &sizes[count]);
	if (count)
		qsort(sizes, count, sizeof *sizes, compare_sizes);
	for (uint32_t i = 0; count && i < model->functions.count; i++)
		if (!flow->functions[i].has_run &&
		    may_read(model, &model->functions.at[i], sizes, count))
			readers[n++] = i;
	if (n)
		status = batch_run(flow, readers, n);
	free(sizes);
	free(readers);
	return status;
}
