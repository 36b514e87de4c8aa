/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the types that a site names its object looks like: pointers to
 * the right kinds of things, numbers and texts where they belong. */
#ifndef QUERY_CONTENT_H
#define QUERY_CONTENT_H

#include "query/collected.h"
#include "query/fields.h"
#include "query/window.h"

/* Chooses for LEAF, a live heap object; false when its content does not tell
 * the types apart.  VERDICT gets what to remember. */
bool content_choose(const struct query_view *view, struct fields *fields,
		    struct window *window, const struct query_leaf *leaf,
		    struct collected_object *verdict);

/* The member of the union at ADDRESS whose type its content suits, and no
 * other's; NULL when it does not tell. */
const struct alloc_type *content_member(const struct query_view *view,
					struct fields *fields,
					struct window *window,
					const struct alloc_type *bare,
					uint64_t address);

#endif
