/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The samples of a profile and their call chains, in private memory beside
 * the heap (heap_layout.h has the published form).  Samples of live objects
 * are found by where these begin; equal chains are kept once, for ever.
 *
 * sample_lock guards all of it; readers need no lock, and bound what they
 * follow.
 */
#ifndef HEAP_SAMPLE_TABLE_H
#define HEAP_SAMPLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/heap_layout.h"
#include "base/lock.h"

enum {
	SAMPLE_MAX = 1 << 18,      /* at a time */
	SAMPLE_CHAIN_BYTES = 1 << 24, /* of all chains */
};

/* A chain that was just walked. */
struct sample_chain {
	uint32_t site, file; /* as in struct allotype_chain */
	uint32_t depth;
	uint64_t callers[ALLOTYPE_CHAIN_MAX];
};

extern struct lock sample_lock; /* rank LOCK_RANK_HEAP_SAMPLES */

/* Once; false without memory. */
bool sample_table_init(uint64_t period);
/* The address of struct allotype_profile. */
uint64_t sample_table_address(void);

/* All under sample_lock. */

/* A live object at BASE of SIZE bytes stands for WEIGHT units of one, which
 * are counted as allocated; false when there is no room. */
bool sample_table_add(uint64_t base, uint64_t size, uint64_t weight,
		      const struct sample_chain *chain);
/* The sample of the object at BASE, or NULL. */
struct allotype_sample *sample_table_find(uint64_t base);
void sample_table_remove(struct allotype_sample *sample);

#endif
