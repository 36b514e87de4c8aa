/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a model's arrays in the order that model.h promises, without doubles.
 * Orders are total, so that equal input gives equal output. */
#ifndef META_DWARF_SORT_H
#define META_DWARF_SORT_H

#include "meta/model.h"

void sort_sections(struct model *model);
void sort_symbols(struct model *model);
void sort_statics(struct model *model);
void sort_allocated(struct model *model);
void sort_functions(struct model *model);
void sort_lines(struct model *model);

#endif
