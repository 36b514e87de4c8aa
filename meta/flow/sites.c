/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/sites.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/batch.h"
#include "meta/flow/choose.h"
#include "meta/flow/flow.h"
#include "meta/flow/hooks.h"
#include "meta/flow/inlined.h"
#include "meta/flow/library.h"
#include "meta/flow/rule.h"
#include "meta/flow/stripped.h"
#include "meta/flow/where.h"
#include "meta/flow/wrappers.h"

#define ROUNDS_MOST 32     /* depth of wrappers */
#define SIGNATURES_MOST 64

/* Allocators that may be called through pointers: by function type. */
struct signatures {
	struct {
		uint64_t signature;
		uint32_t allocator;
	} at[SIGNATURES_MOST];
	uint32_t count;
	uint32_t used;   /* those before have been matched with all calls */
	bool hooked;     /* those that only have a name for it are among them */
};

/* Its place, or that behind the last. */
static uint32_t find_signature(const struct signatures *s, uint64_t signature)
{
	uint32_t i = 0;

	while (i < s->count && s->at[i].signature != signature)
		i++;
	return i;
}

static void add_signature(struct signatures *s, uint64_t signature,
			  uint32_t allocator)
{
	if (!signature || s->count == SIGNATURES_MOST ||
	    find_signature(s, signature) < s->count)
		return;
	s->at[s->count].signature = signature;
	s->at[s->count++].allocator = allocator;
}

static void mark_pending(struct flow *flow, uint32_t function, bool added)
{
	if (added)
		flow->functions[function].is_pending = true;
}

static enum status add_calls(struct flow *flow, uint32_t first,
			     uint32_t count, uint32_t allocator)
{
	for (uint32_t i = first; i < first + count; i++) {
		bool added;
		enum status status = flow_add_site(
			flow, &flow->calls.at[i], allocator, false, &added);

		if (status)
			return status;
		mark_pending(flow, flow->calls.at[i].function, added);
	}
	return STATUS_OK;
}

/* All direct calls of a wrapper become sites. */
static enum status add_wrapper_calls(struct flow *flow, uint32_t number)
{
	const struct allocator *a = &flow->allocators.at[number];
	uint32_t first, count;

	if (!a->entry)
		return STATUS_OK; /* called through pointers alone */
	count = calls_find(&flow->calls, a->entry, NULL, &first);
	return add_calls(flow, first, count, number);
}

/* Makes CALLEE, of which there is no code, an allocator if its name and its type
 * say so: *NUMBER, or MODEL_NONE. */
static enum status add_import(struct flow *flow,
			      const struct flow_callee *callee,
			      uint32_t *number)
{
	struct allocator import;

	*number = MODEL_NONE;
	if (!callee->symbol || callee->function != MODEL_NONE ||
	    !hooks_describe_import(flow->model, callee->symbol, callee->type,
				   &import))
		return STATUS_OK;
	/* The table of symbols is not kept. */
	import.symbol = model_intern(flow->model, import.symbol,
				     strlen(import.symbol));
	import.name = import.symbol;
	if (!import.name)
		return STATUS_NO_MEMORY;
	return allocators_add(&flow->allocators, &import, number);
}

/* Calls of the system's allocators, imported or linked in, and of others' that
 * are named after them.  A function of the program's own that is called getline
 * may be anything. */
static enum status add_system_calls(struct flow *flow)
{
	struct flow_callee callee = { .function = MODEL_NONE };
	uint32_t number = MODEL_NONE;
	enum status status = STATUS_OK;
	uint64_t target = 0;

	for (uint32_t i = 0; !status && i < flow->calls.count; i++) {
		const struct call *call = &flow->calls.at[i];

		if (!call->target)
			continue;
		/* Calls of one target follow each other. */
		if (call->target != target) {
			target = call->target;
			callee = flow_callee_at(flow, target);
			number = allocators_find(&flow->allocators,
						 callee.symbol);
			if (number == MODEL_NONE)
				status = add_import(flow, &callee, &number);
		}
		if (number != MODEL_NONE &&
		    (callee.function == MODEL_NONE ||
		     (callee.function != call->function &&
		      allocators_is_primitive(number))))
			status = add_calls(flow, i, 1, number);
	}
	return status;
}

