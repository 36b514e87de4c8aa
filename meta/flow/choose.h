/* SPDX-License-Identifier: Apache-2.0 */
/* Weighs the evidence on one allocation. */
#ifndef META_FLOW_CHOOSE_H
#define META_FLOW_CHOOSE_H

#include "meta/flow/flow.h"
#include "meta/flow/size.h"

enum choice_class {
	CHOICE_NONE,    /* nothing is known */
	CHOICE_BYTES,
	CHOICE_TYPE,
	CHOICE_FREE,    /* realloc(p, 0) allocates nothing */
};

struct choice_candidate {
	uint32_t type;
	uint32_t evidence;      /* enum alloc_evidence */
	uint32_t kinds;         /* bit set of enum evidence_kind */
	int32_t offset;
	int score;
};
#define CHOICE_CANDIDATES 48
#define CHOICE_ALTERNATIVES 4

struct choice {
	struct site_size size;
	enum choice_class class;
	struct choice_candidate best;
	struct choice_candidate others[CHOICE_ALTERNATIVES];
	uint32_t other_count;
	uint8_t confidence;     /* percent */
	bool single;            /* exactly one object */
};

/* Asks the source about SITE on first need. */
void choose_type(struct flow *flow, struct flow_site *site,
		 struct choice *choice);

#endif
