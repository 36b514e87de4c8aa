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
	PLACE_MEMBER,   /* key: register that it is at an offset from */
};

void places_deinit(struct places *places)
{
	free(places->at);
	free(places->starts);
	free(places->start_of);
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
	place->order = (uint16_t)(aggregate
		? order + (PLACE_CFA_AGGREGATE - PLACE_CFA) : order);
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

/* A pointer in memory that a register leads to, which is no frame. */
static bool place_member(const struct model *model,
			 const struct model_location *location,
			 struct place *place)
{
	uint32_t pointee;

	place->order = PLACE_MEMBER;
	place->key = location->reg;
	place->offset = location->offset;
	return location->reg < MACHINE_GENERAL_COUNT &&
	       model_type_pointee(model, place->type, &pointee);
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
			return place_member(model, location, place);
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
	places->member_first = group_end(places, PLACE_MEMBER, -1);
}

static bool is_record_pointer(const struct model *model, uint32_t type)
{
	uint32_t pointee;

	return model_type_pointee(model, type, &pointee) &&
	       shape_is_record(model, model_type_strip(model, pointee));
}

/* Does the variable before, of the same type, end where place I begins? */
static bool goes_on(const struct places *places, uint32_t i)
{
	const struct place *p = &places->at[i];

	return i && p[-1].order == p->order && p[-1].key == p->key &&
	       p[-1].type == p->type && p[-1].high >= p->low;
}

/* Parameters have their types where the function begins anyway. */
static void index_start(const struct model *model, const struct code *code,
			struct places *places, uint32_t i)
{
	const struct place *p = &places->at[i];
	uint32_t insn, pointee;

	if (!p->is_record || p->low <= code->function->entry ||
	    p->key == code->abi->stack || goes_on(places, i) ||
	    !model_type_pointee(model, p->type, &pointee))
		return;
	insn = code_find(code, p->low);
	if (insn == MODEL_NONE)
		return;
	places->start_of[i].next = places->starts[insn];
	places->start_of[i].pointee = model_type_unqualified(model, pointee);
	places->starts[insn] = i + 1;
}

static enum status index_starts(const struct model *model,
				const struct code *code, struct places *places)
{
	uint32_t limit = places->registers[MACHINE_GENERAL_COUNT];

	places->starts = calloc((size_t)code->insn_count + 1,
				sizeof *places->starts);
	places->start_of = calloc((size_t)places->count + 1,
				  sizeof *places->start_of);
	if (!places->starts || !places->start_of)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < limit; i++)
		index_start(model, code, places, i);
	for (uint32_t i = places->member_first; i < places->count; i++)
		index_start(model, code, places, i);
	return STATUS_OK;
}

/* The places of variable NUMBER, after those that there are. */
static void add_places(const struct model *model, const struct code *code,
		       uint32_t number, struct places *places)
{
	const struct model_variable *v = &model->variables.at[number];
	bool is_record = is_record_pointer(model, v->type);

	for (uint32_t k = 0; k < v->location_count; k++) {
		const struct model_location *l =
			&model->locations.at[v->location_first + k];
		struct place *p = &places->at[places->count];

		p->type = v->type;
		p->variable = number;
		if (!place_location(model, code, l, p))
			continue;
		p->is_record = l->is_piece ? is_record_pointer(model, p->type)
					   : is_record;
		places->count++;
	}
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
	for (uint32_t i = 0; i < f->variable_count; i++)
		add_places(model, code, f->variable_first + i, places);
	qsort(places->at, places->count, sizeof *places->at, compare_places);
	compute_reach(places);
	index_registers(places);
	status = index_starts(model, code, places);
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
		hits[n].low = p->low;
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
	if (places->registers[MACHINE_GENERAL_COUNT] == places->member_first)
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

uint32_t places_in_member(const struct places *places, uint8_t reg,
			  int64_t offset, uint64_t pc,
			  struct place_hit hits[PLACE_HITS])
{
	struct place_hit all[PLACE_HITS];
	uint32_t n, first, limit, kept = 0;

	if (places->member_first == places->count)
		return 0;
	first = group_end(places, PLACE_MEMBER, reg - 1);
	limit = group_end(places, PLACE_MEMBER, reg);
	n = find_in(places, NULL, first, limit, pc, NULL, 0, all);
	for (uint32_t i = 0; i < n; i++)
		if (all[i].offset == offset)
			hits[kept++] = all[i];
	return kept;
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
