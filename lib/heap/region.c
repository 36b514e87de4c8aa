/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/region.h"

#include <string.h>

#include "base/sys.h"
#include "heap/failure.h"

enum {
	GRANULE = 1 << ALLOTYPE_GRANULE_SHIFT,
	MAP_SHIFT = ALLOTYPE_GRANULE_SHIFT + ALLOTYPE_MAP_LEAF_SHIFT,
	MAP_SIZE = 1 << (ALLOTYPE_ADDRESS_BITS - MAP_SHIFT),
	LEAF_SIZE = 1 << ALLOTYPE_MAP_LEAF_SHIFT,
	BOOK_STEP = 256 * 1024,
	DATA_STEP = 1 << 20,
	SMALL_REGION = 4 << 20,
	BOOK_CHUNK = 1 << 20,
	GUARD_SIZE = ALLOTYPE_UNIT_SIZE,
	/* Readers that meet a unit while it changes its class may read that
	 * far behind a block of records. */
	BOOK_SLACK = 4096 * sizeof(uint32_t),
};

static const size_t primary_size = (size_t)64 << 30;
static const size_t book_size = (size_t)20 << 30;
static const size_t large_region = (size_t)1 << 30;

struct lock region_lock = LOCK_INIT(LOCK_RANK_HEAP_REGION);
struct allotype_heap region_heap;
struct region *region_table;
uintptr_t region_minipage_base;
size_t region_minipage_bytes;
struct allotype_minipage *region_minipage_descriptors;

/* Guarded by region_lock; entries are published with release and read with
 * acquire (region_find, readers outside). */
static uint64_t map[MAP_SIZE];
static struct growth table, book;
static size_t book_used, book_total;

