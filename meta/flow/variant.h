/* SPDX-License-Identifier: Apache-2.0 */
/* Unions of records: which of them an object has, by all that is put there. */
#ifndef META_FLOW_VARIANT_H
#define META_FLOW_VARIANT_H

#include "meta/flow/flow.h"

/* SITE's object is put into a union within another object that the same function
 * makes.  Is there no record of this union that has a pointer of the type with
 * this HASH (flow_type_hash of what it points to) in its place, and members
 * wherever else that object's union is stored to? */
bool variant_contradicts(const struct flow *flow, const struct flow_site *site,
			 uint64_t hash);

#endif
