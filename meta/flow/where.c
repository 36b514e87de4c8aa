/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/where.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/flow/choose.h"
#include "meta/flow/library.h"
#include "meta/flow/shape.h"
#include "meta/flow/size.h"
#include "meta/pointer_map.h"

static bool takes_characters(const struct model *model,
			     const struct model_type *function)
{
	for (uint32_t i = 0; i < function->count; i++) {
		uint32_t pointee;

		if (model_type_pointee(model,
				model->members.at[function->first + i].type,
				&pointee) &&
		    model_type_strip(model, pointee) != MODEL_NONE &&
		    model_type_is_bytes(model, pointee))
			return true;
	}
	return false;
}

bool where_is_generic_allocator(const struct model *model, uint32_t subprogram)
{
	const struct model_subprogram *s;
	const struct model_type *function;
	uint32_t pointee;

	if (subprogram == MODEL_NONE)
		return false;
	s = &model->subprograms.at[subprogram];
	if (!s->template_count || s->type == MODEL_NONE)
		return false;
	function = &model->types.at[s->type];
	if (!model_type_pointee(model, function->target, &pointee) ||
	    model_type_strip(model, model->template_types.at[
			s->template_first]) != model_type_strip(model, pointee))
		return false;
	for (uint32_t i = 0; i < function->count; i++) {
		uint32_t type = model_type_strip(
			model, model->members.at[function->first + i].type);

		if (type == MODEL_NONE ||
		    model->types.at[type].kind != ALLOC_KIND_BASE)
			return false;
	}
	return function->count > 0;
}

/* Does it look like void *make(), char *copy(const char *) or
 * T *make<T>(size_t)? */
static bool looks_like_wrapper(const struct model *model, uint32_t subprogram,
			       bool *as_characters)
{
	const struct model_subprogram *s = &model->subprograms.at[subprogram];
	uint32_t pointee;

	if (s->type == MODEL_NONE ||
	    !model_type_pointee(model, model->types.at[s->type].target,
				&pointee))
		return false;
	*as_characters = model_type_strip(model, pointee) != MODEL_NONE &&
			 !where_is_generic_allocator(model, subprogram);
	return !*as_characters ||
	       (model_type_is_bytes(model, pointee) &&
		takes_characters(model, &model->types.at[s->type]));
}

/* Is the programmer's call that of SUBPROGRAM, not the one in it?  So it is
 * for the inline parts of headers that call an allocator by another name. */
static bool is_stepped_over(const struct flow *flow, uint32_t subprogram)
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

static bool is_within(const struct model *model, uint32_t instance,
		      uint32_t outer)
{
	while (instance != MODEL_NONE && instance != outer)
		instance = model->inlines.at[instance].parent;
	return instance == outer;
}

/* Has a function of TYPE a parameter that may be a size? */
static bool takes_number(const struct model *model, uint32_t type)
{
	const struct model_type *t;

	if (type == MODEL_NONE)
		return false;
	t = &model->types.at[type];
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t bare = model_type_strip(
			model, model->members.at[t->first + i].type);

		if (bare != MODEL_NONE &&
		    model->types.at[bare].kind == ALLOC_KIND_BASE)
			return true;
	}
	return false;
}

static bool is_typed_within(const struct model *model,
			    const struct flow_site *site, uint32_t instance)
{
	for (uint32_t i = 0; i < site->owner_count; i++)
		if (site->owners[i].typed && !site->owners[i].used &&
		    is_within(model, site->owners[i].instance, instance))
			return true;
	return false;
}

/* Has the inlined function a use of its own for the object, and nobody
 * outside another?  What is used as a T and returned as characters was not
 * returned. */
static bool keeps(const struct flow *flow, const struct flow_site *site,
		  uint32_t instance, bool as_characters)
{
	bool typed = false, outside = site->returned;

	for (uint32_t i = 0; i < site->owner_count; i++) {
		if (site->owners[i].used)
			continue;
		outside |= !is_within(flow->model, site->owners[i].instance,
				      instance);
		typed |= site->owners[i].typed;
	}
	return typed && (as_characters || !outside);
}

/* What a function that may be a wrapper makes, in all of its copies. */
struct inlined_maker {
	bool knows;     /* and says what it is */
	bool asked;     /* the source, about that */
	bool varies;    /* in how much it asks for */
	bool several;   /* records of several types */
	uint64_t size;  /* that it asked for last */
	uint64_t made;  /* hash of the record that it made last, or 0 */
};

