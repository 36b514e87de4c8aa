/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/memory.h"

#include <string.h>

#include "meta/flow/handles.h"
#include "meta/flow/relocated.h"
#include "meta/flow/shape.h"

#define OFFSET_MOST (1 << 20)
#define OUTERS 32
#define INDEX_LEAST 8 /* elements from a struct's beginning */

void memory_wrap(const struct model *model, struct value *value)
{
	int64_t size, offset = value->type_offset;

	if (!value->is_pointer || offset == 0)
		return;
	size = (int64_t)model_type_size(model, value->type);
	if (size > 0 && size <= INT32_MAX) {
		if (offset < 0 || offset >= size)
			offset = ((offset % size) + size) % size;
	} else if (offset > OFFSET_MOST || offset < -OFFSET_MOST) {
		value->is_pointer = false;
		value->type = MODEL_NONE;
		offset = 0;
	}
	value->type_offset = (int32_t)offset;
}

struct value memory_register(const struct point *point, uint8_t reg)
{
	const struct flow *flow = point->flow;
	struct place_hit hits[PLACE_HITS];
	struct value value;
	uint32_t n;

	if (reg >= MACHINE_REGISTERS)
		return value_unknown();
	value = *values_at(flow->values, point->state->registers[reg]);
	if (reg >= MACHINE_GENERAL_COUNT ||
	    (value.is_pointer && value.type != MODEL_NONE))
		return value;
	n = places_in_register(&point->function->places, reg, point->pc,
			       hits);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t pointee;

		if (!model_type_pointee(flow->model, hits[i].type, &pointee) ||
		    pointee == MODEL_NONE)
			continue;
		value.is_pointer = true;
		value.type = model_type_unqualified(flow->model, pointee);
		value.type_offset = (int32_t)-hits[i].offset;
		break;
	}
	return value;
}

uint32_t memory_scalar_cells(const struct model *model, uint32_t type,
			     int64_t offset, enum evidence_kind one,
			     struct memory_cell cells[MEMORY_CELLS])
{
	uint32_t scalars[MEMORY_CELLS];
	uint32_t n;

	if (offset < 0)
		return 0;
	n = model_type_scalars_at(model, type, (uint64_t)offset, scalars,
				  MEMORY_CELLS, NULL);
	for (uint32_t i = 0; i < n; i++) {
		cells[i].type = scalars[i];
		cells[i].variable = MODEL_NONE;
		cells[i].evidence = n > 1 ? EVIDENCE_UNION : one;
		cells[i].of_variable = false;
		cells[i].owner = type;
		cells[i].offset = (uint64_t)offset;
	}
	return n;
}

/* The type of S in the unit of the function at hand. */
static uint32_t static_type(const struct point *point,
			    const struct model_static *s)
{
	const struct model *model = point->flow->model;

	return model_static_type(model, s,
		model->functions.at[point->function_number].unit_file);
}

uint32_t memory_static_cells(const struct point *point, uint64_t address,
			     struct memory_cell cells[MEMORY_CELLS])
{
	const struct model *model = point->flow->model;
	const struct model_static *s = model_static_at(model, address);
	uint32_t n;

	if (!s)
		return 0;
	n = memory_scalar_cells(model, static_type(point, s),
				(int64_t)(address - s->address),
				EVIDENCE_GLOBAL, cells);
	for (uint32_t i = 0; i < n; i++) {
		cells[i].owner = MODEL_NONE;
		cells[i].offset = address;
		cells[i].of_variable = true;
	}
	return n;
}

/* Pointer types that REG may have: the flow's, and the variables' in it. */
static uint32_t base_candidates(const struct point *point, uint8_t reg,
				const struct value *value,
				struct value candidates[PLACE_HITS + 1])
{
	struct place_hit hits[PLACE_HITS];
	uint32_t n = 0, hit_count;

	if (value->is_pointer && value->type != MODEL_NONE)
		candidates[n++] = *value;
	if (reg >= MACHINE_GENERAL_COUNT || reg == point->flow->abi->stack)
		return n;
	hit_count = places_in_register(&point->function->places, reg,
				       point->pc, hits);
	for (uint32_t i = 0; i < hit_count; i++) {
		uint32_t pointee;

		if (model_type_pointee(point->flow->model, hits[i].type,
				       &pointee) && pointee != MODEL_NONE)
			candidates[n++] = value_pointer(
				model_type_unqualified(point->flow->model,
						       pointee),
				(int32_t)-hits[i].offset);
	}
	return n;
}

