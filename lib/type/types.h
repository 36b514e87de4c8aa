/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical types: two equal types, of whatever files, are one pointer.  A
 * lock-free table keyed by content hash, filled by the queries that first
 * meet a type; memory is reserved once and only touched later, so nothing
 * allocates or locks.  The public struct alloc_type is an entry of it.
 */
#ifndef TYPE_TYPES_H
#define TYPE_TYPES_H

#include "allotype.h"
#include "base/status.h"
#include "type/metafile.h"

/* Reserves the table; once, before any other call. */
enum status types_init(void);

/* Type INDEX of FILE; NULL for ALLOTYPE_META_NONE, bad indexes and a full
 * table.  FILE must stay valid for ever. */
const struct alloc_type *types_from_file(const struct metafile *file,
					 uint32_t index);
/* How far before the address that TYPE's virtual table pointer holds the word
 * is that has the offset of its virtual base, member INDEX; 0: not known. */
uint64_t types_virtual_base_slot(const struct alloc_type *type, size_t index);
/* ELEMENT[COUNT], made when needed. */
const struct alloc_type *types_array(const struct alloc_type *element,
				     uint64_t count);
const struct alloc_type *types_pointer(const struct alloc_type *target);
/* The runtime's own, equal to the same types of C files' DWARF. */
enum types_builtin {
	TYPES_VOID, TYPES_CHAR, TYPES_UNSIGNED_CHAR, TYPES_INT,
	TYPES_UNSIGNED_LONG, TYPES_BUILTIN_COUNT,
};
const struct alloc_type *types_builtin(enum types_builtin which);

#endif