/* What is known of subprograms, each an array; and of their calls. */
struct inlined_survey {
	struct inlined_maker *makers;
	struct pointer_map kept; /* calls for what they keep to themselves */
	bool exhausted;
	bool *examined; /* has code of its own, not of a part split off */
	bool *shared;   /* is called from several lines */
	uint32_t *line; /* of the first call */
};

/* One key for the call of SITE in all copies of SUBPROGRAM. */
static const void *key_of(const struct model *model,
			  const struct flow_site *site, uint32_t subprogram)
{
	const struct model_line *row = model_line_at(model, site->call);
	uint64_t hash = allotype_hash_u64(ALLOTYPE_HASH_BASIS, subprogram);

	hash = allotype_hash_u64(hash, row ? row->file : MODEL_NONE);
	hash = allotype_hash_u64(hash, row ? row->line : 0);
	return (const void *)(uintptr_t)(allotype_hash_end(hash) | 1);
}

/* Does the source, at the line inside of INSTANCE, ask for an object of SIZE
 * bytes by its name? */
static bool source_names(const struct flow *flow, struct flow_site *site,
			 uint32_t instance, uint64_t size)
{
	uint32_t kept_in = site->kept_in;
	struct source_call call = {
		.pc = site->call, .size = size, .indirect = site->indirect,
		.function = &flow->model->functions.at[site->function],
	};
	struct source_hint hint;
	struct where where;

	site->kept_in = instance;
	where = where_is_site(flow, site);
	site->kept_in = kept_in;
	call.file = where.file;
	call.line = where.line;
	call.callee = where.callee;
	return flow->source && where.file != MODEL_NONE &&
	       source_hint_at(flow->source, &call, &hint) == STATUS_OK &&
	       (hint.evidence & ALLOC_EVIDENCE_SIZEOF) &&
	       model_type_size(flow->model, hint.type) == size;
}

/* Does a variable inside of INSTANCE hold all of the object as what it is? */
static bool variable_names(struct flow *flow, struct flow_site *site,
			   uint32_t instance, uint64_t size)
{
	struct choice choice;

	if (!is_typed_within(flow->model, site, instance))
		return false;
	choose_type(flow, site, &choice);
	return choice.class == CHOICE_TYPE && !choice.best.offset &&
	       model_type_size(flow->model, choice.best.type) == size;
}

/* void *make() that always asks for the same, and says what it is, wraps
 * nothing. */
static void note_size(struct flow *flow, struct flow_site *site,
		      uint32_t instance, struct inlined_maker *maker)
{
	struct site_size size = size_of_site(flow, site);
	uint64_t asked = size.kind == SIZE_CONSTANT ? (uint64_t)size.value : 0;

	maker->varies |= !asked || (maker->size && maker->size != asked);
	maker->size = asked;
	if (maker->varies || maker->knows)
		return;
	maker->knows = variable_names(flow, site, instance, asked) ||
		       (!maker->asked &&
			source_names(flow, site, instance, asked));
	maker->asked = true;
}

/* The struct T of T *make(size); MODEL_NONE if S is no such function. */
static uint32_t made_record(const struct model *model,
			    const struct model_subprogram *s)
{
	uint32_t pointee, bare;

	if (!takes_number(model, s->type) ||
	    !model_type_pointee(model, model->types.at[s->type].target,
				&pointee))
		return MODEL_NONE;
	bare = model_type_strip(model, pointee);
	return shape_is_record(model, bare) ? bare : MODEL_NONE;
}

/* Does T *make(size), SUBPROGRAM, make various records that begin with a T? */
static void note_made(struct flow *flow, struct flow_site *site,
		      uint32_t subprogram, struct inlined_maker *maker)
{
	const struct model *model = flow->model;
	uint32_t record = made_record(model,
				      &model->subprograms.at[subprogram]);
	struct choice choice;
	uint64_t hash;
	uint32_t bare;

	if (record == MODEL_NONE)
		return;
	choose_type(flow, site, &choice);
	if (choice.class != CHOICE_TYPE || choice.best.offset)
		return;
	bare = model_type_strip(model, choice.best.type);
	hash = flow_type_hash(model, bare);
	if (!shape_is_record(model, bare) ||
	    (hash != flow_type_hash(model, record) &&
	     !shape_has_part(model, bare, 0, flow_type_hash(model, record))))
		return;
	maker->several |= maker->made && maker->made != hash;
	maker->made = hash;
}

/* Is it but a part of the one function that needs it?  Its own lines tell
 * more than that of the call. */
