/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Big allocations: runs of pages, found, split and merged in constant time
 * by two-level segregated fit (M. Masmano et al., TLSF, 2004) with all of
 * its bookkeeping outside the data.
 */
#ifndef HEAP_BIG_H
#define HEAP_BIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/heap_layout.h"
#include "heap/region.h"

/* A big allocation of SIZE bytes at a multiple of ALIGN, a power of two;
 * NULL without memory.  *ZERO says whether it reads as zeros. */
void *big_allocate(size_t size, size_t align, uint32_t site, bool *zero);

/* BIG_SPLIT: the parts know. */
enum big_state { BIG_LIVE, BIG_FREED, BIG_INSIDE, BIG_UNUSED, BIG_SPLIT };

/* The run that begins at ADDRESS in REGION: BIG_LIVE; else what is wrong,
 * and *RUN is a copy of the one that holds it, unless BIG_UNUSED. */
enum big_state big_find(const struct region *region, uintptr_t address,
			struct allotype_run *run, uintptr_t *base);

/* Frees the live or split run at ADDRESS; PAIR is its record from now on.  False:
 * somebody else freed it meanwhile. */
bool big_free(struct region *region, uintptr_t address, uint32_t pair);
/* The first half of big_free, with security=on: makes the run inaccessible;
 * and the second. */
bool big_retire(struct region *region, uintptr_t address, uint32_t pair);
void big_release(struct region *region, uintptr_t address);
/* The live run at ADDRESS is of SIZE bytes, for which it is long enough. */
bool big_set_size(struct region *region, uintptr_t address, size_t size,
		  uint32_t site);
/* Makes the live run at ADDRESS SIZE bytes long, without moving it. */
bool big_resize(struct region *region, uintptr_t address, size_t size,
		uint32_t site);
/* Moves the live run at ADDRESS to a longer one, by its page tables where
 * that pays; NULL without memory, and all is as before. */
void *big_move(struct region *region, uintptr_t address, size_t size,
	       uint32_t site, uint32_t pair);

/* Makes two live runs of the one at ADDRESS, the second of which begins AT
 * bytes, a multiple of a page, behind it. */
bool big_cut(struct region *region, uintptr_t address, size_t at);
/* Makes the live run at ADDRESS a split one of two parts (split_add). */
bool big_split(struct region *region, uintptr_t address, size_t at);

/* Gives the memory of all free runs back; was there any? */
bool big_trim(void);
/* For decay.c, as those of unit.h. */
void big_begin_period(void);
bool big_purge_due(void);
bool big_has_dirty(void);
bool big_is_due(void);

struct big_counts {
	size_t live_bytes, live_runs; /* of pages in use */
	size_t dirty_bytes;           /* of free runs with memory */
	size_t free_runs;
	uint64_t made;                /* runs that became live, ever */
};
void big_count(struct big_counts *counts);
/* What was asked for of the live runs, in bytes. */
size_t big_asked(void);
/* Bytes of the runs that have memory.  Under region_lock. */
size_t big_committed(void);

#endif
