/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds on the ways behind a branch: where an allocation was found to
 * be null, registers that held it are zero, and compilers pass them for it.
 */
#include <string.h>

#include "meta/flow/interpret.h"

static bool keeps_test(const struct machine_insn *in, uint8_t reg)
{
	return (in->operation == MACHINE_MOVE ||
		in->operation == MACHINE_ADDRESS) &&
	       !(in->to.kind == MACHINE_REGISTER && in->to.reg == reg);
}

/* The register by which the branch that BLOCK ends with decides. */
static uint8_t tested_register(const struct code *code,
			       const struct code_block *block)
{
	uint32_t last = block->first + block->count - 1, test = last;
	uint8_t reg;

	while (test > block->first &&
	       code->insns[test].operation != MACHINE_TEST)
		test--;
	if (code->insns[test].operation != MACHINE_TEST)
		return MACHINE_NO_REGISTER;
	reg = code->insns[test].from.reg;
	for (uint32_t i = test + 1; i < last; i++)
		if (!keeps_test(&code->insns[i], reg))
			return MACHINE_NO_REGISTER;
	return reg;
}

uint8_t interpret_null_way(const struct walk *walk,
			   const struct code_block *block, uint32_t *way)
{
	const struct code *code = &walk->point.function->code;
	const struct machine_insn *in =
		&code->insns[block->first + block->count - 1];
	bool taken = in->condition == MACHINE_IF_ZERO;

	/* The first successor is where it jumps, if that is in here. */
	*way = taken ? 0 : 1;
	if (in->operation != MACHINE_BRANCH || block->successor_count != 2 ||
	    (!taken && in->condition != MACHINE_IF_NOT_ZERO))
		return MACHINE_NO_REGISTER;
	return tested_register(code, block);
}

void interpret_assume_null(struct walk *walk, uint8_t reg)
{
	struct values *values = walk->point.flow->values;
	struct state *state = &walk->state;
	struct value null = value_number(VALUE_CONSTANT, 0);
	struct value tested = *values_at(values, state->registers[reg]);
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
