/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many functions interpreted at once, on several threads.  A run of one
 * function changes nothing but what is known of that function and of its
 * sites, so that the answers do not depend on who runs when: what functions
 * return unchanged (flow_function.identity) is published between batches.
 */
#ifndef META_FLOW_BATCH_H
#define META_FLOW_BATCH_H

#include "meta/flow/flow.h"

/* Finds out, before the first batch, what functions return unchanged. */
void batch_prepare(struct flow *flow);
/* Interprets the COUNT different FUNCTIONS. */
enum status batch_run(struct flow *flow, const uint32_t *functions,
		      uint32_t count);

#endif
