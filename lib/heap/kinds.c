/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/kinds.h"

#include "base/sys.h"
#include "heap/heap.h"
#include "heap/reserve.h"
#include "heap/thread.h"

enum {
	EXTENT_MAX = 64, /* units */
	EXTENT_LIMITED_MAX = 4,
	TABLE_STEP = 4096,
	/* Free units whose memory stays: so many, or a share of those used. */
	DIRTY_MIN = 2,
	DIRTY_SHARE = 4,
};

/* Of the address space, for all kinds together: some of it per extent is
 * never used. */
static const size_t region_size = (size_t)64 << 30;

struct lock kinds_lock = LOCK_INIT(LOCK_RANK_HEAP_KINDS);
struct kind *kinds_table;
uintptr_t kinds_base;
size_t kinds_bytes;
struct allotype_minipage *kinds_descriptors;

/* Guarded by kinds_lock. */
static struct growth table;
static struct source {
	struct region *region;
	uint64_t next; /* unit */
} anonymous;
static struct unit_counts counts;

/* The region that the fast paths know: before there is a kind, so that nobody
 * reads about it meanwhile. */
static void open_large_region(void)
{
	struct region *region;

	if (reserve_is_limited() || heap_checked)
		return;
	region = region_create_sparse(NULL, region_size);
	if (!region)
		return;
	anonymous.region = region;
	kinds_base = region->published.base;
	kinds_descriptors =
		(minipage *)(uintptr_t)region->published.descriptors;
}

static bool make_table(void)
{
	if (table.base)
		return true;
	if (!growth_init(&table, RESERVE_BOOKKEEPING,
			 KIND_COUNT * sizeof(struct kind), SYS_PAGE_SIZE,
			 TABLE_STEP, false))
		return false;
	kinds_table = (struct kind *)table.base;
	region_heap.kind_size = sizeof(struct kind);
	region_heap.kind_count = KIND_FIRST;
	open_large_region();
	/* Release: readers find the size. */
	__atomic_store_n(&region_heap.kinds, (uintptr_t)table.base,
			 __ATOMIC_RELEASE);
	return true;
}

static bool append_kind(const struct allotype_kind *description,
			unsigned int *kind)
{
	uint32_t number;
	struct kind *entry;

	if (!make_table())
		return false;
	number = region_heap.kind_count;
	if (number >= KIND_COUNT ||
	    !growth_ensure(&table, (number + 1) * sizeof *entry))
		return false;
	entry = kinds_get(number);
	entry->published = *description;
	entry->extent = 1;
	/* Release: the entry is there. */
	__atomic_store_n(&region_heap.kind_count, number + 1,
			 __ATOMIC_RELEASE);
	*kind = number;
	return true;
}

bool kinds_create(const struct allotype_kind *description, unsigned int *kind)
{
	bool ok;

	lock_acquire(&region_lock);
	ok = append_kind(description, kind);
	lock_release(&region_lock);
	return ok;
}

/* ---- extents ---- */

static uint64_t region_units(const struct region *region)
{
	return (region->published.limit - region->published.base) >>
	       ALLOTYPE_UNIT_SHIFT;
}

/* A region with room for two units at least: one is left as a gap. */
static bool find_region(struct source *source)
{
	struct region *fresh;

	if (source->region && source->next + 2 <= region_units(source->region))
		return true;
	fresh = region_create_sparse(NULL, region_size);
	if (!fresh)
		return false;
	source->region = fresh;
	source->next = 0;
	return true;
}

static bool find_extent(struct kind *kind, struct source *source)
{
	uint64_t left, units = kind->extent, first;
	uintptr_t base;
	long failure;

	if (!find_region(source))
		return false;
	first = source->next + 1;
	left = region_units(source->region) - first;
	if (units > left)
		units = left;
	base = source->region->published.base + (first << ALLOTYPE_UNIT_SHIFT);
	reserve_count_call();
	failure = sys_commit((void *)base, units << ALLOTYPE_UNIT_SHIFT);
	if (sys_failed(failure) ||
	    !region_cover(source->region, first, units))
		return false;
	source->next = first + units;
	/* Release: with the fast paths. */
	if (source->region->published.base == kinds_base)
		__atomic_store_n(&kinds_bytes,
				 source->next << ALLOTYPE_UNIT_SHIFT,
				 __ATOMIC_RELEASE);
	kind->mapped += units << ALLOTYPE_UNIT_SHIFT;
	kind->region = source->region;
	kind->next = first;
	kind->limit = first + units;
	if (kind->extent <
	    (reserve_is_limited() ? EXTENT_LIMITED_MAX : EXTENT_MAX))
		kind->extent *= 2;
	return true;
}

