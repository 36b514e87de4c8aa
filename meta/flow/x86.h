/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64 instructions without the disassembler: the lengths of nearly all,
 * the meaning of those that compilers use most.  What it does not know it
 * leaves to the disassembler, which is fifty times slower; tests hold both
 * against each other.
 */
#ifndef META_FLOW_X86_H
#define META_FLOW_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/flow/machine.h"

/* An instruction cut into its parts (Intel SDM volume 2, chapter 2). */
struct x86 {
	int64_t displacement, immediate;
	uint8_t size;             /* of all its bytes */
	uint8_t map;              /* enum x86_map */
	uint8_t opcode;
	uint8_t rex;
	bool has_modrm;
	uint8_t mod, reg, rm;     /* reg and rm without the bits of REX */
	uint8_t scale, index, base; /* of the SIB byte, likewise */
	bool has_sib;
	bool wide;                /* REX.W */
	bool half;                /* prefix 66 */
	bool locked;              /* prefix F0 */
	uint8_t segment;          /* prefix 64 or 65, or 0 */
	uint8_t repeat;           /* prefix F2 or F3, or 0 */
};
enum x86_map { X86_ONE_BYTE, X86_0F, X86_0F38, X86_0F3A, X86_VEX };

/* False: not known here, or no instruction. */
bool x86_parse(const unsigned char *code, size_t size, struct x86 *out);
/* The instruction at CODE, as decoder_read gives it; false likewise. */
bool x86_read(const unsigned char *code, size_t size, uint64_t address,
	      struct machine_insn *insn);

#endif
