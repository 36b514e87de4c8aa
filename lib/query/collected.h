/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was collected of heap objects: a table by their addresses.  One writer
 * at a time (collect.h); readers never wait, and find nothing while it is
 * written.  Its memory is the system's; what readers may still look at is
 * emptied but never unmapped.
 */
#ifndef QUERY_COLLECTED_H
#define QUERY_COLLECTED_H

#include "query/find.h"

struct collected_object {
	uint64_t base;
	uint64_t size;
	const struct alloc_type *type; /* of the object or of an element */
	uint32_t site;
	uint32_t evidence; /* what to add to the site's; enum alloc_evidence */
	uint32_t offset;   /* where in the object the type begins */
	uint8_t rank;      /* how good it is, for the writer */
	uint8_t confidence;
	uint8_t single;    /* never an array */
	uint8_t pending;   /* its own pointers are yet to be followed */
};

struct collected_table;

/* All zero is empty. */
struct collected {
	uint64_t version; /* odd: somebody writes; see collected.c */
	struct collected_table *table;
	uint64_t size;       /* bytes of the table; the writer's */
	uint64_t memory_max; /* bytes that the table may take; the writer's */
	/* Why something is missing: ALLOC_OK, ALLOC_NO_SPACE (memory_max), or
	 * ALLOC_NO_MEMORY; the writer's. */
	enum alloc_status lack;
};

/* Makes the type of LEAF, a live heap object, better, if SELF tells. */
void collected_refine(const struct collected *self, struct query_leaf *leaf);

/* ---- for the writer ---- */

/* Between these two readers find nothing. */
void collected_begin(struct collected *self);
void collected_end(struct collected *self);
/* Forgets everything and gives its memory back; MEMORY becomes memory_max. */
void collected_clear(struct collected *self, uint64_t memory);

/* The entry of the object at BASE, NULL if none; valid until the next add.
 * To read only: see collected_change. */
struct collected_object *collected_find(const struct collected *self,
					uint64_t base);
/* Adds OBJECT, which must not be there; where there is no room, notes in
 * self->lack why not. */
void collected_add(struct collected *self,
		   const struct collected_object *object);
/* Changes what FOUND, one of the table's, says. */
void collected_change(struct collected_object *found,
		      const struct collected_object *object);
/* Object INDEX, in the order of adding, or NULL past the last. */
struct collected_object *collected_at(const struct collected *self,
				      uint64_t index);

#endif
