/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/stripped.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "meta/flow/allocators.h"
#include "meta/flow/decode.h"
#include "meta/flow/rule.h"

/* Functions from a known one down to malloc.  One that allocates a certain
 * type is not followed as far: deeper down other types are allocated. */
#define DEPTH_MOST 4
#define DEPTH_TYPED 3

struct edge {
	uint64_t address, target;
	const char *import;
	uint8_t size;
	bool tail;
	bool wrapping;  /* on a way from a known function to malloc */
};

struct stripped {
	struct debuginfo *info;
	struct model *model;
	struct allocators allocators;
	struct edge *edges;     /* by address */
	uint32_t edge_count, edge_capacity;
	uint64_t *starts;       /* of functions, sorted */
	uint32_t start_count, start_capacity;
	enum status status;
};

static bool visit_mention(void *context, const struct decoder_mention *m)
{
	struct stripped *s = context;
	const char *import;
	struct edge *edge;

	if (m->kind == DECODER_ADDRESS || m->kind == DECODER_CALL_INDIRECT ||
	    m->kind == DECODER_JUMP_INDIRECT || m->kind == DECODER_LEAVE)
		return true;
	import = debuginfo_import_at(s->info, m->target);
	if (!import &&
	    (m->kind == DECODER_CALL_SLOT || m->kind == DECODER_JUMP_SLOT))
		return true;
	edge = model_append((void **)&s->edges, &s->edge_count,
			    &s->edge_capacity, sizeof *edge, 1);
	if (!edge) {
		s->status = STATUS_NO_MEMORY;
		return false;
	}
	edge->address = m->address;
	edge->target = m->target;
	edge->size = m->size;
	edge->tail = m->kind == DECODER_JUMP || m->kind == DECODER_JUMP_SLOT;
	edge->import = import ? model_intern(s->model, import, strlen(import))
			      : NULL;
	return true;
}

static void scan(struct stripped *s, struct decoder *decoder)
{
	for (uint32_t i = 0; !s->status && i < s->model->sections.count; i++) {
		const struct model_elf_section *section =
			&s->model->sections.at[i];
		const unsigned char *code;

		if (!(section->flags & SHF_EXECINSTR) ||
		    (section->name &&
		     strncmp(section->name, ".plt", 4) == 0))
			continue;
		code = debuginfo_code(s->info, section->address,
				      section->size);
		if (code)
			decoder_scan(decoder, code, section->size,
				     section->address, visit_mention, s);
	}
}

static void add_start(struct stripped *s, uint64_t address)
{
	uint64_t *start = model_append((void **)&s->starts, &s->start_count,
				       &s->start_capacity, sizeof *start, 1);

	if (start)
		*start = address;
	else
		s->status = STATUS_NO_MEMORY;
}

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Functions begin where symbols say so and where calls lead. */
static void find_starts(struct stripped *s)
{
	const struct model *m = s->model;

	for (uint32_t i = 0; i < m->symbols.count; i++)
		if (m->symbols.at[i].type == STT_FUNC)
			add_start(s, m->symbols.at[i].address);
	for (uint32_t i = 0; i < s->edge_count; i++)
		if (!s->edges[i].import && !s->edges[i].tail)
			add_start(s, s->edges[i].target);
	if (s->start_count)
		qsort(s->starts, s->start_count, sizeof *s->starts,
		      compare_addresses);
}

static uint64_t function_end(const struct stripped *s, uint64_t start)
{
	uint32_t low = 0, high = s->start_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->starts[middle] <= start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->start_count ? s->starts[low] : UINT64_MAX;
}

