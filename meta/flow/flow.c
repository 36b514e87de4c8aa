/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/flow.h"

#include <stdlib.h>
#include <string.h>

enum { CALLEES = 1024 /* remembered */ };

/* What is at an address never changes. */
struct flow_callees {
	struct {
		uint64_t target; /* 0: none */
		struct flow_callee callee;
	} at[CALLEES];
};

bool flow_lane_make(struct flow *flow, unsigned int number)
{
	struct flow_lane *lane = &flow->lanes[number];

	if (!lane->values)
		lane->values = values_create(flow->model);
	if (!lane->decoder)
		lane->decoder = decoder_create(flow->model->machine);
	if (!lane->callees)
		lane->callees = calloc(1, sizeof *lane->callees);
	return lane->values && lane->decoder && lane->callees;
}

enum status flow_init(struct flow *flow, struct debuginfo *info,
		      struct model *model, struct source *source,
		      unsigned int threads)
{
	uint32_t count = model->functions.count;

	memset(flow, 0, sizeof *flow);
	flow->info = info;
	flow->model = model;
	flow->source = source;
	flow->abi = abi_of(model->machine);
	flow->threads = threads;
	flow->functions = calloc(count + 1, sizeof *flow->functions);
	flow->site_bucket_count = 1024;
	flow->site_buckets = calloc(flow->site_bucket_count,
				    sizeof *flow->site_buckets);
	flow->wrapper_subprograms = calloc(model->subprograms.count + 1,
					   sizeof(bool));
	if (!flow_lane_make(flow, 0) || !flow->functions ||
	    !flow->site_buckets || !flow->wrapper_subprograms ||
	    !model_types_measure(model) ||
	    allocators_init(&flow->allocators, model) ||
	    embeddings_init(&flow->embeddings, model) ||
	    handles_init(&flow->handles, model) ||
	    sized_init(&flow->sized, model)) {
		flow_deinit(flow);
		return STATUS_NO_MEMORY;
	}
	flow->decoder = flow->lanes[0].decoder;
	flow->values = flow->lanes[0].values;
	flow->callees = flow->lanes[0].callees;
	for (uint32_t i = 0; i < count; i++) {
		flow->functions[i].wrapper = MODEL_NONE;
		flow->functions[i].site_first = MODEL_NONE;
		flow->functions[i].identity = FLOW_IDENTITY_UNKNOWN;
		flow->functions[i].found_identity = FLOW_IDENTITY_NONE;
	}
	return STATUS_OK;
}

void flow_deinit(struct flow *flow)
{
	for (uint32_t i = 0; flow->functions &&
			     i < flow->model->functions.count; i++) {
		code_deinit(&flow->functions[i].code);
		places_deinit(&flow->functions[i].places);
		free(flow->functions[i].carve);
		views_deinit(&flow->functions[i].views);
	}
	for (uint32_t i = 0; i < flow->site_count; i++)
		evidence_deinit(&flow->sites[i].evidence);
	free(flow->functions);
	free(flow->sites);
	free(flow->site_next);
	free(flow->site_buckets);
	free(flow->wrapper_subprograms);
	free(flow->library_sets);
	thrown_deinit(&flow->thrown);
	alloc_tokens_deinit(&flow->alloc_tokens);
	calls_deinit(&flow->calls);
	embeddings_deinit(&flow->embeddings);
	handles_deinit(&flow->handles);
	sized_deinit(&flow->sized);
	allocators_deinit(&flow->allocators);
	for (unsigned int i = 0; i < FLOW_LANES; i++) {
		values_destroy(flow->lanes[i].values);
		decoder_destroy(flow->lanes[i].decoder);
		free(flow->lanes[i].callees);
	}
	memset(flow, 0, sizeof *flow);
}

const struct value *flow_argument(const struct flow *flow,
				  const struct flow_site *site, int number)
{
	return values_at(flow->lanes[flow->functions[site->function].lane].values,
			 number < 0 ? VALUE_UNKNOWN
				    : site->arguments[number]);
}

static uint32_t *find_bucket(const struct flow *flow, uint64_t address)
{
	uint32_t mask = flow->site_bucket_count - 1;
	uint32_t i = (uint32_t)allotype_hash_end(address) & mask;

	while (flow->site_buckets[i] &&
	       flow->sites[flow->site_buckets[i] - 1].call != address)
		i = (i + 1) & mask;
	return &flow->site_buckets[i];
}

