/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants of the heap's bookkeeping, executable. */
#include "base/report.h"
#include "heap/heap.h"
#include "heap/kinds.h"
#include "heap/sample.h"
#include "heap/security.h"
#include "heap/slots.h"
#include "heap/split.h"
#include "heap/starts.h"

#define EXPECT(condition)                                                      \
	((condition) ? (void)0 :                                               \
		       report_fatal("%s:%d: broken heap: %s", __FILE__,        \
				    __LINE__, #condition))

/* What is marked as a sample must be one. */
static void check_sample(uintptr_t base, uint32_t site)
{
	EXPECT(site != ALLOTYPE_SITE_SAMPLED || sample_table_find(base));
}

/* And the other way round. */
static void check_samples(void)
{
	const struct allotype_profile *profile =
		(const void *)(uintptr_t)region_heap.profile;
	const uint64_t *buckets =
		profile ? (const void *)(uintptr_t)profile->samples : NULL;
	const struct allotype_sample *sample;
	struct object object;

	for (int i = 0; buckets && i < 1 << ALLOTYPE_SAMPLE_BITS; i++) {
		for (uint64_t at = buckets[i]; at; at = sample->next) {
			sample = (const void *)(uintptr_t)at;
			EXPECT(object_find(sample->base, &object) ==
			       OBJECT_LIVE);
			EXPECT(sample_is(&object));
			EXPECT(sample->size == object.size);
		}
	}
}

/* Free segments of PAGE by its bitmap, each of which must not be live. */
static unsigned int check_free_bits(const minipage *page)
{
	const uint32_t *records = unit_records(page);
	unsigned int count = 0;

	for (unsigned int w = 0; w < unit_words(page); w++) {
		uint64_t bits = *unit_free_word(page, w);

		EXPECT(!bits == !(page->summary >> w & 1));
		for (; bits; bits &= bits - 1, count++) {
			uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);

			EXPECT(i < page->fresh);
			EXPECT(!allotype_record_is_taken(records[i]));
		}
	}
	return count;
}

static void check_unit(minipage *page, void *context)
{
	const uint32_t *records = unit_records(page);
	uint32_t count = allotype_minipage_count(page);

	(void)context;
	if (page->state == ALLOTYPE_MINIPAGE_FREE || page->lost)
		return;
	EXPECT(page->size == (page->kind < CLASS_COUNT ?
				      class_size(page->kind) :
				      kinds_get(page->kind)->published
					      .segment_size));
	EXPECT(count == ALLOTYPE_UNIT_SIZE / page->size);
	EXPECT(page->fresh <= count);
	EXPECT(page->taken + check_free_bits(page) == page->fresh);
	for (uint32_t i = 0; i < page->fresh; i++)
		EXPECT(records[i] != ALLOTYPE_RECORD_SPLIT ||
		       split_check(unit_base(page) + (size_t)i * page->size,
				   unit_base(page) + (size_t)(i + 1) * page->size));
	for (uint32_t i = 0; i < page->fresh; i++)
		if (records[i] & ALLOTYPE_RECORD_LIVE)
			check_sample(unit_base(page) + (size_t)i * page->size,
				     allotype_record_site(records[i]));
	for (uint32_t i = page->fresh; i < count; i++)
		EXPECT(!allotype_record_is_taken(records[i]));
	EXPECT(records[count] == 0);
	for (uint32_t i = 0; i < count; i++)
		EXPECT(unit_segment(page, i * page->size + page->size - 1) ==
		       i);
}

static void check_runs(const struct region *region)
{
	const struct allotype_region *published = &region->published;
	const struct allotype_run *runs =
		(const struct allotype_run *)(uintptr_t)published->descriptors;
	uint32_t previous = 0;
	bool was_free = false;

	for (uint64_t page = memcheck_first(); page < published->used;) {
		const struct allotype_run *run = &runs[page];
		uint64_t first;
		bool is_free = run->state == ALLOTYPE_RUN_FREED;

		EXPECT(run->state != ALLOTYPE_RUN_NONE);
		EXPECT(run->pages && run->previous == previous);
		EXPECT(!(is_free && was_free));
		EXPECT(page + run->pages <= published->used);
		EXPECT(starts_find(published, page + run->pages - 1, &first) &&
		       first == page);
		EXPECT(is_free || run->size <= (uint64_t)run->pages * 4096);
		EXPECT(run->state != ALLOTYPE_RUN_SPLIT ||
		       split_check(published->base + page * 4096,
				   published->base +
					   (page + run->pages -
					    security_guard_pages()) * 4096));
		if (run->state == ALLOTYPE_RUN_LIVE)
			check_sample(published->base + page * 4096, run->site);
		was_free = is_free;
		previous = run->pages;
		if (page + run->pages == published->used)
			EXPECT(region->last == page);
		page += run->pages;
	}
}

void heap_check(void)
{
	unit_walk(check_unit, NULL);
	for (uint32_t i = 1; i < region_heap.region_count; i++)
		if (region_table[i].published.kind == ALLOTYPE_REGION_RUNS)
			check_runs(&region_table[i]);
	for (uint32_t i = KIND_FIRST; i < region_heap.kind_count; i++)
		EXPECT(!kinds_has_slots(i) || slots_check(i));
	check_samples();
}
