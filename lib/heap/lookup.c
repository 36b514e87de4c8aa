/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/lookup.h"

#include <string.h>

#include "allotype/heap_layout.h"
#include "allotype/index.h"
#include "base/words.h"
#include "heap/reader.h"

enum { RECORD_BATCH = 64, PART_STEPS = 1 << 16, SAMPLE_STEPS = 1 << 16 };

typedef bool (*visitor)(void *context, const struct heap_object *object);

/* ---- MiniPages ---- */

/* The sites of a freed object whose record, or run, names pair ID. */
static void read_pair(const struct reader *reader, uint32_t id,
		      struct heap_object *object)
{
	struct allotype_site_table buffer;
	struct allotype_site_pair pair_buffer;
	const struct allotype_site_table *table = reader_sites(reader, &buffer);
	const struct allotype_site_pair *pair;

	/* Acquire: the entry is written before it is counted. */
	if (!table ||
	    id >= __atomic_load_n(&table->pair_count, __ATOMIC_ACQUIRE))
		return;
	pair = SPACE_VIEW(reader->space,
			  table->pairs + (uint64_t)id * sizeof *pair,
			  &pair_buffer);
	if (!pair)
		return;
	object->site = pair->allocated;
	object->free_site = pair->freed;
}

/* The sites of a freed segment. */
static void read_freed(const struct reader *reader, uint32_t record,
		       struct heap_object *object)
{
	struct allotype_site_table buffer;
	const struct allotype_site_table *table = reader_sites(reader, &buffer);
	uint32_t index = record & ALLOTYPE_FREE_INDEX_MAX, site_buffer;
	const uint32_t *site;

	if (record & ALLOTYPE_RECORD_PAIR) {
		read_pair(reader, record & ALLOTYPE_PAIR_MAX, object);
		return;
	}
	object->site = allotype_record_site(record);
	if (!table ||
	    index >= __atomic_load_n(&table->free_count, __ATOMIC_ACQUIRE))
		return;
	site = SPACE_VIEW(reader->space,
			  table->free_sites + index * sizeof *site,
			  &site_buffer);
	if (site)
		object->free_site = *site;
}

static void describe_part(const struct reader *reader,
			  const struct allotype_part *part,
			  struct heap_object *object)
{
	uint64_t room = part->limit - part->base;

	object->base = part->base;
	object->capacity = object->size = room;
	object->state = HEAP_STATE_UNUSED;
	object->site = object->free_site = 0;
	if (part->state == ALLOTYPE_PART_LIVE) {
		object->state = HEAP_STATE_LIVE;
		object->size = part->size < room ? part->size : room;
		object->site = part->site;
	} else if (part->state == ALLOTYPE_PART_FREED) {
		object->state = HEAP_STATE_FREED;
		read_pair(reader, part->site, object);
	}
}

/* Copies the part at ADDRESS of the split BLOCK, if it is one. */
static bool read_part(const struct reader *reader,
		      const struct heap_object *block, uint64_t address,
		      struct allotype_part *part)
{
	return address &&
	       space_read(reader->space, address, part, sizeof *part) &&
	       part->state < ALLOTYPE_PART_NONE && part->base >= block->base &&
	       part->limit > part->base &&
	       part->limit <= block->base + block->capacity;
}

/* The first part of the split BLOCK. */
static bool read_head(const struct reader *reader,
		      const struct heap_object *block,
		      struct allotype_part *part)
{
	uint64_t bucket = reader->heap.parts +
			  sizeof bucket * allotype_part_bucket(block->base);
	uint64_t at;

	if (!reader->heap.parts ||
	    !space_read(reader->space, bucket, &at, sizeof at))
		return false;
	for (int i = 0; at && i < PART_STEPS; i++) {
		if (!space_read(reader->space, at, part, sizeof *part))
			return false;
		if (part->base == block->base)
			return read_part(reader, block, at, part);
		at = part->chain;
	}
	return false;
}

/* The part behind PART, which ends further on: so walks end. */
static bool read_next(const struct reader *reader,
		      const struct heap_object *block,
		      struct allotype_part *part)
{
	uint64_t limit = part->limit;

	return read_part(reader, block, part->next, part) &&
	       part->limit > limit;
}

/* *OBJECT describes a split block: makes it the part with ADDRESS. */
static void lookup_part(const struct reader *reader, uint64_t address,
			struct heap_object *object)
{
	const struct heap_object block = *object;
	struct allotype_part part;
	bool found = read_head(reader, &block, &part);

	object->state = HEAP_STATE_UNUSED;
	while (found && address >= part.limit)
		found = read_next(reader, &block, &part);
	if (found && address >= part.base)
		describe_part(reader, &part, object);
}

