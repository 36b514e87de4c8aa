/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/locals.h"

#include "meta/flow/shape.h"

/* Says of a variable's TYPE whether that is enough.  SEEN: what it is given is
 * noticed. */
typedef bool (*locals_visit)(void *context, const struct model *model,
			     uint32_t type, bool seen);

static bool is_in_frame(const struct flow *flow,
			const struct model_variable *v)
{
	for (uint32_t i = 0; i < v->location_count; i++) {
		const struct model_location *l =
			&flow->model->locations.at[v->location_first + i];

		if (l->place == MODEL_PLACE_CFA ||
		    (l->place == MODEL_PLACE_MEMORY &&
		     l->reg == flow->abi->stack))
			return true;
	}
	return false;
}

/* Those of INSTANCE around SITE; parameters are others'. */
static bool visit_instance(const struct flow *flow,
			   const struct flow_site *site, uint32_t instance,
			   locals_visit visit, void *context)
{
	const struct model *model = flow->model;
	const struct model_function *function =
		&model->functions.at[site->function];

	for (uint32_t i = 0; i < function->variable_count; i++) {
		const struct model_variable *v =
			&model->variables.at[function->variable_first + i];

		if (v->instance == instance && v->parameter == MODEL_NONE &&
		    visit(context, model, v->type, is_in_frame(flow, v)))
			return true;
	}
	for (uint32_t i = 0; i < function->unplaced_count; i++) {
		const struct model_unplaced *v =
			&model->unplaced.at[function->unplaced_first + i];

		if (v->instance == instance &&
		    visit(context, model, v->type, false))
			return true;
	}
	return false;
}

/* From the innermost instance outwards. */
static void visit_around(const struct flow *flow, const struct flow_site *site,
			 locals_visit visit, void *context)
{
	uint32_t instance = site->instance;

	while (!visit_instance(flow, site, instance, visit, context) &&
	       instance != MODEL_NONE)
		instance = flow->model->inlines.at[instance].parent;
}

struct sized_record {
	uint64_t size, hash;
	uint32_t type;  /* or NONE */
	bool several;
	bool unseen;    /* a variable may have been given it */
};

static bool visit_record(void *context, const struct model *model,
			 uint32_t type, bool seen)
{
	struct sized_record *found = context;
	uint32_t pointee, bare;
	uint64_t hash;

	if (!model_type_pointee(model, type, &pointee))
		return false;
	bare = model_type_strip(model, pointee);
	if (!shape_is_record(model, bare) ||
	    model->types.at[bare].size != found->size)
		return false;
	hash = flow_type_hash(model, pointee);
	found->several |= found->type != MODEL_NONE && found->hash != hash;
	found->unseen |= !seen;
	found->hash = hash;
	found->type = model_type_unqualified(model, pointee);
	return false;
}

uint32_t locals_record(const struct flow *flow, const struct flow_site *site,
		       uint64_t size)
{
	struct sized_record found = { .size = size, .type = MODEL_NONE };
	uint32_t instance = site->instance;

	for (;;) {
		visit_instance(flow, site, instance, visit_record, &found);
		if (found.type != MODEL_NONE || instance == MODEL_NONE)
			break;
		instance = flow->model->inlines.at[instance].parent;
	}
	return found.several || !found.unseen ? MODEL_NONE : found.type;
}

struct wanted_pointer {
	uint64_t hash;  /* of what it points to */
	bool found;
};

static bool points_to(const struct model *model, uint32_t type, uint64_t hash)
{
	uint32_t pointee;

	return model_type_pointee(model, type, &pointee) &&
	       flow_type_hash(model, pointee) == hash;
}

static bool visit_pointer(void *context, const struct model *model,
			  uint32_t type, bool seen)
{
	struct wanted_pointer *wanted = context;
	uint32_t bare = model_type_strip(model, type);

	(void)seen;
	wanted->found = points_to(model, type, wanted->hash);
	if (!shape_is_record(model, bare))
		return wanted->found;
	for (uint32_t i = 0; i < model->types.at[bare].count; i++)
		wanted->found |= points_to(model, model->members.at
			[model->types.at[bare].first + i].type, wanted->hash);
	return wanted->found;
}

bool locals_point_to(const struct flow *flow, const struct flow_site *site,
		     uint64_t hash)
{
	struct wanted_pointer wanted = { .hash = hash };

	visit_around(flow, site, visit_pointer, &wanted);
	return wanted.found;
}

struct header {
	const struct written *written;
	uint64_t hash;
	uint32_t type;  /* or NONE */
	bool several;
};

/* Is BARE, a record, stored to OBJECT's beginning member by member? */
static bool is_written(const struct written *object, const struct model *model,
		       uint32_t bare)
{
	enum { LEAST = 3 };
	const struct model_type *t = &model->types.at[bare];
	uint64_t first = 0;
	bool differ = false;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct model_member *m = &model->members.at[t->first + i];
		uint64_t size = model_type_size(model, m->type);

		if (!written_has_part(object, m->value, size))
			return false;
		first = i ? first : size;
		differ |= size != first;
	}
	return t->count >= LEAST && differ;
}

static bool visit_header(void *context, const struct model *model,
			 uint32_t type, bool seen)
{
	struct header *found = context;
	uint32_t bare = model_type_strip(model, type);
	uint64_t hash;

	(void)seen;
	if (!shape_is_record(model, bare) ||
	    !is_written(found->written, model, bare))
		return false;
	hash = flow_type_hash(model, type);
	found->several |= found->type != MODEL_NONE && found->hash != hash;
	found->hash = hash;
	found->type = model_type_unqualified(model, type);
	return false;
}

uint32_t locals_header(const struct flow *flow, const struct flow_site *site)
{
	struct header found = { .written = &site->written, .type = MODEL_NONE };

	visit_around(flow, site, visit_header, &found);
	return found.several ? MODEL_NONE : found.type;
}
