/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where runs begin: a bit per page, with a bit per word of it above, and so
 * on, so that the run that holds a page is found in a few loads.
 */
#ifndef HEAP_STARTS_H
#define HEAP_STARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/heap_layout.h"

static inline uint64_t *starts_word(const struct allotype_region *region,
				    int level, uint64_t word)
{
	return (uint64_t *)(uintptr_t)region->starts[level] + word;
}

/* Both under region_lock; readers come at any time. */
static inline void starts_set(const struct allotype_region *region,
			      uint64_t page)
{
	for (int level = 0; level < ALLOTYPE_RUN_LEVELS; level++) {
		uint64_t *word = starts_word(region, level, page / 64);
		uint64_t before = __atomic_fetch_or(
			word, UINT64_C(1) << (page & 63), __ATOMIC_RELEASE);

		if (before)
			return;
		page /= 64;
	}
}

static inline void starts_clear(const struct allotype_region *region,
				uint64_t page)
{
	for (int level = 0; level < ALLOTYPE_RUN_LEVELS; level++) {
		uint64_t *word = starts_word(region, level, page / 64);
		uint64_t bit = UINT64_C(1) << (page & 63);

		if (__atomic_and_fetch(word, ~bit, __ATOMIC_RELEASE))
			return;
		page /= 64;
	}
}

/* The page at or before PAGE where the last run begins. */
static inline bool starts_find(const struct allotype_region *region,
			       uint64_t page, uint64_t *first)
{
	uint64_t at = page, bits;
	int level = 0;

	for (;;) {
		bits = *starts_word(region, level, at / 64) &
		       (~UINT64_C(0) >> (63 - (at & 63)));
		if (bits)
			break;
		/* Nothing in this word: look before it, a level higher. */
		at /= 64;
		if (!at || ++level == ALLOTYPE_RUN_LEVELS)
			return false;
		at--;
	}
	at = at / 64 * 64 + (63 - (uint64_t)__builtin_clzll(bits));
	while (level-- > 0) {
		bits = *starts_word(region, level, at);
		if (!bits)
			return false;
		at = at * 64 + (63 - (uint64_t)__builtin_clzll(bits));
	}
	*first = at;
	return true;
}

#endif
