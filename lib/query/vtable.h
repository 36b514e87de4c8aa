/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a live object's virtual table pointers say of its type (Itanium C++
 * ABI 2.5): the most derived class, where the static answer is a base class,
 * none, or one of several.
 */
#ifndef QUERY_VTABLE_H
#define QUERY_VTABLE_H

#include "query/find.h"

/*
 * Looks into the live object that LEAF is and makes its type better where
 * that says more.  An object that is being constructed, or was freed before
 * and not yet written, never makes an answer that fits worse.  Reads only
 * what the object and loaded files have in memory.
 */
void query_vtable_refine(const struct query_view *view,
			 struct query_leaf *leaf);

/* Reads the offset of a virtual base from the table of LEAF's part at PLACE, an
 * address: SLOT bytes before where its pointer leads to.  False: there is no
 * such table. */
bool query_vtable_base_offset(const struct query_view *view,
			      const struct query_leaf *leaf, uint64_t place,
			      uint64_t slot, int64_t *offset);

#endif
