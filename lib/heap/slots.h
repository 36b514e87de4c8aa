/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots: where the objects of a class lie that are too large for a MiniPage.
 *
 * A class gets regions of its own from its mapper, larger each time: a unit
 * that stays inaccessible, slots of whole pages one behind the other, and
 * inaccessible memory up to the end.  Slots are committed a few at a time and
 * stay those of their class for ever.  Each has a record as that of a segment;
 * free ones are on one of two stacks of their kind, which are linked through
 * their descriptors.  Every operation takes a bounded number of steps and, but
 * for the first of a region, one system call at most.
 *
 * All is guarded by the lock of the kind (minipage_class_lock); readers of
 * records come at any time.
 */
#ifndef HEAP_SLOTS_H
#define HEAP_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/region.h"

struct kind;
struct object;

static inline struct allotype_slot *slots_at(const struct region *region,
					     uint32_t index)
{
	return (struct allotype_slot *)(uintptr_t)
		       region->published.descriptors + index;
}

static inline uintptr_t slots_data(const struct region *region, uint32_t index)
{
	return region->published.base + ALLOTYPE_UNIT_SIZE +
	       (uintptr_t)index * region->published.slot_size;
}

/* The slot that holds ADDRESS, which lies in REGION; false: none that was ever
 * committed. */
bool slots_find(const struct region *region, uintptr_t address,
		uint32_t *index);

/* An object of KIND, which has slots, allocated at SITE; NULL without memory.
 * *ZERO says whether it reads as zeros. */
void *slots_allocate(unsigned int kind, uint32_t site, bool *zero);
/* Frees a live OBJECT: AFTER is its record from now on.  False: somebody else
 * freed it meanwhile. */
bool slots_free(const struct object *object, uint32_t after);
/* Replaces the memory of the object of KIND at DATA, which nobody uses yet, by
 * such as reads as zeros; false when KIND has no slots, or that cannot be. */
bool slots_discard(unsigned int kind, void *data);
/* Gives the memory of all free slots of KIND back; was there any? */
bool slots_trim(unsigned int kind);

struct slots_counts {
	size_t live_bytes, kept_bytes; /* of slots: in use; free, with memory */
};
void slots_count(struct slots_counts *counts);
/* The sum of both. */
size_t slots_committed(void);

/* In a fork child that does not have the memory of REGION, or of KIND. */
void slots_lose(struct region *region);
void slots_forget(struct kind *kind);

/* Are the stacks of KIND and its counts what its records say?  While no other
 * thread uses the heap; for tests. */
bool slots_check(unsigned int kind);

#endif
