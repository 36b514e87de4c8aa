/* SPDX-License-Identifier: Apache-2.0 */
/* Checked reads of the stack that is being unwound. */
#ifndef INDEX_STACK_H
#define INDEX_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/unwind.h"

/* SIZE bytes at ADDRESS to VALUE, if they all lie in the stack. */
static inline bool stack_read(const struct unwind_space *where,
			      uint64_t address, void *value, size_t size)
{
	if (address < where->stack_base || address > where->stack_limit ||
	    size > where->stack_limit - address)
		return false;
	return space_read(where->space, address, value, size);
}

#endif
