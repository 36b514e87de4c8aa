/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a type whose content tells something: pointers above all.
 * Bit-fields tell nothing, nor do members of unions, as long as nobody knows
 * which of them holds (content_member).
 */
#ifndef QUERY_FIELDS_H
#define QUERY_FIELDS_H

#include <stdint.h>

#include "allotype.h"

enum field_kind {
	FIELD_POINTER, /* to data */
	FIELD_CODE,    /* a pointer to a function */
	FIELD_BOOL,
	FIELD_FLOAT,   /* 4 or 8 bytes */
	FIELD_WORD,    /* an integer of 8 bytes */
	FIELD_TEXT,    /* an array of characters */
	FIELD_UNION,   /* with pointers in it */
};

struct field {
	const struct alloc_type *pointee; /* of a pointer to data; the union */
	uint32_t offset;
	uint32_t size;
	uint32_t kind; /* enum field_kind */
	uint32_t pad;
};

struct field_list {
	const struct alloc_type *type;
	uint32_t count;
	uint32_t pointers; /* to data, and unions */
	struct field fields[];
};

/* Lists that were made already; in memory of the system's. */
struct fields;

/* NULL when memory is exhausted. */
struct fields *fields_create(void);
void fields_destroy(struct fields *fields);

/* The fields of TYPE by rising offset, the first few hundred at most; of an
 * array those of all its elements.  Valid until the next call.  Never NULL. */
const struct field_list *fields_of(struct fields *fields,
				   const struct alloc_type *type);

#endif
