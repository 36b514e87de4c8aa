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

void run_discard(struct allotype_run *run)
{
	struct region *region = run_region(run);

	reserve_count_call();
	if (!sys_failed(sys_discard(run_data(region, run_index(region, run)),
				    (size_t)run->pages * RUN_PAGE)))
		run->zero = 1;
}

void big_note_taken(void)
{
	if (bins_dirty_pages() < least_dirty)
		least_dirty = bins_dirty_pages();
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

bool big_purge_due(void)
{
	struct allotype_run *run = due ? bins_find_dirty() : NULL;
	size_t left = 0;

	if (run && purge_any(run)) {
		left = due > run->pages ? due - run->pages : 0;
		big_note_taken();
	}
	__atomic_store_n(&due, left, __ATOMIC_RELAXED);
	return run != NULL;
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
