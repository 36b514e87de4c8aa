/* SPDX-License-Identifier: Apache-2.0 */
/* What the local variables around a call are about, those too that nothing is
 * left of in the code. */
#ifndef META_FLOW_LOCALS_H
#define META_FLOW_LOCALS_H

#include "meta/flow/flow.h"

/* The only record of SIZE bytes that local variables point to in what SITE is
 * inlined from, or else around that, up to its function; or MODEL_NONE. */
uint32_t locals_record(const struct flow *flow, const struct flow_site *site,
		       uint64_t size);

/* The only record there that is a variable all of whose members, of different
 * sizes, are put at the beginning of SITE's object, one by one; or MODEL_NONE. */
uint32_t locals_header(const struct flow *flow, const struct flow_site *site);

/* Does a local variable there, or a member of one, point to a type of this
 * flow_type_hash? */
bool locals_point_to(const struct flow *flow, const struct flow_site *site,
		     uint64_t hash);

#endif
