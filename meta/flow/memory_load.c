/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded from memory, by what it is said to be and what was put there. */
#include <string.h>

#include "meta/flow/memory.h"
#include "meta/flow/relocated.h"
#include "meta/flow/shape.h"

/* What a pointer loaded from one of CELLS points at: the first that says. */
static void load_cells(const struct point *point,
		       const struct memory_cell *cells, uint32_t count,
		       struct value *value)
{
	const struct model *model = point->flow->model;
	uint32_t file = model->functions.at[point->function_number].unit_file;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t pointee;

		if (!model_type_pointee(model, cells[i].type, &pointee))
			continue;
		value->is_pointer = true;
		value->is_guess = cells[i].evidence == EVIDENCE_UNION;
		value->type_offset = 0;
		value->type = model_type_in_unit(model, file,
				model_type_unqualified(model, pointee));
		if (value->type != MODEL_NONE)
			return;
	}
}

carve_place memory_place(const struct model *model,
			 const struct memory_cell *cell)
{
	if (cell->owner != MODEL_NONE)
		return carve_member(model, cell->owner, cell->offset);
	return cell->offset ? carve_static(cell->offset) : 0;
}

/* Numbers and pointers may come from a place that others advance. */
static void load_place(const struct model *model,
		       const struct memory_cell *cells, uint32_t count,
		       struct value *value)
{
	carve_place place;

	if (count != 1 || value->kind != VALUE_ANY)
		return;
	place = memory_place(model, cells);
	if (!place)
		return;
	value->kind = VALUE_HELD;
	value->number = (int64_t)place;
	value->index = CARVE_EXACT;
}

/* Does the place say less than what was put there?  A union in another object
 * may hold something else. */
static bool is_vague(const struct model *model,
		     const struct memory_cell *cells, uint32_t count)
{
	uint32_t pointee, pointers = 0;

	for (uint32_t i = 0; i < count; i++)
		pointers += model_type_pointee(model, cells[i].type, &pointee);
	return count == 1 ? pointers && model_type_is_bytes(model, pointee)
			  : pointers > 1 && cells->of_variable &&
				    cells->evidence == EVIDENCE_UNION;
}

/* Where the function's parameter in REG leads to, as if that were a static; or
 * 0. */
static carve_place parameter_place(const struct point *point,
				   const struct machine_operand *operand)
{
	const struct value *base;

	if (operand->reg >= MACHINE_GENERAL_COUNT ||
	    operand->index != MACHINE_NO_REGISTER)
		return 0;
	base = values_at(point->flow->values,
			 point->state->registers[operand->reg]);
	return base->kind == VALUE_PARAMETER
		       ? carve_static(base->index * 4096u +
				      (uint64_t)(base->number + operand->value))
		       : 0;
}

bool memory_member_slot(const struct point *point,
			const struct machine_operand *operand,
			const struct memory_cell *cells, uint32_t count,
			int64_t *slot)
{
	const struct model *model = point->flow->model;
	carve_place place;

	if (!is_vague(model, cells, count))
		return false;
	place = memory_place(model, cells);
	if (!place)
		place = parameter_place(point, operand);
	if (!place)
		return false;
	*slot = STATE_MEMBERS |
		(int64_t)(allotype_hash_end(place) % STATE_MEMBERS);
	return true;
}

/* What was stored to such a place in this function, if all that is known of
 * it is that it is memory. */
static void load_member(const struct point *point,
			const struct machine_operand *operand,
			const struct memory_cell *cells, uint32_t count,
			struct value *value)
{
	struct values *values = point->flow->values;
	uint32_t number;
	int64_t slot;

	if (!state_has_members(point->state) ||
	    !memory_member_slot(point, operand, cells, count, &slot))
		return;
	number = state_slot(point->state, slot);
	if (number == VALUE_UNKNOWN)
		return;
	number = values_reload(values, number);
	memcpy(value->origins, values_at(values, number)->origins,
	       sizeof value->origins);
	value->origin_count = values_at(values, number)->origin_count;
}

/* A pointer to a record, from a variable that takes it for a larger one, as
 * what was cast from a base is. */
static void widen_record(const struct point *point, int64_t slot,
			 struct value *value)
{
	const struct model *model = point->flow->model;
	struct memory_cell cells[MEMORY_CELLS];
	uint32_t pointee;

	if (value->type_offset ||
	    memory_slot_cells(point, slot, cells) != 1 ||
	    !model_type_pointee(model, cells[0].type, &pointee) ||
	    !shape_is_record(model, model_type_strip(model, pointee)) ||
	    model_type_size(model, pointee) <=
		    model_type_size(model, value->type))
		return;
	value->type = model_type_unqualified(model, pointee);
}

/* Plain memory, as which a member is known, is what the variable says that is
 * still there. */
static void load_variable(const struct point *point,
			  const struct machine_operand *operand,
			  struct value *value)
{
	struct place_hit hits[PLACE_HITS];
	uint32_t pointee;

	if ((value->is_pointer && value->type != MODEL_NONE) ||
	    operand->index != MACHINE_NO_REGISTER ||
	    operand->reg >= MACHINE_GENERAL_COUNT ||
	    !places_in_member(&point->function->places, operand->reg,
			      operand->value, point->pc, hits) ||
	    !model_type_pointee(point->flow->model, hits[0].type, &pointee))
		return;
	value->is_pointer = true;
	value->type = model_type_unqualified(point->flow->model, pointee);
	value->type_offset = 0;
}

struct value memory_load(const struct point *point,
			 const struct machine_operand *operand)
{
	struct memory_cell cells[MEMORY_CELLS];
	struct value value = value_unknown();
	int64_t slot;
	uint32_t n;

	if (memory_slot(point, operand, &slot)) {
		value = *values_at(point->flow->values,
				   state_slot(point->state, slot));
		if (value.is_pointer && value.type != MODEL_NONE) {
			widen_record(point, slot, &value);
			return value;
		}
	}
	if (machine_is_absolute(operand) &&
	    (uint64_t)operand->value == MODEL_THREAD_POINTER)
		return value_number(VALUE_STATIC, operand->value);
	n = memory_cells(point, operand, cells);
	load_cells(point, cells, n, &value);
	load_variable(point, operand, &value);
	load_place(point->flow->model, cells, n, &value);
	load_member(point, operand, cells, n, &value);
	relocated_load(point, operand, &value);
	return value;
}

struct value memory_load_narrow(const struct point *point,
				const struct machine_operand *operand)
{
	int64_t slot;

	if (!memory_slot(point, operand, &slot))
		return value_unknown();
	return value_narrow(values_at(point->flow->values,
				      state_slot(point->state, slot)));
}
