/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that were split: the parts of a segment or a run of pages, in a
 * table beside the heap's data.  A block is what was one object; its parts
 * cover all of it, the first begins where it begins, and what was given back
 * stays until all of them were.
 *
 * The table is published (heap_layout.h).  region_lock guards it; readers
 * need no lock, and bound what they follow.
 */
#ifndef HEAP_SPLIT_H
#define HEAP_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/heap_layout.h"

/* The room of a block, and what its object was: SITE is the one that
 * allocated it. */
struct split_block {
	uintptr_t base, limit;
	size_t size;
	uint32_t site;
};

enum { SPLIT_ALIGN = 16 };

/* All take region_lock but for the first two. */

/* Makes BLOCK one of two parts, the second of which begins at AT.  The
 * caller holds region_lock, and marks the block as split.  False without
 * memory. */
bool split_add(const struct split_block *block, uintptr_t at);
/* Undoes it; the same holds. */
void split_forget(uintptr_t block);
/* Cuts the live part at BASE in two at AT. */
bool split_again(uintptr_t base, uintptr_t at);
/* Copies the part at or around ADDRESS of the split block at BLOCK. */
bool split_find(uintptr_t block, uintptr_t address, struct allotype_part *part);
/* The live part at BASE becomes SIZE bytes of SITE. */
void split_resize(uintptr_t base, size_t size, uint32_t site);

enum split_end {
	SPLIT_NOT_LIVE, /* somebody else freed it meanwhile */
	SPLIT_FREED,
	SPLIT_LAST,     /* and no part of its block is left: free the block */
};
/* Frees the part at BASE; PAIR is its record from now on. */
enum split_end split_free(uintptr_t base, uint32_t pair);
/* The part at BASE, which is live, never was an object. */
enum split_end split_discard(uintptr_t base);

/* Do the parts of the split block [BASE, LIMIT) make sense?  For heap_check. */
bool split_check(uintptr_t base, uintptr_t limit);

#endif