struct flow_site *flow_find_site(const struct flow *flow, uint64_t address)
{
	uint32_t number = *find_bucket(flow, address);

	return number ? &flow->sites[number - 1] : NULL;
}

static enum status grow_sites(struct flow *flow)
{
	uint32_t capacity = flow->site_capacity ? flow->site_capacity * 2
						: 512;
	struct flow_site *sites = reallocarray(flow->sites, capacity,
					       sizeof *sites);
	uint32_t *next, *buckets;

	if (!sites)
		return STATUS_NO_MEMORY;
	flow->sites = sites;
	next = reallocarray(flow->site_next, capacity, sizeof *next);
	if (!next)
		return STATUS_NO_MEMORY;
	flow->site_next = next;
	buckets = calloc((size_t)capacity * 2, sizeof *buckets);
	if (!buckets)
		return STATUS_NO_MEMORY;
	free(flow->site_buckets);
	flow->site_buckets = buckets;
	flow->site_bucket_count = capacity * 2;
	flow->site_capacity = capacity;
	for (uint32_t i = 0; i < flow->site_count; i++)
		*find_bucket(flow, flow->sites[i].call) = i + 1;
	return STATUS_OK;
}

enum status flow_add_site(struct flow *flow, const struct call *call,
			  uint32_t allocator, bool indirect, bool *added)
{
	struct flow_function *f = &flow->functions[call->function];
	struct flow_site *site;

	*added = false;
	if (flow_find_site(flow, call->address))
		return STATUS_OK;
	if (flow->site_count == flow->site_capacity && grow_sites(flow))
		return STATUS_NO_MEMORY;
	site = &flow->sites[flow->site_count];
	memset(site, 0, sizeof *site);
	site->call = call->address;
	site->return_address = call->address + call->size;
	site->function = call->function;
	site->allocator = allocator;
	site->tail = call->tail;
	site->indirect = indirect;
	site->inferred = site->first = MODEL_NONE;
	site->instance = model_inline_at(
		flow->model, &flow->model->functions.at[call->function],
		call->address);
	site->kept_in = MODEL_NONE;
	flow->site_next[flow->site_count] = f->site_first;
	f->site_first = flow->site_count;
	*find_bucket(flow, call->address) = ++flow->site_count;
	*added = true;
	return STATUS_OK;
}

static bool call_never_returns(void *context, const struct machine_insn *call)
{
	struct flow *flow = context;
	struct flow_callee callee;
	uint64_t target = (uint64_t)call->from.value;

	if (call->from.kind != MACHINE_IMMEDIATE &&
	    !machine_is_absolute(&call->from))
		return false;
	callee = flow_callee_at(flow, target);
	if (callee.subprogram != MODEL_NONE &&
	    flow->model->subprograms.at[callee.subprogram].flags &
		    MODEL_SUBPROGRAM_NORETURN)
		return true;
	/* Compilers find out by themselves, and drop what would follow. */
	if (callee.function != MODEL_NONE &&
	    !flow->calls.leaves[callee.function])
		return true;
	return allocators_never_returns(callee.symbol);
}

bool flow_read_function(struct flow *flow, uint32_t function)
{
	struct flow_function *f = &flow->functions[function];

	if (f->is_read || f->is_unreadable)
		return f->is_read;
	f->is_unreadable = true;
	if (code_read(flow->info, flow->model, flow->decoder,
		      &flow->model->functions.at[function],
		      call_never_returns, flow, &f->code))
		return false;
	if (places_read(flow->model, &f->code, &f->places)) {
		code_deinit(&f->code);
		return false;
	}
	f->is_unreadable = false;
	f->is_read = true;
	return true;
}

uint32_t flow_function_at(const struct flow *flow, uint64_t address)
{
	const struct model *m = flow->model;
	uint32_t low = 0, high = m->functions.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (m->functions.at[middle].entry < address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < m->functions.count && m->functions.at[low].entry == address)
		return low;
	return MODEL_NONE;
}

static void describe_subprogram(const struct flow *flow,
				struct flow_callee *callee)
{
	if (callee->subprogram != MODEL_NONE)
		callee->type = flow->model->subprograms
				       .at[callee->subprogram].type;
}

