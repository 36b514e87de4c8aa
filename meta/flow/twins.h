/* SPDX-License-Identifier: Apache-2.0 */
/* Sites that are one call of the text. */
#ifndef META_FLOW_TWINS_H
#define META_FLOW_TWINS_H

#include <stdbool.h>

#include "meta/flow/flow.h"

/* Do A and B call the same in the same line of the text?  Compilers make several
 * calls of one, for each of the ways through it. */
bool twins_are_of_one_call(const struct flow *flow, const struct flow_site *a,
			   const struct flow_site *b);
/* Are A and B the same call of one function, wherever that is inlined? */
bool twins_are_copies(const struct flow *flow, const struct flow_site *a,
		      const struct flow_site *b);

#endif
