/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/twins.h"

#include "meta/flow/where.h"

/* Are both inlined from the same calls of the same functions? */
static bool same_calls(const struct flow *flow, const struct flow_site *a,
		       const struct flow_site *b)
{
	const struct model *model = flow->model;
	uint32_t i = a->instance, k = b->instance;

	while (i != k && i != MODEL_NONE && k != MODEL_NONE) {
		const struct model_inline *x = &model->inlines.at[i];
		const struct model_inline *y = &model->inlines.at[k];

		if (x->subprogram != y->subprogram ||
		    x->call_line != y->call_line ||
		    x->call_file != y->call_file)
			return false;
		i = x->parent;
		k = y->parent;
	}
	return i == k;
}

bool twins_are_of_one_call(const struct flow *flow, const struct flow_site *a,
			   const struct flow_site *b)
{
	struct where one, other;

	if (a->allocator != b->allocator || a == b || !same_calls(flow, a, b))
		return false;
	one = where_is_site(flow, a);
	other = where_is_site(flow, b);
	return one.line && one.line == other.line && one.file == other.file &&
	       one.callee == other.callee && one.function == other.function;
}

/* The function that the call of SITE was written in. */
static uint32_t written_in(const struct model *model,
			   const struct flow_site *site)
{
	return site->instance == MODEL_NONE
		       ? model->functions.at[site->function].subprogram
		       : model->inlines.at[site->instance].subprogram;
}

bool twins_are_copies(const struct flow *flow, const struct flow_site *a,
		      const struct flow_site *b)
{
	const struct model *model = flow->model;
	uint32_t subprogram = written_in(model, a);
	const struct model_line *one, *other;

	if (a->allocator != b->allocator || a == b ||
	    subprogram == MODEL_NONE || subprogram != written_in(model, b))
		return false;
	one = model_line_at(model, a->call);
	other = model_line_at(model, b->call);
	return one && other && one->line == other->line &&
	       one->file == other->file;
}
