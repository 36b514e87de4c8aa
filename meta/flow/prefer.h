/* SPDX-License-Identifier: Apache-2.0 */
/* What raises one candidate above others that are as good by their size. */
#ifndef META_FLOW_PREFER_H
#define META_FLOW_PREFER_H

#include "meta/flow/ballot.h"

/* Of the members of a union, local variables point to such alone, and a whole
 * number of them is asked for, and not exactly as many as there are others. */
void prefer_local(struct ballot *b);

/* Of records as large, the one that the object is first assigned to as: it may be
 * cast to others after that. */
void prefer_first(struct ballot *b);

/* Numbers may hold pointers, and what holds either tells of the pointers. */
void prefer_pointers(struct ballot *b);

#endif
