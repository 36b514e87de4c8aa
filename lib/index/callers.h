/* SPDX-License-Identifier: Apache-2.0 */
/* The callers of a function of the runtime. */
#ifndef INDEX_CALLERS_H
#define INDEX_CALLERS_H

#include <stdint.h>

/* Fills at most CAPACITY return addresses, the innermost first, of the callers
 * of the function with FRAME, its saved rbp and return address.  Returns how
 * many, at least one; *FILE is the serial of the newest file.  Never allocates,
 * never locks. */
uint32_t callers_walk(const uint64_t *frame, uint64_t *callers,
		      uint32_t capacity, uint32_t *file);

#endif
