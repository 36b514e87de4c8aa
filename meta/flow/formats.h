/* SPDX-License-Identifier: Apache-2.0 */
/* What format strings say of the memory that scanf and its like fill. */
#ifndef META_FLOW_FORMATS_H
#define META_FLOW_FORMATS_H

#include "meta/flow/interpret.h"

/* Notes the real numbers that the call of CALLEE at hand reads into
 * allocations. */
void formats_note(struct walk *walk, const struct flow_callee *callee);

#endif
