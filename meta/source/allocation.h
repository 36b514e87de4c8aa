/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one call in a parsed statement allocates, by its sizeofs, casts and
 * target.  A sizeof outside a product wins over the target; records win over
 * scalars; bytes are said only when nothing says more.
 */
#ifndef META_SOURCE_ALLOCATION_H
#define META_SOURCE_ALLOCATION_H

#include "base/status.h"
#include "meta/source/ctype.h"

struct allocation {
	struct ctype type;   /* of the object or its elements */
	uint32_t evidence;   /* enum alloc_evidence */
	uint64_t multiple;   /* the size is a multiple of this, or 0 */
	bool single;
};

/* NODE is a NODE_CALL or NODE_NEW.  NOT_FOUND: it does not say. */
enum status allocation_judge(const struct scope *scope, uint32_t node,
			     struct allocation *allocation);

/* The name of what NODE, a NODE_CALL, calls; NULL if that is not a name. */
const struct token *allocation_callee(const struct expression_tree *tree,
				      uint32_t node);

#endif
