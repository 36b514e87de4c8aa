/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of pages and their descriptors, for those who work on them: big.c and
 * purge.c.  All under region_lock. */
#ifndef HEAP_RUNS_H
#define HEAP_RUNS_H

#include <stdint.h>

#include "heap/region.h"

enum { RUN_PAGE = 1 << ALLOTYPE_PAGE_SHIFT };

static inline uint32_t run_index(const struct region *region,
			  const struct allotype_run *run)
{
	return (uint32_t)(run - (const struct allotype_run *)(uintptr_t)
				region->published.descriptors);
}

static inline struct allotype_run *run_at(const struct region *region, uint64_t page)
{
	return (struct allotype_run *)(uintptr_t)region->published.descriptors +
	       page;
}

static inline void *run_data(const struct region *region, uint32_t page)
{
	return (char *)(uintptr_t)region->published.base + (size_t)page * RUN_PAGE;
}

static inline struct region *run_region(const struct allotype_run *run)
{
	return &region_table[run->region];
}

/* The run behind RUN, or NULL at the end. */
static inline struct allotype_run *next_run(const struct region *region,
				     const struct allotype_run *run)
{
	uint64_t next = (uint64_t)run_index(region, run) + run->pages;

	return next < region->published.used ? run_at(region, next) : NULL;
}

/* Gives the memory of RUN, free and in no bin, back: it reads as zeros then,
 * unless the system refused. */
void run_discard(struct allotype_run *run);
/* Gives about PAGES of the memory of free runs back, in one call; how many. */
size_t big_purge(size_t pages);
/* A free run was taken: what is free with memory became less. */
void big_note_taken(void);

#endif
