/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Split units that were put together into one package, FILE.dwp (DWARF 5
 * section 7.3.5; the GNU form of version 2 for DWARF 4).
 */
#ifndef META_DWARF_PACKAGE_H
#define META_DWARF_PACKAGE_H

#include "meta/dwarf/reader.h"

/* Where there is a package beside the ELF file, or beside its debug file, opens
 * INFO's debug information again with the package's units at hand.  Else, and
 * where that fails, INFO stays as it is. */
void package_open(struct debuginfo *info);

#endif
