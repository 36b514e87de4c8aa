/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of pages and their descriptors, for those who work on them: big.c and
 * purge.c; free ones are found, cut and joined here.  All under region_lock. */
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

static inline struct allotype_run *run_at(const struct region *region,
					  uint64_t page)
{
	return (struct allotype_run *)(uintptr_t)region->published.descriptors +
	       page;
}

static inline void *run_data(const struct region *region, uint32_t page)
{
	return (char *)(uintptr_t)region->published.base +
	       (size_t)page * RUN_PAGE;
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

/* What has to move gets room to grow: so much that it is that many times as
 * long as it needs, up to a length; half above it, as core files have room. */
enum { ROOM = 4, ROOM_MAX = 4096 /* pages */ };

/* Up to this length, what a run holds may double, and move, without another
 * system call; beyond it, that would promise too much memory. */
enum { AHEAD_MAX = 262144 /* pages */ };

static inline uint64_t runs_room(uint64_t pages)
{
	return pages <= ROOM_MAX ? pages * (ROOM - 1) : pages / 2;
}

/* A free run of PAGES at a multiple of ALIGN, in no bin; NULL without memory.
 */
struct allotype_run *runs_take(uint32_t pages, size_t align);
/* A free run of at least PAGES at the end of REGION, in no bin, or NULL. */
struct allotype_run *runs_extend(struct region *region, uint32_t pages);
/* Cuts RUN to PAGES, less than it has.  The rest, in no bin, is a free run,
 * which reads as zeros if ZERO, and has memory if not. */
struct allotype_run *runs_cut(struct region *region, struct allotype_run *run,
			      uint32_t pages, bool zero);
/* Cuts RUN, free and in no bin, to PAGES, and puts the rest into its bin. */
void runs_split(struct region *region, struct allotype_run *run,
		uint32_t pages);
/* Joins RIGHT to LEFT, its neighbour; both in no bin. */
void runs_join(struct region *region, struct allotype_run *left,
	       struct allotype_run *right);
/* Takes free neighbours of RUN in; the result is in no bin. */
struct allotype_run *runs_coalesce(struct region *region,
				   struct allotype_run *run);
/* REGION goes away. */
void runs_forget(struct region *region);

/* Gives the memory of RUN, free and in no bin, back: it reads as zeros then,
 * unless the system refused. */
void run_discard(struct allotype_run *run);
/* Gives about PAGES of the memory of free runs back, in one call; how many. */
size_t big_purge(size_t pages);
/* A free run was taken: what is free with memory became less. */
void big_note_taken(void);

#endif
