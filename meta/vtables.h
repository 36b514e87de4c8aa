/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual tables (Itanium C++ ABI 2.5): which class each symbol _ZTV... and
 * _ZTC... belongs to.
 */
#ifndef META_VTABLES_H
#define META_VTABLES_H

#include "base/status.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/model.h"

/*
 * Fills MODEL's vtables from its symbols and functions.  A class is found by
 * the linkage names of its member functions, which begin as the table's name
 * does; without any, by its name; of several of one name, by the functions
 * in the table.  NO_MEMORY is the only failure.
 */
enum status vtables_find(struct debuginfo *info, struct model *model);

#endif
