/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is at an offset in an object of a type: the chain of elements and
 * members from the object down to the field.
 *
 * Of a union's members all exist at once: the first that is large enough is
 * taken.  A flexible array takes what the object leaves.
 */
#ifndef TYPE_SUBOBJECT_H
#define TYPE_SUBOBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype.h"
#include "base/text.h"

enum { SUBOBJECT_STEPS_MAX = 24 }; /* deeper nesting is cut off */

enum subobject_kind { SUBOBJECT_MEMBER, SUBOBJECT_ELEMENT };

struct subobject_step {
	const struct alloc_type *type;
	const char *name;  /* of a member; NULL: anonymous */
	uint64_t offset;   /* from the start of the object */
	uint64_t size;
	uint64_t index;    /* of an element */
	uint8_t kind;      /* enum subobject_kind */
	bool is_base;      /* a C++ base class */
	bool in_union;     /* one of several possibilities */
	uint16_t bit_size; /* 0: not a bit-field */
};

struct subobject_path {
	unsigned int count;
	struct subobject_step steps[SUBOBJECT_STEPS_MAX];
};

/* Where the virtual bases of an object are, which only its memory says. */
struct subobject_bases {
	/* Reads the offset, from the part of the object at PART, that is SLOT
	 * bytes before the address that the part's virtual table pointer
	 * holds; false: there is none. */
	bool (*offset)(const void *context, uint64_t part, uint64_t slot,
		       int64_t *offset);
	const void *context;
};

/* The steps from an object of TYPE, which occupies SIZE bytes, to what is
 * at OFFSET in it; none when TYPE has no parts there.  Without BASES virtual
 * bases are left out. */
void subobject_find(const struct alloc_type *type, uint64_t size,
		    uint64_t offset, const struct subobject_bases *bases,
		    struct subobject_path *path);

/* Does C write nothing for STEP?  It reaches through anonymous members and
 * base classes. */
bool subobject_is_silent(const struct subobject_step *step);
/* Appends the steps [first, limit) as C writes them: .at[3].y */
void subobject_append(struct text *text, const struct subobject_path *path,
		      unsigned int first, unsigned int limit);

#endif
