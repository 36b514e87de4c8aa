/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of the MiniPage regions: given out as empty MiniPages of a class,
 * taken back when all their segments are free.  The bookkeeping of a
 * MiniPage is one block of private memory:
 *
 *   struct unit_remote, remote bitmap, free bitmap (backwards), records
 *
 * A unit that was taken back keeps its block, so that frees of what was in
 * it still know the story, until it is given out again.  Records are cleared
 * when their segments are first taken, a few at a time.
 */
#ifndef HEAP_UNIT_H
#define HEAP_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/heap_layout.h"
#include "heap/memcheck.h"

typedef struct allotype_minipage minipage;

/* Frees by threads that do not own the MiniPage. */
struct unit_remote {
	uint64_t summary; /* atomic: words of the bitmap to collect */
	minipage *next;   /* in the owner's stack */
	uint64_t pad[6];
};

static inline uintptr_t unit_base(const minipage *page)
{
	return memcheck_disguise(page->base);
}

static inline uint32_t *unit_records(const minipage *page)
{
	return (uint32_t *)(uintptr_t)page->records;
}

/* Word W of the free bitmap. */
static inline uint64_t *unit_free_word(const minipage *page, unsigned int w)
{
	return (uint64_t *)(uintptr_t)page->records + ~(intptr_t)w;
}

static inline unsigned int unit_words(const minipage *page)
{
	return (allotype_minipage_count(page) + 63) / 64;
}

static inline uint64_t *unit_remote_words(const minipage *page)
{
	return (uint64_t *)(uintptr_t)page->records - 2 * unit_words(page);
}

static inline struct unit_remote *unit_remote(const minipage *page)
{
	return (struct unit_remote *)unit_remote_words(page) - 1;
}

/* Segments below COUNT may be in use.  Release: their records are true. */
static inline void unit_set_fresh(minipage *page, uint32_t count)
{
	__atomic_store_n(&page->fresh, (uint16_t)count, __ATOMIC_RELEASE);
}

/* The record of segment INDEX, for who does not own PAGE. */
static inline uint32_t unit_read_record(const minipage *page, uint32_t index)
{
	if (index >= __atomic_load_n(&page->fresh, __ATOMIC_ACQUIRE))
		return 0;
	return __atomic_load_n(&unit_records(page)[index], __ATOMIC_RELAXED);
}

/* The segment that holds the byte at OFFSET from the base. */
static inline uint32_t unit_segment(const minipage *page, uint32_t offset)
{
	return (uint32_t)((uint64_t)offset * page->reciprocal >> 32);
}

/* Is ADDRESS, of which the bits within its unit count, the first byte of
 * segment *INDEX?  The fraction of the product tells (D. Lemire, O. Kaser,
 * N. Kurz: Faster remainder by direct computation, 2019): it is exact, as
 * offsets have 16 bits and sizes 15. */
static inline bool unit_begins_segment(const minipage *page, uint32_t address,
				       uint32_t *index)
{
	uint64_t product = (uint64_t)(address & (ALLOTYPE_UNIT_SIZE - 1)) *
			   page->reciprocal;

	if ((uint32_t)product >= page->reciprocal)
		return false;
	*index = (uint32_t)(product >> 32);
	return true;
}

/* An empty MiniPage of KIND without an owner; NULL on exhaustion.  Takes
 * region_lock and, for kinds that are not size classes, kinds_lock. */
minipage *unit_acquire(unsigned int kind);
/* Takes it back; no segment is live and nobody owns or lists it.  Takes the
 * same locks. */
void unit_release(minipage *page);
/* Makes PAGE, which is in no list, an empty MiniPage of KIND with segments of
 * SIZE bytes; false without memory.  Under region_lock. */
bool unit_prepare(minipage *page, unsigned int kind, uint32_t size);
/* For decay.c, under region_lock: what was free during the whole last period
 * becomes due; gives a piece of it back; is anything free with memory? */
void unit_begin_period(void);
bool unit_purge_due(void);
bool unit_has_dirty(void);
/* Is anything due?  A hint, without the lock. */
bool unit_is_due(void);
/* Gives the memory of all free units back; was there any? */
bool unit_trim(void);
/* Gives the address space of regions without a unit in use back, where that
 * is scarce; was there any?  Takes as long as there are free units: for when
 * there is no memory otherwise.  Under region_lock. */
bool unit_give_regions(void);

/* Calls VISIT for every unit that was ever given out. */
void unit_walk(void (*visit)(minipage *page, void *context), void *context);

struct unit_counts {
	size_t used, dirty, clean; /* units */
};
void unit_count(struct unit_counts *counts);
/* Bytes of the units that have memory.  Under region_lock. */
size_t unit_committed(void);

#endif
