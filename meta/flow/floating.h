/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects behind a header of a size that is known at run time only: their
 * class says what lies before them, say.  The function that adds the header
 * returns an address somewhere in what it allocated, and its callers know
 * what they get.
 */
#ifndef META_FLOW_FLOATING_H
#define META_FLOW_FLOATING_H

#include "meta/flow/choose.h"
#include "meta/flow/flow.h"

/* Is the object that SITE's function returns behind such a header, which it
 * adds itself? */
bool floating_is_behind_header(const struct flow *flow,
			       const struct flow_site *site);
/* Does the function, which returns a pointer to POINTEE, hand on such an
 * object, which is of the type that CHOICE says, to whoever knows it? */
bool floating_is_wrapper(struct flow *flow, const struct flow_site *site,
			 const struct choice *choice, uint32_t pointee);
/* What WRAPPER, which returns a pointer to POINTEE, is asked for is not all:
 * it is a guess at what plain memory is for, and else nothing. */
void floating_forget_size(const struct flow *flow, struct allocator *wrapper,
			  uint32_t pointee);

#endif
