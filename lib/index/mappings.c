/* SPDX-License-Identifier: Apache-2.0 */
#include "index/mappings.h"

#include "base/words.h"
/* For when a snapshot's memory is used again. */
#include "index/mapped.h"

enum { ATTEMPTS = 4 };

static bool holds(const struct allotype_mapping *mapping, uint64_t address)
{
	return address >= mapping->base && address < mapping->limit;
}

static bool read_words(const struct space *space, uint64_t address, void *words,
		       size_t size)
{
#ifdef ALLOTYPE_REMOTE
	return space_read(space, address, words, size);
#else
	(void)space;
	words_load(words, (const void *)(uintptr_t)address, size);
	return true;
#endif
}

/* Copies change NUMBER; false unless it is complete. */
static bool read_change(const struct space *space,
			const struct allotype_mappings *head, uint64_t number,
			struct allotype_mapping *mapping)
{
	uint64_t ready = (number + 1) * 4 + ALLOTYPE_CHANGE_READY;
	struct allotype_mapping_change buffer;
	const struct allotype_mapping_change *change = SPACE_VIEW(
		space,
		head->changes + number % head->change_slots * sizeof buffer,
		&buffer);

	/* Acquire pairs with the release that made it ready; the fence with
	 * the one before a slot is written again. */
	if (!change ||
	    __atomic_load_n(&change->state, __ATOMIC_ACQUIRE) != ready)
		return false;
	words_load(mapping, &change->mapping, sizeof *mapping);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&change->state, __ATOMIC_RELAXED) == ready;
}

static bool search_entries(const struct space *space, uint64_t entries,
			   uint64_t count, uint64_t address,
			   struct allotype_mapping *mapping)
{
	uint64_t first = 0;

	while (count) {
		uint64_t half = count / 2;
		struct allotype_mapping probe;

		if (!read_words(space, entries + (first + half) * sizeof probe,
				&probe, sizeof probe))
			return false;
		if (holds(&probe, address)) {
			*mapping = probe;
			return true;
		}
		if (probe.base > address) {
			count = half;
		} else {
			first += half + 1;
			count -= half + 1;
		}
	}
	return false;
}

/* What of a mapping around one address newer changes have left. */
struct window {
	uint64_t base, limit;
};

static void narrow(struct window *window, const struct allotype_mapping *newer,
		   uint64_t address)
{
	if (newer->limit <= address && newer->limit > window->base)
		window->base = newer->limit;
	if (newer->base > address && newer->base < window->limit)
		window->limit = newer->base;
}

static void clip(struct allotype_mapping *mapping, const struct window *window)
{
	if (window->limit < mapping->limit)
		mapping->limit = window->limit;
	if (window->base <= mapping->base)
		return;
	if (mapping->flags & ALLOTYPE_MAPPING_FILE)
		mapping->offset += window->base - mapping->base;
	mapping->base = window->base;
}

/* The newest change about ADDRESS decides, else the entry. */
static bool search(const struct space *space,
		   const struct allotype_mappings *head, uint64_t entries,
		   uint64_t changes, uint64_t address,
		   struct allotype_mapping *mapping)
{
	struct allotype_mapping protected = { .limit = 0 };
	struct allotype_mapping seen = { .limit = 0 };
	struct window window = { 0, UINT64_MAX };
	bool found = false;

	for (uint64_t i = changes; i > head->first_change && !found; i--) {
		bool protects;

		if (!read_change(space, head, i - 1, &seen))
			continue;
		protects = seen.flags & ALLOTYPE_MAPPING_PROTECTED;
		if (!protects && !holds(&seen, address))
			narrow(&window, &seen, address);
		if (!holds(&seen, address))
			continue;
		if (seen.flags & ALLOTYPE_MAPPING_GONE)
			return false;
		if (!protects)
			found = true;
		else if (!protected.limit)
			protected = seen;
	}
	if (!found &&
	    !search_entries(space, entries, head->count, address, &seen))
		return false;
	clip(&seen, &window);
	*mapping = seen;
	if (protected.limit)
		mapping->protection = protected.protection;
	if (protected.limit && (protected.base > seen.base ||
				protected.limit < seen.limit))
		mapping->flags |= ALLOTYPE_MAPPING_MIXED;
	return true;
}

/* Has nothing that was read been written again meanwhile: neither the memory
 * of the snapshot HEAD nor the slots of the changes that follow it? */
static bool still_valid(const struct space *space,
			const struct allotype_index *index,
			const struct allotype_mappings *head)
{
	uint64_t generation, count;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return read_words(space,
			  __atomic_load_n(&index->mappings, __ATOMIC_ACQUIRE) +
				  offsetof(struct allotype_mappings,
					   generation),
			  &generation, sizeof generation) &&
	       generation - head->generation < MAPPED_SNAPSHOTS - 1 &&
	       read_words(space, head->change_count, &count, sizeof count) &&
	       count - head->first_change <= head->change_slots;
}

bool mappings_find(const struct space *space,
		   const struct allotype_index *index, uint64_t address,
		   struct allotype_mapping *mapping)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		uint64_t at =
			__atomic_load_n(&index->mappings, __ATOMIC_ACQUIRE);
		struct allotype_mappings head;
		struct allotype_mapping seen;
		uint64_t count;
		bool found;

		if (!at || !read_words(space, at, &head, sizeof head) ||
		    !head.change_slots ||
		    !read_words(space, head.change_count, &count, sizeof count))
			return false;
		if (count - head.first_change > head.change_slots)
			continue;
		found = search(space, &head,
			       at + offsetof(struct allotype_mappings, entries),
			       count, address, &seen);
		if (!still_valid(space, index, &head))
			continue;
		if (found)
			*mapping = seen;
		return found;
	}
	return false;
}
