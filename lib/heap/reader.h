/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the structures of a heap, which is this process's own or that of
 * another space.  Whatever is read may be torn or damaged: each answer has been
 * checked for sense.  Inline, for the sake of queries.
 */
#ifndef HEAP_READER_H
#define HEAP_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/heap_layout.h"
#include "allotype/index.h"
#include "heap/lookup.h"

enum { REGION_COUNT_MAX = 1 << 13 };

/* Where a reader is: everything in it has been checked for sense. */
struct reader {
	const struct space *space;
	struct allotype_heap heap;
};

static inline bool reader_open(struct reader *reader, const struct space *space,
			       uint64_t heap)
{
	reader->space = space;
	if (!heap ||
	    !space_read(space, heap, &reader->heap, sizeof reader->heap))
		return false;
	return reader->heap.version == ALLOTYPE_HEAP_VERSION &&
	       reader->heap.region_size >= sizeof(struct allotype_region) &&
	       reader->heap.region_count <= REGION_COUNT_MAX;
}

static inline bool reader_region(const struct reader *reader, uint32_t index,
				 struct allotype_region *region)
{
	uint64_t address = reader->heap.regions +
			   (uint64_t)index * reader->heap.region_size;

	if (!index || index >= reader->heap.region_count ||
	    !space_read(reader->space, address, region, sizeof *region))
		return false;
	return region->kind != ALLOTYPE_REGION_NONE &&
	       region->limit > region->base &&
	       !(region->limit >> ALLOTYPE_ADDRESS_BITS) &&
	       region->used <= (region->limit - region->base) >>
		       ALLOTYPE_PAGE_SHIFT;
}

static inline bool region_holds(const struct allotype_region *region,
				uint64_t address)
{
	return address >= region->base && address < region->limit;
}

static inline bool reader_find_region(const struct reader *reader,
				      uint64_t address,
				      struct allotype_region *region)
{
	uint64_t granule = address >> ALLOTYPE_GRANULE_SHIFT, leaf, at;
	uint64_t leaf_buffer;
	const uint64_t *entry;
	uint16_t index_buffer;
	const uint16_t *index;

	for (uint32_t i = 1; i <= 2; i++)
		if (reader_region(reader, i, region) &&
		    region_holds(region, address))
			return true;
	if (address >> ALLOTYPE_ADDRESS_BITS)
		return false;
	at = reader->heap.map + (granule >> ALLOTYPE_MAP_LEAF_SHIFT) * 8;
	entry = SPACE_VIEW(reader->space, at, &leaf_buffer);
	/* Acquire: pairs with the releases of region.c, inside the process. */
	leaf = entry ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : 0;
	if (!leaf)
		return false;
	at = leaf + (granule & ((1u << ALLOTYPE_MAP_LEAF_SHIFT) - 1)) * 2;
	index = SPACE_VIEW(reader->space, at, &index_buffer);
	return index &&
	       reader_region(reader, __atomic_load_n(index, __ATOMIC_ACQUIRE),
			     region) &&
	       region_holds(region, address);
}

/* 0 when it cannot be read.  Acquire: pairs with the releases of
 * sample_table.c. */
static inline uint64_t reader_word(const struct reader *reader, uint64_t base,
				   uint64_t word)
{
	uint64_t buffer;
	const uint64_t *view =
		SPACE_VIEW(reader->space, base + word * 8, &buffer);

	return view ? __atomic_load_n(view, __ATOMIC_ACQUIRE) : 0;
}

/* A copy of the descriptor of unit N; false when it cannot be read. */
static inline bool reader_unit(const struct reader *reader,
			       const struct allotype_region *region, uint64_t n,
			       struct allotype_minipage *page)
{
	return n < region->used &&
	       space_read(reader->space, region->descriptors + n * sizeof *page,
			  page, sizeof *page);
}

/* Does PAGE describe a MiniPage, used now or before? */
static inline bool unit_makes_sense(const struct allotype_minipage *page)
{
	return page->records && page->size >= 16 &&
	       page->size <= ALLOTYPE_UNIT_SIZE / 2 &&
	       allotype_minipage_count(page) == ALLOTYPE_UNIT_SIZE / page->size;
}

static inline const struct allotype_site_table *
reader_sites(const struct reader *reader, struct allotype_site_table *buffer)
{
	return reader->heap.sites
		       ? SPACE_VIEW(reader->space, reader->heap.sites, buffer)
		       : NULL;
}

/* The kind with that NUMBER, whose objects have CAPACITY bytes; all zeros for
 * a size class. */
static inline struct allotype_kind
reader_kind(const struct reader *reader, uint32_t number, uint64_t capacity)
{
	struct allotype_kind kind = {.object_size = 0};

	if (number < ALLOTYPE_KIND_FIRST || number >= reader->heap.kind_count ||
	    !space_read(reader->space,
			reader->heap.kinds +
				(uint64_t)number * reader->heap.kind_size,
			&kind, sizeof kind) ||
	    kind.object_size > capacity)
		return (struct allotype_kind){.object_size = 0};
	return kind;
}

static inline bool reader_run(const struct reader *reader,
			      const struct allotype_region *region,
			      uint64_t page, struct allotype_run *run)
{
	return page < region->used &&
	       space_read(reader->space,
			  region->descriptors + page * sizeof *run, run,
			  sizeof *run);
}

/* Is RUN one that may begin at PAGE? */
static inline bool run_makes_sense(const struct allotype_region *region,
				   uint64_t page,
				   const struct allotype_run *run)
{
	return run->state != ALLOTYPE_RUN_NONE && run->pages &&
	       run->pages <= region->used - page;
}

#endif