/* Visits the live parts of BLOCK. */
static bool walk_parts(const struct reader *reader,
		       const struct heap_object *block, visitor visit,
		       void *context)
{
	struct heap_object object = *block;
	struct allotype_part part;
	bool found = read_head(reader, block, &part);

	for (; found; found = read_next(reader, block, &part)) {
		if (part.state != ALLOTYPE_PART_LIVE)
			continue;
		describe_part(reader, &part, &object);
		if (!visit(context, &object))
			return false;
	}
	return true;
}

/* OBJECT is a sample of the profile: its site. */
static uint32_t read_sampled_site(const struct reader *reader,
				  const struct heap_object *object)
{
	struct allotype_profile profile_buffer;
	struct allotype_sample buffer, sample;
	const struct allotype_sample *seen;
	const struct allotype_profile *profile =
		reader->heap.profile
			? SPACE_VIEW(reader->space, reader->heap.profile,
				     &profile_buffer)
			: NULL;
	uint64_t at;

	if (!profile)
		return 0;
	at = reader_word(reader, profile->samples,
			 allotype_sample_bucket(object->base));
	for (int i = 0; at && i < SAMPLE_STEPS; i++) {
		seen = SPACE_VIEW(reader->space, at, &buffer);
		if (!seen)
			return 0;
		words_load(&sample, seen, sizeof sample);
		if (sample.base == object->base)
			return sample.site;
		at = sample.next;
	}
	return 0;
}

static void set_live_site(const struct reader *reader, uint32_t site,
			  struct heap_object *object)
{
	object->site = site == ALLOTYPE_SITE_SAMPLED
			       ? read_sampled_site(reader, object)
			       : site;
}

/* What RECORD says of CAPACITY bytes at BASE, a segment or slot of a kind. */
static void describe_record(const struct reader *reader, uint32_t number,
			    uint64_t base, uint64_t capacity, uint32_t record,
			    struct heap_object *object)
{
	const struct allotype_kind kind = reader_kind(reader, number, capacity);
	uint32_t slack = allotype_record_slack(record);

	memset(object, 0, sizeof *object);
	object->class_id = kind.class_id;
	object->base = base;
	object->capacity = capacity;
	object->state = HEAP_STATE_UNUSED;
	if (record & ALLOTYPE_RECORD_LIVE) {
		object->state = HEAP_STATE_LIVE;
		set_live_site(reader, allotype_record_site(record), object);
		object->size = slack < capacity ? capacity - slack : 0;
	} else if (record == ALLOTYPE_RECORD_SPLIT) {
		object->split = true;
	} else if (record) {
		object->state = HEAP_STATE_FREED;
		object->size = capacity;
		read_freed(reader, record, object);
	}
	if (kind.object_size && record)
		object->size = kind.object_size;
}

static void describe_segment(const struct reader *reader,
			     const struct allotype_minipage *page,
			     uint64_t base, uint32_t index, uint32_t record,
			     struct heap_object *object)
{
	describe_record(reader, page->kind, base + (uint64_t)index * page->size,
			page->size, record, object);
}

/* Heap memory that holds no object. */
static bool describe_nothing(uint64_t base, uint64_t size,
			     struct heap_object *object)
{
	memset(object, 0, sizeof *object);
	object->base = base;
	object->capacity = size;
	object->state = HEAP_STATE_UNUSED;
	return true;
}

static bool lookup_segment(const struct reader *reader,
			   const struct allotype_region *region,
			   uint64_t address, struct heap_object *object)
{
	uint64_t n = (address - region->base) >> ALLOTYPE_UNIT_SHIFT;
	uint64_t base = region->base + (n << ALLOTYPE_UNIT_SHIFT);
	struct allotype_minipage page;
	uint32_t buffer, index;
	const uint32_t *record;

	if (!reader_unit(reader, region, n, &page) || !unit_makes_sense(&page))
		return describe_nothing(base, ALLOTYPE_UNIT_SIZE, object);
	index = (uint32_t)(address - base) / page.size;
	if (index >= allotype_minipage_count(&page))
		return describe_nothing(base + (uint64_t)index * page.size,
					ALLOTYPE_UNIT_SIZE % page.size, object);
	record = SPACE_VIEW(reader->space,
			    page.records + index * sizeof *record, &buffer);
	if (!record)
		return describe_nothing(base, ALLOTYPE_UNIT_SIZE, object);
	describe_segment(reader, &page, base, index,
			 index < page.fresh
				 ? __atomic_load_n(record, __ATOMIC_ACQUIRE)
				 : 0,
			 object);
	if (object->split)
		lookup_part(reader, address, object);
	return true;
}