static enum status read_tokens(struct flow *flow)
{
	for (uint32_t i = 0; i < flow->site_count; i++)
		if (flow->allocators.at[flow->sites[i].allocator].token)
			return alloc_tokens_init(&flow->alloc_tokens,
						 flow->model);
	return STATUS_OK;
}

/* Is the call, through a virtual table, that of a memory resource? */
static bool is_resource_call(const struct flow *flow, const struct call *call)
{
	const struct model *model = flow->model;
	const struct model_function *f = &model->functions.at[call->function];
	uint32_t instance = model_inline_at(model, f, call->address);
	uint32_t subprogram = instance == MODEL_NONE
				      ? f->subprogram
				      : model->inlines.at[instance].subprogram;
	const char *name = NULL;

	if (subprogram != MODEL_NONE)
		name = model->subprograms.at[subprogram].name;
	return name && !strcmp(name, "std::pmr::memory_resource::allocate");
}

static enum status add_resource_calls(struct flow *flow)
{
	uint32_t allocator =
		allocators_find(&flow->allocators, ALLOCATORS_RESOURCE);
	uint32_t first, count = calls_find(&flow->calls, 0, NULL, &first);
	enum status status = STATUS_OK;

	for (uint32_t i = first; !status && i < first + count; i++)
		if (is_resource_call(flow, &flow->calls.at[i]))
			status = add_calls(flow, i, 1, allocator);
	return status;
}

static void add_system_signatures(struct flow *flow, struct signatures *s)
{
	static const char *const taken[] = {
		"malloc", "calloc", "realloc", "strdup", "strndup",
	};

	for (unsigned int i = 0; i < sizeof taken / sizeof *taken; i++)
		if (calls_has_import_like(&flow->calls, taken[i]))
			add_signature(s,
				flow_signature_spelled(flow->abi,
					allocators_signature(taken[i])),
				allocators_find(&flow->allocators, taken[i]));
}

/* Of the signatures from FIRST on, those that functions have, too, whose names
 * say something else, tell nothing. */
static void forget_contradicted(const struct model *model,
				struct signatures *s, uint32_t first)
{
	uint32_t at = 0, function;

	while (s->count > first && hooks_next_other(model, &at, &function)) {
		uint32_t i = find_signature(s, flow_signature(model, function));

		if (i >= first && i < s->count)
			s->at[i] = s->at[--s->count];
	}
}

/* Types of pointers whose names say that they allocate, unless a function's
 * signature is theirs; not in files that allocate nothing, a kernel's. */
static enum status add_hooks(struct flow *flow, struct signatures *s)
{
	uint32_t at = 0, first = s->count, function, number;
	enum status status = STATUS_OK;
	struct allocator hook;

	s->hooked = true;
	if (!flow->site_count)
		return STATUS_OK;
	while (!status && s->count < SIGNATURES_MOST &&
	       hooks_next(flow->model, &at, &function, &hook)) {
		uint64_t signature = flow_signature(flow->model, function);
		uint32_t i = find_signature(s, signature);
		struct allocator *known;

		if (i == s->count) {
			status = allocators_add(&flow->allocators, &hook,
						&number);
			if (!status)
				add_signature(s, signature, number);
		} else if (i >= first) {
			/* One name says that the pointer is the old object. */
			known = &flow->allocators.at[s->at[i].allocator];
			if (known->old != hook.old)
				known->old = ALLOCATOR_NO_PARAMETER;
		}
	}
	forget_contradicted(flow->model, s, first);
	return status;
}

/* A jump to a computed address is a switch unless the stack is as it was
 * when the function began: then it may be a call. */
static bool may_call(const struct flow *flow, const struct call *call)
{
	struct cfa_rule rule;

	return !call->tail ||
	       !debuginfo_cfa_rule(flow->info, call->address, &rule) ||
	       (rule.reg == flow->abi->stack &&
		rule.offset == flow->abi->entry_cfa);
}

