/* SPDX-License-Identifier: Apache-2.0 */
/* All types that an allocation may be of. */
#ifndef QUERY_CANDIDATES_H
#define QUERY_CANDIDATES_H

#include "allotype.h"
#include "query/find.h"
#include "query/view.h"

/* Writes up to CAPACITY of those of LEAF, what it says itself first, then what
 * its site leaves possible; how many there are. */
size_t query_candidates(const struct query_view *view,
			const struct query_leaf *leaf,
			struct alloc_candidate *candidates, size_t capacity);

#endif
