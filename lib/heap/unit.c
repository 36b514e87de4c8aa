/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/unit.h"

#include <string.h>

#include "base/sys.h"
#include "heap/classes.h"
#include "heap/failure.h"
#include "heap/heap.h"
#include "heap/kinds.h"
#include "heap/decay.h"
#include "heap/region.h"

/* Free units whose memory stays: this many, or a share of those in use. */
enum { DIRTY_MIN = 1024, DIRTY_SHARE = 4 };

/* All guarded by region_lock. */
static struct region *current; /* that units are taken from */
static minipage *dirty, *clean; /* lists of free units */
/* Units: the fewest that were dirty in this period; of those of the last, what
 * is to be given back. */
static size_t least_dirty;
static uint32_t due; /* atomic, relaxed */
static void *free_blocks[CLASS_COUNT];
static struct unit_counts counts;

_Static_assert(sizeof(minipage) == 64, "a descriptor is a cache line");
_Static_assert(sizeof(struct unit_remote) == 64, "and so is this");

static size_t block_head_size(unsigned int words)
{
	return sizeof(struct unit_remote) + 2 * words * sizeof(uint64_t);
}

/* A block for COUNT segments, its records zero or of a former life; the address
 * of those, or 0. */
static uint64_t take_block(unsigned int kind, unsigned int count)
{
	unsigned int words = (count + 63) / 64;
	size_t head = block_head_size(words);
	/* One record more, always 0, stands for what is left of a unit. */
	size_t size = head + (count + 1) * sizeof(uint32_t);
	void *block = kind < CLASS_COUNT ? free_blocks[kind] : NULL;

	if (block) {
		free_blocks[kind] = *(void **)block;
		memset(block, 0, head);
	} else {
		block = region_book(size);
		if (!block)
			return 0;
	}
	return (uintptr_t)block + head;
}

/* Units of a kind that is no size class stay of that kind. */
static void give_block(minipage *page)
{
	struct unit_remote *block = unit_remote(page);

	*(void **)block = free_blocks[page->kind];
	free_blocks[page->kind] = block;
	page->records = 0;
}

/* Is there a unit left in the current region? */
static bool has_fresh(void)
{
	const struct allotype_region *region;

	if (!current && region_table[REGION_PRIMARY_MINIPAGES].published.kind)
		current = &region_table[REGION_PRIMARY_MINIPAGES];
	if (!current)
		return false;
	region = &current->published;
	return region->used <
	       (region->limit - region->base) >> ALLOTYPE_UNIT_SHIFT;
}

/* A unit that was never used. */
static minipage *take_fresh(void)
{
	struct allotype_region *region;
	minipage *page;
	uint64_t n;

	if (!has_fresh()) {
		struct region *fresh =
			region_create(ALLOTYPE_REGION_MINIPAGES, 0);

		if (!fresh)
			return NULL;
		current = fresh;
	}
	region = &current->published;
	n = region->used ? region->used : memcheck_first();
	if (!growth_ensure(&current->descriptors, (n + 1) * sizeof *page) ||
	    !growth_ensure(&current->data, (n + 1) << ALLOTYPE_UNIT_SHIFT))
		return NULL;
	page = (minipage *)(uintptr_t)region->descriptors + n;
	page->base = memcheck_disguise(region->base +
				       (n << ALLOTYPE_UNIT_SHIFT));
	memcheck_on_memory((void *)unit_base(page), ALLOTYPE_UNIT_SIZE);
	page->zero = 1;
	/* Release: readers find the descriptor filled. */
	__atomic_store_n(&region->used, n + 1, __ATOMIC_RELEASE);
	if (region->base == region_minipage_base && !heap_checked)
		__atomic_store_n(&region_minipage_bytes,
				 (n + 1) << ALLOTYPE_UNIT_SHIFT,
				 __ATOMIC_RELEASE);
	return page;
}

static minipage *take_unit(void)
{
	minipage *page = dirty;

	if (page) {
		dirty = (minipage *)(uintptr_t)page->next;
		counts.dirty--;
		if (counts.dirty < least_dirty)
			least_dirty = counts.dirty;
		page->zero = 0;
		return page;
	}
	if (!failure_limit_allows(ALLOTYPE_UNIT_SIZE))
		return NULL;
	page = clean;
	if (page) {
		clean = (minipage *)(uintptr_t)page->next;
		counts.clean--;
		page->zero = 1;
		return page;
	}
	return take_fresh();
}

static void put_clean(minipage *page)
{
	page->next = (uintptr_t)clean;
	clean = page;
	counts.clean++;
}

static void put_dirty(minipage *page)
{
	page->next = (uintptr_t)dirty;
	dirty = page;
	counts.dirty++;
	__atomic_store_n(&decay_waiting, 1, __ATOMIC_RELAXED);
}

bool unit_prepare(minipage *page, unsigned int kind, uint32_t size)
{
	unsigned int count = ALLOTYPE_UNIT_SIZE / size;
	uint64_t records;

	if (page->records && page->kind != kind)
		give_block(page);
	if (!page->records) {
		records = take_block(kind, count);
		if (!records)
			return false;
		page->size = (uint16_t)size;
		page->kind = (uint16_t)kind;
		page->reciprocal = (uint32_t)((UINT64_C(1) << 32) / size +
					      !!(size & (size - 1)));
		__atomic_store_n(&page->records, records, __ATOMIC_RELEASE);
	} else {
		memset(unit_remote(page), 0,
		       block_head_size(unit_words(page)));
	}
	page->summary = 0;
	page->next = page->previous = 0;
	page->taken = 0;
	unit_set_fresh(page, 0);
	page->stale = page->listed = 0;
	return true;
}

