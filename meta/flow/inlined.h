/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers that calls are inlined from. */
#ifndef META_FLOW_INLINED_H
#define META_FLOW_INLINED_H

#include "meta/flow/flow.h"

/* A wrapper that exists only inlined is never examined as a function:
 * returning void *, or characters for characters, makes it one, unless it
 * keeps an object to itself.  Marks all of them. */
enum status inlined_mark_wrappers(struct flow *flow);

/* Wrappers may keep some objects to themselves and give on others: finds what
 * sites inlined from them are of that kind (kept_in). */
void inlined_mark_kept(struct flow *flow);

/* The characters that a wrapper returns which SITE is inlined from, as strdup
 * does; or MODEL_NONE. */
uint32_t inlined_characters(const struct flow *flow,
			    const struct flow_site *site);
/* How many bytes a record has that an inlined wrapper puts before the object of
 * SITE, which it then gives on; or 0. */
int32_t inlined_header(const struct flow *flow, const struct flow_site *site);

#endif
