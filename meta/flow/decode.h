/* SPDX-License-Identifier: Apache-2.0 */
/* The only module that knows the disassembler and the instruction sets: one
 * or several files for each machine. */
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

/* Decodes the instruction at CODE, which will run at ADDRESS, into as many
 * steps as are returned; 0 at the end of the code and at what is no
 * instruction. */
unsigned int decoder_read(struct decoder *decoder, const unsigned char *code,
			  size_t size, uint64_t address,
			  struct machine_insn insns[MACHINE_PARTS]);

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

typedef bool decoder_visit(void *context, const struct decoder_mention *mention);

/* Calls VISIT for each mention in CODE; quicker than decoder_read.  Skips
 * what is no instruction.  Stops when VISIT returns false, and returns
 * false then. */
bool decoder_scan(struct decoder *decoder, const unsigned char *code,
		  size_t size, uint64_t address, decoder_visit *visit,
		  void *context);

#endif