/* ---- when address space runs out ---- */

static bool is_idle(const struct region *region)
{
	return region->idle && region->idle == region->published.used;
}

static void count_idle(const minipage *list)
{
	for (; list; list = (const minipage *)(uintptr_t)list->next)
		region_find(list->base)->idle++;
}

/* Takes the units of idle regions off LIST; how many. */
static size_t drop_idle(minipage **list)
{
	minipage *page = *list, *next, *kept = NULL;
	size_t dropped = 0;

	for (; page; page = next) {
		next = (minipage *)(uintptr_t)page->next;
		if (is_idle(region_find(unit_base(page)))) {
			if (page->records)
				give_block(page);
			dropped++;
			continue;
		}
		page->next = (uintptr_t)kept;
		kept = page;
	}
	*list = kept;
	return dropped;
}

bool unit_give_regions(void)
{
	bool any = false;

	if (!reserve_is_limited())
		return false;
	for (uint32_t i = 1; i < region_heap.region_count; i++)
		region_table[i].idle = 0;
	count_idle(dirty);
	count_idle(clean);
	/* A large reservation stays what it is. */
	for (int i = REGION_PRIMARY_MINIPAGES; i <= REGION_PRIMARY_RUNS; i++)
		region_table[i].idle = 0;
	counts.dirty -= drop_idle(&dirty);
	counts.clean -= drop_idle(&clean);
	for (uint32_t i = 1; i < region_heap.region_count; i++) {
		struct region *region = &region_table[i];

		if (!is_idle(region))
			continue;
		if (current == region)
			current = NULL;
		region_destroy(region);
		any = true;
	}
	return any;
}

/* ---- units in use ---- */

/* A unit for KIND, or NULL. */
static minipage *take_prepared(unsigned int kind)
{
	minipage *page = take_unit();

	if (!page || unit_prepare(page, kind, class_size(kind)))
		return page;
	if (page->zero)
		put_clean(page);
	else
		put_dirty(page);
	return NULL;
}

minipage *unit_acquire(unsigned int kind)
{
	minipage *page;

	if (kind >= CLASS_COUNT)
		return kinds_acquire_unit(kind);
	lock_acquire(&region_lock);
	page = take_prepared(kind);
	/* There may be units, but no room for the records of this kind. */
	if (!page && unit_give_regions())
		page = take_prepared(kind);
	if (page)
		counts.used++;
	lock_release(&region_lock);
	return page;
}

static void purge(minipage *page)
{
	reserve_count_call();
	sys_discard((void *)unit_base(page), ALLOTYPE_UNIT_SIZE);
	put_clean(page);
}

void unit_release(minipage *page)
{
	size_t keep;

	page->state = ALLOTYPE_MINIPAGE_FREE;
	if (page->kind >= CLASS_COUNT) {
		kinds_release_unit(page);
		return;
	}
	lock_acquire(&region_lock);
	counts.used--;
	keep = counts.used / DIRTY_SHARE;
	if (counts.dirty >= (keep > DIRTY_MIN ? keep : DIRTY_MIN))
		purge(page);
	else
		put_dirty(page);
	lock_release(&region_lock);
}

void unit_begin_period(void)
{
	__atomic_store_n(&due, (uint32_t)least_dirty, __ATOMIC_RELAXED);
	least_dirty = counts.dirty;
}

bool unit_is_due(void)
{
	return __atomic_load_n(&due, __ATOMIC_RELAXED) != 0;
}

bool unit_has_dirty(void)
{
	return dirty != NULL;
}

bool unit_purge_due(void)
{
	minipage *page = dirty;

	if (!page || !due) {
		__atomic_store_n(&due, 0, __ATOMIC_RELAXED);
		return false;
	}
	dirty = (minipage *)(uintptr_t)page->next;
	counts.dirty--;
	if (counts.dirty < least_dirty)
		least_dirty = counts.dirty;
	purge(page);
	__atomic_store_n(&due, due - 1, __ATOMIC_RELAXED);
	return true;
}

bool unit_trim(void)
{
	bool any;

	lock_acquire(&region_lock);
	any = dirty != NULL;
	while (dirty) {
		minipage *page = dirty;

		dirty = (minipage *)(uintptr_t)page->next;
		counts.dirty--;
		purge(page);
	}
	lock_release(&region_lock);
	return kinds_trim() || any;
}

void unit_walk(void (*visit)(minipage *page, void *context), void *context)
{
	uint32_t regions = __atomic_load_n(&region_heap.region_count,
					   __ATOMIC_ACQUIRE);

	for (uint32_t i = 1; i < regions; i++) {
		struct allotype_region *region = &region_table[i].published;
		minipage *pages = (minipage *)(uintptr_t)region->descriptors;
		uint64_t used = __atomic_load_n(&region->used,
						__ATOMIC_ACQUIRE);

		if (region->kind != ALLOTYPE_REGION_MINIPAGES)
			continue;
		for (uint64_t n = 0; n < used; n++)
			visit(&pages[n], context);
	}
}

void unit_count(struct unit_counts *result)
{
	lock_acquire(&region_lock);
	*result = counts;
	lock_release(&region_lock);
	kinds_count(result);
}

size_t unit_committed(void)
{
	return ((counts.used + counts.dirty) << ALLOTYPE_UNIT_SHIFT) +
	       kinds_committed();
}
