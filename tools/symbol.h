/* SPDX-License-Identifier: Apache-2.0 */
/* From the name of a function or variable to its address in a target. */
#ifndef TOOLS_SYMBOL_H
#define TOOLS_SYMBOL_H

#include "base/status.h"
#include "query/view.h"

/* The program comes before its libraries, in the order they were loaded;
 * debug information before the dynamic symbol table. */
enum status symbol_find(const struct query_view *view, const char *name,
			uint64_t *address);

#endif
