/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIEs and their attributes.  libdw looks for each attribute from the DIE's
 * beginning, and for the abbreviation of each DIE anew; here abbreviations
 * tell where values are, and where they cannot, the places are remembered for
 * the DIEs met last.  What values mean remains libdw's business, and so does
 * every DIE that has a form not known here.
 */
#ifndef META_DWARF_DIES_H
#define META_DWARF_DIES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

struct dies;

/* NULL: no memory; everything works then, but slowly. */
struct dies *dies_create(void);
void dies_destroy(struct dies *dies);
/* What the calling thread uses from now on; NULL: libdw alone. */
void dies_use(struct dies *dies);
/* What the calling thread uses has other units before it from now on. */
void dies_forget(void);

/* As dwarf_tag, dwarf_attr, dwarf_attr_integrate and dwarf_hasattr. */
int die_tag(Dwarf_Die *die);
bool die_attribute(Dwarf_Die *die, unsigned int name,
		   Dwarf_Attribute *attribute);
bool die_attribute_integrated(Dwarf_Die *die, unsigned int name,
			      Dwarf_Attribute *attribute);
bool die_has(Dwarf_Die *die, unsigned int name);
/* As dwarf_formref_die. */
bool die_target(Dwarf_Attribute *attribute, Dwarf_Die *target);
/* The first child; DIE becomes its next sibling.  False: there is none. */
bool die_child(Dwarf_Die *die, Dwarf_Die *child);
bool die_next(Dwarf_Die *die);

#endif
