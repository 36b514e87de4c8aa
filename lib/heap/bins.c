/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/bins.h"

#include <stdbool.h>

enum {
	SECOND_SHIFT = 3,
	SECOND = 1 << SECOND_SHIFT,
	FIRST = 30,
	/* What bins_find_dirty looks at. */
	DIRTY_LISTS = 6,
	DIRTY_LOOKS = 3,
};

/* The n-th list of a first level holds lengths from 2^(first + 2) * (1 +
 * n / SECOND) on; level 0 holds those below SECOND exactly. */
static struct allotype_run *heads[FIRST][SECOND];
static uint32_t first_map;
static uint8_t second_map[FIRST];
static size_t dirty_pages, run_count;

struct slot {
	unsigned int first, second;
};

static struct slot slot_of(uint32_t pages)
{
	unsigned int log;

	if (pages < SECOND)
		return (struct slot){ 0, pages };
	log = 31 - (unsigned int)__builtin_clz(pages);
	return (struct slot){ log - SECOND_SHIFT + 1,
			      pages >> (log - SECOND_SHIFT) & (SECOND - 1) };
}

void bins_insert(struct allotype_run *run)
{
	struct slot slot = slot_of(run->pages);
	struct allotype_run **head = &heads[slot.first][slot.second];

	run->next_free = (uintptr_t)*head;
	run->previous_free = 0;
	if (*head)
		(*head)->previous_free = (uintptr_t)run;
	*head = run;
	first_map |= 1u << slot.first;
	second_map[slot.first] |= (uint8_t)(1u << slot.second);
	run_count++;
	if (run->zero)
		run->dirty = 0;
	dirty_pages += run->dirty;
}

void bins_remove(struct allotype_run *run)
{
	struct slot slot = slot_of(run->pages);
	struct allotype_run *next =
		(struct allotype_run *)(uintptr_t)run->next_free;
	struct allotype_run *previous =
		(struct allotype_run *)(uintptr_t)run->previous_free;

	if (next)
		next->previous_free = run->previous_free;
	if (previous)
		previous->next_free = run->next_free;
	else
		heads[slot.first][slot.second] = next;
	if (!previous && !next) {
		second_map[slot.first] &= (uint8_t)~(1u << slot.second);
		if (!second_map[slot.first])
			first_map &= ~(1u << slot.first);
	}
	run->next_free = run->previous_free = 0;
	run_count--;
	dirty_pages -= run->dirty;
}

/* The first list from SLOT on that is not empty. */
static struct allotype_run *first_from(struct slot slot)
{
	uint32_t second, first;

	if (slot.first >= FIRST)
		return NULL;
	second = second_map[slot.first] & (~0u << slot.second);
	if (!second) {
		first = first_map & (~0u << slot.first << 1);
		if (!first)
			return NULL;
		slot.first = (unsigned int)__builtin_ctz(first);
		second = second_map[slot.first];
	}
	return heads[slot.first][__builtin_ctz(second)];
}

struct allotype_run *bins_find(uint32_t pages)
{
	struct slot slot = slot_of(pages);
	struct allotype_run *run = heads[slot.first][slot.second];

	/* Of its own list only the first is looked at; every run of the next
	 * list is long enough. */
	if (run && run->pages >= pages)
		return run;
	if (++slot.second == SECOND) {
		slot.second = 0;
		slot.first++;
	}
	return first_from(slot);
}

/* The first few runs of a list that has memory, or NULL. */
static struct allotype_run *dirty_in(const struct slot *slot)
{
	struct allotype_run *run = heads[slot->first][slot->second];

	for (int looks = 0; run && looks < DIRTY_LOOKS; looks++) {
		if (run->dirty)
			return run;
		run = (struct allotype_run *)(uintptr_t)run->next_free;
	}
	return NULL;
}

struct allotype_run *bins_find_dirty(void)
{
	int lists = 0;

	for (uint32_t first = first_map; first;) {
		struct slot slot = { 31 - (unsigned int)__builtin_clz(first),
				     0 };

		first &= ~(1u << slot.first);
		for (uint32_t second = second_map[slot.first]; second;) {
			struct allotype_run *run;

			slot.second = 31 - (unsigned int)__builtin_clz(second);
			second &= ~(1u << slot.second);
			run = dirty_in(&slot);
			if (run || ++lists == DIRTY_LISTS)
				return run;
		}
	}
	return NULL;
}

size_t bins_dirty_pages(void)
{
	return dirty_pages;
}

size_t bins_count(void)
{
	return run_count;
}