/* Reveals the types of all calls through pointers. */
static enum status run_indirect_callers(struct flow *flow)
{
	uint32_t first, count = calls_find(&flow->calls, 0, NULL, &first);
	uint32_t *functions = calloc(count + 1, sizeof *functions);
	enum status status;
	uint32_t n = 0;

	if (!functions)
		return STATUS_NO_MEMORY;
	for (uint32_t i = first; i < first + count; i++) {
		uint32_t function = flow->calls.at[i].function;

		if (flow->functions[function].has_run ||
		    !may_call(flow, &flow->calls.at[i]))
			continue;
		flow->functions[function].has_run = true;
		functions[n++] = function;
	}
	status = batch_run(flow, functions, n);
	free(functions);
	return status;
}

static enum status add_indirect_calls(struct flow *flow,
				      struct signatures *s)
{
	uint32_t first, count = calls_find(&flow->calls, 0, NULL, &first);
	enum status status;

	if (s->used == s->count)
		return STATUS_OK;
	status = run_indirect_callers(flow);
	for (uint32_t i = first; !status && i < first + count; i++) {
		const struct call *call = &flow->calls.at[i];

		for (uint32_t k = s->used; k < s->count; k++) {
			bool added;

			if (call->signature != s->at[k].signature)
				continue;
			status = flow_add_site(flow, call, s->at[k].allocator,
					       true, &added);
			if (!status)
				mark_pending(flow, call->function, added);
			break;
		}
	}
	s->used = s->count;
	return status;
}

static enum status add_wrapper(struct flow *flow, uint32_t function,
			       const struct allocator *wrapper,
			       struct signatures *signatures)
{
	const struct model_function *f = &flow->model->functions.at[function];
	uint32_t number;
	enum status status = allocators_add(&flow->allocators, wrapper,
					    &number);

	if (status)
		return status;
	flow->functions[function].wrapper = number;
	if (f->subprogram != MODEL_NONE) {
		flow->wrapper_subprograms[f->subprogram] = true;
		if (calls_is_taken(&flow->calls, f->entry) &&
		    !(wrapper->flags & ALLOCATOR_LIBRARY))
			add_signature(signatures,
				flow_signature(flow->model,
					flow->model->subprograms
						.at[f->subprogram].type),
				number);
	}
	return STATUS_OK;
}

static bool is_pending(const struct flow_function *f)
{
	return f->is_pending;
}

static bool has_sites(const struct flow_function *f)
{
	return f->site_first != MODEL_NONE;
}

static enum status run_where(struct flow *flow,
			     bool (*chosen)(const struct flow_function *f))
{
	uint32_t count = flow->model->functions.count, n = 0;
	uint32_t *functions = calloc(count + 1, sizeof *functions);
	enum status status;

	if (!functions)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < count; i++)
		if (chosen(&flow->functions[i]))
			functions[n++] = i;
	status = batch_run(flow, functions, n);
	free(functions);
	return status;
}

/* Runs the functions with new sites, then finds the wrappers among them. */
static enum status run_pending(struct flow *flow,
			       struct signatures *signatures)
{
	uint32_t count = flow->model->functions.count;
	enum status status = run_where(flow, is_pending);

	for (uint32_t i = 0; !status && i < count; i++) {
		struct flow_function *f = &flow->functions[i];
		struct allocator wrapper;

		if (!f->is_pending)
			continue;
		f->is_pending = false;
		if (f->wrapper != MODEL_NONE ||
		    (!library_describe(flow, i, &wrapper) &&
		     !wrapper_describe(flow, i, &wrapper)))
			continue;
		status = add_wrapper(flow, i, &wrapper, signatures);
	}
	return status;
}

/* Sites make wrappers, and calls of wrappers are sites. */
static enum status find_sites(struct flow *flow)
{
	struct signatures signatures = { .count = 0 };
	uint32_t done = flow->allocators.count;
	enum status status = add_system_calls(flow);

