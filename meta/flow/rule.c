/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/rule.h"

#include "meta/abi.h"

/* A machine with a link register saves it next to the frame register, if it
 * makes a frame record at all (AAPCS64 6.4.6). */
static bool return_is_known(const struct abi *abi, const struct cfa_rule *rule)
{
	if (abi->link == ABI_NO_REGISTER)
		return true;
	return rule->frame_offset && rule->return_offset &&
	       rule->return_offset == rule->frame_offset + 8;
}

bool rule_at_call(struct debuginfo *info, const struct model *model,
		  uint64_t pc, struct model_rule *out)
{
	const struct abi *abi = abi_of(model->machine);
	struct cfa_rule rule;

	if (!abi || !debuginfo_cfa_rule(info, pc, &rule) ||
	    rule.frame_offset > INT16_MAX || rule.frame_offset < INT16_MIN ||
	    (rule.reg != abi->stack && rule.reg != abi->frame) ||
	    !return_is_known(abi, &rule))
		return false;
	out->cfa_offset = rule.offset;
	out->rbp_offset = (int16_t)rule.frame_offset;
	out->base = rule.reg == abi->stack ? ALLOTYPE_META_BASE_RSP
					   : ALLOTYPE_META_BASE_RBP;
	return true;
}
