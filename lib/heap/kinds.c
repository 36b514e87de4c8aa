/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/kinds.h"

#include "base/sys.h"
#include "heap/failure.h"
#include "heap/heap.h"
#include "heap/mapper.h"
#include "heap/reserve.h"
#include "heap/slots.h"
#include "heap/thread.h"

enum {
	EXTENT_MAX = 64, /* units */
	EXTENT_LIMITED_MAX = 4,
	TABLE_STEP = 4096,
	KIND_LIMITED_COUNT = 4096,
	/* Free units whose memory stays: so many, or a share of those used. */
	DIRTY_MIN = 2,
	DIRTY_SHARE = 4,
};

struct lock kinds_lock = LOCK_INIT(LOCK_RANK_HEAP_KINDS);
struct kind *kinds_table;
uintptr_t kinds_base;
size_t kinds_bytes;
struct allotype_minipage *kinds_descriptors;

/* Guarded by kinds_lock. */
static struct growth table;
static struct unit_counts counts; /* and read without it */

static void add(size_t *count, size_t n)
{
	__atomic_store_n(count, *count + n, __ATOMIC_RELAXED);
}

/* The region that the fast paths know: before there is a kind, so that nobody
 * reads about it meanwhile. */
static void open_large_region(void)
{
	const struct region *region;

	if (reserve_is_limited() || heap_checked ||
	    !mapper_find_room(&mapper_default, 1))
		return;
	region = mapper_default.region;
	kinds_base = region->published.base;
	kinds_descriptors =
		(minipage *)(uintptr_t)region->published.descriptors;
}

/* Under region_lock. */
static bool make_table(void)
{
	if (table.base)
		return true;
	if (!growth_init(&table, RESERVE_BOOKKEEPING,
			 (reserve_is_limited() ? KIND_LIMITED_COUNT :
						 KIND_COUNT) *
				 sizeof(struct kind),
			 SYS_PAGE_SIZE, TABLE_STEP, false))
		return false;
	kinds_table = (struct kind *)table.base;
	region_heap.kind_size = sizeof(struct kind);
	region_heap.kind_count = KIND_FIRST;
	/* Release: readers find the size. */
	__atomic_store_n(&region_heap.kinds, (uintptr_t)table.base,
			 __ATOMIC_RELEASE);
	return true;
}

static struct kind *reserve_kind(void)
{
	bool ok;

	if (!table.base)
		open_large_region();
	lock_acquire(&region_lock);
	ok = make_table() &&
	     growth_ensure(&table, (region_heap.kind_count + 1) *
					   sizeof(struct kind));
	lock_release(&region_lock);
	return ok && region_heap.kind_count < KIND_COUNT ?
		       kinds_get(region_heap.kind_count) : NULL;
}

bool kinds_create(const struct allotype_kind *description,
		  struct mapper *mapper, unsigned int *kind)
{
	struct kind *entry = reserve_kind();

	if (!entry)
		return false;
	entry->published = *description;
	entry->mapper = mapper;
	entry->extent = 1;
	*kind = region_heap.kind_count;
	/* Release: the entry is there. */
	__atomic_store_n(&region_heap.kind_count, *kind + 1, __ATOMIC_RELEASE);
	return true;
}

/* ---- extents ---- */

/* The next UNITS of its region become KIND's. */
static bool take_extent(struct kind *kind, struct mapper *mapper,
			uint64_t units)
{
	const struct alloc_mapper *operations = &mapper->operations;
	struct region *region = mapper->region;
	uint64_t first = mapper->next + 1;
	size_t size = units << ALLOTYPE_UNIT_SHIFT;
	void *base = (void *)(uintptr_t)(region->published.base +
					 (first << ALLOTYPE_UNIT_SHIFT));
	bool ok;

	reserve_count_call();
	if (!operations->commit(operations->context, base, size))
		return false;
	/* Committed once is enough, whatever becomes of it. */
	mapper->next = first + units;
	if (operations->shared) {
		region->shared = true;
		sys_keep_from_children(base, size);
	}
	lock_acquire(&region_lock);
	ok = region_cover(region, first, units);
	lock_release(&region_lock);
	if (!ok)
		return false;
	kind->region = region;
	kind->next = first;
	kind->limit = first + units;
	kind->mapped += size;
	return true;
}

static bool find_extent(struct kind *kind)
{
	struct mapper *mapper = kind->mapper;
	uint64_t units = kind->extent;

	/* What is left of a region is for those who want little. */
	if (mapper_room(mapper) && mapper_room(mapper) < units)
		units = mapper_room(mapper);
	if (!mapper_find_room(mapper, units) ||
	    !take_extent(kind, mapper, units))
		return false;
	/* Release: with the fast paths. */
	if (mapper->region->published.base == kinds_base)
		__atomic_store_n(&kinds_bytes,
				 mapper->next << ALLOTYPE_UNIT_SHIFT,
				 __ATOMIC_RELEASE);
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

	if (kind->next == kind->limit && !find_extent(kind))
		return NULL;
	region = &kind->region->published;
	page = (minipage *)(uintptr_t)region->descriptors + kind->next;
	page->base = memcheck_disguise(region->base +
				       (kind->next << ALLOTYPE_UNIT_SHIFT));
	memcheck_on_memory((void *)unit_base(page), ALLOTYPE_UNIT_SIZE);
	page->zero = 1;
	kind->next++;
	return page;
}

static void put_free(struct kind *kind, minipage *page)
{
	page->next = (uintptr_t)kind->free;
	kind->free = page;
	kind->dirty += !page->zero;
	add(&counts.dirty, !page->zero);
	counts.clean += page->zero;
}

