/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/library.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/where.h"
#include "meta/flow/wrappers.h"

static bool begins_with(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool library_is_rust(const struct model *model, uint32_t subprogram)
{
	const struct model_subprogram *s;
	const char *file;
	size_t length;

	if (subprogram == MODEL_NONE)
		return false;
	s = &model->subprograms.at[subprogram];
	if (s->file == MODEL_NONE || !s->line)
		return false;
	file = model->files.at[s->file].name;
	length = strlen(file);
	return length > 3 && strcmp(file + length - 3, ".rs") == 0;
}

/* Rust's own crates; in C++ these are names like any other. */
static bool is_rust_crate(const char *name)
{
	static const char *const crates[] = { "alloc::", "core::", "std::",
					      "hashbrown::" };

	for (unsigned int i = 0; i < sizeof crates / sizeof *crates; i++)
		if (begins_with(name, crates[i]))
			return true;
	return false;
}

/* Lambdas have no scope in their names, but are declared in a header. */
static bool is_library_file(const char *name)
{
	return strstr(name, "/include/c++/") || strstr(name, "/c++/v1/");
}

/*
 * What a program's allocator class gives containers, as T *allocate(size_t) of
 * a class like arena<T> ([allocator.requirements] of the C++ standard), is
 * the library's business: nobody else calls it.
 */
static bool is_allocate_member(const struct model *model,
			       const struct model_subprogram *s)
{
	static const char member[] = "::allocate";
	size_t length = s->name ? strlen(s->name) : 0;
	size_t extra = sizeof member - 1;
	const char *class_name, *argument, *element;
	uint32_t pointee;

	if (length <= extra || strcmp(s->name + length - extra, member) ||
	    s->container == MODEL_NONE || s->type == MODEL_NONE ||
	    !model_type_pointee(model, model->types.at[s->type].target,
				&pointee))
		return false;
	pointee = model_type_strip(model, pointee);
	class_name = model->types.at[s->container].name;
	argument = class_name ? strchr(class_name, '<') : NULL;
	if (pointee == MODEL_NONE || !argument)
		return false;
	element = model->types.at[pointee].name;
	return element && begins_with(argument + 1, element) &&
	       strchr(",> ", argument[1 + strlen(element)]);
}

bool library_owns_subprogram(const struct model *model, uint32_t subprogram)
{
	const struct model_subprogram *s;

	if (subprogram == MODEL_NONE)
		return false;
	s = &model->subprograms.at[subprogram];
	if (s->name && (begins_with(s->name, "std::") ||
			begins_with(s->name, "__gnu_cxx::")))
		return true;
	if (is_allocate_member(model, s))
		return true;
	if (s->file == MODEL_NONE || !s->line)
		return false;
	return is_library_file(model->files.at[s->file].name) ||
	       (s->name && is_rust_crate(s->name) &&
		library_is_rust(model, subprogram));
}

/* An exception is thrown, not handed to a caller. */
static bool is_exception(const struct flow *flow, const struct flow_site *site)
{
	const char *symbol = flow->allocators.at[site->allocator].symbol;

	return symbol && strcmp(symbol, "__cxa_allocate_exception") == 0;
}

bool library_owns_site(const struct flow *flow, const struct flow_site *site)
{
	const struct model *model = flow->model;
	const struct model_function *f = &model->functions.at[site->function];
	uint32_t instance = site->instance;

	if (!library_owns_subprogram(model, f->subprogram) ||
	    is_exception(flow, site))
		return false;
	for (; instance != MODEL_NONE;
	     instance = model->inlines.at[instance].parent)
		if (!library_owns_subprogram(
			    model, model->inlines.at[instance].subprogram))
			return false;
	return true;
}

static bool calls_library(const struct flow *flow,
			  const struct flow_site *site)
{
	return flow->allocators.at[site->allocator].flags & ALLOCATOR_LIBRARY;
}

/* Rust's allocator gives *mut u8 to all: only generics tell a type. */
bool library_says_type(const struct flow *flow, const struct flow_site *site,
		       const struct choice *choice)
{
	const struct model_function *f =
		&flow->model->functions.at[site->function];

	if (choice->class != CHOICE_TYPE && choice->class != CHOICE_BYTES)
		return false;
	return !library_is_rust(flow->model, f->subprogram) ||
	       (choice->best.kinds >> EVIDENCE_TEMPLATE & 1);
}

/* Is what the site allocates known without its function's caller? */
static bool is_known_inside(struct flow *flow, struct flow_site *site)
{
	struct choice choice;

	if (calls_library(flow, site))
		return true;
	choose_type(flow, site, &choice);
	return library_says_type(flow, site, &choice);
}

/* What Rust's compiler calls for Box and vec![]: of size and alignment, it
 * gives plain memory, though its own callee is generic. */
static bool is_exchange_malloc(const struct model *model, uint32_t subprogram)
{
	const char *name = model->subprograms.at[subprogram].name;

	return name && !strcmp(name, "alloc::alloc::exchange_malloc") &&
	       library_is_rust(model, subprogram);
}

bool library_describe(struct flow *flow, uint32_t function,
		      struct allocator *wrapper)
{
	const struct model_function *f =
		&flow->model->functions.at[function];
	uint32_t i = flow->functions[function].site_first;
	bool owns = false, known = false, is_plain;

	if (!library_owns_subprogram(flow->model, f->subprogram) ||
	    (flow->model->subprograms.at[f->subprogram].flags &
	     MODEL_SUBPROGRAM_NORETURN))
		return false;
	for (; i != MODEL_NONE && !known; i = flow->site_next[i]) {
		if (!library_owns_site(flow, &flow->sites[i]))
			continue;
		owns = true;
		known = is_known_inside(flow, &flow->sites[i]);
	}
	if (!owns || (!known && wrapper_describe(flow, function, wrapper)))
		return false;
	is_plain = is_exchange_malloc(flow->model, f->subprogram);
	*wrapper = (struct allocator){
		.name = flow_subprogram_name(flow->model, f->subprogram),
		.symbol = f->symbol,
		.entry = f->entry,
		.type = MODEL_NONE,
		.flags = ALLOCATOR_LIBRARY | (is_plain ? ALLOCATOR_PLAIN : 0),
		.sizes = { is_plain ? 0 : ALLOCATOR_NO_PARAMETER,
			   ALLOCATOR_NO_PARAMETER },
		.old = ALLOCATOR_NO_PARAMETER,
		.out = ALLOCATOR_NO_PARAMETER,
		.copied = ALLOCATOR_NO_PARAMETER,
		.function = function,
	};
	return true;
}

/* ---- what they allocate ---- */

/* Adds what is not there; what does not fit is forgotten. */
static bool set_add(struct library_set *set, const struct library_type *type)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (set->at[i].hash == type->hash &&
		    set->at[i].candidate.offset == type->candidate.offset)
			return false;
	if (set->count == LIBRARY_TYPES)
		return false;
	set->at[set->count++] = *type;
	return true;
}

