/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which heap object holds an address: the reader of the heap's published
 * bookkeeping, inside the process or from outside.  Never locks, never
 * allocates; a query costs a handful of loads.
 */
#ifndef HEAP_LOOKUP_H
#define HEAP_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/space.h"

enum heap_state {
	HEAP_STATE_UNUSED, /* heap memory that never held an object */
	HEAP_STATE_LIVE,
	HEAP_STATE_FREED,
};

struct heap_object {
	uint64_t base;      /* first byte of the object */
	uint64_t size;      /* exactly what was asked for; freed, unless of a
			     * class: capacity */
	uint64_t capacity;  /* bytes of its segment or page run */
	uint32_t site;      /* id of the allocation site; 0: unknown */
	uint32_t free_site; /* id, of a freed object; 0: unknown */
	uint32_t class_id;  /* of an object of a class; 0: of malloc */
	uint8_t state;      /* enum heap_state */
	uint8_t big;        /* a big allocation, not in a MiniPage */
	uint8_t split;      /* a part of what alloc_split cut */
};

/* Is ADDRESS in the heap's data at all?  If so describes what is there.
 * HEAP is the address of struct allotype_heap (allotype_index.heap). */
bool heap_lookup(const struct space *space, uint64_t heap, uint64_t address,
		 struct heap_object *object);

/* Calls VISIT for every live object, in rising order within a region, until
 * it returns false.  A snapshot in no sense: objects come and go meanwhile. */
void heap_walk(const struct space *space, uint64_t heap,
	       bool (*visit)(void *context, const struct heap_object *object),
	       void *context);

#endif
