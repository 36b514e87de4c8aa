/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates that nothing points to as what they are, but as the record that
 * they begin with, or as a union that has them. */
#ifndef META_FLOW_WIDEN_H
#define META_FLOW_WIDEN_H

#include "meta/flow/ballot.h"

/* Adds, of all records that begin with the best candidate, a smaller one, the
 * only one of the size asked for.  Other candidates have their scores. */
void widen_by_size(struct ballot *b);
/* Adds or raises a record that adds nothing to a candidate, and that a local
 * variable points to. */
void widen_by_local(struct ballot *b);
/* The same of one that the functions take that it holds, or that the allocator
 * is given. */
void widen_by_function(struct ballot *b);
/* Adds the member of a union that is too large: of those of the size asked for,
 * the one that fits what is stored. */
void widen_to_member(struct ballot *b);

#endif
