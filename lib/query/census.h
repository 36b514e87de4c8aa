/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All live heap objects, each with its site and type: what an overview of
 * the heap is made of.  How to group them, and the memory for that, is the
 * caller's.
 */
#ifndef QUERY_CENSUS_H
#define QUERY_CENSUS_H

#include "heap/lookup.h"
#include "query/site.h"

/* What a site means, worked out once for all of its objects. */
struct census_site {
	uint32_t id; /* 0: nothing yet */
	struct alloc_site code;
	struct query_site_type type; /* type.type: of an element */
};

struct census_object {
	struct heap_object heap;
	const struct census_site *site; /* valid during the visit */
	uint64_t count;           /* elements; 0: one object of the type */
	unsigned int confidence;  /* percent; 0 without a type */
};

enum { CENSUS_SITES = 4096 };

/* Caller's storage, large: not for a stack. */
struct census {
	const struct query_view *view;
	bool (*visit)(void *context, const struct census_object *object);
	void *context;
	struct census_site sites[CENSUS_SITES]; /* by id, the last one met */
};

/* Visits every live object until VISIT returns false. */
void census_walk(struct census *census, const struct query_view *view,
		 bool (*visit)(void *context,
			       const struct census_object *object),
		 void *context);

#endif
