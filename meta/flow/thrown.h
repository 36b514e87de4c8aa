/* SPDX-License-Identifier: Apache-2.0 */
/* Type information that __cxa_throw is given (Itanium C++ ABI 2.4): what the
 * object thrown is. */
#ifndef META_FLOW_THROWN_H
#define META_FLOW_THROWN_H

#include "base/status.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/model.h"

struct thrown {
	struct thrown_type {
		uint64_t address; /* of type information, or a slot with it */
		uint32_t type;
	} *at;                    /* by address */
	uint32_t count, capacity;
};

/* All of a file that throws; nothing of others. */
enum status thrown_read(struct debuginfo *info, const struct model *model,
			struct thrown *thrown);
void thrown_deinit(struct thrown *thrown);

/* The type that the type information at ADDRESS is of, or MODEL_NONE. */
uint32_t thrown_type(const struct thrown *thrown, uint64_t address);

#endif
