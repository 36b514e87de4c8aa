/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form in which the analysis sees machine instructions, whatever the
 * machine.  Registers carry their DWARF numbers; a vector register is two
 * halves, for pointers are moved in pairs.  decode.c fills it.
 */
#ifndef META_FLOW_MACHINE_H
#define META_FLOW_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/abi.h"

enum machine_register {
	MACHINE_GENERAL = 0,      /* DWARF numbers; not all machines have all */
	MACHINE_GENERAL_COUNT = ABI_GENERAL,
	MACHINE_VECTOR_LOW = 32,  /* the low halves of vector registers */
	MACHINE_VECTOR_HIGH = 64,
	MACHINE_SCRATCH = 96,     /* between the steps of an instruction */
	MACHINE_REGISTERS = 97,
	MACHINE_NO_REGISTER = ABI_NO_REGISTER,
};

enum machine_operation {
	MACHINE_OTHER,    /* destroys the registers in "destroyed" and "to" */
	MACHINE_NOTHING,  /* changes nothing that is tracked */
	MACHINE_MOVE,     /* to = from */
	MACHINE_EXTEND,   /* to = from, a narrower number */
	MACHINE_ADDRESS,  /* to = the address of from */
	MACHINE_PAGE,     /* to = from, an address of which the rest is to be
			     added */
	/* With "other": to = from + other, and so on. */
	MACHINE_ADD,      /* to += from */
	MACHINE_SUBTRACT, /* to -= from */
	MACHINE_SHIFT,    /* to <<= from */
	MACHINE_SHIFT_RIGHT, /* to >>= from, and zeros come in */
	MACHINE_MULTIPLY, /* to *= from */
	MACHINE_MASK,     /* to &= from */
	MACHINE_SELECT,   /* to = to or from */
	MACHINE_INSERT,   /* "from", 16 bits, replaces those of "to" from bit
			     "other" on */
	MACHINE_PUSH,     /* from */
	MACHINE_POP,      /* to */
	MACHINE_EXCHANGE, /* to and from */
	MACHINE_CALL,     /* to from */
	MACHINE_JUMP,     /* to from; leaves the function or not */
	MACHINE_BRANCH,   /* to from, or falls through */
	MACHINE_RETURN,
	MACHINE_STOP,     /* never goes on: a trap */
	MACHINE_TEST,     /* compares from with zero */
};

/* When a branch is taken, if that is known. */
enum machine_condition {
	MACHINE_IF_ANYTHING,
	MACHINE_IF_ZERO,     /* what was tested before it is zero */
	MACHINE_IF_NOT_ZERO,
};

enum machine_operand_kind {
	MACHINE_NO_OPERAND,
	MACHINE_REGISTER,
	MACHINE_IMMEDIATE,
	MACHINE_MEMORY,   /* base + index * scale + value */
	MACHINE_OPAQUE,   /* thread-local memory and the like */
};

struct machine_operand {
	int64_t value;    /* immediate or displacement; with neither base
			     nor index: the absolute address */
	uint8_t kind;
	uint8_t size;     /* bytes */
	uint8_t reg;      /* of REGISTER; base of MEMORY */
	uint8_t index, scale;
};

/*
 * An instruction, or one of the steps that it takes, which come in the order
 * of their effects.  All have its address, and only the last has its size,
 * the others 0: so addresses run on.
 */
#define MACHINE_PARTS 4
struct machine_insn {
	uint64_t address;
	struct machine_operand to, from, other;
	uint64_t destroyed;     /* bit set of registers up to the high halves,
				   which go with the low ones */
	uint8_t size;
	uint8_t operation;
	uint8_t condition;      /* enum machine_condition */
};

/* Those in registers come first; behind them are those on the stack, which matter
 * as sizes alone. */
#define MACHINE_ARGUMENTS (2 * ABI_ARGUMENTS)
#define MACHINE_VECTORS 0xffffffff00000000ULL /* in a set of destroyed ones */

/* What calls destroy. */
static inline uint64_t machine_call_destroys(const struct abi *abi)
{
	return MACHINE_VECTORS | abi->changed;
}

static inline bool machine_is_absolute(const struct machine_operand *operand)
{
	return operand->kind == MACHINE_MEMORY &&
	       operand->reg == MACHINE_NO_REGISTER &&
	       operand->index == MACHINE_NO_REGISTER;
}

static inline bool machine_is_register(const struct machine_operand *operand)
{
	return operand->kind == MACHINE_REGISTER &&
	       operand->reg != MACHINE_NO_REGISTER;
}

#endif