static bool is_own_part(const struct flow *flow, const struct flow_site *site,
			uint32_t instance, bool as_characters)
{
	const struct model *model = flow->model;
	const struct model_subprogram *s = &model->subprograms.at[
		model->inlines.at[instance].subprogram];

	return s->file == model->functions.at[site->function].unit_file &&
	       (as_characters || is_typed_within(model, site, instance) ||
		(size_of_site(flow, site).kind == SIZE_CONSTANT &&
		 !takes_number(model, s->type)));
}

/* Looks at INSTANCE, which SITE is inlined from; false: no further. */
static bool visit_instance(struct flow *flow, struct flow_site *site,
			   uint32_t instance, struct inlined_survey *survey,
			   const void *key, bool mark)
{
	const struct model *model = flow->model;
	uint32_t subprogram = model->inlines.at[instance].subprogram;
	struct inlined_maker *maker = &survey->makers[subprogram];
	bool as_characters;

	if (!looks_like_wrapper(model, subprogram, &as_characters)) {
		if (!mark)
			note_made(flow, site, subprogram, maker);
		flow->wrapper_subprograms[subprogram] = mark && maker->several;
		return mark && maker->several;
	}
	if (!survey->shared[subprogram] &&
	    is_own_part(flow, site, instance, as_characters))
		return false;
	if (!mark && keeps(flow, site, instance, as_characters)) {
		survey->exhausted |= !pointer_map_set(&survey->kept, key, 0);
		return false;
	}
	if (!mark && !as_characters)
		note_size(flow, site, instance, maker);
	if (mark && maker->knows && !maker->varies)
		site->kept_in = instance;
	else if (mark)
		flow->wrapper_subprograms[subprogram] = true;
	return site->kept_in != instance;
}

/* Visits what SITE is inlined from, innermost first, while it looks like a
 * wrapper, or makes records of any size.  MARK: once all have been. */
static void visit_inlined(struct flow *flow, struct flow_site *site,
			  struct inlined_survey *survey, bool mark)
{
	const struct model *model = flow->model;
	uint32_t instance = site->instance;

	for (; instance != MODEL_NONE;
	     instance = model->inlines.at[instance].parent) {
		uint32_t subprogram = model->inlines.at[instance].subprogram;
		const void *key = key_of(model, site, subprogram);

		if (pointer_map_find(&survey->kept, key) != POINTER_MAP_NONE) {
			site->kept_in = instance;
			break;
		}
		if (is_stepped_over(flow, subprogram))
			continue;
		if (subprogram == MODEL_NONE || survey->examined[subprogram] ||
		    !visit_instance(flow, site, instance, survey, key, mark))
			break;
	}
}

static void survey_model(const struct model *model,
			 const struct inlined_survey *survey)
{
	for (uint32_t i = 0; i < model->functions.count; i++) {
		const struct model_function *f = &model->functions.at[i];

		if (f->subprogram != MODEL_NONE &&
		    !(f->symbol && strstr(f->symbol, ".part.")))
			survey->examined[f->subprogram] = true;
	}
	for (uint32_t i = 0; i < model->inlines.count; i++) {
		const struct model_inline *in = &model->inlines.at[i];
		uint32_t *line;

		if (in->subprogram == MODEL_NONE)
			continue;
		line = &survey->line[in->subprogram];
		if (*line && *line != in->call_line)
			survey->shared[in->subprogram] = true;
		*line = in->call_line;
	}
}

enum status where_mark_inlined(struct flow *flow)
{
	size_t count = flow->model->subprograms.count + 1;
	struct inlined_survey survey = {
		.makers = calloc(count, sizeof(struct inlined_maker)),
		.examined = calloc(count, sizeof(bool)),
		.shared = calloc(count, sizeof(bool)),
		.line = calloc(count, sizeof(uint32_t)),
	};
	bool complete = survey.makers && survey.examined && survey.shared &&
			survey.line;

