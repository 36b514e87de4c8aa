/* SPDX-License-Identifier: Apache-2.0 */
/* The C and C++ spelling of types. */
#ifndef META_DWARF_NAMES_H
#define META_DWARF_NAMES_H

#include <stdbool.h>

#include "meta/model.h"

/* Sets the name of every type.  False: no memory. */
bool type_names_spell(struct model *model);

#endif
