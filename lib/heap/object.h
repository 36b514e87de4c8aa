/* SPDX-License-Identifier: Apache-2.0 */
/* The object that begins at an address, for those who are about to free or
 * resize it, and what to say when there is none. */
#ifndef HEAP_OBJECT_H
#define HEAP_OBJECT_H

#include "heap/big.h"
#include "heap/unit.h"

enum object_state {
	OBJECT_LIVE,
	OBJECT_FREED,
	OBJECT_INSIDE,  /* the address lies inside a live object */
	OBJECT_UNUSED,  /* heap memory that never held an object there */
	OBJECT_FOREIGN, /* not of this heap */
};

struct object {
	uintptr_t base;
	size_t size;           /* exactly what was asked for, if live */
	minipage *page;        /* NULL: it is in no MiniPage */
	uint32_t index;        /* of the segment, or slot */
	uint32_t record;
	uint32_t class_id;     /* of a class of objects; 0: of malloc */
	struct region *region; /* NULL: foreign */
	struct allotype_run run; /* a copy, of a big allocation */
	/* Of a segment or run that was split: base and size are its part's. */
	bool is_part;
	struct allotype_part part; /* a copy */
	uintptr_t block;           /* where the segment or run begins */
};

/* Is it of a class of large objects (slots.h)? */
static inline bool object_is_slot(const struct object *object)
{
	return object->region &&
	       object->region->published.kind == ALLOTYPE_REGION_SLOTS;
}

enum object_state object_find(uintptr_t address, struct object *object);
/* Reports a bad call of FUNCTION with ADDRESS, made at CALLER, its return
 * address: see misuse_report. */
void object_report(const char *function, uintptr_t address, uint64_t caller,
		   enum object_state state, const struct object *object);

#endif
