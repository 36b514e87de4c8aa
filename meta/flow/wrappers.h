/* SPDX-License-Identifier: Apache-2.0 */
/* Which functions hand on what they allocate to their callers. */
#ifndef META_FLOW_WRAPPERS_H
#define META_FLOW_WRAPPERS_H

#include "meta/flow/flow.h"

/* Decides whether FUNCTION, which has been run, is a wrapper. */
bool wrapper_describe(struct flow *flow, uint32_t function,
		      struct allocator *wrapper);

/* Is the result of SITE handed on by its function, a wrapper? */
bool wrapper_hands_on(const struct flow *flow, const struct flow_site *site);

#endif
