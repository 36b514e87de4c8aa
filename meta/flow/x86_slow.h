/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64 instructions by the disassembler: all of them. */
#ifndef META_FLOW_X86_SLOW_H
#define META_FLOW_X86_SLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/flow/machine.h"

struct x86_slow;

/* NULL: no memory. */
struct x86_slow *x86_slow_create(void);
void x86_slow_destroy(struct x86_slow *x);

/* The instruction at CODE; false: there is none. */
bool x86_slow_read(struct x86_slow *x, const unsigned char *code, size_t size,
		   uint64_t address, struct machine_insn *insn);
/* Its length; 1 for no instruction. */
size_t x86_slow_length(struct x86_slow *x, const unsigned char *code,
		       size_t size);

#endif