/* ---- slots ---- */

/* Describes slot INDEX; false when there is none, or it cannot be read. */
static bool read_slot(const struct reader *reader,
		      const struct allotype_region *region, uint64_t index,
		      struct heap_object *object)
{
	struct allotype_slot buffer;
	const struct allotype_slot *slot;

	if (index >= region->used)
		return false;
	slot = SPACE_VIEW(reader->space,
			  region->descriptors + index * sizeof *slot, &buffer);
	if (!slot)
		return false;
	describe_record(
		reader, region->object_kind,
		region->base + ALLOTYPE_UNIT_SIZE + index * region->slot_size,
		region->slot_size,
		__atomic_load_n(&slot->record, __ATOMIC_ACQUIRE), object);
	return true;
}

static bool lookup_slot(const struct reader *reader,
			const struct allotype_region *region, uint64_t address,
			struct heap_object *object)
{
	uint64_t offset = address - region->base;

	if (offset < ALLOTYPE_UNIT_SIZE || !region->slot_size ||
	    !read_slot(reader, region,
		       (offset - ALLOTYPE_UNIT_SIZE) / region->slot_size,
		       object))
		return describe_nothing(address & ~(uint64_t)4095, 4096,
					object);
	return true;
}

/* ---- runs ---- */

static uint64_t last_bit(uint64_t bits)
{
	return 63 - (uint64_t)__builtin_clzll(bits);
}

/* The page at or before PAGE where the last run begins. */
static bool find_start(const struct reader *reader,
		       const struct allotype_region *region, uint64_t page,
		       uint64_t *first)
{
	uint64_t at = page, bits;
	int level = 0;

	for (;;) {
		bits = reader_word(reader, region->starts[level], at / 64) &
		       (~UINT64_C(0) >> (63 - (at & 63)));
		if (bits)
			break;
		at /= 64;
		if (!at || ++level == ALLOTYPE_RUN_LEVELS)
			return false;
		at--;
	}
	at = at / 64 * 64 + last_bit(bits);
	while (level-- > 0) {
		/* A torn word may name pages that are not there yet. */
		if (at > page)
			return false;
		bits = reader_word(reader, region->starts[level], at);
		if (!bits)
			return false;
		at = at * 64 + last_bit(bits);
	}
	*first = at;
	return at <= page;
}

static void describe_run(const struct reader *reader,
			 const struct allotype_region *region, uint64_t page,
			 const struct allotype_run *run,
			 struct heap_object *object)
{
	memset(object, 0, sizeof *object);
	object->big = true;
	object->base = region->base + (page << ALLOTYPE_PAGE_SHIFT);
	object->capacity = (uint64_t)run->pages << ALLOTYPE_PAGE_SHIFT;
	if (run->state == ALLOTYPE_RUN_LIVE) {
		object->state = HEAP_STATE_LIVE;
		object->size = run->size < object->capacity ? run->size
							    : object->capacity;
		set_live_site(reader, run->site, object);
	} else if (run->state == ALLOTYPE_RUN_SPLIT) {
		object->split = true;
	} else if (run->site) {
		object->state = HEAP_STATE_FREED;
		object->size = object->capacity;
		read_pair(reader, run->site, object);
	} else {
		object->state = HEAP_STATE_UNUSED;
	}
}

static bool lookup_run(const struct reader *reader,
		       const struct allotype_region *region, uint64_t address,
		       struct heap_object *object)
{
	uint64_t page = (address - region->base) >> ALLOTYPE_PAGE_SHIFT, first;
	struct allotype_run run, own;

	if (page >= region->used || !find_start(reader, region, page, &first) ||
	    !reader_run(reader, region, first, &run) ||
	    !run_makes_sense(region, first, &run) || page - first >= run.pages)
		return describe_nothing(address & ~(uint64_t)4095, 4096,
					object);
	/* Of runs that were merged, the descriptors still tell the story to
	 * who asks for where one began. */
	if (run.state == ALLOTYPE_RUN_FREED && page != first &&
	    address % 4096 == 0 && reader_run(reader, region, page, &own) &&
	    own.state == ALLOTYPE_RUN_FREED && own.site &&
	    own.pages <= first + run.pages - page) {
		run = own;
		first = page;
	}
	describe_run(reader, region, first, &run, object);
	if (object->split)
		lookup_part(reader, address, object);
	/* What was merged behind the last object there has another story. */
	if (run.state == ALLOTYPE_RUN_FREED &&
	    (address - object->base) >> ALLOTYPE_PAGE_SHIFT >
		    (run.size ? run.size - 1 : 0) >> ALLOTYPE_PAGE_SHIFT)
		object->site = object->free_site = 0;
	return true;
}

