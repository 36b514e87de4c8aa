/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the source says of the sites.  Reading it takes as long as interpreting
 * the functions, and one thread at a time can: a batch does both at once.
 */
#ifndef META_FLOW_HINTS_H
#define META_FLOW_HINTS_H

#include <stdatomic.h>

#include "meta/flow/flow.h"
#include "meta/flow/size.h"

struct hint_question {
	uint32_t site;
	struct source_call call;
};

/* Questions that do not wait for what interpretation finds. */
struct hints {
	struct flow *flow;
	struct hint_question *questions;
	uint32_t count;
	atomic_flag taken;      /* by the thread that reads the source */
};

/* Asks about SITE, which asks for SIZE, unless that has been done. */
void hints_ask(struct flow *flow, struct flow_site *site,
	       const struct site_size *size);

/* Finds what there is to ask about the sites of FUNCTIONS. */
enum status hints_begin(struct hints *hints, struct flow *flow,
			const uint32_t *functions, uint32_t count);
/* Asks all of it, unless another thread does.  Changes nothing but the hints of
 * the sites. */
void hints_run(struct hints *hints);
void hints_end(struct hints *hints);

#endif