	if (complete)
		survey_model(flow->model, &survey);
	for (uint32_t i = 0; complete && i < flow->site_count; i++)
		visit_inlined(flow, &flow->sites[i], &survey, false);
	for (uint32_t i = 0; complete && i < flow->site_count; i++)
		visit_inlined(flow, &flow->sites[i], &survey, true);
	pointer_map_deinit(&survey.kept);
	free(survey.makers);
	free(survey.examined);
	free(survey.shared);
	free(survey.line);
	complete = complete && !survey.exhausted;
	return complete ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Does what is inlined as INSTANCE, a wrapper, keep the object of SITE, and
 * give on others?  It is used as a T there, and nowhere else. */
static bool is_kept_in(const struct flow *flow, const struct flow_site *site,
		       uint32_t instance)
{
	bool typed = false;

	if (site->returned || site->out_parameters ||
	    site->owner_count == FLOW_OWNERS)
		return false;
	for (uint32_t i = 0; i < site->owner_count; i++) {
		if (!is_within(flow->model, site->owners[i].instance,
			       instance))
			return false;
		typed |= site->owners[i].typed;
	}
	return typed;
}

/* A function of the program's own that gives on what it allocates. */
static bool is_own_wrapper(const struct flow *flow, uint32_t subprogram)
{
	return subprogram != MODEL_NONE &&
	       flow->wrapper_subprograms[subprogram] &&
	       !library_owns_subprogram(flow->model, subprogram);
}

/* The outermost inlined wrapper that keeps the object of SITE. */
static uint32_t keeping_instance(const struct flow *flow,
				 const struct flow_site *site)
{
	const struct model *model = flow->model;
	uint32_t at = site->instance;

	for (; at != MODEL_NONE; at = model->inlines.at[at].parent) {
		uint32_t subprogram = model->inlines.at[at].subprogram;

		if (!is_stepped_over(flow, subprogram))
			break;
		if (is_own_wrapper(flow, subprogram) &&
		    is_kept_in(flow, site, at))
			return at;
	}
	return MODEL_NONE;
}

/* The call of SITE in another inlined copy of what KEPT is in: the same line
 * of the same function. */
static bool is_copy(const struct model *model, const struct flow_site *site,
		    const struct flow_site *kept)
{
	const struct model_line *row, *other;
	uint32_t subprogram = model->inlines.at[kept->kept_in].subprogram;
	uint32_t at = site->instance;

	while (at != MODEL_NONE &&
	       model->inlines.at[at].subprogram != subprogram)
		at = model->inlines.at[at].parent;
	if (at == MODEL_NONE)
		return false;
	row = model_line_at(model, site->call);
	other = model_line_at(model, kept->call);
	return row && other && row->file == other->file &&
	       row->line == other->line;
}

/* Is the object given on by other copies?  Then this copy's caller only has no
 * use for it. */
static bool is_given_on(const struct flow *flow, const struct flow_site *kept)
{
	for (uint32_t i = 0; i < flow->site_count; i++)
		if (flow->sites[i].kept_in == MODEL_NONE &&
		    is_copy(flow->model, &flow->sites[i], kept))
			return true;
	return false;
}

void where_mark_kept(struct flow *flow)
{
	for (uint32_t i = 0; i < flow->site_count; i++)
		if (flow->sites[i].kept_in == MODEL_NONE)
			flow->sites[i].kept_in =
				keeping_instance(flow, &flow->sites[i]);
	for (uint32_t i = 0; i < flow->site_count; i++)
		if (flow->sites[i].kept_in != MODEL_NONE &&
		    is_given_on(flow, &flow->sites[i]))
			flow->sites[i].kept_in = MODEL_NONE;
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
		     !is_stepped_over(flow, subprogram)))
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

uint32_t where_characters(const struct flow *flow,
			  const struct flow_site *site)
{
	const struct model *model = flow->model;
	uint32_t instance = site->instance, type = MODEL_NONE;

	for (; instance != MODEL_NONE;
	     instance = model->inlines.at[instance].parent) {
		uint32_t subprogram = model->inlines.at[instance].subprogram;
		const struct model_subprogram *s;
		bool as_characters;

		if (instance == site->kept_in ||
		    !is_stepped_over(flow, subprogram))
			break;
		s = &model->subprograms.at[subprogram];
		if (looks_like_wrapper(model, subprogram, &as_characters) &&
		    as_characters)
			model_type_pointee(model,
				model->types.at[s->type].target, &type);
	}
	return type;
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

/* What a counted TYPE lies in, by the names that it has had. */
static uint32_t counted_type(const struct model *model, uint32_t type,
			     const char *box, const char *newer)
{
	const char *const boxes[] = { box, newer };

	for (unsigned int i = 0; i < 2; i++) {
		char name[1024];
		uint32_t found;

		snprintf(name, sizeof name, "%s<%s>", boxes[i],
			 model->types.at[type].name);
		found = model_type_by_name(model, name);
		if (found != MODEL_NONE)
			return found;
	}
	return MODEL_NONE;
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
		return counted_type(model, type, "alloc::rc::RcBox",
				    "alloc::rc::RcInner");
	if (strncmp(s->name, "alloc::sync::", 13) == 0)
		return counted_type(model, type, "alloc::sync::ArcInner",
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
