/* SPDX-License-Identifier: Apache-2.0 */
/* Jump tables: where the jump of a switch leads. */
#ifndef META_FLOW_TABLE_H
#define META_FLOW_TABLE_H

#include "meta/flow/code.h"

/* Those of a function. */
struct tables {
	struct debuginfo *info;
	const struct code *code;
	uint64_t *starts;
	uint32_t count;
};

/* CODE's instructions must be known. */
enum status tables_init(struct tables *tables, struct debuginfo *info,
			const struct code *code);
void tables_deinit(struct tables *tables);

/* Calls VISIT(context, instruction) for each target of the jump at number
 * JUMP; returns how many there are, 0 when its table is not found. */
uint32_t tables_visit(const struct tables *tables, uint32_t jump,
		      void (*visit)(void *context, uint32_t insn),
		      void *context);

#endif