/* Does the pointer OFFSET bytes from X lead to plain memory, and that from Y to
 * an object, as where a record is taken for one that begins like it? */
static bool says_less(const struct model *model, const struct value *x,
		      const struct value *y, int64_t offset)
{
	const struct value *pointers[2] = { x, y };
	uint32_t scalars[2], pointees[2];

	for (int i = 0; i < 2; i++)
		if (model_type_scalars_at(model, pointers[i]->type,
				(uint64_t)(pointers[i]->type_offset + offset),
				scalars, 2, NULL) != 1 ||
		    !model_type_pointee(model, scalars[0], &pointees[i]))
			return false;
	return pointees[0] == MODEL_NONE &&
	       model_type_strip(model, pointees[1]) != MODEL_NONE;
}

/* The largest of these possible types that has something OFFSET bytes from
 * the pointer, or NULL. */
static const struct value *candidate_around(const struct model *model,
					    const struct value *candidates,
					    uint32_t count, int64_t offset)
{
	const struct value *best = NULL;
	uint64_t best_size = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct value *c = &candidates[i];
		uint64_t size = model_type_size(model, c->type);
		int64_t at = c->type_offset + offset;

		if (at < 0 || (uint64_t)at >= size)
			continue;
		if (size > best_size ||
		    (best && size == best_size && c->type != best->type &&
		     says_less(model, best, c, offset))) {
			best = c;
			best_size = size;
		}
	}
	return best;
}

/* What lies behind the end of a record that others begin with is theirs, and
 * behind a link nobody knows what; of an array's element it is an element's. */
static void leave_record(const struct flow *flow, struct value *pointer)
{
	const struct model *model = flow->model;
	uint32_t outer = MODEL_NONE;
	int64_t size;

	if (!pointer->is_pointer || pointer->type == MODEL_NONE)
		return;
	size = (int64_t)model_type_size(model, pointer->type);
	if (pointer->type_offset >= 0 && pointer->type_offset < size)
		return;
	if (pointer->type_offset > 0)
		outer = embeddings_around(&flow->embeddings, model,
					  model_type_strip(model, pointer->type),
					  (uint64_t)pointer->type_offset);
	if (outer != MODEL_NONE) {
		pointer->type = outer;
	} else if (shape_is_link(model, pointer->type)) {
		pointer->is_pointer = false;
		pointer->type = MODEL_NONE;
	} else {
		memory_wrap(model, pointer);
	}
}

/* Adds the pointer that OUTER has at OFFSET to the N that differ. */
static uint32_t add_outer_cell(const struct model *model, uint32_t outer,
			       int64_t offset, uint32_t n,
			       struct memory_cell cells[MEMORY_CELLS])
{
	struct memory_cell found[MEMORY_CELLS];
	uint32_t pointee;

	if (memory_scalar_cells(model, outer, offset, EVIDENCE_NEIGHBOUR,
				found) != 1 ||
	    !model_type_pointee(model, found[0].type, &pointee))
		return n;
	for (uint32_t i = 0; i < n; i++)
		if (flow_type_hash(model, cells[i].type) ==
		    flow_type_hash(model, found[0].type))
			return n;
	if (n < MEMORY_CELLS)
		cells[n++] = found[0];
	return n;
}

/* Keeps those of OUTERS that local variables point to, if they do to any; returns
 * how many are left. */
static uint32_t keep_local(const struct point *point, uint32_t *outers,
			   uint32_t count)
{
	const struct model *model = point->flow->model;
	uint32_t function = point->function_number, kept = 0;

	for (uint32_t i = 0; i < count; i++)
		if (handles_are_local(model, function,
				      flow_type_hash(model, outers[i])))
			outers[kept++] = outers[i];
	return kept ? kept : count;
}

/* A pointer to what other records begin with, used as one of those: the
 * pointers that they have OFFSET bytes from their beginning.  False: they have
 * the same there, or nothing. */
