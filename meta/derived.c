/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/derived.h"

#include <stdlib.h>
#include <string.h>

#include "allotype.h"
#include "allotype/metafile.h"
#include "type/metafile.h"

enum { POINTER_SIZE = 8 };

/* How far a reader must go for a type's hash. */
struct reach {
	uint16_t visits; /* 0: not known; RUNNING: being worked out */
	uint8_t depth;
	bool is_derived;
};
enum { RUNNING = UINT16_MAX };

struct derivation {
	const struct model *model;
	struct reach *types;
};

/* Has the section of derived types room for all that there is to say? */
static bool has_form(const struct model_type *type)
{
	if (type->kind == ALLOC_KIND_FUNCTION)
		return true;
	if (type->kind == ALLOC_KIND_POINTER)
		return type->size == POINTER_SIZE && !type->tag;
	return type->kind >= ALLOC_KIND_TYPEDEF;
}

static uint64_t hash_of(const struct model *model, uint32_t type)
{
	return type == MODEL_NONE
		       ? allotype_hash_base(ALLOC_KIND_VOID, 0, 0, "void", 4)
		       : model->types.at[type].hash;
}

static uint64_t name_hash(const char *name)
{
	return metafile_name_hash(name ? name : "");
}

/* What a reader makes of the hashes of the types that TYPE is made of. */
static uint64_t expected_hash(const struct model *model,
			      const struct model_type *type)
{
	uint64_t hash = hash_of(model, type->target), value = 0;

	if (type->kind == ALLOC_KIND_FUNCTION) {
		hash = allotype_hash_u64(allotype_hash_begin(type->kind), hash);
		for (uint32_t i = 0; i < type->count; i++)
			hash = allotype_hash_u64(
				hash,
				hash_of(model,
					model->members.at[type->first + i]
						.type));
		return allotype_hash_end(allotype_hash_u64(
			hash, type->flags & ALLOTYPE_META_TYPE_VARIADIC));
	}
	if (type->kind == ALLOC_KIND_POINTER)
		value = type->flags & (ALLOTYPE_META_TYPE_REFERENCE |
				       ALLOTYPE_META_TYPE_RVALUE);
	else if (type->kind == ALLOC_KIND_TYPEDEF)
		value = name_hash(type->name);
	return allotype_hash_derived(type->kind, hash, value);
}

static struct reach reach_of(struct derivation *d, uint32_t index,
			     unsigned int depth);

/* Adds what leads from a type to TYPE; false: too far. */
static bool add_reach(struct derivation *d, uint32_t type, unsigned int depth,
		      struct reach *reach)
{
	struct reach step = {1, 1, false};

	if (type != MODEL_NONE)
		step = reach_of(d, type, depth);
	if (step.visits > METAFILE_HASH_VISITS - reach->visits ||
	    step.depth >= METAFILE_HASH_DEPTH)
		return false;
	reach->visits = (uint16_t)(reach->visits + step.visits);
	if (step.depth >= reach->depth)
		reach->depth = (uint8_t)(step.depth + 1);
	return true;
}

/* What a reader can work out without going too far: is it the hash? */
static bool derive(struct derivation *d, const struct model_type *type,
		   unsigned int depth, struct reach *reach)
{
	if (!has_form(type) || !depth ||
	    !add_reach(d, type->target, depth - 1, reach))
		return false;
	for (uint32_t i = 0;
	     type->kind == ALLOC_KIND_FUNCTION && i < type->count; i++)
		if (!add_reach(d, d->model->members.at[type->first + i].type,
			       depth - 1, reach))
			return false;
	return expected_hash(d->model, type) == type->hash;
}

static struct reach reach_of(struct derivation *d, uint32_t index,
			     unsigned int depth)
{
	struct reach *known = &d->types[index], reach = {1, 1, true};

	if (known->visits)
		return *known;
	known->visits = RUNNING;
	if (!derive(d, &d->model->types.at[index], depth, &reach))
		reach = (struct reach){1, 1, false};
	*known = reach;
	return reach;
}

bool *derived_types(const struct model *model)
{
	size_t count = (size_t)model->types.count + 1;
	struct derivation d = {model, calloc(count, sizeof *d.types)};
	bool *result = calloc(count, sizeof *result);

	if (!d.types || !result) {
		free(d.types);
		free(result);
		return NULL;
	}
	for (uint32_t i = 0; i < model->types.count; i++)
		result[i] = reach_of(&d, i, METAFILE_HASH_DEPTH).is_derived;
	free(d.types);
	return result;
}
