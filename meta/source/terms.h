/* SPDX-License-Identifier: Apache-2.0 */
/* A size expression as the terms of a sum. */
#ifndef META_SOURCE_TERMS_H
#define META_SOURCE_TERMS_H

#include "meta/source/scope.h"

enum term_kind {
	TERM_SIZEOF,     /* of TYPE */
	TERM_UNRESOLVED, /* sizeof of what we do not know */
	TERM_INTEGER,    /* VALUE */
	TERM_OTHER,
};

struct term {
	struct ctype type; /* an array's element */
	uint64_t value;
	uint8_t kind;      /* enum term_kind */
	uint8_t argument;  /* number among the call's arguments */
	bool multiplied;
};

enum { TERM_LIMIT = 64 };

struct terms {
	struct term at[TERM_LIMIT];
	uint32_t count;
	uint8_t argument; /* of the terms being added */
};

/* Adds the terms of expression NODE. */
void terms_add(const struct scope *scope, uint32_t node, struct terms *terms);

#endif