static bool outer_cells(const struct point *point, const struct value *pointer,
			int64_t offset, struct memory_cell cells[MEMORY_CELLS],
			uint32_t *n)
{
	const struct flow *flow = point->flow;
	const struct model *model = flow->model;
	uint32_t bare = model_type_strip(model, pointer->type);
	uint32_t outers[OUTERS], count;

	if (pointer->type_offset || offset < 0 ||
	    !shape_is_record(model, bare) ||
	    embeddings_around(&flow->embeddings, model, bare,
			      (uint64_t)offset) != MODEL_NONE)
		return false;
	count = embeddings_beyond(&flow->embeddings, model, bare,
				  (uint64_t)offset, outers, OUTERS);
	if (count <= OUTERS)
		count = keep_local(point, outers, count);
	*n = 0;
	for (uint32_t i = 0; i < count && count <= OUTERS; i++)
		*n = add_outer_cell(model, outers[i], offset, *n, cells);
	for (uint32_t i = 0; i < *n && *n > 1; i++)
		cells[i].evidence = EVIDENCE_UNION;
	return count > 0;
}

/* The member at OFFSET bytes from a pointer with these possible types: of
 * the largest type that has one there, else of what the first begins, or of
 * the first, wrapped around. */
static uint32_t member_cells(const struct point *point,
			     const struct value *candidates, uint32_t count,
			     int64_t offset,
			     struct memory_cell cells[MEMORY_CELLS])
{
	const struct model *model = point->flow->model;
	const struct value *best = candidate_around(model, candidates, count,
						    offset);
	uint32_t outer_count;
	struct value wrapped;

	if (best)
		return memory_scalar_cells(model, best->type,
					   best->type_offset + offset,
					   best->is_guess ? EVIDENCE_UNION
						   : EVIDENCE_MEMBER, cells);
	if (!count || offset > OFFSET_MOST || offset < -OFFSET_MOST)
		return 0;
	if (outer_cells(point, &candidates[0], offset, cells, &outer_count))
		return outer_count;
	wrapped = candidates[0];
	wrapped.type_offset += (int32_t)offset;
	leave_record(point->flow, &wrapped);
	return wrapped.is_pointer
		       ? memory_scalar_cells(model, wrapped.type,
					     wrapped.type_offset,
					     EVIDENCE_NEIGHBOUR, cells) : 0;
}

uint32_t memory_member_cells(const struct model *model,
			     const struct value *pointer,
			     struct memory_cell cells[MEMORY_CELLS])
{
	return memory_scalar_cells(model, pointer->type, pointer->type_offset,
				   EVIDENCE_MEMBER, cells);
}

/* The index, if it is known; or a constant that was added to it before: a
 * member's offset.  Small ones, and n - 1, are the program's own. */
static int64_t index_displacement(const struct point *point,
				  const struct machine_operand *operand)
{
	const struct value *index;

	if (operand->index >= MACHINE_GENERAL_COUNT)
		return 0;
	index = values_at(point->flow->values,
			  point->state->registers[operand->index]);
	if (index->kind == VALUE_CONSTANT ||
	    (index->kind == VALUE_PARAMETER && index->number >= INDEX_LEAST))
		return (int64_t)((uint64_t)index->number * operand->scale);
	if (index->kind == VALUE_MULTIPLE && index->number == 1 &&
	    !index->is_pointer && index->type_offset >= INDEX_LEAST)
		return (int64_t)index->type_offset * operand->scale;
	return 0;
}

static bool has_unknown_index(const struct point *point,
			      const struct machine_operand *operand)
{
	return operand->index < MACHINE_GENERAL_COUNT &&
	       values_at(point->flow->values,
			 point->state->registers[operand->index])->kind !=
		       VALUE_CONSTANT;
}

/* How much further than DISPLACEMENT from one of the candidates the array of
 * pointers begins of which an index counts from 1. */
static int64_t first_element(const struct point *point,
			     const struct machine_operand *operand,
			     const struct value *candidates, uint32_t count,
			     int64_t displacement)
{
	for (uint32_t i = 0; i < count && operand->scale == 8 &&
			     has_unknown_index(point, operand); i++) {
		int64_t offset = candidates[i].type_offset + displacement;

		if (offset >= 0 &&
		    shape_is_before_array(point->flow->model,
					  candidates[i].type,
					  (uint64_t)offset, operand->scale))
			return operand->scale;
	}
	return 0;
}

