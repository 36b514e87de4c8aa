/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stack frames, one at a time, from .eh_frame alone (DWARF 5 section 6.4,
 * LSB 5.0 section 10.6; x86-64).  Never allocates, never locks; every read
 * of the stack is checked against [stack_base, stack_limit).
 */
#ifndef INDEX_UNWIND_H
#define INDEX_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/space.h"
#include "base/status.h"

/* DWARF register numbers of the psABI: 0 rax 1 rdx 2 rcx 3 rbx 4 rsi 5 rdi
 * 6 rbp 7 rsp 8..15, 16 the return address. */
enum { UNWIND_RBX = 3, UNWIND_RBP = 6, UNWIND_RSP = 7, UNWIND_PC = 16,
       UNWIND_REGISTERS = 17 };

struct unwind_frame {
	uint64_t registers[UNWIND_REGISTERS]; /* [UNWIND_PC] is pc */
	uint32_t valid;  /* bit per register */
	bool is_call;    /* pc is a return address: look up pc - 1 */
	bool is_signal;  /* a signal handler's trampoline */
	uint64_t cfa;    /* of this frame; 0 until unwind_cfa or _step */
};

struct unwind_space {
	const struct space *space; /* NULL inside the process */
	uint64_t files;            /* allotype_index.files */
	uint64_t stack_base, stack_limit;
};

/* Computes frame->cfa.  NOT_FOUND: no unwind information for its pc;
 * BAD_INPUT: the information or the stack makes no sense. */
enum status unwind_cfa(const struct unwind_space *where,
		       struct unwind_frame *frame);
/* Steps from FRAME to its caller.  NOT_FOUND at the outermost frame. */
enum status unwind_step(const struct unwind_space *where,
			const struct unwind_frame *frame,
			struct unwind_frame *caller);
/* The registers of the caller of this function.  Inside the process only. */
void unwind_capture(struct unwind_frame *frame);

#endif
