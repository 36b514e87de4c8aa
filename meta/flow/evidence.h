/* SPDX-License-Identifier: Apache-2.0 */
/* What has been seen of the uses of one allocation. */
#ifndef META_FLOW_EVIDENCE_H
#define META_FLOW_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum evidence_kind {
	EVIDENCE_VARIABLE,    /* assigned to a T * variable */
	EVIDENCE_MEMBER,      /* stored to a T * member */
	EVIDENCE_GLOBAL,      /* stored to a T * static */
	EVIDENCE_RETURN,      /* returned as T * */
	EVIDENCE_ARGUMENT,    /* passed as T * */
	EVIDENCE_INLINED,     /* passed as T * to an inlined function */
	EVIDENCE_CONSTRUCTOR,
	EVIDENCE_REALLOC,     /* T of the old pointer */
	EVIDENCE_UNION,       /* stored to one of several members */
	EVIDENCE_NEIGHBOUR,   /* to a member at a wrapped-around offset */
	EVIDENCE_TEMPLATE,    /* of the enclosing allocator<T> */
	EVIDENCE_CALLEE,      /* the callee always allocates T */
	EVIDENCE_SIZEOF,
	EVIDENCE_CAST,
	EVIDENCE_THROWN,      /* thrown as T */
	EVIDENCE_TABLE,       /* given the virtual table of T */
	EVIDENCE_DECLARED,    /* ALLOC_TYPED(T, expression) */
	EVIDENCE_COMPILER,    /* noted down by the compiler */
	EVIDENCE_HANDLE,      /* returned as void *, which the file takes for T */
	EVIDENCE_SHAPE,       /* the file's only record of the size asked for
				 and with members where it is stored to */
	EVIDENCE_PART,        /* what is made in it is part of it */
	EVIDENCE_COPY,        /* T is copied to it */
	EVIDENCE_DUPLICATE,   /* the callee makes a copy of what is a T */
	EVIDENCE_TAG,         /* the enumerator put into it is named after T */
	EVIDENCE_KINDS,
};

struct evidence {
	uint32_t type;        /* T; MODEL_NONE: void */
	int32_t offset;       /* the pointer was this far into the object, or
				 VALUE_INSIDE it */
	uint8_t kind;
	bool partial;         /* on some ways only */
};

struct evidence_list {
	struct evidence *at;
	uint32_t count, capacity;
};

/* Adds it unless it is there. */
enum status evidence_add(struct evidence_list *list,
			 const struct evidence *evidence);
void evidence_clear(struct evidence_list *list);
void evidence_deinit(struct evidence_list *list);

/* How much one piece of evidence counts. */
int evidence_weight(const struct evidence *evidence);
/* Is what has evidence of this KIND kept as what it says? */
bool evidence_is_kept(uint32_t kind);
/* Its name in answers: enum alloc_evidence. */
uint32_t evidence_public(enum evidence_kind kind);

#endif