/* An element of an array in the frame, as its first one: what is a step
 * further must be alike. */
static uint32_t frame_element_cells(const struct point *point,
				    const struct machine_operand *operand,
				    struct memory_cell cells[MEMORY_CELLS])
{
	struct memory_cell next[MEMORY_CELLS];
	int64_t slot;
	uint32_t n;

	if (operand->index == MACHINE_NO_REGISTER ||
	    !memory_register_slot(point, operand->reg, operand->value, &slot))
		return 0;
	n = memory_slot_cells(point, slot, cells);
	if (!n || memory_slot_cells(point, slot + operand->scale, next) != n)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		if (cells[i].type != next[i].type)
			return 0;
	return n;
}

uint32_t memory_cells(const struct point *point,
		      const struct machine_operand *operand,
		      struct memory_cell cells[MEMORY_CELLS])
{
	struct value candidates[PLACE_HITS + 1];
	struct value value, other;
	uint8_t reg = operand->reg;
	int64_t slot, displacement;
	uint32_t n;

	if (operand->kind != MACHINE_MEMORY)
		return 0;
	displacement = operand->value + index_displacement(point, operand);
	if (reg == MACHINE_NO_REGISTER) {
		n = memory_static_cells(point, (uint64_t)displacement, cells);
		return n ? n : relocated_cells(point, operand, cells);
	}
	if (memory_slot(point, operand, &slot))
		return memory_slot_cells(point, slot, cells);
	n = frame_element_cells(point, operand, cells);
	if (n)
		return n;
	value = memory_register(point, reg);
	if (value.kind == VALUE_IMPORT) {
		n = relocated_cells(point, operand, cells);
		if (n)
			return n;
	}
	if (value.kind == VALUE_STATIC ||
	    (value.kind == VALUE_CONSTANT &&
	     model_is_thread_local((uint64_t)displacement))) {
		n = memory_static_cells(point, (uint64_t)(value.number +
					displacement), cells);
		if (n)
			return n;
	}
	if (!value.is_pointer && operand->index != MACHINE_NO_REGISTER &&
	    operand->scale == 1) {
		other = memory_register(point, operand->index);
		if (other.is_pointer)
			value = other;
	}
	n = base_candidates(point, reg, &value, candidates);
	displacement += first_element(point, operand, candidates, n,
				      displacement);
	return member_cells(point, candidates, n, displacement, cells);
}

/* An element's type stands for the array's: all have the same then. */
static uint32_t without_dimensions(const struct model *model, uint32_t type)
{
	uint32_t bare = model_type_strip(model, type);

	while (bare != MODEL_NONE &&
	       model->types.at[bare].kind == ALLOC_KIND_ARRAY) {
		type = model->types.at[bare].target;
		bare = model_type_strip(model, type);
	}
	return type;
}

struct value memory_static_address(const struct point *point, uint64_t address)
{
	const struct model *model = point->flow->model;
	const struct model_static *s = model_static_at(model, address);
	struct value value = value_unknown();

	if (s) {
		value = value_pointer(
			without_dimensions(model, static_type(point, s)),
			(int32_t)(address - s->address));
		memory_wrap(model, &value);
	}
	value.kind = VALUE_STATIC;
	value.number = (int64_t)address;
	return value;
}

bool memory_is_fixed(const struct point *point,
		     const struct machine_operand *operand, uint64_t *address)
{
	const struct value *base;

	*address = (uint64_t)operand->value;
	if (machine_is_absolute(operand))
		return true;
	if (operand->index != MACHINE_NO_REGISTER ||
	    operand->reg >= MACHINE_GENERAL_COUNT)
		return false;
	base = values_at(point->flow->values,
			 point->state->registers[operand->reg]);
	*address += (uint64_t)base->number;
	return base->kind == VALUE_STATIC;
}

/* Where OPERAND's index is counted from; SHIFT is still to be added.  What
 * points to no type may be close to a variable, as the thread pointer is. */
static struct value index_base(const struct point *point,
			       const struct machine_operand *operand,
			       int64_t *shift)
{
	struct value base = memory_register(point, operand->reg);

	*shift = operand->value;
	if (base.kind != VALUE_STATIC || base.is_pointer)
		return base;
	*shift = 0;
	return memory_static_address(point, (uint64_t)base.number +
					     (uint64_t)operand->value);
}

