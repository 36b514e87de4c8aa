/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that an allocator is given along with a size, or that are put into
 * what it gives. */
#ifndef META_FLOW_CALLBACKS_H
#define META_FLOW_CALLBACKS_H

#include "meta/flow/flow.h"

/* The only record of SIZE bytes that the functions among SITE's arguments, and
 * in its object, take by pointer: it is theirs to work on.  MODEL_NONE if there
 * is none, or several. */
uint32_t callbacks_record(const struct flow *flow,
			  const struct flow_site *site, uint64_t size);

#endif
