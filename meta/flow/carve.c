/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/carve.h"

#include <stdlib.h>

#include "meta/flow/flow.h"
#include "meta/flow/shape.h"

enum {
	DEPTH_MOST = 8,
	OFFSET_BITS = 16, /* of a place; the record's hash is above */
};
#define STATIC_BIT (1ULL << 63)

/* The record member of the record BARE that has OFFSET in it, and where. */
static uint32_t inner_record(const struct model *model, uint32_t bare,
			     uint64_t *offset)
{
	const struct model_type *t = &model->types.at[bare];
	uint32_t first, limit;

	model_members_around(model, t, *offset, &first, &limit);
	for (uint32_t i = first; i < limit; i++) {
		const struct model_member *m = &model->members.at[t->first + i];
		uint32_t inner = model_type_strip(model, m->type);
		uint64_t at = (uint64_t)m->value;

		if (!shape_is_record(model, inner) || at > *offset ||
		    *offset - at >= model_type_size(model, inner))
			continue;
		*offset -= at;
		return inner;
	}
	return MODEL_NONE;
}

carve_place carve_member(const struct model *model, uint32_t type,
			 uint64_t offset)
{
	uint32_t bare = model_type_strip(model, type);
	uint64_t hash;

	for (int depth = 0; depth < DEPTH_MOST; depth++) {
		uint32_t inner = shape_is_record(model, bare)
					 ? inner_record(model, bare, &offset)
					 : MODEL_NONE;

		if (inner == MODEL_NONE)
			break;
		bare = inner;
	}
	if (!shape_is_record(model, bare) || offset >> OFFSET_BITS)
		return 0;
	hash = flow_type_hash(model, bare) << OFFSET_BITS & ~STATIC_BIT;
	return hash | offset;
}

carve_place carve_static(uint64_t address)
{
	return address | STATIC_BIT;
}

static void note(struct carve_use *uses, uint8_t *count, carve_place place,
		 uint8_t move)
{
	for (uint8_t i = 0; i < *count; i++) {
		if (uses[i].place != place)
			continue;
		if (uses[i].move < move)
			uses[i].move = move;
		return;
	}
	if (*count == CARVE_PLACES)
		return;
	uses[*count].place = place;
	uses[(*count)++].move = move;
}

static bool make(struct carve **carve)
{
	if (!*carve)
		*carve = calloc(1, sizeof **carve);
	return *carve;
}

void carve_note_returned(struct carve **carve, carve_place place,
			 uint8_t move)
{
	if (place && make(carve))
		note((*carve)->returned, &(*carve)->returned_count, place,
		     move);
}

void carve_note_advanced(struct carve **carve, carve_place place,
			 uint8_t move)
{
	if (place && make(carve))
		note((*carve)->advanced, &(*carve)->advanced_count, place,
		     move);
}

/* Of one record: where its memory is, and how much of that is used. */
static bool are_together(carve_place a, carve_place b)
{
	return !((a | b) & STATIC_BIT) && a >> OFFSET_BITS == b >> OFFSET_BITS;
}

bool carve_gives_parts(const struct carve *carve, carve_place place)
{
	const struct carve_use *given = NULL;

	if (!carve)
		return false;
	for (uint8_t i = 0; i < carve->returned_count; i++)
		if (carve->returned[i].place == place)
			given = &carve->returned[i];
	for (uint8_t i = 0; given && i < carve->advanced_count; i++) {
		const struct carve_use *use = &carve->advanced[i];

		if (use->place == place ||
		    (given->move == CARVE_MOVED && use->move == CARVE_MOVED &&
		     are_together(use->place, place)))
			return true;
	}
	return false;
}
