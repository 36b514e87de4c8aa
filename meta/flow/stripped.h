/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sites of a file without debug information: what its functions of known
 * names allocate is charged to those who call them.
 */
#ifndef META_FLOW_STRIPPED_H
#define META_FLOW_STRIPPED_H

#include "base/status.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/model.h"

/* Every call on a way from a known allocating function (strdup, fopen, ...)
 * that this file defines to malloc becomes a WRAPPER site; calls of such
 * functions elsewhere become OBJECT sites. */
enum status stripped_infer(struct debuginfo *info, struct model *model,
			   const char **reason);

#endif
