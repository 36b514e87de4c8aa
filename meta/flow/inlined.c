/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/inlined.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/choose.h"
#include "meta/flow/library.h"
#include "meta/flow/makers.h"
#include "meta/flow/shape.h"
#include "meta/flow/signature.h"
#include "meta/flow/size.h"
#include "meta/flow/where.h"
#include "meta/pointer_map.h"

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
			 !signature_is_generic_allocator(model, subprogram);
	return !*as_characters ||
	       (model_type_is_bytes(model, pointee) &&
		signature_takes_characters(model, s->type));
}

static bool is_within(const struct model *model, uint32_t instance,
		      uint32_t outer)
{
	while (instance != MODEL_NONE && instance != outer)
		instance = model->inlines.at[instance].parent;
	return instance == outer;
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

/* Are these characters that a place keeps?  PLAIN: or any plain memory. */
static bool is_kept_text(const struct flow *flow, const struct flow_site *site,
			 bool plain)
{
	const uint32_t kept = 1u << EVIDENCE_MEMBER | 1u << EVIDENCE_GLOBAL |
			      1u << EVIDENCE_NEIGHBOUR | 1u << EVIDENCE_UNION;
	const struct evidence_list *list = &site->evidence;

	for (uint32_t i = 0; i < list->count; i++)
		if (kept >> list->at[i].kind & 1 && !list->at[i].offset &&
		    (plain || list->at[i].type != MODEL_NONE) &&
		    model_type_is_bytes(flow->model, list->at[i].type))
			return true;
	return false;
}

/* And that grow there?  Where there were none, they are made, whatever the
 * wrapper could do. */
static bool is_grown(const struct flow *flow, const struct flow_site *site)
{
	int8_t old = flow->allocators.at[site->allocator].old;

	return old != ALLOCATOR_NO_PARAMETER &&
	       flow_argument(flow, site, old)->kind != VALUE_CONSTANT &&
	       is_kept_text(flow, site, true);
}

/* Of what an inlined function does with the object. */
enum keeping {
	KEEPING_UNKNOWN,
	KEEPING_OWN,    /* it has a use of its own for it */
	KEEPING_GIVEN,  /* somebody outside has one, and it has none */
};

/* What is used as a T and returned as characters was not returned; what it
 * keeps, lists or makes larger is only shown to its caller. */
static enum keeping keeping_of(const struct flow *flow,
			       const struct flow_site *site,
			       uint32_t instance, bool as_characters)
{
	bool typed = as_characters && is_grown(flow, site);
	bool listed = flow->allocators.at[site->allocator].old !=
		      ALLOCATOR_NO_PARAMETER;
	bool outside = site->returned, inside = true;

	for (uint32_t i = 0; i < site->owner_count; i++) {
		const struct flow_owner *owner = &site->owners[i];
		bool within = is_within(flow->model, owner->instance, instance);

		listed |= owner->used && owner->typed && within;
		outside |= !owner->used && !within;
		inside &= within;
		typed |= owner->typed &&
			 (!owner->used || (as_characters && within));
	}
	if (!as_characters && !outside && inside)
		typed |= is_kept_text(flow, site, false);
	if (as_characters || !outside)
		return typed ? KEEPING_OWN : KEEPING_UNKNOWN;
	return listed ? KEEPING_UNKNOWN : KEEPING_GIVEN;
}

/* What a function that may be a wrapper makes, in all of its copies. */
struct inlined_maker {
	bool knows;     /* and says what it is */
	bool asked;     /* the source, about that */
	bool varies;    /* in how much it asks for */
	uint64_t size;  /* that it asked for last */
	struct maker records; /* if those are what it makes */
};

/* What is known of subprograms, each an array; and of their calls. */
struct inlined_survey {
	struct inlined_maker *makers;
	struct pointer_map keeping; /* of calls, an enum keeping */
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
		 !signature_takes_number(model, s->type)));
}

/* Is the object of one copy of a call kept?  That it is given on by another
 * says that the caller of this one only has no use for it. */
static bool note_keeping(struct inlined_survey *survey, const void *key,
			 enum keeping keeping)
{
	if (keeping != KEEPING_UNKNOWN &&
	    pointer_map_find(&survey->keeping, key) != KEEPING_GIVEN)
		survey->exhausted |=
			!pointer_map_set(&survey->keeping, key, keeping);
	return keeping == KEEPING_OWN;
}

/* As visit_instance, for what may be T *make(size).  What else it allocates is
 * its own. */