/* Nothing but INDEX is in OPERAND's address: any number, though it has been 0.
 * What was added to that counts elements; what is added here is a header. */
static struct value scaled_number(const struct machine_operand *operand,
				  struct value index)
{
	uint32_t scale = operand->scale;
	struct value number;

	if (operand->reg == operand->index)
		scale++;
	if (index.kind == VALUE_CONSTANT)
		index = value_unknown();
	else if (index.kind == VALUE_MULTIPLE && !index.is_pointer)
		index.type_offset = 0;
	number = value_times(&index, scale);
	return value_shift(&number, operand->value);
}

/* base + index * scale: a number that is a multiple, or the address of an
 * element of an array. */
static struct value indexed_address(const struct point *point,
				    const struct machine_operand *operand)
{
	struct value index = *values_at(point->flow->values,
		point->state->registers[operand->index]);
	struct value base, element;
	uint64_t size;
	int64_t shift;

	if (operand->reg == operand->index ||
	    operand->reg == MACHINE_NO_REGISTER)
		return scaled_number(operand, index);
	base = index_base(point, operand, &shift);
	if (!shift && value_add_multiples(&base, &index, operand->scale,
					  &element))
		return element;
	/* Of a sum, the pointer may be either. */
	if (operand->scale == 1 && !base.is_pointer && !base.origin_count) {
		element = memory_register(point, operand->index);
		if (element.is_pointer) {
			index = base;
			base = element;
		}
	}
	size = base.is_pointer && base.type != MODEL_NONE
		       ? model_type_size(point->flow->model, base.type) : 0;
	element = value_inside(base.origin_count || operand->scale != 1
				       ? &base : &index);
	value_follow_held(&base, &index, false, &element);
	/* A greater step is an addition and a shift where there is no such
	 * operand. */
	if (!size || (operand->scale <= 8 && size % operand->scale) ||
	    (operand->scale == 1 &&
	     value_is_distance(point->flow->model, &base, &index)))
		return element;
	base = value_shift(&base, shift);
	element.is_pointer = true;
	element.type = base.type;
	element.type_offset = base.type_offset;
	memory_wrap(point->flow->model, &element);
	return element;
}

/* REG + displacement, of a type that has something there if there is one. */
static struct value displaced_address(const struct point *point,
				      const struct machine_operand *operand)
{
	const struct model *model = point->flow->model;
	struct value value = memory_register(point, operand->reg);
	struct value candidates[PLACE_HITS + 1];
	uint32_t count = base_candidates(point, operand->reg, &value,
					 candidates);
	const struct value *best = candidate_around(model, candidates, count,
						    operand->value);

	if (best) {
		value.is_pointer = true;
		value.type = best->type;
		value.type_offset = best->type_offset;
	}
	value = value_shift(&value, operand->value);
	leave_record(point->flow, &value);
	return value;
}

/* Is fixed ADDRESS not in the variable that OPERAND's base points into?  Where
 * addresses are long, compilers count from one of those for others. */
static bool is_elsewhere(const struct point *point,
			 const struct machine_operand *operand,
			 uint64_t address)
{
	const struct model *model = point->flow->model;
	struct value base = memory_register(point, operand->reg);

	return !base.is_pointer ||
	       model_static_at(model, (uint64_t)base.number) !=
		       model_static_at(model, address);
}

struct value memory_address(const struct point *point,
			    const struct machine_operand *operand)
{
	uint64_t address;
	int64_t slot;

	if (operand->kind != MACHINE_MEMORY)
		return value_unknown();
	if (machine_is_absolute(operand))
		return memory_static_address(point, (uint64_t)operand->value);
	if (memory_slot(point, operand, &slot))
		return memory_stack_address(point, slot);
	if (operand->index != MACHINE_NO_REGISTER &&
	    operand->index < MACHINE_REGISTERS)
		return indexed_address(point, operand);
	if (operand->reg == MACHINE_NO_REGISTER)
		return value_unknown();
	if (memory_is_fixed(point, operand, &address) &&
	    is_elsewhere(point, operand, address))
		return memory_static_address(point, address);
	return displaced_address(point, operand);
}
