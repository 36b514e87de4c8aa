/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Location lists and expressions, read in place: libdw keeps a tree of all
 * the expressions that it was asked for.  What is not known here is left to
 * it.
 */
#ifndef META_DWARF_LOCLISTS_H
#define META_DWARF_LOCLISTS_H

#include "meta/dwarf/reader.h"

/* More operations than a translation understands. */
#define EXPRESSION_OPS 12

/* The operations of the expression that ATTRIBUTE is; 0 if it is empty, too
 * long or has others than those that locations.c knows. */
size_t expression_of(Dwarf_Attribute *attribute, Dwarf_Op ops[EXPRESSION_OPS]);

/*
 * Calls VISIT for each entry of the list that ATTRIBUTE refers to, with 0
 * operations for an expression as above.  False: it is no list, or one that
 * libdw must read from its beginning.
 */
bool loclist_read(struct reader *reader, Dwarf_Attribute *attribute,
		  void (*visit)(void *context, uint64_t low, uint64_t high,
				const Dwarf_Op *ops, size_t count),
		  void *context);

#endif
