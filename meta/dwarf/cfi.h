/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of debuginfo_cfa_rule, remembered. */
#ifndef META_DWARF_CFI_H
#define META_DWARF_CFI_H

struct cfi_table;

void cfi_table_destroy(struct cfi_table *table);

#endif