	if (!status)
		status = read_tokens(flow);
	if (!status)
		status = add_resource_calls(flow);
	add_system_signatures(flow, &signatures);
	batch_prepare(flow);
	for (unsigned int round = 0; !status && round < ROUNDS_MOST; round++) {
		uint32_t known = flow->site_count;

		for (; !status && done < flow->allocators.count; done++)
			status = add_wrapper_calls(flow, done);
		if (!status)
			status = add_indirect_calls(flow, &signatures);
		if (!status)
			status = run_pending(flow, &signatures);
		if (!round || flow->site_count != known)
			continue;
		if (signatures.hooked)
			break;
		if (!status)
			status = add_hooks(flow, &signatures);
	}
	return status;
}

/* How far into the object the call's result points: after a header that its
 * allocator keeps. */
static int32_t result_offset(const struct flow *flow,
			     const struct flow_site *site)
{
	return (int32_t)flow->allocators.at[site->allocator].delta;
}

/* May all that is made there be followed as what CHOICE says?  Not where an inlined
 * wrapper uses the header before that, nor what is guessed: it shall not make
 * others guess. */
static bool is_sure(const struct flow *flow, const struct flow_site *site,
		    const struct choice *choice)
{
	int32_t header = choice->best.offset - result_offset(flow, site);

	return choice->class == CHOICE_TYPE &&
	       choice->best.kinds != 1u << EVIDENCE_SHAPE &&
	       (!header || (header > 0 && !inlined_header(flow, site)));
}

/* With what was inferred, members of inferred structs become known. */
static enum status refine(struct flow *flow)
{
	enum status status = inlined_mark_wrappers(flow);

	inlined_mark_kept(flow);
	flow->settled = true;
	if (!status)
		status = run_where(flow, has_sites);
	for (uint32_t i = 0; !status && i < flow->site_count; i++) {
		struct flow_site *site = &flow->sites[i];
		struct choice choice;

		choose_type(flow, site, &choice);
		if (!is_sure(flow, site, &choice))
			continue;
		site->inferred = choice.best.type;
		site->inferred_offset = choice.best.offset -
					result_offset(flow, site);
		site->inferred_kinds = choice.best.kinds;
	}
	if (!status)
		status = run_where(flow, has_sites);
	if (!status)
		status = views_ask_readers(flow);
	return status ? status : library_settle(flow);
}

static enum status add_alternatives(struct model *model,
				    const struct choice *choice,
				    struct model_site *out)
{
	struct model_alternative *at;

	out->alternative_first = model->alternatives.count;
	out->alternative_count = choice->other_count;
	if (!choice->other_count)
		return STATUS_OK;
	at = MODEL_APPEND(&model->alternatives, choice->other_count);
	if (!at)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < choice->other_count; i++) {
		int percent = 30 + 2 * choice->others[i].score;

		at[i].type = choice->others[i].type;
		at[i].evidence = choice->others[i].evidence;
		at[i].offset = choice->others[i].offset;
		at[i].confidence = (uint32_t)(percent < 1 ? 1
					      : percent > 60 ? 60 : percent);
	}
	return STATUS_OK;
}

static void fill_size(const struct site_size *size, struct model_site *out)
{
	uint64_t added = (uint64_t)(size->added < 0 ? -size->added
						     : size->added);

	if (size->kind == SIZE_CONSTANT && size->value > 0)
		out->size = (uint64_t)size->value;
	else if (size->kind == SIZE_MULTIPLE && size->value <= UINT32_MAX)
		out->multiple = (uint32_t)value_common_divisor(
			(uint64_t)size->value, added);
}

/* Does the call in a wrapper say what is allocated there, not its caller's? */
static bool is_typed_inside(const struct flow *flow,
			    const struct flow_site *site,
			    const struct choice *choice)
{
	uint32_t wrapper = flow->functions[site->function].wrapper;

	return wrapper != MODEL_NONE &&
	       library_says_type(flow, site, choice) &&
	       (flow->allocators.at[wrapper].flags & ALLOCATOR_LIBRARY) &&
	       !library_knows(flow, site->allocator);
}

