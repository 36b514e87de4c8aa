/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regions: where the heap's data lies, with the published table of them and
 * the map from an address to its region.  One lock guards all of it, the
 * units and the page runs; readers need none.
 */
#ifndef HEAP_REGION_H
#define HEAP_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/heap_layout.h"
#include "base/export.h"
#include "base/lock.h"
#include "heap/reserve.h"

struct region {
	struct allotype_region published;
	struct growth data, descriptors, starts;
	uint32_t last;   /* runs: first page of the last one */
	uint32_t levels; /* runs: words of level 0 begin at this offset */
	uint64_t idle;   /* units: scratch of unit_give_regions */
	bool shared;     /* not for children of fork: see kinds.h */
	bool lost;       /* slots: this is such a child */
};

enum {
	REGION_PRIMARY_MINIPAGES = 1, /* unless it is limited */
	REGION_PRIMARY_RUNS,
	REGION_MAX = 4096,
};

extern struct lock region_lock; /* rank LOCK_RANK_HEAP_REGION */
extern struct allotype_heap region_heap;
/* The array that region_heap.regions publishes. */
extern struct region *region_table;
/* The units in use of the primary region of MiniPages: base is fixed after
 * start, bytes, atomic, grow. */
extern uintptr_t region_minipage_base HIDDEN;
extern size_t region_minipage_bytes HIDDEN;
extern struct allotype_minipage *region_minipage_descriptors HIDDEN;

/* Once; false when there is not even room for the table: then again. */
bool region_init(void);
/* A region of KIND with at least SIZE bytes of data, or NULL.  Under
 * region_lock. */
struct region *region_create(enum allotype_region_kind kind, size_t size);
/* Gives the data of a region that holds nothing back.  Under region_lock.
 * Its bookkeeping stays readable. */
void region_destroy(struct region *region);
/*
 * A region of units of which its user commits what it wants, leaving gaps: at
 * BASE, SIZE bytes that somebody reserved, both multiples of a granule; or, if
 * BASE is NULL, in the large reservation, if there is one.  The first unit and
 * the last are never used.  region_find knows nothing of it before
 * region_cover.  Under region_lock.
 */
struct region *region_create_sparse(void *base, size_t size);
/* Makes UNITS of them, from FIRST on, part of the region: false without
 * memory for the bookkeeping.  In rising order.  Under region_lock. */
bool region_cover(struct region *region, uint64_t first, uint64_t units);
/* A region of slots (slots.h), none of which can be used yet, in SIZE bytes at
 * BASE that somebody reserved, both multiples of a granule; NULL without memory
 * for the bookkeeping.  Under region_lock. */
struct region *region_create_slots(void *base, size_t size, uint32_t slot_size,
				   uint32_t kind);
/* The region that holds ADDRESS, or NULL.  No lock. */
struct region *region_find(uintptr_t address);

/* The program limits its address space: keeps what is in use of the large
 * reservations.  Caller holds all locks of the heap. */
void region_shrink(void);

/* Bookkeeping memory for ever: zeroed, 64-aligned; NULL on exhaustion.  Under
 * region_lock. */
void *region_book(size_t size);
/* Bytes of bookkeeping in use, but for that of sites.  Under region_lock. */
size_t region_book_bytes(void);

#endif
