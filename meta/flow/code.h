/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of one function, and which block follows which. */
#ifndef META_FLOW_CODE_H
#define META_FLOW_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/flow/decode.h"
#include "meta/model.h"

/* The CFA before an instruction: register + offset. */
struct code_cfa {
	int32_t offset;
	uint8_t reg;
	bool known;
};

struct code_block {
	uint32_t first, count;  /* in insns */
	uint32_t successor_first, successor_count; /* in successors */
};

struct code {
	const struct abi *abi;
	const struct model_function *function;
	struct machine_insn *insns;   /* by address */
	struct code_cfa *cfa;         /* of each instruction */
	uint32_t insn_count;
	struct code_block *blocks;    /* by address */
	uint32_t block_count;
	uint32_t *successors;         /* block numbers */
	uint32_t successor_count;
	uint32_t entry;               /* block */
};

/* Reads FUNCTION.  NO_RETURN(context, target) tells whether a call of
 * TARGET never returns.  NOT_FOUND: it has no code in the file. */
enum status code_read(struct debuginfo *info, const struct model *model,
		      struct decoder *decoder,
		      const struct model_function *function,
		      bool (*no_return)(void *context,
					const struct machine_insn *call),
		      void *context, struct code *code);
void code_deinit(struct code *code);

/* The number of the instruction at ADDRESS, or MODEL_NONE. */
uint32_t code_find(const struct code *code, uint64_t address);

#endif
