/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/places.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/shape.h"

/* Stack slots are known from the CFA or, with a frame base of the stack
 * pointer, from that as it is at each pc. */
enum place_order {
	PLACE_REGISTER, /* key: register */
	PLACE_CFA,      /* key: offset from the CFA */
	PLACE_STACK,    /* key: offset from rsp */
	PLACE_CFA_AGGREGATE, /* key 0; offset from the CFA */
	PLACE_STACK_AGGREGATE,
};

void places_deinit(struct places *places)
{
	free(places->at);
	free(places->starts);
	memset(places, 0, sizeof *places);
}

static bool is_aggregate(const struct model *model, uint32_t type)
{
	uint32_t bare = model_type_strip(model, type);
	uint8_t kind;

	if (bare == MODEL_NONE)
		return false;
	kind = model->types.at[bare].kind;
	return kind == ALLOC_KIND_STRUCT || kind == ALLOC_KIND_UNION ||
	       kind == ALLOC_KIND_ARRAY;
}

/* A frame kept in a register of its own: CFA = that + this, in all of the
 * function's body. */
static bool frame_offset(const struct code *code, int32_t *offset)
{
	for (uint32_t i = 0; i < code->insn_count; i++) {
		if (!code->cfa[i].known ||
		    code->cfa[i].reg != code->abi->frame)
			continue;
		*offset = code->cfa[i].offset;
		return true;
	}
	return false;
}

static void place_slot(struct place *place, bool aggregate,
		       enum place_order order, int64_t offset)
{
	place->order = aggregate ? order + (PLACE_CFA_AGGREGATE - PLACE_CFA)
				 : order;
	place->key = aggregate ? 0 : (int32_t)offset;
	place->offset = aggregate ? offset : 0;
}

/* Of a variable kept in pieces: the one scalar that LOCATION holds. */
static bool place_piece(const struct model *model,
			const struct model_location *location,
			struct place *place)
{
	uint32_t scalars[2], pointee;

	if (model_type_scalars_at(model, place->type, location->piece,
				  scalars, 2, NULL) != 1 ||
	    !model_type_pointee(model, scalars[0], &pointee))
		return false;
	place->type = scalars[0];
	return true;
}

/* Fills PLACE from LOCATION; false when the location says nothing here. */
static bool place_location(const struct model *model, const struct code *code,
			   const struct model_location *location,
			   struct place *place)
{
	bool aggregate;
	int32_t frame;

