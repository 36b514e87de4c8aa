/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calling convention and the DWARF numbers of a machine's registers
 * say.  Everything that depends on the machine is here, except instructions
 * (meta/flow/machine.h) and relocations and PLT stubs (meta/dwarf/imports.c).
 */
#ifndef META_ABI_H
#define META_ABI_H

#include <stdbool.h>
#include <stdint.h>

#define ABI_ARGUMENTS 8     /* on any machine */
#define ABI_GENERAL 32      /* likewise; DWARF numbers 0.. */
#define ABI_NO_REGISTER 0xff

struct abi {
	uint16_t machine;         /* EM_* */
	uint8_t general_count;    /* general registers, stack pointer and all */
	uint8_t stack, frame;
	uint8_t link;             /* has the return address where a function
				     begins; or ABI_NO_REGISTER: the stack
				     has it, at CFA - 8 */
	uint8_t arguments[ABI_ARGUMENTS];
	uint8_t argument_count;
	uint8_t result[2];
	uint32_t changed;         /* by calls: a bit set of general registers;
				     all vector registers are */
	uint8_t entry_cfa;        /* the stack pointer is CFA - this where a
				     function begins */
	uint8_t character;        /* how char is encoded: DW_ATE_* */
	bool passes_result;       /* the address of a large result is the first
				     argument, not in a register of its own */
	bool passes_large;        /* large arguments: by address, like any
				     pointer, not on the stack */
};

/* NULL: a machine whose code is not understood. */
const struct abi *abi_of(uint16_t machine);

#endif