bool heap_lookup(const struct space *space, uint64_t heap, uint64_t address,
		 struct heap_object *object)
{
	struct allotype_region region;
	struct reader reader;

	if (!reader_open(&reader, space, heap) ||
	    !reader_find_region(&reader, address, &region))
		return false;
	if (region.kind == ALLOTYPE_REGION_MINIPAGES)
		return lookup_segment(&reader, &region, address, object);
	if (region.kind == ALLOTYPE_REGION_SLOTS)
		return lookup_slot(&reader, &region, address, object);
	return lookup_run(&reader, &region, address, object);
}

/* ---- all live objects ---- */

/* OBJECT is live or split. */
static bool visit_taken(const struct reader *reader,
			const struct heap_object *object, visitor visit,
			void *context)
{
	return object->split ? walk_parts(reader, object, visit, context)
			     : visit(context, object);
}

static bool walk_records(const struct reader *reader,
			 const struct allotype_minipage *page, uint64_t base,
			 visitor visit, void *context)
{
	uint32_t total = allotype_minipage_count(page);
	uint32_t buffer[RECORD_BATCH], count;
	const uint32_t *records;
	struct heap_object object;

	for (uint32_t i = 0; i < total; i += count) {
		count = total - i < RECORD_BATCH ? total - i : RECORD_BATCH;
		records = space_view(reader->space,
				     page->records + i * sizeof *records,
				     buffer, count * sizeof *records);
		for (uint32_t k = 0; records && k < count; k++) {
			uint32_t record =
				__atomic_load_n(&records[k], __ATOMIC_RELAXED);

			if (!allotype_record_is_taken(record))
				continue;
			describe_segment(reader, page, base, i + k, record,
					 &object);
			if (!visit_taken(reader, &object, visit, context))
				return false;
		}
	}
	return true;
}

static bool walk_units(const struct reader *reader,
		       const struct allotype_region *region, visitor visit,
		       void *context)
{
	struct allotype_minipage page;

	for (uint64_t n = 0; n < region->used; n++) {
		/* What cannot be read ends a region that claims too much. */
		if (!reader_unit(reader, region, n, &page))
			break;
		if (page.state == ALLOTYPE_MINIPAGE_FREE ||
		    !unit_makes_sense(&page))
			continue;
		if (!walk_records(reader, &page,
				  region->base + (n << ALLOTYPE_UNIT_SHIFT),
				  visit, context))
			return false;
	}
	return true;
}

static bool walk_slots(const struct reader *reader,
		       const struct allotype_region *region, visitor visit,
		       void *context)
{
	struct heap_object object;

	for (uint64_t n = 0; n < region->used; n++) {
		if (!read_slot(reader, region, n, &object))
			break;
		if (object.state == HEAP_STATE_LIVE && !visit(context, &object))
			return false;
	}
	return true;
}

static bool walk_runs(const struct reader *reader,
		      const struct allotype_region *region, visitor visit,
		      void *context)
{
	struct heap_object object;
	struct allotype_run run;
	uint64_t page = 0;

	while (page < region->used) {
		if (!reader_run(reader, region, page, &run))
			break;
		if (!run_makes_sense(region, page, &run)) {
			page++;
			continue;
		}
		if (run.state == ALLOTYPE_RUN_LIVE ||
		    run.state == ALLOTYPE_RUN_SPLIT) {
			describe_run(reader, region, page, &run, &object);
			if (!visit_taken(reader, &object, visit, context))
				return false;
		}
		page += run.pages;
	}
	return true;
}

static bool walk_region(const struct reader *reader,
			const struct allotype_region *region, visitor visit,
			void *context)
{
	switch (region->kind) {
	case ALLOTYPE_REGION_MINIPAGES:
		return walk_units(reader, region, visit, context);
	case ALLOTYPE_REGION_SLOTS:
		return walk_slots(reader, region, visit, context);
	default:
		return walk_runs(reader, region, visit, context);
	}
}

void heap_walk(const struct space *space, uint64_t heap,
	       bool (*visit)(void *context, const struct heap_object *object),
	       void *context)
{
	struct allotype_region region;
	struct reader reader;
	bool go_on = true;

	if (!reader_open(&reader, space, heap))
		return;
	for (uint32_t i = 1; go_on && i < reader.heap.region_count; i++) {
		if (!reader_region(&reader, i, &region))
			continue;
		go_on = walk_region(&reader, &region, visit, context);
	}
}