static size_t round_up(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

void *region_book(size_t size)
{
	void *result;

	size = round_up(size, 64);
	if (!growth_ensure(&book, book_used + size + BOOK_SLACK)) {
		size_t chunk = size > BOOK_CHUNK ? size : BOOK_CHUNK;

		if (!growth_init(&book, RESERVE_BOOKKEEPING, chunk + BOOK_SLACK,
				 SYS_PAGE_SIZE, BOOK_STEP, false))
			return NULL;
		book_used = 0;
		if (!growth_ensure(&book, size + BOOK_SLACK))
			return NULL;
	}
	result = book.base + book_used;
	book_used += size;
	book_total += size;
	return result;
}

/* Makes the map say INDEX for [base, limit). */
static bool map_set(uintptr_t base, uintptr_t limit, uint16_t index)
{
	for (uintptr_t at = base; at < limit; at += GRANULE) {
		uint64_t *entry = &map[at >> MAP_SHIFT];
		uint16_t *leaf = (uint16_t *)(uintptr_t)*entry;

		if (!leaf) {
			leaf = region_book(LEAF_SIZE * sizeof *leaf);
			if (!leaf)
				return false;
			__atomic_store_n(entry, (uintptr_t)leaf,
					 __ATOMIC_RELEASE);
		}
		__atomic_store_n(&leaf[at >> ALLOTYPE_GRANULE_SHIFT &
				       (LEAF_SIZE - 1)],
				 index, __ATOMIC_RELEASE);
	}
	return true;
}

struct region *region_find(uintptr_t address)
{
	struct allotype_region *first;
	const uint16_t *leaf;
	uint16_t index;

	for (int i = REGION_PRIMARY_MINIPAGES; i <= REGION_PRIMARY_RUNS; i++) {
		first = &region_table[i].published;
		if (address - first->base < first->limit - first->base)
			return &region_table[i];
	}
	if (address >> ALLOTYPE_ADDRESS_BITS)
		return NULL;
	/* Pairs with the release in map_set. */
	leaf = (const uint16_t *)(uintptr_t)__atomic_load_n(
		&map[address >> MAP_SHIFT], __ATOMIC_ACQUIRE);
	if (!leaf)
		return NULL;
	index = __atomic_load_n(&leaf[address >> ALLOTYPE_GRANULE_SHIFT &
				      (LEAF_SIZE - 1)],
				__ATOMIC_ACQUIRE);
	if (!index)
		return NULL;
	first = &region_table[index].published;
	return address - first->base < first->limit - first->base ?
		       &region_table[index] : NULL;
}

/* Words of every level of the starts bitmap, highest level first, so that
 * the large level 0 can grow at the end. */
static size_t layout_starts(struct region *region, size_t pages, char *base)
{
	size_t words[ALLOTYPE_RUN_LEVELS], offset = 0;

	for (int i = 0; i < ALLOTYPE_RUN_LEVELS; i++)
		words[i] = pages = (pages + 63) / 64;
	for (int i = ALLOTYPE_RUN_LEVELS - 1; i >= 0; i--) {
		region->published.starts[i] = (uintptr_t)base + offset;
		if (i == 0)
			region->levels = (uint32_t)offset;
		offset += words[i] * sizeof(uint64_t);
	}
	return offset;
}

/* The bookkeeping of a region with SIZE bytes of data. */
static bool reserve_bookkeeping(struct region *region,
				enum allotype_region_kind kind, size_t size)
{
	size_t pages = size >> ALLOTYPE_PAGE_SHIFT, bitmaps;

	if (kind == ALLOTYPE_REGION_MINIPAGES)
		return growth_init(&region->descriptors, RESERVE_BOOKKEEPING,
				   (size >> ALLOTYPE_UNIT_SHIFT) *
					   sizeof(struct allotype_minipage),
				   SYS_PAGE_SIZE, BOOK_STEP, false);
	bitmaps = layout_starts(region, pages, NULL);
	if (!growth_init(&region->descriptors, RESERVE_BOOKKEEPING,
			 pages * sizeof(struct allotype_run), SYS_PAGE_SIZE,
			 BOOK_STEP, false))
		return false;
	if (growth_init(&region->starts, RESERVE_BOOKKEEPING, bitmaps,
			SYS_PAGE_SIZE, BOOK_STEP, false) &&
	    growth_ensure(&region->starts, region->levels + 8)) {
		layout_starts(region, pages, region->starts.base);
		return true;
	}
	growth_release(&region->starts);
	growth_release(&region->descriptors);
	return false;
}

static void publish(struct region *region, enum allotype_region_kind kind,
		    size_t data_size)
{
	struct allotype_region *published = &region->published;

	published->base = (uintptr_t)region->data.base;
	published->limit = published->base + data_size;
	published->descriptors = (uintptr_t)region->descriptors.base;
	published->used = 0;
	published->index = (uint32_t)(region - region_table);
	region->last = 0;
	/* Release: the rest is there before the kind. */
	__atomic_store_n(&published->kind, kind, __ATOMIC_RELEASE);
	if (published->index >= region_heap.region_count)
		__atomic_store_n(&region_heap.region_count,
				 published->index + 1, __ATOMIC_RELEASE);
}

/* Would the bookkeeping of REGION, which was given back, do for another of
 * KIND and SIZE? */
static bool can_reuse(const struct region *region,
		      enum allotype_region_kind kind, size_t size)
{
	bool had_runs = region->starts.base != NULL;
	size_t need;

	if (region->published.kind != ALLOTYPE_REGION_NONE ||
	    had_runs != (kind == ALLOTYPE_REGION_RUNS))
		return false;
	need = had_runs ? (size >> ALLOTYPE_PAGE_SHIFT) *
				  sizeof(struct allotype_run) :
			  (size >> ALLOTYPE_UNIT_SHIFT) *
				  sizeof(struct allotype_minipage);
	return region->descriptors.limit >= need;
}

/* A slot of the table whose region was given back and whose bookkeeping
 * suffices for SIZE bytes, if *REUSED is not NULL, or a new one. */
static struct region *find_slot(enum allotype_region_kind kind, size_t size,
				bool *reused)
{
	uint32_t count = region_heap.region_count;

	for (uint32_t i = REGION_PRIMARY_RUNS + 1; reused && i < count; i++) {
		*reused = can_reuse(&region_table[i], kind, size);
		if (*reused)
			return &region_table[i];
	}
	if (count >= REGION_MAX)
		failure_note(ALLOC_FAILURE_TABLE);
	if (count >= REGION_MAX ||
	    !growth_ensure(&table, (count + 1) * sizeof(struct region)))
		return NULL;
	return &region_table[count];
}

struct region *region_create(enum allotype_region_kind kind, size_t size)
{
	size_t usual = reserve_is_limited() ? SMALL_REGION : large_region;
	struct region *region;
	bool reused = false;

	if (size > (SIZE_MAX >> 2))
		return NULL;
	size = round_up(size + GUARD_SIZE, GRANULE);
	if (size < usual)
		size = usual;
	region = find_slot(kind, size, &reused);
	if (!region)
		return NULL;
	if (!growth_init(&region->data, RESERVE_DATA, size, GRANULE, DATA_STEP,
			 false))
		return NULL;
	if (!reused && !reserve_bookkeeping(region, kind, size))
		goto fail_bookkeeping;
	if (reused && kind == ALLOTYPE_REGION_RUNS)
		layout_starts(region, size >> ALLOTYPE_PAGE_SHIFT,
			      region->starts.base);
	if (!map_set((uintptr_t)region->data.base,
		     (uintptr_t)region->data.base + size,
		     (uint16_t)(region - region_table)))
		goto fail_map;
	publish(region, kind, size - GUARD_SIZE);
	return region;
fail_map:
	if (!reused) {
		growth_release(&region->starts);
		growth_release(&region->descriptors);
	}
fail_bookkeeping:
	growth_release(&region->data);
	return NULL;
}

struct region *region_create_sparse(void *base, size_t size)
{
	struct region *region;

	region = find_slot(ALLOTYPE_REGION_MINIPAGES, size, NULL);
	if (!region)
		return NULL;
	if (base)
		region->data = (struct growth){ .base = base, .limit = size };
	else if (reserve_is_limited() ||
		 !growth_init(&region->data, RESERVE_DATA, size, GRANULE,
			      DATA_STEP, true))
		return NULL;
	if (!reserve_bookkeeping(region, ALLOTYPE_REGION_MINIPAGES,
				 region->data.limit)) {
		if (!base)
			growth_release(&region->data);
		return NULL;
	}
	publish(region, ALLOTYPE_REGION_MINIPAGES,
		region->data.limit - GUARD_SIZE);
	return region;
}

struct region *region_create_slots(void *base, size_t size, uint32_t slot_size,
				   uint32_t kind)
{
	size_t count = (size - 2 * GUARD_SIZE) / slot_size;
	struct region *region = find_slot(ALLOTYPE_REGION_SLOTS, size, NULL);
	struct allotype_slot *slots = NULL;

	if (region)
		slots = region_book(count * sizeof *slots);
	if (!slots || !map_set((uintptr_t)base, (uintptr_t)base + size,
			       (uint16_t)(region - region_table)))
		return NULL;
	region->data = (struct growth){
		.base = base, .committed = GUARD_SIZE, .limit = size,
	};
	region->descriptors = (struct growth){ .base = (char *)slots };
	region->published.slot_size = slot_size;
	region->published.object_kind = kind;
	publish(region, ALLOTYPE_REGION_SLOTS, size - GUARD_SIZE);
	return region;
}

bool region_cover(struct region *region, uint64_t first, uint64_t units)
{
	struct allotype_region *published = &region->published;
	uintptr_t base = published->base + (first << ALLOTYPE_UNIT_SHIFT);
	uintptr_t limit = base + (units << ALLOTYPE_UNIT_SHIFT);

	if (limit > published->limit ||
	    !growth_ensure(&region->descriptors,
			   (first + units) * sizeof(struct allotype_minipage)))
		return false;
	if (!map_set(base & ~(uintptr_t)(GRANULE - 1),
		     round_up(limit, GRANULE), (uint16_t)published->index))
		return false;
	/* What a limit of the address space must leave. */
	region->data.committed = limit - published->base;
	/* Release: the descriptors can be read. */
	__atomic_store_n(&published->used, first + units, __ATOMIC_RELEASE);
	return true;
}

void region_destroy(struct region *region)
{
	uintptr_t base = region->published.base;

	__atomic_store_n(&region->published.kind, ALLOTYPE_REGION_NONE,
			 __ATOMIC_RELEASE);
	map_set(base, base + region->data.limit, 0);
	region->published.limit = base;
	region->published.used = 0;
	/* Readers may still be on their way: the bookkeeping reads as zeros
	 * from now on. */
	sys_discard(region->descriptors.base, region->descriptors.committed);
	sys_discard(region->starts.base, region->starts.committed);
	growth_release(&region->data);
}

/* The large region INDEX of KIND, if there is room for it. */
static void create_primary(unsigned int index, enum allotype_region_kind kind)
{
	struct region *region = &region_table[index];
	size_t size = reserve_scaled(primary_size);

	if (!growth_init(&region->data, RESERVE_DATA, size,
			 ALLOTYPE_UNIT_SIZE, DATA_STEP, true))
		return;
	if (!reserve_bookkeeping(region, kind, size)) {
		region->data.base = NULL;
		return;
	}
	growth_watch(&region->data, &region_lock);
	growth_watch(&region->descriptors, &region_lock);
	if (kind == ALLOTYPE_REGION_RUNS) {
		growth_watch(&region->starts, &region_lock);
		growth_open(&region->descriptors, &region->starts);
	}
	publish(region, kind, size);
}

bool region_init(void)
{
	bool small;

	reserve_init();
	small = reserve_is_limited();
	if (region_table)
		return true;
	if ((!table.base &&
	     !growth_init(&table, RESERVE_BOOKKEEPING,
			  REGION_MAX * sizeof(struct region), SYS_PAGE_SIZE,
			  16384, false)) ||
	    !growth_ensure(&table,
			   (REGION_PRIMARY_RUNS + 1) * sizeof(struct region)) ||
	    (!book.base &&
	     !growth_init(&book, RESERVE_BOOKKEEPING,
			  small ? BOOK_CHUNK : reserve_scaled(book_size),
			  SYS_PAGE_SIZE, BOOK_STEP, false)))
		return false;
	growth_watch(&book, &region_lock);
	region_table = (struct region *)table.base;
	region_heap.version = ALLOTYPE_HEAP_VERSION;
	region_heap.size = sizeof region_heap;
	region_heap.regions = (uintptr_t)region_table;
	region_heap.region_size = sizeof(struct region);
	region_heap.region_count = REGION_PRIMARY_RUNS + 1;
	region_heap.map = (uintptr_t)map;
	if (small)
		return true;
	create_primary(REGION_PRIMARY_MINIPAGES, ALLOTYPE_REGION_MINIPAGES);
	create_primary(REGION_PRIMARY_RUNS, ALLOTYPE_REGION_RUNS);
	region_minipage_base = region_table[1].published.base;
	region_minipage_descriptors = (struct allotype_minipage *)(uintptr_t)
		region_table[1].published.descriptors;
	return true;
}

void region_shrink(void)
{
	if (reserve_is_limited())
		return;
	reserve_shrink();
	for (uint32_t i = 1; i < region_heap.region_count; i++) {
		struct region *region = &region_table[i];

		size_t guard = i > REGION_PRIMARY_RUNS ? GUARD_SIZE : 0;
		uintptr_t limit = region->published.base + region->data.limit -
				  guard;

		if (region->data.base && limit < region->published.limit)
			region->published.limit = limit;
	}
}

size_t region_book_bytes(void)
{
	size_t total = book_total + table.used;

	for (uint32_t i = 1; i < region_heap.region_count; i++)
		if (region_table[i].published.kind != ALLOTYPE_REGION_NONE)
			total += region_table[i].descriptors.used +
				 region_table[i].starts.used;
	return total;
}
