/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/where.h"

#include <stdio.h>
#include <string.h>

#include "meta/flow/library.h"

bool where_is_stepped_over(const struct flow *flow, uint32_t subprogram)
{
	const struct model_subprogram *s;

	if (subprogram == MODEL_NONE)
		return false;
	s = &flow->model->subprograms.at[subprogram];
	return flow->wrapper_subprograms[subprogram] ||
	       library_owns_subprogram(flow->model, subprogram) ||
	       allocators_find(&flow->allocators, s->linkage_name) !=
		       MODEL_NONE;
}

/* Compilers split functions and inline a part again where that pays; they say
 * that it is called where the function is declared. */
static bool is_part_of_split(const struct model *model,
			     const struct model_inline *instance)
{
	const struct model_subprogram *s;

	if (instance->subprogram == MODEL_NONE)
		return false;
	s = &model->subprograms.at[instance->subprogram];
	return s->line && instance->call_line == s->line &&
	       instance->call_file == s->file;
}

/* The outermost operator new that INSTANCE is or is inlined in: new calls it,
 * whatever it calls; or MODEL_NONE. */
static uint32_t operator_new_around(const struct model *model,
				    uint32_t instance)
{
	static const char name[] = "operator new";
	uint32_t found = MODEL_NONE;

	for (; instance != MODEL_NONE;
	     instance = model->inlines.at[instance].parent) {
		uint32_t subprogram = model->inlines.at[instance].subprogram;
		const char *plain = subprogram == MODEL_NONE ? NULL
			: model->subprograms.at[subprogram].plain_name;

		if (plain && strncmp(plain, name, sizeof name - 1) == 0)
			found = instance;
	}
	return found;
}

struct where where_is_site(const struct flow *flow,
			   const struct flow_site *site)
{
	const struct model *model = flow->model;
	const struct model_function *f = &model->functions.at[site->function];
	const struct model_line *row = model_line_at(model, site->call);
	uint32_t instance = site->instance;
	uint32_t inside = operator_new_around(model, instance);
	struct where where = {
		.file = row && row->line ? row->file : MODEL_NONE,
		.line = row ? row->line : 0,
		.callee = flow->allocators.at[site->allocator].name,
	};
	uint32_t subprogram = f->subprogram;

	while (instance != MODEL_NONE) {
		const struct model_inline *in = &model->inlines.at[instance];

		subprogram = in->subprogram;
		if (instance == site->kept_in ||
		    (inside == MODEL_NONE &&
		     !where_is_stepped_over(flow, subprogram)))
			break;
		if (instance == inside)
			inside = MODEL_NONE;
		if (!is_part_of_split(model, in)) {
			where.callee = flow_subprogram_name(model, subprogram);
			where.file = in->call_file;
			where.line = in->call_line;
		}
		instance = in->parent;
		subprogram = f->subprogram;
	}
	if (subprogram != MODEL_NONE)
		where.function = model->subprograms.at[subprogram].name;
	if (!where.function)
		where.function = f->symbol;
	return where;
}

/* allocate(n) and its like return T *. */
static uint32_t allocated_type(const struct model *model, uint32_t subprogram)
{
	const struct model_subprogram *s;
	uint32_t pointee;

	if (subprogram == MODEL_NONE)
		return MODEL_NONE;
	s = &model->subprograms.at[subprogram];
	if (!s->plain_name || s->type == MODEL_NONE ||
	    (strcmp(s->plain_name, "allocate") != 0 &&
	     strcmp(s->plain_name, "_M_allocate") != 0 &&
	     strcmp(s->plain_name, "_S_allocate") != 0))
		return MODEL_NONE;
	if (!model_type_pointee(model, model->types.at[s->type].target,
				&pointee))
		return MODEL_NONE;
	return model_type_unqualified(model, pointee);
}

/* make_unique<T[]>(n) has the T in its name. */
static uint32_t element_type(const struct model *model, uint32_t type)
{
	uint32_t bare = model_type_strip(model, type);

	return bare != MODEL_NONE &&
	       model->types.at[bare].kind == ALLOC_KIND_ARRAY
		       ? model->types.at[bare].target : MODEL_NONE;
}

/* The first type argument of a library function that is an array, for new[],
 * or SIZE bytes large: of what it holds, makes or copies by `new T'. */
