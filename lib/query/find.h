/* SPDX-License-Identifier: Apache-2.0 */
/* The leaf: the innermost allocation that holds an address. */
#ifndef QUERY_FIND_H
#define QUERY_FIND_H

#include "allotype.h"
#include "query/view.h"

enum query_allocator {
	QUERY_NONE,
	QUERY_MMAP,
	QUERY_BRK,
	QUERY_STATIC_FILE,
	QUERY_STATIC_SEGMENT,
	QUERY_STATIC_SECTION,
	QUERY_STATIC_SYMBOL,
	QUERY_STACK,
	QUERY_STACKFRAME,
	QUERY_AUXV,
	QUERY_TLS,
	QUERY_HEAP,
	QUERY_CLASS, /* an object of a class */
	QUERY_FIELD, /* a subobject, in a path */
	QUERY_ALLOCATOR_COUNT,
};

extern const struct alloc_allocator query_allocators[QUERY_ALLOCATOR_COUNT];

struct query_leaf {
	enum query_allocator kind;
	/*
	 * As alloc_get_info gives it; on statuses other than OK and FREED
	 * allocator and, for UNUSED, bounds are meaningful too.  The site of
	 * a static is where it is defined, that of a variable or a frame the
	 * place in its function that is being executed.
	 */
	struct alloc_info info;
	uint64_t base, limit;     /* info's, as integers */
	uint64_t type_offset;     /* where in it info.type begins */
	uint32_t site, free_site; /* ids, of heap objects */
	uint32_t class_id;        /* of an object of a class */
	bool is_code;             /* a function */
};

/* How much to find out. */
enum query_depth {
	QUERY_BOUNDS, /* allocator and bounds only */
	QUERY_TYPE,   /* and name and type */
	QUERY_ALL,    /* and the sites */
};

/* Returns leaf->info.status. */
enum alloc_status query_find(const struct query_view *view, uint64_t address,
			     enum query_depth depth, struct query_leaf *leaf);

/* ---- the finders of each kind of memory; false: not theirs ---- */

bool query_find_heap(const struct query_view *view, uint64_t address,
		     enum query_depth depth, struct query_leaf *leaf);
bool query_find_static(const struct query_view *view, uint64_t address,
		       enum query_depth depth, struct query_leaf *leaf);
/* A thread's frames, its TLS, and what the kernel put above them. */
bool query_find_stack(const struct query_view *view, uint64_t address,
		      enum query_depth depth, struct query_leaf *leaf);
bool query_find_start(const struct query_view *view, uint64_t address,
		      struct query_leaf *leaf);
bool query_find_mapping(const struct query_view *view, uint64_t address,
			enum query_depth depth, struct query_leaf *leaf);

/* Says that LEAF is SIZE bytes at BASE, of KIND; type unknown. */
void query_leaf_set(struct query_leaf *leaf, enum query_allocator kind,
		    uint64_t base, uint64_t size);
void query_leaf_set_type(struct query_leaf *leaf,
			 const struct alloc_type *type, unsigned int evidence,
			 unsigned int confidence);

#endif