static void add_own_types(struct flow *flow, uint32_t function,
			  struct library_set *set)
{
	uint32_t i = flow->functions[function].site_first;

	for (; i != MODEL_NONE; i = flow->site_next[i]) {
		struct flow_site *site = &flow->sites[i];
		struct library_type type = { .hash = 0 };
		struct choice choice;

		if (!library_owns_site(flow, site))
			continue;
		choose_type(flow, site, &choice);
		if (!library_says_type(flow, site, &choice))
			continue;
		type.candidate = choice.best;
		type.confidence = choice.confidence;
		type.bytes = choice.class == CHOICE_BYTES;
		type.hash = flow_type_hash(flow->model, choice.best.type);
		set_add(set, &type);
	}
}

/* Adds what the library functions called by FUNCTION allocate. */
static bool add_inner_types(struct flow *flow, uint32_t function,
			    struct library_set *set)
{
	uint32_t i = flow->functions[function].site_first;
	bool changed = false;

	for (; i != MODEL_NONE; i = flow->site_next[i]) {
		const struct flow_site *site = &flow->sites[i];
		const struct library_set *inner;

		if (!calls_library(flow, site) ||
		    !library_owns_site(flow, site))
			continue;
		inner = &flow->library_sets[site->allocator];
		for (uint32_t k = 0; k < inner->count; k++)
			changed |= set_add(set, &inner->at[k]);
	}
	return changed;
}