static uint32_t made_type(const struct model *model, uint32_t subprogram,
			  bool is_array, uint64_t size)
{
	const struct model_subprogram *s;

	if (!library_owns_subprogram(model, subprogram))
		return MODEL_NONE;
	s = &model->subprograms.at[subprogram];
	for (uint32_t i = 0; i < s->template_count; i++) {
		uint32_t type = model->template_types.at[s->template_first + i];

		if (is_array && element_type(model, type) != MODEL_NONE)
			return element_type(model, type);
		if (!is_array && size && model_type_size(model, type) == size)
			return model_type_unqualified(model, type);
	}
	return MODEL_NONE;
}

/* The first type argument that has a size. */
static uint32_t generic_argument(const struct model *model,
				 const struct model_subprogram *s)
{
	for (uint32_t i = 0; i < s->template_count; i++) {
		uint32_t type = model->template_types.at[s->template_first + i];

		if (model_type_size(model, type))
			return type;
	}
	return MODEL_NONE;
}

/* Is the function NAME for slices of its T? */
static bool is_for_slices(const char *name)
{
	return strstr(name, "_slice") ||
	       strncmp(name, "alloc::rc::Rc<[", 15) == 0 ||
	       strncmp(name, "alloc::sync::Arc<[", 18) == 0;
}

static uint32_t box_of(const struct model *model, const char *box,
		       const char *type, bool slice)
{
	char name[1024];

	snprintf(name, sizeof name, slice ? "%s<[%s]>" : "%s<%s>", box, type);
	return model_type_by_name(model, name);
}

/* What a counted TYPE lies in, by the names that it has had: FUNCTION makes it,
 * or a slice of them. */
static uint32_t counted_type(const struct model *model, uint32_t type,
			     const char *function, const char *box,
			     const char *newer)
{
	const char *const boxes[] = { box, newer };
	const char *name = model->types.at[type].name;
	uint32_t found = MODEL_NONE;

	for (unsigned int i = 0; name && found == MODEL_NONE && i < 2; i++) {
		if (is_for_slices(function))
			found = box_of(model, boxes[i], name, true);
		if (found == MODEL_NONE)
			found = box_of(model, boxes[i], name, false);
	}
	return found;
}

/* What generic functions of Rust's crates allocate for their T. */
static uint32_t rust_type(const struct model *model, uint32_t subprogram,
			  uint64_t size)
{
	const struct model_subprogram *s;
	uint32_t type;

	if (!library_owns_subprogram(model, subprogram))
		return MODEL_NONE;
	s = &model->subprograms.at[subprogram];
	type = s->name ? generic_argument(model, s) : MODEL_NONE;
	if (type == MODEL_NONE || strncmp(s->name, "hashbrown::", 11) == 0)
		return type;
	if (strncmp(s->name, "alloc::rc::", 11) == 0)
		return counted_type(model, type, s->name, "alloc::rc::RcBox",
				    "alloc::rc::RcInner");
	if (strncmp(s->name, "alloc::sync::", 13) == 0)
		return counted_type(model, type, s->name,
				    "alloc::sync::ArcInner",
				    "alloc::sync::ArcInner");
	if (strncmp(s->name, "alloc::raw_vec::", 16) != 0 &&
	    strncmp(s->name, "alloc::boxed::", 14) != 0)
		return MODEL_NONE;
	return size % model_type_size(model, type) == 0 ? type : MODEL_NONE;
}

static uint32_t template_type(const struct flow *flow,
			      const struct flow_site *site,
			      uint32_t subprogram, uint64_t size)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];
	const char *symbol = a->symbol;
	uint32_t type = allocated_type(flow->model, subprogram);

	if ((a->flags & ALLOCATOR_LIBRARY) ||
	    (symbol && strncmp(symbol, "__rust_", 7) == 0))
		return library_is_rust(flow->model, subprogram)
			       ? rust_type(flow->model, subprogram, size)
			       : MODEL_NONE;

	if (type != MODEL_NONE || !symbol || strncmp(symbol, "_Zn", 3) != 0)
		return type;
	return made_type(flow->model, subprogram, symbol[3] == 'a', size);
}

uint32_t where_template_type(const struct flow *flow,
			     const struct flow_site *site, uint64_t size)
{
	const struct model *model = flow->model;
	const struct model_function *f = &model->functions.at[site->function];
	uint32_t instance = site->instance;

	for (; instance != MODEL_NONE;
	     instance = model->inlines.at[instance].parent) {
		uint32_t type = template_type(flow, site,
			model->inlines.at[instance].subprogram, size);

		if (type != MODEL_NONE)
			return type;
	}
	return template_type(flow, site, f->subprogram, size);
}
