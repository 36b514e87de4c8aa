/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds on the ways behind a branch: where an allocation was found to
 * be null, registers that held it are zero, and compilers pass them for it.
 */
#include <string.h>

#include "meta/flow/interpret.h"

/* Does IN, between a test of WHAT and the branch by it, change neither? */
static bool keeps_test(const struct machine_insn *in,
		       const struct machine_operand *what)
{
	bool moves = in->operation == MACHINE_MOVE ||
		     in->operation == MACHINE_ADDRESS;

	if (in->to.kind == MACHINE_REGISTER)
		return moves && in->to.reg != what->reg;
	return moves && what->kind == MACHINE_REGISTER;
}

/* What the branch that BLOCK ends with compares with zero, or NULL. */
static const struct machine_operand *tested(const struct code *code,
					    const struct code_block *block)
{
	uint32_t last = block->first + block->count - 1, test = last;
	const struct machine_operand *what;

	while (test > block->first &&
	       code->insns[test].operation != MACHINE_TEST)
		test--;
	if (code->insns[test].operation != MACHINE_TEST)
		return NULL;
	what = &code->insns[test].from;
	for (uint32_t i = test + 1; i < last; i++)
		if (!keeps_test(&code->insns[i], what))
			return NULL;
	return what;
}

const struct machine_operand *
interpret_null_way(const struct walk *walk, const struct code_block *block,
		   uint32_t *way)
{
	const struct code *code = &walk->point.function->code;
	const struct machine_insn *in =
		&code->insns[block->first + block->count - 1];
	bool taken = in->condition == MACHINE_IF_ZERO;

	/* The first successor is where it jumps, if that is in here. */
	*way = taken ? 0 : 1;
	if (in->operation != MACHINE_BRANCH || block->successor_count != 2 ||
	    (!taken && in->condition != MACHINE_IF_NOT_ZERO))
		return NULL;
	return tested(code, block);
}

/* What a register or a slot of the frame holds. */
static struct value value_in(const struct walk *walk,
			     const struct machine_operand *operand)
{
	const struct values *values = walk->point.flow->values;
	int64_t slot;

	if (machine_is_register(operand))
		return *values_at(values, walk->state.registers[operand->reg]);
	if (memory_slot(&walk->point, operand, &slot))
		return *values_at(values, state_slot(&walk->state, slot));
	return value_unknown();
}

void interpret_assume_null(struct walk *walk,
			   const struct machine_operand *operand)
{
	struct values *values = walk->point.flow->values;
	struct state *state = &walk->state;
	struct value null = value_number(VALUE_CONSTANT, 0);
	struct value tested = value_in(walk, operand);
	uint32_t number = values_intern(values, &null);

	if (!tested.origin_count)
		return;
	for (uint32_t i = 0; i < MACHINE_REGISTERS; i++)
		if (value_same_origins(values_at(values, state->registers[i]),
				       &tested))
			state->registers[i] = number;
	for (uint32_t i = 0; i < state->slot_count; i++)
		if (value_same_origins(values_at(values,
						 state->slots[i].value),
				       &tested))
			state->slots[i].value = number;
}
