/* SPDX-License-Identifier: Apache-2.0 */
/* How to step out of a frame, for the runtime: meta/FORMAT.md, Rules. */
#ifndef META_FLOW_RULE_H
#define META_FLOW_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/dwarf/debuginfo.h"
#include "meta/model.h"

/* The rule at the call at PC; false when there is none, or the format cannot
 * say it. */
bool rule_at_call(struct debuginfo *info, const struct model *model,
		  uint64_t pc, struct model_rule *rule);

#endif
