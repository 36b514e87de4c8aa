/* SPDX-License-Identifier: Apache-2.0 */
/* What a typed pointer to a heap object is worth as evidence of its type,
 * beside what the object's site says. */
#ifndef QUERY_WEIGH_H
#define QUERY_WEIGH_H

#include "query/collected.h"
#include "query/site.h"

/* What is known of an object without the pointers. */
enum weigh_class {
	WEIGH_CERTAIN,   /* a good answer: nothing else is asked */
	WEIGH_UNCERTAIN, /* a type, and others that it may be */
	WEIGH_UNKNOWN,   /* nothing */
};
/* LEAF is a live heap object. */
enum weigh_class weigh_leaf(const struct query_view *view,
			    const struct query_leaf *leaf);

/* A type that a site says its objects may have. */
struct weigh_candidate {
	const struct alloc_type *type;
	uint32_t offset;
	bool is_site_choice; /* the one that the site's answer names */
	bool single;
};
enum { WEIGH_CANDIDATES = 8 };
/* Returns how many were stored to CANDIDATES. */
unsigned int weigh_candidates(const struct query_view *view,
			      const struct query_leaf *leaf,
			      struct weigh_candidate *candidates);

/* What a pointer to OFFSET in LEAF, an object that is not certain, says whose
 * type is POINTEE *.  False: nothing.  OBJECT gets what to remember. */
bool weigh_pointer(const struct query_view *view,
		   const struct query_leaf *leaf,
		   const struct alloc_type *pointee, uint64_t offset,
		   struct collected_object *object);
/* What a pointer into the middle of LEAF, of which nothing is known, says: a
 * record lies at OFFSET. */
bool weigh_inside(const struct query_leaf *leaf,
		  const struct alloc_type *pointee, uint64_t offset,
		  struct collected_object *object);
/* Another pointer says NEW of the object of which one said OLD.  True: both
 * together say something else than OLD, which NEW then is. */
bool weigh_against(const struct collected_object *old,
		   struct collected_object *new);

/* Are both the same type, be it of files that spell it in different ways? */
bool weigh_same(const struct alloc_type *a, const struct alloc_type *b);
/* Is TYPE, or an element of it, a WANTED, or does it begin with one? */
bool weigh_begins_with(const struct alloc_type *type,
		       const struct alloc_type *wanted);

#endif
