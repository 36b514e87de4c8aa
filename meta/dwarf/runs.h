/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting entries that are in order already but for whole stretches of them,
 * as line tables are: a stretch for each section of code. */
#ifndef META_DWARF_RUNS_H
#define META_DWARF_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sorts COUNT entries of SIZE bytes AT, cut into runs at least where one for
 * which IS_END holds ends.  False, and nothing is done: runs overlap, or memory
 * is exhausted. */
bool runs_sort(void *at, uint32_t count, size_t size,
	       int (*compare)(const void *a, const void *b),
	       bool (*is_end)(const void *entry));

#endif