enum status library_settle(struct flow *flow)
{
	uint32_t count = flow->allocators.count;
	bool changed = true;

	flow->library_sets = calloc(count + 1, sizeof *flow->library_sets);
	if (!flow->library_sets)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < count; i++)
		if (flow->allocators.at[i].flags & ALLOCATOR_LIBRARY)
			add_own_types(flow, flow->allocators.at[i].function,
				      &flow->library_sets[i]);
	while (changed) {
		changed = false;
		for (uint32_t i = 0; i < count; i++)
			if (flow->allocators.at[i].flags & ALLOCATOR_LIBRARY)
				changed |= add_inner_types(flow,
					flow->allocators.at[i].function,
					&flow->library_sets[i]);
	}
	return STATUS_OK;
}

bool library_answers(const struct flow *flow, const struct flow_site *site)
{
	uint32_t flags = flow->allocators.at[site->allocator].flags;

	return (flags & ALLOCATOR_LIBRARY) &&
	       (!(flags & ALLOCATOR_PLAIN) || library_owns_site(flow, site));
}

bool library_knows(const struct flow *flow, uint32_t allocator)
{
	return (flow->allocators.at[allocator].flags & ALLOCATOR_LIBRARY) &&
	       flow->library_sets[allocator].count;
}

/* Containers of records also have arrays of pointers to them, and strings. */
static int rank(const struct model *model, const struct library_type *type)
{
	uint32_t bare = model_type_strip(model, type->candidate.type);

	if (type->bytes || bare == MODEL_NONE)
		return 0;
	switch (model->types.at[bare].kind) {
	case ALLOC_KIND_STRUCT:
	case ALLOC_KIND_UNION:
		return 3;
	case ALLOC_KIND_POINTER:
		return 1;
	default:
		return 2;
	}
}

/* The function called knows no type, but the one that calls may. */
static void choose_generic(const struct flow *flow,
			   const struct flow_site *site,
			   struct choice *choice)
{
	uint32_t type = where_template_type(flow, site, 0);

	if (type == MODEL_NONE)
		return;
	choice->class = model_type_is_bytes(flow->model, type) ? CHOICE_BYTES
							       : CHOICE_TYPE;
	choice->confidence = 90;
	choice->best.type = type;
	choice->best.evidence = ALLOC_EVIDENCE_TEMPLATE;
	choice->best.kinds = 1u << EVIDENCE_TEMPLATE;
}

/* Is A, an array of pointers to what B holds, the lesser one? */
static bool is_directory(const struct model *model,
			 const struct library_type *a,
			 const struct library_type *b)
{
	uint32_t pointee;

	return model_type_pointee(model, a->candidate.type, &pointee) &&
	       flow_type_hash(model, pointee) == b->hash;
}

/* Which of a set is meant when a container is named. */
static bool is_before(const struct model *model, const struct library_type *a,
		      const struct library_type *b)
{
	int order = rank(model, a) - rank(model, b);

	return order > 0 || (!order && is_directory(model, b, a));
}

void library_choose(const struct flow *flow, const struct flow_site *site,
		    struct choice *choice)
{
	const struct library_set *set;
	uint32_t best = 0;

	if (!flow->library_sets)
		return;
	set = &flow->library_sets[site->allocator];
	if (!set->count) {
		choose_generic(flow, site, choice);
		return;
	}
	for (uint32_t i = 1; i < set->count; i++)
		if (is_before(flow->model, &set->at[i], &set->at[best]))
			best = i;
	choice->class = set->at[best].bytes ? CHOICE_BYTES : CHOICE_TYPE;
	choice->best = set->at[best].candidate;
	choice->best.evidence |= ALLOC_EVIDENCE_CALLEE;
	choice->confidence = set->count == 1 ? set->at[best].confidence
					     : (uint8_t)(100 / set->count);
	for (uint32_t i = 0; i < set->count; i++)
		if (i != best)
			choice->others[choice->other_count++] =
				set->at[i].candidate;
}