struct flow_callee flow_callee_named(const struct flow *flow,
				     const char *symbol)
{
	struct flow_callee callee = {
		.symbol = symbol, .function = MODEL_NONE, .type = MODEL_NONE,
		.subprogram = model_subprogram_by_name(flow->model, symbol),
	};

	describe_subprogram(flow, &callee);
	return callee;
}

static struct flow_callee find_callee(const struct flow *flow, uint64_t target)
{
	struct flow_callee callee = {
		.subprogram = MODEL_NONE, .type = MODEL_NONE,
	};
	const char *import = debuginfo_import_at(flow->info, target);
	const struct model_symbol *symbol;

	if (debuginfo_own_import(flow->info, target, &target))
		import = NULL;
	debuginfo_slot_target(flow->info, target, &target);
	if (import)
		return flow_callee_named(flow, import);
	callee.function = flow_function_at(flow, target);
	if (callee.function != MODEL_NONE) {
		const struct model_function *f =
			&flow->model->functions.at[callee.function];

		callee.symbol = f->symbol;
		callee.subprogram = f->subprogram;
		describe_subprogram(flow, &callee);
		return callee;
	}
	symbol = model_symbol_at(flow->model, target);
	if (symbol && symbol->address == target)
		return flow_callee_named(flow, symbol->name);
	return callee;
}

struct flow_callee flow_callee_at(const struct flow *flow, uint64_t target)
{
	uint64_t i = (target ^ target >> 10) % CALLEES;

	if (!target || !flow->callees)
		return find_callee(flow, target);
	if (flow->callees->at[i].target != target) {
		flow->callees->at[i].callee = find_callee(flow, target);
		flow->callees->at[i].target = target;
	}
	return flow->callees->at[i].callee;
}

/* Numbers are alike by size and encoding (DW_ATE_*). */
static uint64_t hash_number(uint64_t size, uint8_t encoding)
{
	return allotype_hash_u64(allotype_hash_begin(ALLOC_KIND_BASE),
				 size << 8 | encoding);
}

static uint64_t hash_type(const struct model *model, uint32_t type,
			  unsigned int depth)
{
	uint32_t bare = model_type_strip(model, type);
	uint32_t pointee;

	if (bare == MODEL_NONE)
		return 1;
	if (depth < 4 && model_type_pointee(model, bare, &pointee))
		return allotype_hash_derived(ALLOC_KIND_POINTER,
			hash_type(model, pointee, depth + 1), 0);
	if (model->types.at[bare].kind == ALLOC_KIND_BASE)
		return hash_number(model->types.at[bare].size,
				   model->types.at[bare].encoding);
	return model->types.at[bare].hash;
}

uint64_t flow_type_hash(const struct model *model, uint32_t type)
{
	return hash_type(model, type, 0);
}

uint64_t flow_signature(const struct model *model, uint32_t function_type)
{
	const struct model_type *t;
	uint64_t hash;

	if (function_type == MODEL_NONE)
		return 0;
	t = &model->types.at[function_type];
	hash = allotype_hash_begin(ALLOC_KIND_FUNCTION);
	hash = allotype_hash_u64(hash, hash_type(model, t->target, 0));
	for (uint32_t i = 0; i < t->count; i++)
		hash = allotype_hash_u64(hash, hash_type(model,
			model->members.at[t->first + i].type, 0));
	hash = allotype_hash_end(hash);
	return hash ? hash : 1;
}

/* hash_type of what a letter of flow_signature_spelled stands for. */
static uint64_t hash_letter(const struct abi *abi, char letter)
{
	const uint8_t unsigned_number = 7; /* DW_ATE_unsigned */

	if (letter == 's')
		return hash_number(sizeof(uint64_t), unsigned_number);
	return allotype_hash_derived(ALLOC_KIND_POINTER,
		letter == 'c' ? hash_number(1, abi->character) : 1,
		0);
}

uint64_t flow_signature_spelled(const struct abi *abi, const char *letters)
{
	uint64_t hash = allotype_hash_begin(ALLOC_KIND_FUNCTION);

	for (; *letters; letters++)
		hash = allotype_hash_u64(hash, hash_letter(abi, *letters));
	hash = allotype_hash_end(hash);
	return hash ? hash : 1;
}

const char *flow_subprogram_name(const struct model *model,
				 uint32_t subprogram)
{
	const struct model_subprogram *s;

	if (subprogram == MODEL_NONE)
		return NULL;
	s = &model->subprograms.at[subprogram];
	return s->plain_name ? s->plain_name : s->name;
}
