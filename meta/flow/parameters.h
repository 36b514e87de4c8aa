/* SPDX-License-Identifier: Apache-2.0 */
/* What functions take: by their types, and by what they do with it. */
#ifndef META_FLOW_PARAMETERS_H
#define META_FLOW_PARAMETERS_H

#include "meta/flow/flow.h"

/* Types of CALLEE's arguments by register (MODEL_NONE: not known) and of
 * its result. */
void flow_callee_parameters(struct flow *flow,
			    const struct flow_callee *callee,
			    uint32_t types[MACHINE_ARGUMENTS],
			    uint32_t *result);

/* Those of the function NUMBER as it takes them itself: where one is void *, a
 * variable with its value may tell what it points to.  That is no more than what
 * the function does with it: free takes whatever it is given for its own. */
void flow_own_parameters(struct flow *flow, uint32_t number,
			 uint32_t types[MACHINE_ARGUMENTS]);

/* Is the address of a result of TYPE the first argument? */
bool flow_result_is_passed(const struct abi *abi, const struct model *model,
			   uint32_t type);

#endif
