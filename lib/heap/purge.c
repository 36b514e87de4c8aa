/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of free runs that goes back to the system. */
#include "base/sys.h"
#include "heap/big.h"
#include "heap/bins.h"
#include "heap/memcheck.h"
#include "heap/reserve.h"
#include "heap/runs.h"

/* Pages: the fewest dirty ones in this period; of those of the last, what is
 * to be given back. */
static size_t least_dirty;
static size_t due; /* atomic, relaxed */

/* Gives the memory behind the first KEEP pages of RUN back. */
static bool discard_behind(struct allotype_run *run, uint32_t keep)
{
	struct region *region = run_region(run);
	void *data = run_data(region, run_index(region, run) + keep);

	reserve_count_call();
	return !sys_failed(sys_discard(data, (size_t)(run->pages - keep) *
						     RUN_PAGE));
}

void run_discard(struct allotype_run *run)
{
	if (discard_behind(run, 0))
		run->zero = 1;
}

void big_note_taken(void)
{
	if (bins_dirty_pages() < least_dirty)
		least_dirty = bins_dirty_pages();
}

/* Gives PAGES of RUN, free and in no bin, back.  What is taken first was likely
 * used last: the memory is in front, and goes from its end on. */
static void discard_part(struct allotype_run *run, size_t pages)
{
	if (run->dirty <= pages)
		run_discard(run);
	else if (discard_behind(run, run->dirty - (uint32_t)pages))
		run->dirty -= (uint32_t)pages;
}

static bool purge_any(struct allotype_run *run)
{
	if (run->zero)
		return false;
	bins_remove(run);
	run_discard(run);
	bins_insert(run);
	return run->zero;
}

void big_begin_period(void)
{
	__atomic_store_n(&due, least_dirty, __ATOMIC_RELAXED);
	least_dirty = bins_dirty_pages();
}

bool big_is_due(void)
{
	return __atomic_load_n(&due, __ATOMIC_RELAXED) != 0;
}

bool big_has_dirty(void)
{
	return bins_dirty_pages() != 0;
}

size_t big_purge(size_t pages)
{
	struct allotype_run *run = bins_find_dirty();
	size_t before = bins_dirty_pages();

	if (!run)
		return 0;
	bins_remove(run);
	discard_part(run, pages);
	bins_insert(run);
	big_note_taken();
	return before - bins_dirty_pages();
}

bool big_purge_due(void)
{
	size_t given = due ? big_purge(due) : 0;

	/* When the system refuses, not even the rest. */
	__atomic_store_n(&due, given && given < due ? due - given : 0,
			 __ATOMIC_RELAXED);
	return given != 0;
}

bool big_trim(void)
{
	bool any = false;

	lock_acquire(&region_lock);
	for (uint32_t i = 1; i < region_heap.region_count; i++) {
		struct region *region = &region_table[i];
		struct allotype_run *run;

		if (region->published.kind != ALLOTYPE_REGION_RUNS ||
		    !region->published.used)
			continue;
		for (run = run_at(region, memcheck_first()); run;
		     run = next_run(region, run))
			if (run->state == ALLOTYPE_RUN_FREED)
				any |= purge_any(run);
	}
	lock_release(&region_lock);
	return any;
}
