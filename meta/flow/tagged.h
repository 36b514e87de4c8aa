/* SPDX-License-Identifier: Apache-2.0 */
/* Records with a member that tells which of several they are, by an enumerator
 * that is named after them: T_Alias in a struct Alias. */
#ifndef META_FLOW_TAGGED_H
#define META_FLOW_TAGGED_H

#include "meta/flow/size.h"

/* The only record of the SIZE that SITE asks for with a member of an enumeration
 * in which the site puts what is named after the record, or which it gives to who
 * makes it; or MODEL_NONE. */
uint32_t tagged_record(const struct flow *flow, const struct flow_site *site,
		       const struct site_size *size);

#endif
