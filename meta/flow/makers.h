/* SPDX-License-Identifier: Apache-2.0 */
/*
 * T *make(size), inlined: does it make what its caller asks for, a record that
 * begins with a T?  Out of line the size that it hands on tells; the copies
 * ask for numbers.
 */
#ifndef META_FLOW_MAKERS_H
#define META_FLOW_MAKERS_H

#include "meta/flow/flow.h"

/* What is known of one function by its copies. */
struct maker {
	bool makes_several; /* records of several types */
	bool told_several;  /* various sizes by its parameters */
	bool told_derived;  /* the size of what is not just a T */
	bool untold;        /* asks for another size than it is told */
	uint64_t made;      /* hash of the record that it made last, or 0 */
	uint64_t told;      /* size that it was told last, or 0 */
};

/* Notes in MAKER what the copy INSTANCE makes at SITE. */
void maker_note(struct flow *flow, struct flow_site *site, uint32_t instance,
		struct maker *maker);

/* Is the object of SITE, known not to be a record that begins with a T, none of
 * those that T *make(size), inlined as INSTANCE, makes for its callers? */
bool maker_keeps(struct flow *flow, struct flow_site *site, uint32_t instance);

/* Is what it makes its caller's? */
bool maker_gives_on(const struct maker *maker);

#endif
