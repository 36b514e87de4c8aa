/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What functions of known names (strdup, fopen, ...) that a file defines
 * allocate is charged to those who call them.
 */
#ifndef META_FLOW_STRIPPED_H
#define META_FLOW_STRIPPED_H

#include "base/status.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/model.h"

/* Every call on a way from such a function to malloc becomes a WRAPPER site.
 * In a file without debug information other calls of such functions become
 * OBJECT sites.  MODEL's sites must be sorted by address, and stay so. */
enum status stripped_infer(struct debuginfo *info, struct model *model,
			   const char **reason);

#endif
