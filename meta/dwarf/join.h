/* SPDX-License-Identifier: Apache-2.0 */
/* What was read of some of a file's units, put behind what was read of the
 * units before them. */
#ifndef META_DWARF_JOIN_H
#define META_DWARF_JOIN_H

#include "meta/dwarf/reader.h"

/* Moves PART's contents behind those of READER's model; types that it has
 * already stay as they are.  PART is of no use any more. */
void model_join(struct reader *reader, struct model *part);

#endif
