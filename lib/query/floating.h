/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an object begins that lies behind a header, of a size that only the
 * program knows when it runs: where what is in memory suits the type best, or
 * where the type ends with what was asked for.
 */
#ifndef QUERY_FLOATING_H
#define QUERY_FLOATING_H

#include "query/find.h"
#include "query/site.h"

/* LEAF is a live heap object whose site says TYPE, at its offset or further on.
 * TYPE becomes what holds of this object: one, at a place. */
void floating_place(const struct query_view *view,
		    const struct query_leaf *leaf,
		    struct query_site_type *type);

/* How much further on than TYPE, what its site says, LEAF's object begins. */
static inline uint64_t floating_distance(const struct query_leaf *leaf,
					 const struct query_site_type *type)
{
	return type->floating && leaf->type_offset > type->offset
		       ? leaf->type_offset - type->offset : 0;
}

#endif
