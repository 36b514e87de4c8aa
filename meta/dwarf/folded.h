/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that debug information only declares though their code is here:
 * compilers that make a function of another one, which is equal, forget to
 * describe it.  Where the code is, the symbol table says.
 */
#ifndef META_DWARF_FOLDED_H
#define META_DWARF_FOLDED_H

#include "base/status.h"
#include "meta/model.h"

/* Adds them to the functions of MODEL, which is complete and sorted. */
enum status folded_add(struct model *model);

#endif
