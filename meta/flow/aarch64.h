/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64 instructions (Arm ARM, C4.1).  All are of one size, and what is not
 * known here says so in its encoding, at least where it puts its result; so
 * no disassembler is needed.  Tests hold this against one.
 */
#ifndef META_FLOW_AARCH64_H
#define META_FLOW_AARCH64_H

#include <stddef.h>
#include <stdint.h>

#include "meta/flow/machine.h"

#define AARCH64_INSN 4u /* bytes */

/* The steps of the instruction at CODE, as decoder_read gives them. */
unsigned int aarch64_read(const unsigned char *code, size_t size,
			  uint64_t address,
			  struct machine_insn insns[MACHINE_PARTS]);

#endif