/* Does some function give out parts of the object? */
static bool is_carved(const struct flow *flow, const struct flow_site *site)
{
	for (uint32_t i = 0; i < site->keeper_count; i++)
		for (uint32_t k = 0; k < flow->model->functions.count; k++)
			if (carve_gives_parts(flow->functions[k].carve,
					      site->keepers[i]))
				return true;
	return false;
}

/* A tail call never returns to the address after it, where no object will
 * be looked up; its site is for those who read what the program allocates. */
static enum status publish(struct flow *flow, struct flow_site *site)
{
	bool floats = flow->allocators.at[site->allocator].flags &
		      ALLOCATOR_FLOATING;
	struct where where = where_is_site(flow, site);
	struct model_site *out;
	struct choice choice;

	choose_type(flow, site, &choice);
	if (choice.class == CHOICE_FREE ||
	    (site->tail && (choice.class == CHOICE_NONE ||
			    library_owns_site(flow, site))))
		return STATUS_OK;
	out = MODEL_APPEND(&flow->model->sites, 1);
	if (!out)
		return STATUS_NO_MEMORY;
	out->address = site->return_address;
	out->function = where.function;
	out->callee = where.callee;
	out->file = where.file;
	out->line = where.line;
	out->type = choice.best.type;
	out->evidence = choice.best.evidence;
	out->confidence = choice.confidence;
	out->type_offset = choice.best.offset;
	if (floats)
		out->flags |= ALLOTYPE_META_SITE_FLOATING;
	else
		fill_size(&choice.size, out);
	if (site->indirect)
		out->flags |= ALLOTYPE_META_SITE_INDIRECT;
	if (choice.class == CHOICE_BYTES)
		out->flags |= ALLOTYPE_META_SITE_BYTES;
	if (choice.single)
		out->flags |= ALLOTYPE_META_SITE_SINGLE;
	if (is_carved(flow, site))
		out->flags |= ALLOTYPE_META_SITE_CARVED;
	out->kind = ALLOTYPE_META_SITE_OBJECT;
	if (!site->tail && (wrapper_hands_on(flow, site) ||
			    library_owns_site(flow, site))) {
		out->kind = ALLOTYPE_META_SITE_WRAPPER;
		out->has_rule = rule_at_call(flow->info, flow->model,
					     site->call, &out->rule);
	}
	if (out->kind == ALLOTYPE_META_SITE_WRAPPER &&
	    is_typed_inside(flow, site, &choice))
		out->flags |= ALLOTYPE_META_SITE_TYPED_INSIDE;
	return add_alternatives(flow->model, &choice, out);
}

static int compare_sites(const void *a, const void *b)
{
	const struct model_site *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static enum status publish_all(struct flow *flow)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; !status && i < flow->site_count; i++)
		status = publish(flow, &flow->sites[i]);
	if (flow->model->sites.count)
		qsort(flow->model->sites.at, flow->model->sites.count,
		      sizeof *flow->model->sites.at, compare_sites);
	return status;
}

static enum status infer(struct debuginfo *info, struct model *model,
			 struct source *source, unsigned int threads,
			 const char **reason)
{
	struct flow flow;
	enum status status = flow_init(&flow, info, model, source, threads);

	if (!status)
		status = calls_read(info, model, threads, &flow.calls);
	if (!status)
		status = thrown_read(info, model, &flow.thrown);
	if (!status)
		status = find_sites(&flow);
	if (!status)
		status = refine(&flow);
	if (!status)
		status = publish_all(&flow);
	for (unsigned int i = 0; !status && i < FLOW_LANES; i++)
		if (flow.lanes[i].values &&
		    values_failed(flow.lanes[i].values))
			status = STATUS_NO_MEMORY;
	if (status)
		*reason = "memory is exhausted";
	if (flow.model)
		flow_deinit(&flow);
	return status;
}

enum status sites_infer(struct debuginfo *info, struct model *model,
			struct source *source, unsigned int threads,
			const char **reason)
{
	enum status status = STATUS_OK;

	if (!debuginfo_is_understood(info))
		return STATUS_OK;
	if (model->functions.count)
		status = infer(info, model, source, threads, reason);
	return status ? status : stripped_infer(info, model, reason);
}
