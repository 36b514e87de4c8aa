/* SPDX-License-Identifier: Apache-2.0 */
/* What debug information says of the stack frame. */
#include "meta/flow/memory.h"

bool memory_register_slot(const struct point *point, uint8_t reg,
			  int64_t displacement, int64_t *offset)
{
	const struct code_cfa *cfa = &point->function->code.cfa[point->insn];
	const struct value *value;

	if (reg >= MACHINE_GENERAL_COUNT)
		return false;
	if (cfa->known && cfa->reg == reg) {
		*offset = displacement - cfa->offset;
		return true;
	}
	value = values_at(point->flow->values, point->state->registers[reg]);
	if (value->kind != VALUE_STACK)
		return false;
	*offset = value->number + displacement;
	return true;
}

bool memory_slot(const struct point *point,
		 const struct machine_operand *operand, int64_t *offset)
{
	return operand->kind == MACHINE_MEMORY &&
	       operand->index == MACHINE_NO_REGISTER &&
	       memory_register_slot(point, operand->reg, operand->value,
				    offset);
}

/* Where the stack pointer is, for the places of variables that are known from
 * it: by the call frame information, or followed up to here. */
static struct code_cfa stack_at(const struct point *point)
{
	const struct code_cfa *cfa = &point->function->code.cfa[point->insn];
	uint8_t stack = point->flow->abi->stack;
	const struct value *value = values_at(point->flow->values,
					      point->state->registers[stack]);

	if ((cfa->known && cfa->reg == stack) || value->kind != VALUE_STACK)
		return *cfa;
	return (struct code_cfa){
		.known = true, .reg = stack,
		.offset = (int32_t)-value->number,
	};
}

static void variable_cell(const struct place_hit *hit, struct memory_cell *cell)
{
	cell->type = hit->type;
	cell->variable = hit->variable;
	cell->evidence = EVIDENCE_VARIABLE;
	cell->of_variable = true;
	cell->owner = MODEL_NONE;
	cell->offset = 0;
}

static uint32_t slot_cells_at(const struct point *point, uint64_t pc,
			      int64_t offset,
			      struct memory_cell cells[MEMORY_CELLS])
{
	const struct code_cfa cfa = stack_at(point);
	const struct places *places = &point->function->places;
	struct place_hit hits[PLACE_HITS];
	uint32_t n;

	n = places_in_slot(places, &cfa, offset, pc, hits);
	for (uint32_t i = 0; i < n; i++)
		variable_cell(&hits[i], &cells[i]);
	if (n)
		return n;
	n = places_around_slot(places, point->flow->model, &cfa, offset, pc,
			       hits);
	if (n)
		n = memory_scalar_cells(point->flow->model, hits[0].type,
					hits[0].offset, EVIDENCE_VARIABLE,
					cells);
	for (uint32_t i = 0; i < n; i++)
		cells[i].of_variable = true;
	return n;
}

static bool comes_from(const struct flow *flow, const struct value *value,
		       uint64_t return_address)
{
	for (uint32_t i = 0; i < value->origin_count; i++)
		if (flow->sites[value->origins[i].site].return_address ==
		    return_address)
			return true;
	return false;
}

uint32_t memory_kept_cells(const struct point *point, int64_t offset,
			   const struct value *value,
			   struct memory_cell cells[MEMORY_CELLS])
{
	uint32_t found = 0, n = slot_cells_at(point, point->next, offset, cells);
	const struct code_cfa cfa = stack_at(point);
	struct place_hit hits[PLACE_HITS];

	if (n)
		return n;
	n = places_in_slot(&point->function->places, &cfa, offset, point->pc,
			   hits);
	for (uint32_t i = 0; i < n; i++)
		if (comes_from(point->flow, value, hits[i].low))
			variable_cell(&hits[i], &cells[found++]);
	return found;
}

uint32_t memory_slot_cells(const struct point *point, int64_t offset,
			   struct memory_cell cells[MEMORY_CELLS])
{
	uint32_t n = slot_cells_at(point, point->next, offset, cells);

	return n ? n : slot_cells_at(point, point->pc, offset, cells);
}

struct value memory_stack_address(const struct point *point, int64_t slot)
{
	const struct code_cfa cfa = stack_at(point);
	const struct places *places = &point->function->places;
	struct place_hit hits[PLACE_HITS];
	struct value value = value_unknown();

	if (places_around_slot(places, point->flow->model, &cfa, slot,
			       point->next, hits) ||
	    places_in_slot(places, &cfa, slot, point->next, hits))
		value = value_pointer(hits[0].type, (int32_t)hits[0].offset);
	value.kind = VALUE_STACK;
	value.number = slot;
	return value;
}
