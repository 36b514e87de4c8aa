/* SPDX-License-Identifier: Apache-2.0 */
/* What the evidence on one allocation says it may be, to be weighed. */
#ifndef META_FLOW_BALLOT_H
#define META_FLOW_BALLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/flow/choose.h"
#include "meta/flow/flow.h"
#include "meta/flow/size.h"

/* How a candidate's size goes with the size asked for. */
enum fit {
	FIT_UNKNOWN,
	FIT_EXACT,    /* equal, or equal to an array's element */
	FIT_ARRAY,    /* a multiple */
	FIT_LARGER,   /* more is asked for: a tail, or a guess */
	FIT_IMPOSSIBLE, /* less than the type needs is asked for */
};

struct candidate {
	uint64_t hash;
	uint64_t size;
	uint32_t type, bare;
	uint32_t kinds, partial_kinds; /* bit sets of enum evidence_kind */
	int32_t offset;
	int score, spelling;    /* weight of the evidence that spelled it */
	enum fit fit;
	bool bytes;
	bool local;            /* local variables point to such, asked of
				  members of unions only */
	bool said;              /* by the source */
};

struct ballot {
	const struct flow *flow;
	const struct flow_site *site;
	struct site_size size;
	struct candidate candidates[CHOICE_CANDIDATES];
	uint32_t count;
	bool approximate;       /* the size is a guess */
	int32_t header;         /* bytes before the object, of a record that
				   an inlined wrapper puts there */
};

/* Is evidence of this KIND all that there is for C? */
static inline bool ballot_is_only_of(const struct candidate *c,
				     enum evidence_kind kind)
{
	return (c->kinds | c->partial_kinds) == 1u << kind;
}

static inline bool ballot_is_only_of_union(const struct candidate *c)
{
	return ballot_is_only_of(c, EVIDENCE_UNION);
}

/* The candidate for TYPE at OFFSET, made if there is room; or NULL. */
struct candidate *ballot_find(struct ballot *b, uint32_t type, int32_t offset);
/* Adds what E says; returns the candidate, or NULL if it says nothing of an
 * object. */
struct candidate *ballot_add(struct ballot *b, const struct evidence *e);
bool ballot_is_new_array(const struct ballot *b);
/* All evidence at the object's beginning; or, when that says nothing of a
 * type, the evidence further inside. */
void ballot_collect(struct ballot *b);
/* Nothing is known of its beginning, and a record lies behind that,
 * somewhere: a buffer before its header, and bytes for all anybody knows. */
bool ballot_is_before_record(const struct ballot *b);

#endif
