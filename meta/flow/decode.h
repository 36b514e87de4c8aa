/* SPDX-License-Identifier: Apache-2.0 */
/* The only module that knows the disassembler and the instruction set. */
#ifndef META_FLOW_DECODE_H
#define META_FLOW_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/flow/machine.h"

struct decoder;

/* MACHINE: EM_*.  NULL: an unknown machine, or no memory. */
struct decoder *decoder_create(uint16_t machine);
void decoder_destroy(struct decoder *decoder);

/* Decodes the instruction at CODE, which will run at ADDRESS.  False at the
 * end of the code and at what is no instruction. */
bool decoder_read(struct decoder *decoder, const unsigned char *code,
		  size_t size, uint64_t address, struct machine_insn *insn);
/* By the disassembler alone: for tests. */
bool decoder_read_slowly(struct decoder *decoder, const unsigned char *code,
			 size_t size, uint64_t address,
			 struct machine_insn *insn);

/* What a scan of all code looks for. */
enum decoder_mention_kind {
	DECODER_CALL,          /* a direct call of target */
	DECODER_CALL_SLOT,     /* a call of what the memory at target holds */
	DECODER_CALL_INDIRECT, /* a call of a computed address */
	DECODER_JUMP,          /* a direct jump to target */
	DECODER_JUMP_SLOT,
	DECODER_JUMP_INDIRECT, /* of a switch, or a tail call */
	DECODER_ADDRESS,       /* target's address is taken */
	DECODER_LEAVE,         /* a return */
};
struct decoder_mention {
	uint64_t address;      /* of the instruction */
	uint64_t target;
	uint8_t kind, size;
};

/* Calls VISIT for each mention in CODE; quicker than decoder_read.  Skips
 * what is no instruction.  Stops when VISIT returns false, and returns
 * false then. */
bool decoder_scan(struct decoder *decoder, const unsigned char *code,
		  size_t size, uint64_t address,
		  bool (*visit)(void *context,
				const struct decoder_mention *mention),
		  void *context);

#endif
