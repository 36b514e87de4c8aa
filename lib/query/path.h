/* SPDX-License-Identifier: Apache-2.0 */
/* Every level that holds an address, from the mapping down to the field. */
#ifndef QUERY_PATH_H
#define QUERY_PATH_H

#include "query/find.h"
#include "type/subobject.h"

/* Mapping, file, segment, section, symbol is the longest way to a leaf. */
enum { QUERY_OUTER_MAX = 5 };

struct query_path {
	uint64_t address;
	struct query_leaf leaf;
	/* Around the leaf, outermost first; the leaf is not among them. */
	unsigned int outer_count;
	struct alloc_level outer[QUERY_OUTER_MAX];
	struct subobject_path inner; /* within the leaf */
};

/* Returns the leaf's status. */
enum alloc_status query_path_find(const struct query_view *view,
				  uint64_t address, struct query_path *path);
/* The same without what is around the leaf. */
enum alloc_status query_path_find_inner(const struct query_view *view,
					uint64_t address,
					struct query_path *path);

/* All levels in order: outer ones, the leaf, its fields. */
unsigned int query_path_count(const struct query_path *path);
void query_path_level(const struct query_path *path, unsigned int number,
		      struct alloc_level *level);

#endif
