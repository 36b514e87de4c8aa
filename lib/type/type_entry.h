/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a canonical type is inside.  An entry is complete when it is
 * published and never changes, but for its name, which the first to ask may
 * have to spell.
 */
#ifndef TYPE_TYPE_ENTRY_H
#define TYPE_TYPE_ENTRY_H

#include "allotype.h"
#include "type/metafile.h"

struct alloc_type {
	uint64_t hash;  /* content hash (allotype/metafile.h) */
	uint64_t size;
	uint64_t count; /* elements of an array; UINT64_MAX: flexible */
	const struct metafile *file;     /* NULL: made by the runtime */
	const struct alloc_type *target; /* only if file is NULL */
	const char *name; /* NULL: not yet spelled; released, acquired */
	uint32_t index;   /* of the type in file */
	uint8_t kind;     /* enum alloc_kind */
	uint8_t encoding; /* DW_ATE_* */
	uint16_t flags;   /* enum allotype_meta_type_flag */
};

/* LENGTH + 1 bytes of the string arena, or NULL when it is full. */
char *types_reserve_string(size_t length);

#endif
