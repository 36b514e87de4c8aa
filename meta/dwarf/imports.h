/* SPDX-License-Identifier: Apache-2.0 */
/* Dynamic relocations and PLT stubs, read once. */
#ifndef META_DWARF_IMPORTS_H
#define META_DWARF_IMPORTS_H

struct import_table;

void import_table_destroy(struct import_table *table);

#endif
