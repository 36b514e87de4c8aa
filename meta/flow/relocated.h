/* SPDX-License-Identifier: Apache-2.0 */
/* Words that the loader fills in: addresses, and where thread-local variables
 * are (ELF Handling For Thread-Local Storage). */
#ifndef META_FLOW_RELOCATED_H
#define META_FLOW_RELOCATED_H

#include "meta/flow/memory.h"

/* *VALUE, of which no type is known, becomes what such a word holds that
 * OPERAND designates. */
void relocated_load(const struct point *point,
		    const struct machine_operand *operand,
		    struct value *value);
/* What is known of the variable of another file that OPERAND, an address or a
 * register without more, designates: those of the C library by their names. */
uint32_t relocated_cells(const struct point *point,
			 const struct machine_operand *operand,
			 struct memory_cell cells[MEMORY_CELLS]);
/* The address that __tls_get_addr returns for PAIR, its argument; false: that
 * is no pair of the file. */
bool relocated_thread_local(const struct flow *flow, const struct value *pair,
			    struct value *address);

#endif