	if (location->is_piece && !place_piece(model, location, place))
		return false;
	aggregate = is_aggregate(model, place->type);
	place->low = location->low;
	place->high = location->high;
	switch (location->place) {
	case MODEL_PLACE_REGISTER:
	case MODEL_PLACE_VALUE:
		place->order = PLACE_REGISTER;
		place->key = location->reg;
		place->offset = location->place == MODEL_PLACE_VALUE
					? location->offset : 0;
		return location->reg < MACHINE_GENERAL_COUNT;
	case MODEL_PLACE_CFA:
		place_slot(place, aggregate, PLACE_CFA, location->offset);
		return true;
	case MODEL_PLACE_MEMORY:
		if (location->reg == code->abi->stack) {
			place_slot(place, aggregate, PLACE_STACK,
				   location->offset);
			return true;
		}
		if (location->reg != code->abi->frame ||
		    !frame_offset(code, &frame))
			return false;
		place_slot(place, aggregate, PLACE_CFA,
			   location->offset - frame);
		return true;
	default:
		return false;
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	if (x->variable != y->variable)
		return x->variable > y->variable ? -1 : 1;
	return (x->high > y->high) - (x->high < y->high);
}

static void compute_reach(struct places *places)
{
	for (uint32_t i = 0; i < places->count; i++) {
		struct place *p = &places->at[i];

		p->reach = p->high;
		if (i && p[-1].order == p->order && p[-1].key == p->key &&
		    p[-1].reach > p->reach)
			p->reach = p[-1].reach;
	}
}

/* The first place after those of ORDER and KEY. */
static uint32_t group_end(const struct places *places, uint32_t order,
			  int32_t key)
{
	uint32_t low = 0, high = places->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct place *p = &places->at[middle];

		if (p->order < order || (p->order == order && p->key <= key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Registers are asked for all the time. */
static void index_registers(struct places *places)
{
	places->registers[0] = group_end(places, PLACE_REGISTER, -1);
	for (int32_t reg = 0; reg < MACHINE_GENERAL_COUNT; reg++)
		places->registers[reg + 1] =
			group_end(places, PLACE_REGISTER, reg);
}

static bool is_record_pointer(const struct model *model,
			      const struct place *place)
{
	uint32_t pointee;

	return model_type_pointee(model, place->type, &pointee) &&
	       shape_is_record(model, model_type_strip(model, pointee));
}

struct start {
	uint64_t low;
	uint32_t place;
};

static int compare_starts(const void *a, const void *b)
{
	const struct start *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static enum status index_starts(const struct model *model,
				struct places *places)
{
	uint32_t limit = places->registers[MACHINE_GENERAL_COUNT];
	struct start *starts = calloc((size_t)limit + 1, sizeof *starts);
	uint32_t n = 0;

	places->starts = calloc((size_t)limit + 1, sizeof *places->starts);
	if (!starts || !places->starts) {
		free(starts);
		return STATUS_NO_MEMORY;
	}
	for (uint32_t i = 0; i < limit; i++)
		if (is_record_pointer(model, &places->at[i]))
			starts[n++] = (struct start){ places->at[i].low, i };
	qsort(starts, n, sizeof *starts, compare_starts);
	for (uint32_t i = 0; i < n; i++)
		places->starts[i] = starts[i].place;
	places->start_count = n;
	free(starts);
	return STATUS_OK;
}

uint32_t places_first_start(const struct places *places, uint64_t pc)
{
	uint32_t low = 0, high = places->start_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (places->at[places->starts[middle]].low < pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum status places_read(const struct model *model, const struct code *code,
			struct places *places)
{
	const struct model_function *f = code->function;
	enum status status;
	uint32_t most = 0;

	memset(places, 0, sizeof *places);
	places->stack = code->abi->stack;
	for (uint32_t i = 0; i < f->variable_count; i++)
		most += model->variables.at[f->variable_first + i]
				.location_count;
	places->at = calloc(most + 1, sizeof *places->at);
	if (!places->at)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < f->variable_count; i++) {
		const struct model_variable *v =
			&model->variables.at[f->variable_first + i];

		for (uint32_t k = 0; k < v->location_count; k++) {
			struct place *p = &places->at[places->count];

			p->type = v->type;
			p->variable = f->variable_first + i;
			places->count += place_location(model, code,
				&model->locations.at[v->location_first + k],
				p);
		}
	}
	qsort(places->at, places->count, sizeof *places->at, compare_places);
	compute_reach(places);
	index_registers(places);
	status = index_starts(model, places);
	if (status)
		places_deinit(places);
	return status;
}

/* The first place after those that begin at or before PC, in a group. */
static uint32_t upper_bound(const struct places *places, uint32_t low,
			    uint32_t high, uint64_t pc)
{
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (places->at[middle].low <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The places of a group, from FIRST up to LIMIT, that hold at PC, innermost
 * first, after the N that are in HITS.  INSIDE: only aggregates that hold
 * this offset. */
static uint32_t find_in(const struct places *places, const struct model *model,
			uint32_t first, uint32_t limit, uint64_t pc,
			const int64_t *inside, uint32_t n,
			struct place_hit hits[PLACE_HITS])
{
	uint32_t i = upper_bound(places, first, limit, pc);

	while (i-- > first && n < PLACE_HITS) {
		const struct place *p = &places->at[i];
		int64_t offset = p->offset;

		if (p->reach <= pc)
			break;
		if (p->high <= pc)
			continue;
		if (inside) {
			uint64_t size = model_type_size(model, p->type);

			offset = *inside - p->offset;
			if (offset < 0 || (uint64_t)offset >= size)
				continue;
		}
		hits[n].type = p->type;
		hits[n].variable = p->variable;
		hits[n++].offset = offset;
	}
	return n;
}

static uint32_t find(const struct places *places, const struct model *model,
		     uint32_t order, int32_t key, uint64_t pc,
		     const int64_t *inside, uint32_t n,
		     struct place_hit hits[PLACE_HITS])
{
	uint32_t limit;

	/* Optimized code has few variables in memory. */
	if (places->registers[MACHINE_GENERAL_COUNT] == places->count)
		return n;
	limit = group_end(places, order, key);
	if (!limit || places->at[limit - 1].order != order ||
	    places->at[limit - 1].key != key)
		return n;
	return find_in(places, model, group_end(places, order, key - 1),
		       limit, pc, inside, n, hits);
}

uint32_t places_in_register(const struct places *places, uint8_t reg,
			    uint64_t pc, struct place_hit hits[PLACE_HITS])
{
	return find_in(places, NULL, places->registers[reg],
		       places->registers[reg + 1], pc, NULL, 0, hits);
}

static bool stack_offset(const struct places *places,
			 const struct code_cfa *cfa, int64_t offset,
			 int64_t *out)
{
	*out = offset + cfa->offset;
	return cfa->known && cfa->reg == places->stack;
}

uint32_t places_in_slot(const struct places *places,
			const struct code_cfa *cfa, int64_t offset,
			uint64_t pc, struct place_hit hits[PLACE_HITS])
{
	int64_t stack;
	uint32_t n = find(places, NULL, PLACE_CFA, (int32_t)offset, pc, NULL,
			  0, hits);

	if (stack_offset(places, cfa, offset, &stack))
		n = find(places, NULL, PLACE_STACK, (int32_t)stack, pc, NULL,
			 n, hits);
	return n;
}

uint32_t places_around_slot(const struct places *places,
			    const struct model *model,
			    const struct code_cfa *cfa, int64_t offset,
			    uint64_t pc, struct place_hit hits[PLACE_HITS])
{
	int64_t stack;
	uint32_t n = find(places, model, PLACE_CFA_AGGREGATE, 0, pc, &offset,
			  0, hits);

	if (stack_offset(places, cfa, offset, &stack))
		n = find(places, model, PLACE_STACK_AGGREGATE, 0, pc, &stack,
			 n, hits);
	return n;
}
