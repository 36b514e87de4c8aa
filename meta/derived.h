/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which types of a model are derived ones in its metadata file (meta/FORMAT.md):
 * functions, typedefs, qualified types and plain pointers whose content hash
 * readers can work out.
 */
#ifndef META_DERIVED_H
#define META_DERIVED_H

#include <stdbool.h>

#include "meta/model.h"

/* One for each type of the model; NULL: no memory.  To be freed. */
bool *derived_types(const struct model *model);

#endif
