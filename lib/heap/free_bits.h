/* SPDX-License-Identifier: Apache-2.0 */
/* The bitmap of a MiniPage's free segments, for its owner. */
#ifndef HEAP_FREE_BITS_H
#define HEAP_FREE_BITS_H

#include <stdint.h>

#include "heap/unit.h"

/* As popcnt, which not every processor of the architecture has (H. Warren,
 * Hacker's Delight, 5-1). */
static inline unsigned int bits_count(uint64_t bits)
{
	bits -= bits >> 1 & 0x5555555555555555;
	bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned int)(bits * 0x0101010101010101 >> 56);
}

/* Those of BITS, of word W, are free from now on. */
static inline void free_bits_add(minipage *page, unsigned int w, uint64_t bits)
{
	if (!bits)
		return;
	*unit_free_word(page, w) |= bits;
	page->summary |= UINT64_C(1) << w;
	page->taken -= (uint16_t)bits_count(bits);
}

/* The lowest *COUNT bits of BITS, or all when there are fewer. */
static inline uint64_t bits_lowest(uint64_t bits, unsigned int *count)
{
	unsigned int n = bits_count(bits);
	uint64_t rest = bits;

	if (n <= *count) {
		*count = n;
		return bits;
	}
	n = 0;
	for (; rest && n < *count; n++)
		rest &= rest - 1;
	*count = n;
	return bits & ~rest;
}

#endif
