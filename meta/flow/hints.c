/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/hints.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/where.h"

/* Is it a question for the source what SITE allocates?  What the system's own
 * functions and those of libraries do is known.  Which line to ask about is
 * not, for an inlined call, until all wrappers are. */
static bool is_open(const struct flow *flow, const struct flow_site *site)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];

	if (site->hint_asked || !flow->source ||
	    a->flags & (ALLOCATOR_BYTES | ALLOCATOR_LIBRARY))
		return false;
	return flow->settled || site->instance == MODEL_NONE;
}

static bool make_question(const struct flow *flow,
			  const struct flow_site *site,
			  struct source_call *call)
{
	struct where where = where_is_site(flow, site);

	*call = (struct source_call){
		.file = where.file, .line = where.line,
		.callee = where.callee, .pc = site->call,
		.function = &flow->model->functions.at[site->function],
		.indirect = site->indirect,
	};
	return where.file != MODEL_NONE && where.callee;
}

static void ask(struct flow *flow, struct flow_site *site,
		const struct source_call *call)
{
	site->hint_asked = true;
	site->has_hint = source_hint_at(flow->source, call, &site->hint) ==
			 STATUS_OK;
}

void hints_ask(struct flow *flow, struct flow_site *site,
	       const struct site_size *size)
{
	struct source_call call;

	if (!is_open(flow, site))
		return;
	if (!make_question(flow, site, &call)) {
		site->hint_asked = true;
		return;
	}
	call.size = size->kind == SIZE_CONSTANT ? (uint64_t)size->element
		: size->kind == SIZE_MULTIPLE ? (uint64_t)size->value : 0;
	ask(flow, site, &call);
}

static uint32_t count_sites(const struct flow *flow, const uint32_t *functions,
			    uint32_t count)
{
	uint32_t sites = 0;

	for (uint32_t i = 0; i < count; i++)
		for (uint32_t s = flow->functions[functions[i]].site_first;
		     s != MODEL_NONE; s = flow->site_next[s])
			sites++;
	return sites;
}

enum status hints_begin(struct hints *hints, struct flow *flow,
			const uint32_t *functions, uint32_t count)
{
	*hints = (struct hints){ .flow = flow, .taken = ATOMIC_FLAG_INIT };
	if (!flow->source)
		return STATUS_OK;
	hints->questions = calloc(count_sites(flow, functions, count) + 1,
				  sizeof *hints->questions);
	if (!hints->questions)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t s = flow->functions[functions[i]].site_first;
		     s != MODEL_NONE; s = flow->site_next[s]) {
			struct hint_question *q =
				&hints->questions[hints->count];

			q->site = s;
			hints->count += is_open(flow, &flow->sites[s]) &&
					make_question(flow, &flow->sites[s],
						      &q->call);
		}
	return STATUS_OK;
}

/* The size is not known yet: where it has a part in the answer, hints_ask asks
 * again. */
void hints_run(struct hints *hints)
{
	if (atomic_flag_test_and_set(&hints->taken))
		return;
	for (uint32_t i = 0; i < hints->count; i++) {
		const struct hint_question *q = &hints->questions[i];
		struct flow_site *site = &hints->flow->sites[q->site];

		ask(hints->flow, site, &q->call);
		site->hint_asked = !site->hint.by_size;
	}
}

void hints_end(struct hints *hints)
{
	free(hints->questions);
}
