/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds every call that allocates, through wrappers of any depth, and infers
 * what it allocates from the machine code after it and the debug
 * information: a flow-sensitive abstract interpretation of each function
 * that reaches an allocator.
 */
#ifndef META_FLOW_SITES_H
#define META_FLOW_SITES_H

#include "base/status.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/model.h"
#include "meta/source/source.h"

/* Adds the sites and their alternatives to MODEL.  SOURCE may be NULL: no
 * source evidence then.  THREADS work at it; they change no answer. */
enum status sites_infer(struct debuginfo *info, struct model *model,
			struct source *source, unsigned int threads,
			const char **reason);

#endif
