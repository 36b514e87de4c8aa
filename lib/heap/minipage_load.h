/* SPDX-License-Identifier: Apache-2.0 */
/* From a MiniPage to the stack of segments at hand of its owner. */
#ifndef HEAP_MINIPAGE_LOAD_H
#define HEAP_MINIPAGE_LOAD_H

#include "heap/free_bits.h"
#include "heap/security.h"
#include "heap/thread.h"
#include "heap/unit.h"

/* Segments that were never used, taken at once. */
enum { MINIPAGE_FRESH_MAX = 16 };

/* Puts the lowest COUNT segments that BITS of word W name on BIN's empty stack,
 * so that the lowest will be taken first; the rest of BITS. */
static inline uint64_t
minipage_load_bits(struct bin *bin, minipage *page, unsigned int w,
		   uint64_t bits, unsigned int count)
{
	uintptr_t data = unit_base(page) + (uintptr_t)w * 64 * page->size;
	uint32_t *records = unit_records(page) + w * 64;
	struct cached *entry = bin->bottom + count;
	uintptr_t size = page->size;

	page->taken += (uint16_t)count;
	bin->top = entry;
	for (; entry-- != bin->bottom; bits &= bits - 1) {
		uintptr_t i = (unsigned int)__builtin_ctzll(bits);

		*entry = (struct cached){data + i * size, &records[i]};
	}
	return bits;
}

/* Takes at most MOST freed segments of the current page, of one word of its
 * bitmap. */
static inline bool minipage_load_freed(struct bin *bin, minipage *page,
				       unsigned int most)
{
	unsigned int w = heap_secured
				 ? security_pick(page->summary)
				 : (unsigned int)__builtin_ctzll(page->summary);
	uint64_t *word = unit_free_word(page, w);
	uint64_t bits =
		heap_secured ? UINT64_C(1) << security_pick(*word) : *word;
	unsigned int count = bits_count(bits);

	if (count > most)
		count = most;
	*word &= ~bits;
	*word |= minipage_load_bits(bin, page, w, bits, count);
	if (!*word)
		page->summary &= ~(UINT64_C(1) << w);
	return true;
}

/* Takes as many segments that were never used. */
static inline bool minipage_load_fresh(struct bin *bin, minipage *page,
				       unsigned int most)
{
	unsigned int fresh = page->fresh;
	unsigned int count = most < MINIPAGE_FRESH_MAX ? most : MINIPAGE_FRESH_MAX;
	unsigned int left = allotype_minipage_count(page) - fresh;
	uint32_t *record = unit_records(page) + fresh;
	uintptr_t size = page->size, data = unit_base(page) + fresh * size;
	struct cached *entry;

	if (!left)
		return false;
	if (count > left)
		count = left;
	page->taken += (uint16_t)count;
	bin->top = entry = bin->bottom + count;
	for (; entry-- != bin->bottom; record++, data += size) {
		*entry = (struct cached){data, record};
		__atomic_store_n(record, 0, __ATOMIC_RELAXED);
	}
	unit_set_fresh(page, fresh + count);
	return true;
}

/* Fills BIN's empty stack with at most MOST segments of its current PAGE, if
 * that has room. */
static inline bool minipage_load(struct bin *bin, minipage *page,
				 unsigned int most)
{
	return page->summary ? minipage_load_freed(bin, page, most) :
			       minipage_load_fresh(bin, page, most);
}

#endif
