/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/stats.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "heap/big.h"
#include "heap/heap.h"
#include "heap/kinds.h"
#include "heap/slots.h"

enum { ROW_OTHERS = CLASS_COUNT, ROW_BIG, ROW_COUNT };

/* Adds the live objects of PAGE to its row.  Under region_lock, so that it
 * does not become another's meanwhile. */
static void add_page(minipage *page, void *context)
{
	struct alloc_size_class *row = context;
	unsigned int count;
	uint64_t live = 0;

	if (page->state == ALLOTYPE_MINIPAGE_FREE || !page->records)
		return;
	row += page->kind < CLASS_COUNT ? page->kind : (int)ROW_OTHERS;
	count = allotype_minipage_count(page);
	for (unsigned int i = 0; i < count; i++) {
		uint32_t record = __atomic_load_n(&unit_records(page)[i],
						  __ATOMIC_RELAXED);

		if (!allotype_record_is_taken(record))
			continue;
		live++;
		row->live_bytes += page->size;
		if (record & ALLOTYPE_RECORD_LIVE)
			row->live_bytes -= allotype_record_slack(record);
	}
	row->live += live;
	row->minipages += live != 0;
}

/* Adds the live objects in slots to their row. */
static void add_slots(const struct region *region, struct alloc_size_class *row)
{
	uint64_t size;
	uint32_t count;

	if (region->published.kind != ALLOTYPE_REGION_SLOTS)
		return;
	size = kinds_get(region->published.object_kind)->published.object_size;
	count = (uint32_t)__atomic_load_n(&region->published.used,
					  __ATOMIC_ACQUIRE);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t record = __atomic_load_n(&slots_at(region, i)->record,
						  __ATOMIC_RELAXED);

		if (!(record & ALLOTYPE_RECORD_LIVE))
			continue;
		row->live++;
		row->live_bytes += size;
	}
}

static void count_small(struct alloc_size_class *rows)
{
	lock_acquire(&region_lock);
	unit_walk(add_page, rows);
	for (uint32_t i = 1; i < region_heap.region_count; i++)
		add_slots(&region_table[i], &rows[ROW_OTHERS]);
	lock_release(&region_lock);
	for (unsigned int i = 0; i <= ROW_OTHERS; i++) {
		struct alloc_size_class *row = &rows[i];

		row->size = i < CLASS_COUNT ? class_size(i) : 0;
		row->allocations = thread_sum_allocated(i);
		/* Others went on meanwhile. */
		if (row->allocations < row->live)
			row->allocations = row->live;
		row->frees = row->allocations - row->live;
	}
}

static void count_big(const struct big_counts *counts,
		      struct alloc_size_class *row)
{
	row->size = SIZE_MAX;
	row->allocations = counts->made;
	row->live = row->minipages = counts->live_runs;
	row->frees = counts->made - counts->live_runs;
	row->live_bytes = big_asked();
}

static void add_row(struct alloc_heap_totals *total,
		    const struct alloc_size_class *row)
{
	total->allocations += row->allocations;
	total->frees += row->frees;
	total->live += row->live;
	total->live_bytes += row->live_bytes;
}

size_t heap_count(struct alloc_heap_totals *total, struct alloc_size_class *rows,
		  size_t capacity)
{
	struct alloc_size_class all[ROW_COUNT];
	struct slots_counts slots;
	struct unit_counts units;
	struct big_counts runs;

	memset(total, 0, sizeof *total);
	if (!heap_init())
		return 0;
	memset(all, 0, sizeof all);
	unit_count(&units);
	big_count(&runs);
	count_small(all);
	count_big(&runs, &all[ROW_BIG]);
	for (unsigned int i = 0; i < ROW_COUNT; i++)
		add_row(total, &all[i]);
	total->minipages = units.used;
	slots_count(&slots);
	total->data_bytes = (units.used + units.dirty) *
				    (uint64_t)ALLOTYPE_UNIT_SIZE +
			    runs.live_bytes + runs.dirty_bytes +
			    slots.live_bytes + slots.kept_bytes;
	lock_acquire(&region_lock);
	total->bookkeeping_bytes = region_book_bytes();
	lock_release(&region_lock);
	total->bookkeeping_bytes += sites_book_bytes();
	thread_sum_touched(&total->bookkeeping_read,
			   &total->bookkeeping_written);
	if (rows && capacity)
		memcpy(rows, all,
		       (capacity < ROW_COUNT ? capacity : ROW_COUNT) *
			       sizeof *rows);
	return ROW_COUNT;
}

static void log_row(const struct alloc_size_class *row)
{
	char size[24];
	struct text text;

	if (!row->live)
		return;
	text_init(&text, size, sizeof size);
	if (row->size == SIZE_MAX)
		text_append(&text, "big");
	else if (!row->size)
		text_append(&text, "any, apart");
	else
		text_append_decimal(&text, row->size);
	log_write(OPTION_LOG_INFO,
		  "at the end: %llu live of size %s, %llu bytes, %llu MiniPages",
		  (unsigned long long)row->live, size,
		  (unsigned long long)row->live_bytes,
		  (unsigned long long)row->minipages);
}

void heap_log_state(void)
{
	struct alloc_size_class rows[ROW_COUNT];
	struct alloc_heap_totals total;

	if (!log_wants(OPTION_LOG_INFO))
		return;
	heap_count(&total, rows, ROW_COUNT);
	log_write(OPTION_LOG_INFO,
		  "at the end: %llu allocations, %llu frees, %llu live, "
		  "%llu bytes; memory for objects %llu, for bookkeeping %llu",
		  (unsigned long long)total.allocations,
		  (unsigned long long)total.frees,
		  (unsigned long long)total.live,
		  (unsigned long long)total.live_bytes,
		  (unsigned long long)total.data_bytes,
		  (unsigned long long)total.bookkeeping_bytes);
	for (unsigned int i = 0; i < ROW_COUNT; i++)
		log_row(&rows[i]);
}
