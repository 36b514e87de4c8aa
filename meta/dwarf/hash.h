/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content hashes of types, as meta/FORMAT.md defines them.  The full hash
 * is a type's identity.  Within a record, what lies behind a pointer counts
 * by its shallow hash, which knows a record by its tag only: so recursion
 * ends, and a record hashes alike whether its pointees are defined or only
 * declared.
 */
#ifndef META_DWARF_HASH_H
#define META_DWARF_HASH_H

#include "meta/model.h"

/* In the flags of a type while a file is read: an anonymous record whose name
 * is that of the typedef made for it, which then counts as its tag. */
enum { MODEL_TYPE_NAMED_BY_TYPEDEF = 1 << 15 };

struct type_hashes;

/* Of MODEL's types from number FIRST on; older ones have their full hashes in
 * place and their shallow ones in SHALLOW.  NULL: no memory. */
struct type_hashes *type_hashes_create(const struct model *model,
				       uint32_t first, const uint64_t *shallow);
void type_hashes_destroy(struct type_hashes *hashes);

uint64_t type_hash_full(struct type_hashes *hashes, uint32_t type);
uint64_t type_hash_shallow(struct type_hashes *hashes, uint32_t type);
/* Does FIRST and COUNT of such a type mean members? */
bool hash_kind_has_members(uint8_t kind);

#endif
