/* SPDX-License-Identifier: Apache-2.0 */
/* What the types of functions say of them.  Either number may be MODEL_NONE. */
#ifndef META_FLOW_SIGNATURE_H
#define META_FLOW_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/model.h"

/* Has SUBPROGRAM a parameter of type void *? */
bool signature_takes_memory(const struct model *model, uint32_t subprogram);

/* Has a function of TYPE a parameter that may be a size? */
bool signature_takes_number(const struct model *model, uint32_t type);

/* Or one that points to characters or bytes? */
bool signature_takes_characters(const struct model *model, uint32_t type);

/* Is it T *make<T>(size_t), with no parameter but numbers? */
bool signature_is_generic_allocator(const struct model *model,
				    uint32_t subprogram);

#endif