static uint32_t first_edge(const struct stripped *s, uint64_t address)
{
	uint32_t low = 0, high = s->edge_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->edges[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *callee_name(const struct stripped *s,
			       const struct edge *edge)
{
	const struct model_symbol *symbol;

	if (edge->import)
		return edge->import;
	symbol = model_symbol_at(s->model, edge->target);
	return symbol && symbol->address == edge->target ? symbol->name
							 : NULL;
}

static uint64_t find_symbol(const struct model *model, const char *name)
{
	for (uint32_t i = 0; i < model->symbols.count; i++)
		if (model->symbols.at[i].type == STT_FUNC &&
		    strcmp(model->symbols.at[i].name, name) == 0)
			return model->symbols.at[i].address;
	return 0;
}

static bool is_exported(const struct stripped *s, uint64_t address)
{
	const struct model_symbol *symbol = model_symbol_at(s->model, address);

	return symbol && symbol->address == address &&
	       symbol->binding != STB_LOCAL;
}

/* Where the function that EDGE calls begins, if it may be followed: one of
 * this file, and not exported unless its name is known.  0: no. */
static uint64_t followed_target(const struct stripped *s,
				const struct edge *edge, bool is_known)
{
	if (edge->import)
		return is_known ? find_symbol(s->model, edge->import) : 0;
	return is_known || !is_exported(s, edge->target) ? edge->target : 0;
}

/* Marks the calls between START and malloc; true if there are any. */
static bool mark_ways(struct stripped *s, uint64_t start, unsigned int depth)
{
	uint64_t end = function_end(s, start);
	bool found = false;

	for (uint32_t i = first_edge(s, start);
	     i < s->edge_count && s->edges[i].address < end; i++) {
		struct edge *edge = &s->edges[i];
		uint32_t allocator = allocators_find(&s->allocators,
						     callee_name(s, edge));
		bool leads = allocator != MODEL_NONE &&
			     allocators_is_primitive(allocator);
		uint64_t target;

		target = leads || !depth ? 0
			: followed_target(s, edge, allocator != MODEL_NONE);
		if (target && (target < start || target >= end))
			leads = mark_ways(s, target, depth - 1);
		if (!leads)
			continue;
		edge->wrapping |= !edge->tail;
		found = true;
	}
	return found;
}

/* The functions of known names that this file defines; those at the bottom
 * are the runtime's to replace. */
static void mark_all(struct stripped *s)
{
	const struct model *m = s->model;

	for (uint32_t i = 0; i < m->symbols.count; i++) {
		const struct model_symbol *symbol = &m->symbols.at[i];
		uint32_t allocator;

		if (symbol->type != STT_FUNC)
			continue;
		allocator = allocators_find(&s->allocators, symbol->name);
		if (allocator == MODEL_NONE ||
		    allocators_is_bottom(allocator) ||
		    allocators_is_mixed(allocator))
			continue;
		mark_ways(s, symbol->address,
			  allocators_is_typed(allocator) ? DEPTH_TYPED
							 : DEPTH_MOST);
	}
}

static void fill_object(const struct stripped *s, uint32_t allocator,
			struct model_site *site)
{
	const struct allocator *a = &s->allocators.at[allocator];

	site->kind = ALLOTYPE_META_SITE_OBJECT;
	site->type = a->type;
	if (a->flags & ALLOCATOR_BYTES)
		site->flags |= ALLOTYPE_META_SITE_BYTES;
	if (a->type != MODEL_NONE || (a->flags & ALLOCATOR_BYTES)) {
		site->evidence = ALLOC_EVIDENCE_CALLEE;
		site->confidence = 98;
	}
}

static struct model_site *find_site(const struct model *model, uint32_t count,
				    uint64_t address)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->sites.at[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < count && model->sites.at[low].address == address)
		return &model->sites.at[low];
	return NULL;
}

static struct model_site *add_site(struct stripped *s,
				   const struct edge *edge)
{
	const struct model_symbol *symbol =
		model_symbol_at(s->model, edge->address);
	struct model_site *site = MODEL_APPEND(&s->model->sites, 1);

	if (!site)
		return NULL;
	site->address = edge->address + edge->size;
	site->function = symbol ? symbol->name : NULL;
	site->callee = callee_name(s, edge);
	site->file = MODEL_NONE;
	site->type = MODEL_NONE;
	return site;
}

/* KNOWN: how many sites there were, sorted. */
static enum status publish(struct stripped *s, const struct edge *edge,
			   uint32_t known)
{
	uint32_t allocator = allocators_find(&s->allocators,
					     callee_name(s, edge));
	bool object = !s->model->functions.count && allocator != MODEL_NONE;
	struct model_site *site;

	if (edge->tail || (!object && !edge->wrapping))
		return STATUS_OK;
	site = find_site(s->model, known, edge->address + edge->size);
	if (!site)
		site = add_site(s, edge);
	if (!site)
		return STATUS_NO_MEMORY;
	if (edge->wrapping) {
		site->kind = ALLOTYPE_META_SITE_WRAPPER;
		site->has_rule = rule_at_call(s->info, s->model,
					      edge->address, &site->rule);
	} else {
		fill_object(s, allocator, site);
	}
	return STATUS_OK;
}

static int compare_sites(const void *a, const void *b)
{
	const struct model_site *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static void publish_all(struct stripped *s)
{
	uint32_t known = s->model->sites.count;

	for (uint32_t i = 0; !s->status && i < s->edge_count; i++)
		s->status = publish(s, &s->edges[i], known);
	if (s->model->sites.count > known)
		qsort(s->model->sites.at, s->model->sites.count,
		      sizeof *s->model->sites.at, compare_sites);
}

/* Has the file anything to do with such functions? */
static bool concerns(const struct stripped *s)
{
	const struct model *m = s->model;

	if (!m->functions.count)
		return true;
	for (uint32_t i = 0; i < m->symbols.count; i++) {
		uint32_t allocator;

		if (m->symbols.at[i].type != STT_FUNC)
			continue;
		allocator = allocators_find(&s->allocators,
					    m->symbols.at[i].name);
		if (allocator != MODEL_NONE &&
		    !allocators_is_bottom(allocator))
			return true;
	}
	return false;
}

static void infer(struct stripped *s, struct decoder *decoder)
{
	if (s->status || !concerns(s))
		return;
	scan(s, decoder);
	if (!s->status)
		find_starts(s);
	if (!s->status)
		mark_all(s);
	if (!s->status)
		publish_all(s);
}

enum status stripped_infer(struct debuginfo *info, struct model *model,
			   const char **reason)
{
	struct stripped s = { .info = info, .model = model };
	struct decoder *decoder = decoder_create(model->machine);

	if (!decoder)
		return STATUS_OK; /* another machine: no sites */
	s.status = allocators_init(&s.allocators, model);
	infer(&s, decoder);
	if (s.status)
		*reason = "memory is exhausted";
	decoder_destroy(decoder);
	allocators_deinit(&s.allocators);
	free(s.edges);
	free(s.starts);
	return s.status;
}
