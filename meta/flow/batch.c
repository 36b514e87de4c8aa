/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/batch.h"

#include <stdatomic.h>

#include "meta/flow/hints.h"
#include "meta/flow/interpret.h"
#include "meta/parallel.h"

enum {
	SHARE = 4,          /* functions that a thread takes at a time */
	INSN_BYTES = 15,    /* the longest instruction */
};

struct batch {
	struct flow *flow;
	const uint32_t *functions;
	uint32_t count;
	struct hints hints;
	/* The first that nobody has taken.  Relaxed: it says nothing else. */
	atomic_uint next;
	atomic_bool exhausted;
};

static bool returns_plain_memory(const struct model *model,
				 const struct model_function *f)
{
	uint32_t type, pointee;

	if (f->subprogram == MODEL_NONE)
		return false;
	type = model->subprograms.at[f->subprogram].type;
	return type != MODEL_NONE &&
	       model_type_pointee(model, model->types.at[type].target,
				  &pointee) &&
	       model_type_unqualified(model, pointee) == MODEL_NONE;
}

static bool is_small(const struct model *model, const struct model_function *f)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < f->range_count; i++) {
		const struct model_range *r =
			&model->ranges.at[f->range_first + i];

		size += r->high - r->low;
	}
	return size <= INTERPRET_IDENTITY_INSNS * INSN_BYTES;
}

void batch_prepare(struct flow *flow)
{
	const struct model *model = flow->model;

	for (uint32_t i = 0; i < model->functions.count; i++) {
		const struct model_function *f = &model->functions.at[i];

		if (is_small(model, f) && returns_plain_memory(model, f))
			interpret_identity(flow, i);
	}
	flow->identities_known = true;
}

/* What a run of FUNCTION depends on and may have changed since the last. */
static uint64_t inputs_of(const struct flow *flow, uint32_t function)
{
	const struct model *model = flow->model;
	const struct model_function *f = &model->functions.at[function];
	uint64_t hash = allotype_hash_u64(ALLOTYPE_HASH_BASIS,
					  flow->identity_changes);

	for (uint32_t i = 0; i < f->inline_count; i++) {
		uint32_t subprogram =
			model->inlines.at[f->inline_first + i].subprogram;

		if (subprogram != MODEL_NONE &&
		    flow->wrapper_subprograms[subprogram])
			hash = allotype_hash_u64(hash, i);
	}
	for (uint32_t i = flow->functions[function].site_first;
	     i != MODEL_NONE; i = flow->site_next[i]) {
		hash = allotype_hash_u64(hash, flow->sites[i].allocator);
		hash = allotype_hash_u64(hash, flow->sites[i].inferred);
		hash = allotype_hash_u64(hash, (uint32_t)
					 flow->sites[i].inferred_offset);
		hash = allotype_hash_u64(hash, flow->sites[i].kept_in);
	}
	return allotype_hash_end(hash);
}

/* Another run of it would find what the last one found. */
static bool is_settled(const struct flow *flow, uint32_t function)
{
	const struct flow_function *f = &flow->functions[function];

	return f->inputs && f->inputs == inputs_of(flow, function);
}

static void publish_identity(struct flow *flow, uint32_t function)
{
	struct flow_function *f = &flow->functions[function];
	bool differs = f->identity != f->found_identity &&
		       (f->identity >= 0 || f->found_identity >= 0);

	f->identity = f->found_identity;
	if (differs && returns_plain_memory(flow->model,
				&flow->model->functions.at[function]))
		flow->identity_changes++;
}

static void work(void *context, unsigned int thread)
{
	struct batch *batch = context;
	struct flow flow = *batch->flow;

	flow.values = flow.lanes[thread].values;
	flow.decoder = flow.lanes[thread].decoder;
	flow.callees = flow.lanes[thread].callees;
	hints_run(&batch->hints);
	for (;;) {
		uint32_t i = atomic_fetch_add_explicit(&batch->next, SHARE,
						       memory_order_relaxed);

		if (i >= batch->count)
			break;
		for (uint32_t k = i; k < i + SHARE && k < batch->count; k++) {
			uint32_t function = batch->functions[k];

			if (is_settled(&flow, function))
				continue;
			flow.functions[function].lane = (uint8_t)thread;
			if (interpret_function(&flow, function) ==
			    STATUS_NO_MEMORY)
				batch->exhausted = true;
			flow.functions[function].inputs =
				inputs_of(&flow, function);
		}
	}
}

static unsigned int lanes_make(struct flow *flow, unsigned int wanted)
{
	unsigned int lanes = 1;

	while (lanes < wanted && lanes < FLOW_LANES &&
	       flow_lane_make(flow, lanes))
		lanes++;
	return lanes;
}

enum status batch_run(struct flow *flow, const uint32_t *functions,
		      uint32_t count)
{
	struct batch batch = {
		.flow = flow, .functions = functions, .count = count,
	};
	unsigned int wanted = count > SHARE ? flow->threads : 1;

	if (hints_begin(&batch.hints, flow, functions, count))
		return STATUS_NO_MEMORY;
	parallel_run(lanes_make(flow, wanted), work, &batch);
	hints_end(&batch.hints);
	for (uint32_t i = 0; i < count; i++)
		if (flow->functions[functions[i]].has_run)
			publish_identity(flow, functions[i]);
	return batch.exhausted ? STATUS_NO_MEMORY : STATUS_OK;
}