/* May a unit get memory that has none (heap_limit)? */
static bool limit_allows(void)
{
	bool ok;

	lock_acquire(&region_lock);
	ok = failure_limit_allows(ALLOTYPE_UNIT_SIZE);
	lock_release(&region_lock);
	return ok;
}

static minipage *take_unit(struct kind *kind)
{
	minipage *page = kind->free;

	if ((!page || page->zero) && !limit_allows())
		return NULL;
	if (!page)
		return take_fresh(kind);
	kind->free = (minipage *)(uintptr_t)page->next;
	kind->dirty -= !page->zero;
	add(&counts.dirty, -(size_t)!page->zero);
	counts.clean -= page->zero;
	return page;
}

/* Gives back the memory of a free unit, if its mapper can. */
static bool purge(struct kind *kind, minipage *page)
{
	const struct alloc_mapper *operations = &kind->mapper->operations;

	if (!operations->decommit ||
	    !operations->decommit(operations->context,
				  (void *)unit_base(page),
				  ALLOTYPE_UNIT_SIZE))
		return false;
	page->zero = 1;
	kind->dirty--;
	add(&counts.dirty, (size_t)-1);
	counts.clean++;
	return true;
}

/* The contents of what was freed need not stay. */
static bool is_discardable(const struct kind *kind)
{
	return !kind->published.object_size;
}

static bool prepare(const struct kind *kind, unsigned int number,
		    minipage *page)
{
	bool ok;

	lock_acquire(&region_lock);
	ok = unit_prepare(page, number, kind->published.segment_size);
	lock_release(&region_lock);
	return ok;
}

minipage *kinds_acquire_unit(unsigned int number)
{
	struct kind *kind = kinds_get(number);
	minipage *page;

	lock_acquire(&kinds_lock);
	page = take_unit(kind);
	if (page && !prepare(kind, number, page)) {
		put_free(kind, page);
		page = NULL;
	}
	if (page) {
		kind->used++;
		add(&counts.used, 1);
	}
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
	add(&counts.used, (size_t)-1);
	keep = kind->used / DIRTY_SHARE;
	put_free(kind, page);
	if (is_discardable(kind) &&
	    kind->dirty > (keep > DIRTY_MIN ? keep : DIRTY_MIN))
		purge(kind, page);
	lock_release(&kinds_lock);
}

/* Under kinds_lock. */
static bool trim_units(struct kind *kind)
{
	minipage *page = kind->free;
	bool any = false;

	for (; page; page = (minipage *)(uintptr_t)page->next)
		if (!page->zero)
			any = purge(kind, page) || any;
	return any;
}

bool kinds_trim_kind(unsigned int kind)
{
	bool any;

	if (kinds_has_slots(kind))
		return slots_trim(kind);
	lock_acquire(&kinds_lock);
	any = trim_units(kinds_get(kind));
	lock_release(&kinds_lock);
	return any;
}

bool kinds_trim(void)
{
	bool any = false;

	lock_acquire(&kinds_lock);
	for (uint32_t i = KIND_FIRST; i < region_heap.kind_count; i++)
		any = (is_discardable(kinds_get(i)) &&
		       trim_units(kinds_get(i))) || any;
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

size_t kinds_committed(void)
{
	/* Of a moment ago, perhaps: kinds_lock may be held or not. */
	return ((__atomic_load_n(&counts.used, __ATOMIC_RELAXED) +
		 __atomic_load_n(&counts.dirty, __ATOMIC_RELAXED))
		<< ALLOTYPE_UNIT_SHIFT) +
	       slots_committed();
}

void kinds_count(struct unit_counts *result)
{
	lock_acquire(&kinds_lock);
	result->used += counts.used;
	result->dirty += counts.dirty;
	result->clean += counts.clean;
	lock_release(&kinds_lock);
}

/* ---- fork ---- */

/* The units of REGION, which the child does not have. */
static void lose_units(struct region *region)
{
	struct allotype_region *published = &region->published;
	minipage *pages = (minipage *)(uintptr_t)published->descriptors;

	sys_fence((void *)(uintptr_t)published->base,
		  published->used << ALLOTYPE_UNIT_SHIFT);
	for (uint64_t n = 0; n < published->used; n++) {
		pages[n].lost = 1;
		pages[n].owner = 0;
		pages[n].next = pages[n].previous = 0;
		pages[n].listed = 0;
	}
}

static void lose(struct region *region)
{
	if (region->published.kind == ALLOTYPE_REGION_SLOTS)
		slots_lose(region);
	else
		lose_units(region);
}

/* KIND begins anew; its bin of SELF, who owned units, too. */
static void forget_units(struct heap_thread *self, unsigned int number)
{
	struct kind_bin *own = thread_kind_bin(self, number);
	struct kind *kind = kinds_get(number);

	if (kinds_has_slots(number)) {
		slots_forget(kind);
		return;
	}
	add(&counts.used, -(size_t)kind->used);
	add(&counts.dirty, -(size_t)kind->dirty);
	for (minipage *page = kind->free; page;
	     page = (minipage *)(uintptr_t)page->next)
		counts.clean -= page->zero;
	*kind = (struct kind){
		.published = kind->published,
		.mapper = kind->mapper,
		.extent = 1,
	};
	if (own)
		own->bin = (struct bin){ 0 };
}

void kinds_fork_child(struct heap_thread *self)
{
	for (uint32_t i = KIND_FIRST; i < region_heap.kind_count; i++) {
		struct mapper *mapper = kinds_get(i)->mapper;

		if (!mapper->operations.shared)
			continue;
		forget_units(self, i);
		mapper->region = NULL;
	}
	for (uint32_t i = 1; i < region_heap.region_count; i++)
		if (region_table[i].shared)
			lose(&region_table[i]);
}