static bool visit_maker(struct flow *flow, struct flow_site *site,
			uint32_t instance, struct maker *maker, bool mark)
{
	uint32_t subprogram = flow->model->inlines.at[instance].subprogram;
	bool gives = mark && maker_gives_on(maker);

	if (!mark)
		maker_note(flow, site, instance, maker);
	flow->wrapper_subprograms[subprogram] = gives;
	if (gives && maker_keeps(flow, site, instance))
		site->kept_in = instance;
	return gives && site->kept_in != instance;
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

	if (!looks_like_wrapper(model, subprogram, &as_characters))
		return visit_maker(flow, site, instance, &maker->records, mark);
	if (!survey->shared[subprogram] &&
	    is_own_part(flow, site, instance, as_characters))
		return false;
	if (!mark && note_keeping(survey, key, keeping_of(flow, site, instance,
							  as_characters)))
		return false;
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

		if (mark &&
		    pointer_map_find(&survey->keeping, key) == KEEPING_OWN) {
			site->kept_in = instance;
			break;
		}
		if (where_is_stepped_over(flow, subprogram) &&
		    !maker_gives_on(&survey->makers[subprogram].records))
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

enum status inlined_mark_wrappers(struct flow *flow)
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
	pointer_map_deinit(&survey.keeping);
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

/* Are these characters, of which SUBPROGRAM returns none: a message beside what
 * it makes? */
static bool is_beside(const struct flow *flow, const struct flow_site *site,
		      uint32_t subprogram)
{
	const struct model *model = flow->model;
	uint32_t type = model->subprograms.at[subprogram].type, pointee;

	return flow->allocators.at[site->allocator].flags & ALLOCATOR_BYTES &&
	       type != MODEL_NONE &&
	       model_type_pointee(model, model->types.at[type].target,
				  &pointee) &&
	       (model_type_strip(model, pointee) == MODEL_NONE ||
		!model_type_is_bytes(model, pointee));
}

/* The outermost inlined wrapper that keeps the object of SITE. */
static uint32_t keeping_instance(const struct flow *flow,
				 const struct flow_site *site)
{
	const struct model *model = flow->model;
	uint32_t at = site->instance;

	for (; at != MODEL_NONE; at = model->inlines.at[at].parent) {
		uint32_t subprogram = model->inlines.at[at].subprogram;

		if (!where_is_stepped_over(flow, subprogram))
			break;
		if (is_own_wrapper(flow, subprogram) &&
		    (is_kept_in(flow, site, at) ||
		     is_beside(flow, site, subprogram)))
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

void inlined_mark_kept(struct flow *flow)
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

uint32_t inlined_characters(const struct flow *flow,
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
		    !where_is_stepped_over(flow, subprogram))
			break;
		s = &model->subprograms.at[subprogram];
		if (looks_like_wrapper(model, subprogram, &as_characters) &&
		    as_characters)
			model_type_pointee(model,
				model->types.at[s->type].target, &type);
	}
	return type;
}

static bool is_kept(const struct evidence *e)
{
	return e->kind == EVIDENCE_VARIABLE || e->kind == EVIDENCE_MEMBER ||
	       e->kind == EVIDENCE_GLOBAL;
}

/* The record that all evidence takes the beginning of SITE's object for, and that
 * it is kept as; or MODEL_NONE. */
static uint32_t record_at_start(const struct flow *flow,
				const struct flow_site *site)
{
	const struct model *model = flow->model;
	uint32_t found = MODEL_NONE;
	bool kept = false;

	for (uint32_t i = 0; i < site->evidence.count; i++) {
		const struct evidence *e = &site->evidence.at[i];
		uint32_t bare = model_type_strip(model, e->type);

		if (e->offset || bare == MODEL_NONE)
			continue;
		if (!shape_is_record(model, bare) ||
		    (found != MODEL_NONE && found != bare))
			return MODEL_NONE;
		found = bare;
		kept |= is_kept(e);
	}
	return kept ? found : MODEL_NONE;
}

/* Is what lies at OFFSET kept as something, but no other HEADER? */
static bool is_kept_at(const struct flow *flow, const struct flow_site *site,
		       int32_t offset, uint32_t header)
{
	bool found = false;

	for (uint32_t i = 0; i < site->evidence.count; i++) {
		const struct evidence *e = &site->evidence.at[i];
		uint32_t bare = model_type_strip(flow->model, e->type);

		if (e->offset != offset || bare == MODEL_NONE)
			continue;
		if (bare == header)
			return false;
		found |= is_kept(e);
	}
	return found;
}

/* Has the function inlined as INSTANCE a variable that points to a RECORD? */
static bool has_pointer_to(const struct model *model,
			   const struct flow_site *site, uint32_t instance,
			   uint32_t record)
{
	const struct model_function *f = &model->functions.at[site->function];

	for (uint32_t i = 0; i < f->variable_count; i++) {
		const struct model_variable *v =
			&model->variables.at[f->variable_first + i];
		uint32_t pointee;

		if (v->instance != MODEL_NONE &&
		    is_within(model, v->instance, instance) &&
		    model_type_pointee(model, v->type, &pointee) &&
		    model_type_strip(model, pointee) == record)
			return true;
	}
	return false;
}

/* Is SITE inlined from a wrapper, of void *, that knows HEADER? */
static bool is_put_behind(const struct flow *flow, const struct flow_site *site,
			  uint32_t header)
{
	const struct model *model = flow->model;
	uint32_t at = site->instance;

	for (; at != MODEL_NONE && at != site->kept_in;
	     at = model->inlines.at[at].parent) {
		uint32_t subprogram = model->inlines.at[at].subprogram;
		bool as_characters;

		if (!where_is_stepped_over(flow, subprogram))
			break;
		if (is_own_wrapper(flow, subprogram) &&
		    looks_like_wrapper(model, subprogram, &as_characters) &&
		    !as_characters && has_pointer_to(model, site, at, header))
			return true;
	}
	return false;
}

int32_t inlined_header(const struct flow *flow, const struct flow_site *site)
{
	uint32_t header = MODEL_NONE;
	uint64_t size;

	if (site->instance != MODEL_NONE)
		header = record_at_start(flow, site);
	if (header == MODEL_NONE)
		return 0;
	size = model_type_size(flow->model, header);
	return size && size < INT32_MAX &&
	       is_kept_at(flow, site, (int32_t)size, header) &&
	       is_put_behind(flow, site, header) ? (int32_t)size : 0;
}
