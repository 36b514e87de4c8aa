/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of MiniPages beyond the size classes: the objects of a kind have
 * memory of their own, which no other kind nor malloc ever gets.  The
 * MiniPages, the bins and the fast paths are those of the size classes.
 *
 * Memory comes in extents of consecutive units, larger each time, with a
 * unit that stays inaccessible before and behind each.  Kinds of objects that
 * are too large for MiniPages have slots instead (slots.h).
 */
#ifndef HEAP_KINDS_H
#define HEAP_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/heap_layout.h"
#include "base/export.h"
#include "base/lock.h"
#include "heap/region.h"
#include "heap/unit.h"

struct mapper;
struct heap_thread;

struct kind {
	struct allotype_kind published;
	minipage *abandoned; /* as that of a size class, see minipage.c */
	struct mapper *mapper; /* that provides the memory */
	/* The rest is guarded by kinds_lock; that of slots by the lock of
	 * their kind, and what is mapped by both. */
	minipage *free;         /* units: the last ones freed first */
	struct region *region;  /* of the extent in use, or of slots */
	uint64_t next, limit;   /* its units, or slots, that never were used */
	uint32_t extent;        /* units of the next one */
	uint32_t used, dirty;   /* units, or slots; free ones with memory */
	uint32_t kept, clean;   /* stacks of free slots: with memory, without */
	uint64_t mapped;        /* bytes of its extents, or slots */
};

extern struct lock kinds_lock; /* rank LOCK_RANK_HEAP_KINDS */
extern struct kind *kinds_table;
/* As those of region.h, of the large region of kinds: 0 until there is one,
 * and where it is limited. */
extern uintptr_t kinds_base HIDDEN;
extern size_t kinds_bytes HIDDEN;
extern struct allotype_minipage *kinds_descriptors HIDDEN;

static inline struct kind *kinds_get(unsigned int kind)
{
	return &kinds_table[kind];
}

/* The class of its objects; 0: none. */
static inline uint32_t kinds_class(unsigned int kind)
{
	return kind < ALLOTYPE_KIND_FIRST ? 0 :
					    kinds_get(kind)->published.class_id;
}

/* Are its objects too large for MiniPages? */
static inline bool kinds_has_slots(unsigned int kind)
{
	return kind >= ALLOTYPE_KIND_FIRST &&
	       kinds_get(kind)->published.segment_size > ALLOTYPE_UNIT_SIZE / 2;
}

/* What was asked for, of a segment of PAGE with a live RECORD. */
static inline uint32_t kinds_object_size(const minipage *page, uint32_t record)
{
	uint32_t size = 0;

	if (page->kind >= ALLOTYPE_KIND_FIRST)
		size = (uint32_t)kinds_get(page->kind)->published.object_size;
	return size ? size : page->size - allotype_record_slack(record);
}

/* A new kind; false when there are too many, or without memory.  Segments
 * have 16 bytes at least; those of more than half a unit are slots, of whole
 * pages.  Under kinds_lock; takes region_lock. */
bool kinds_create(const struct allotype_kind *description,
		  struct mapper *mapper, unsigned int *kind);

/* For unit.c, see there. */
minipage *kinds_acquire_unit(unsigned int kind);
void kinds_release_unit(minipage *page);
/* Gives the memory of free units back where the contents of freed objects
 * need not stay; was there any? */
bool kinds_trim(void);
/* Of all free units of KIND. */
bool kinds_trim_kind(unsigned int kind);
/* Bytes of all extents of KIND.  Takes kinds_lock. */
size_t kinds_mapped_bytes(unsigned int kind);
/* Bytes of all units and slots that have memory.  Needs no lock. */
size_t kinds_committed(void);
/* Adds the units of all kinds. */
void kinds_count(struct unit_counts *counts);
/* In a fork child, before SELF looks at any unit: takes leave of the memory
 * that the child does not have.  Its descriptors are marked as lost. */
void kinds_fork_child(struct heap_thread *self);

#endif