/* ---- units ---- */

static minipage *take_fresh(struct kind *kind)
{
	struct allotype_region *region;
	minipage *page;

	if (kind->next == kind->limit && !find_extent(kind, &anonymous))
		return NULL;
	region = &kind->region->published;
	page = (minipage *)(uintptr_t)region->descriptors + kind->next;
	page->base = region->base + (kind->next << ALLOTYPE_UNIT_SHIFT);
	page->zero = 1;
	kind->next++;
	return page;
}

static void put_free(struct kind *kind, minipage *page)
{
	page->next = (uintptr_t)kind->free;
	kind->free = page;
	kind->dirty += !page->zero;
	counts.dirty += !page->zero;
	counts.clean += page->zero;
}

static minipage *take_unit(struct kind *kind)
{
	minipage *page = kind->free;

	if (!page)
		return take_fresh(kind);
	kind->free = (minipage *)(uintptr_t)page->next;
	kind->dirty -= !page->zero;
	counts.dirty -= !page->zero;
	counts.clean -= page->zero;
	return page;
}

/* Gives back the memory of a free unit. */
static void purge(struct kind *kind, minipage *page)
{
	sys_discard((void *)(uintptr_t)page->base, ALLOTYPE_UNIT_SIZE);
	page->zero = 1;
	kind->dirty--;
	counts.dirty--;
	counts.clean++;
}

/* The contents of what was freed need not stay. */
static bool is_discardable(const struct kind *kind)
{
	return !kind->published.object_size;
}

minipage *kinds_acquire_unit(unsigned int number)
{
	struct kind *kind = kinds_get(number);
	minipage *page;

	lock_acquire(&kinds_lock);
	lock_acquire(&region_lock);
	page = take_unit(kind);
	if (page &&
	    !unit_prepare(page, number, kind->published.segment_size)) {
		put_free(kind, page);
		page = NULL;
	}
	if (page) {
		kind->used++;
		counts.used++;
	}
	lock_release(&region_lock);
	lock_release(&kinds_lock);
	return page;
}

void kinds_release_unit(minipage *page)
{
	struct kind *kind = kinds_get(page->kind);
	uint32_t keep;

	lock_acquire(&kinds_lock);
	page->zero = 0;
	kind->used--;
	counts.used--;
	keep = kind->used / DIRTY_SHARE;
	put_free(kind, page);
	if (is_discardable(kind) &&
	    kind->dirty > (keep > DIRTY_MIN ? keep : DIRTY_MIN))
		purge(kind, page);
	lock_release(&kinds_lock);
}

static bool trim_kind(struct kind *kind)
{
	minipage *page = is_discardable(kind) ? kind->free : NULL;
	bool any = false;

	for (; page; page = (minipage *)(uintptr_t)page->next) {
		if (page->zero)
			continue;
		purge(kind, page);
		any = true;
	}
	return any;
}

bool kinds_trim(void)
{
	bool any = false;

	lock_acquire(&kinds_lock);
	for (uint32_t i = KIND_FIRST; i < region_heap.kind_count; i++)
		any = trim_kind(kinds_get(i)) || any;
	lock_release(&kinds_lock);
	return any;
}

size_t kinds_mapped_bytes(unsigned int number)
{
	size_t bytes;

	lock_acquire(&kinds_lock);
	bytes = kinds_get(number)->mapped;
	lock_release(&kinds_lock);
	return bytes;
}

void kinds_count(struct unit_counts *result)
{
	lock_acquire(&kinds_lock);
	result->used += counts.used;
	result->dirty += counts.dirty;
	result->clean += counts.clean;
	lock_release(&kinds_lock);
}
