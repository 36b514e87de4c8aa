/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/big.h"

#include <string.h>

#include "base/sys.h"
#include "heap/bins.h"
#include "heap/decay.h"
#include "heap/failure.h"
#include "heap/memcheck.h"
#include "heap/runs.h"
#include "heap/security.h"
#include "heap/split.h"
#include "heap/starts.h"

enum {
	PAGE = RUN_PAGE,
	/* Free runs keep what was live before, between these, and a share of
	 * what was live at most and is live now. */
	DIRTY_MIN = 16384, /* pages */
	DIRTY_MAX = 32768,
	PEAK_SHARE = 8,
	LIVE_SHARE = 2,
	/* The first that is longer by half goes back at once while as much is
	 * live, as buffers that double leave blocks behind which are never of
	 * use; the second tells that the program goes on with such. */
	LARGE_MIN = 256, /* pages */
	LARGE_MAX = 16384,
	REMAP_MIN = 64, /* pages: shorter ones are copied */
	/* Each move costs mappings, of which there are 65,530. */
	REMAP_MAX = 8192,
};

/* All guarded by region_lock. */
static size_t live_pages, live_runs, peak_pages;
static uint64_t runs_made;
static unsigned int remaps;
static uint32_t large = LARGE_MIN; /* pages: the longest that was freed */

/* Pages for SIZE bytes, or 0 when there cannot be so many. */
static uint32_t pages_of(size_t size)
{
	uint64_t pages = (size >> ALLOTYPE_PAGE_SHIFT) + !!(size % PAGE);

	return pages > UINT32_MAX / 2 ? 0 : pages ? (uint32_t)pages : 1;
}

static bool limit_allows(uint32_t pages)
{
	return failure_limit_allows((size_t)pages * PAGE);
}

/* Pages that the object of RUN needs; the others are room to grow. */
static uint32_t used_pages(const struct allotype_run *run)
{
	uint32_t pages = pages_of(run->size);

	return pages < run->pages ? pages : run->pages;
}

static void give_size(struct allotype_run *run, size_t size, uint32_t site)
{
	run->size = size;
	run->site = site;
	live_pages += used_pages(run);
	if (live_pages > peak_pages)
		peak_pages = live_pages;
}

static void make_live(struct allotype_run *run, size_t size, uint32_t site)
{
	give_size(run, size, site);
	run->state = ALLOTYPE_RUN_LIVE;
	live_runs++;
	runs_made++;
}

/* Of a live run, which is long enough. */
static void change_size(struct allotype_run *run, size_t size, uint32_t site)
{
	live_pages -= used_pages(run);
	give_size(run, size, site);
}

enum big_state big_find(const struct region *region, uintptr_t address,
			struct allotype_run *run, uintptr_t *base)
{
	uint64_t page = (address - region->published.base) / PAGE, first;
	enum big_state state = BIG_UNUSED;

	lock_acquire(&region_lock);
	if (page >= region->published.used ||
	    !starts_find(&region->published, page, &first))
		goto out;
	*run = *run_at(region, first);
	*base = (uintptr_t)run_data(region, (uint32_t)first);
	if (run->state == ALLOTYPE_RUN_LIVE) {
		state = *base == address ? BIG_LIVE : BIG_INSIDE;
		goto out;
	}
	if (run->state == ALLOTYPE_RUN_SPLIT) {
		state = BIG_SPLIT;
		goto out;
	}
	/* Of runs that were merged, the descriptors still tell the story. */
	if (run->state == ALLOTYPE_RUN_FREED &&
	    run_at(region, page)->state == ALLOTYPE_RUN_FREED) {
		*run = *run_at(region, page);
		*base = (uintptr_t)run_data(region, (uint32_t)page);
	}
	state = BIG_FREED;
out:
	lock_release(&region_lock);
	return state;
}

/* Was none with nearly so much memory freed before, and is it left behind? */
static bool is_much_longer(uint32_t dirty)
{
	bool much = dirty > LARGE_MAX ||
		    (dirty >= large + large / 2 && dirty <= live_pages);

	if (dirty > large)
		large = dirty < LARGE_MAX ? dirty : LARGE_MAX;
	return much;
}

/* Gives memory of free runs back if there is plenty. */
static void purge_plenty(void)
{
	size_t keep = peak_pages + peak_pages / PEAK_SHARE - live_pages;

	if (keep > DIRTY_MAX)
		keep = DIRTY_MAX;
	if (keep < live_pages / LIVE_SHARE)
		keep = live_pages / LIVE_SHARE;
	if (keep < DIRTY_MIN)
		keep = DIRTY_MIN;
	if (bins_dirty_pages() > keep)
		big_purge(bins_dirty_pages() - keep);
}

/* RUN, in no bin and not live any more, becomes free memory, of which some goes
 * back unless the operation HAS_CALLED the system before. */
static void recycle(struct region *region, struct allotype_run *run,
		    bool has_called)
{
	bool longer = is_much_longer(run->dirty), more = run->dirty != 0;

	if (longer && !has_called)
		run_discard(run);
	run = runs_coalesce(region, run);
	/* memcheck goes on after it has told of a read of what was freed. */
	if (run->pages == region->published.used && !memcheck_is_on() &&
	    region->published.index > REGION_PRIMARY_RUNS) {
		runs_forget(region);
		region_destroy(region);
		return;
	}
	if (!run->zero)
		__atomic_store_n(&decay_waiting, 1, __ATOMIC_RELAXED);
	bins_insert(run);
	if (more && !longer && !has_called)
		purge_plenty();
}

static void end_life(struct allotype_run *run, enum allotype_run_state state,
		     uint32_t pair, bool zero)
{
	live_pages -= used_pages(run);
	live_runs--;
	run->state = state;
	run->site = pair;
	run->zero = zero;
	/* Room that was only reserved has no memory. */
	run->dirty = zero ? 0 : used_pages(run);
}

static void free_run(struct region *region, struct allotype_run *run,
		     uint32_t pair, bool has_called)
{
	end_life(run, ALLOTYPE_RUN_FREED, pair, false);
	recycle(region, run, has_called);
}

void *big_allocate(size_t size, size_t align, uint32_t site, bool *zero)
{
	uint32_t pages = pages_of(size + memcheck_red_zone());
	struct allotype_run *run;
	struct region *region;
	void *data = NULL;

	if (pages)
		pages += security_guard_pages();
	lock_acquire(&region_lock);
	run = limit_allows(pages) ? runs_take(pages, align) : NULL;
	if (!run)
		goto out;
	region = run_region(run);
	data = run_data(region, run_index(region, run));
	*zero = run->zero;
	make_live(run, size, site);
	if (heap_secured && !security_open(data, pages, size, live_runs)) {
		end_life(run, ALLOTYPE_RUN_FREED, 0, run->zero);
		recycle(region, run, true);
		data = NULL;
	}
out:
	lock_release(&region_lock);
	return data;
}

static struct allotype_run *live_run(struct region *region, uintptr_t address)
{
	struct allotype_run *run =
		run_at(region, (address - region->published.base) / PAGE);

	return run->state == ALLOTYPE_RUN_LIVE ? run : NULL;
}

/* Live or split. */
static struct allotype_run *taken_run(struct region *region, uintptr_t address)
{
	struct allotype_run *run =
		run_at(region, (address - region->published.base) / PAGE);

	return run->state == ALLOTYPE_RUN_LIVE ||
			       run->state == ALLOTYPE_RUN_SPLIT ? run : NULL;
}

static bool free_taken(struct region *region, uintptr_t address, uint32_t pair,
		       bool has_called)
{
	struct allotype_run *run;

	lock_acquire(&region_lock);
	run = taken_run(region, address);
	if (run)
		free_run(region, run, pair, has_called);
	lock_release(&region_lock);
	return run != NULL;
}

bool big_free(struct region *region, uintptr_t address, uint32_t pair)
{
	return free_taken(region, address, pair, false);
}

bool big_retire(struct region *region, uintptr_t address, uint32_t pair)
{
	struct allotype_run *run;

	lock_acquire(&region_lock);
	run = taken_run(region, address);
	if (run)
		end_life(run, ALLOTYPE_RUN_RETIRED, pair,
			 security_close((void *)address, run->pages));
	lock_release(&region_lock);
	return run != NULL;
}

void big_release(struct region *region, uintptr_t address)
{
	struct allotype_run *run;

	lock_acquire(&region_lock);
	run = run_at(region, (address - region->published.base) / PAGE);
	run->state = ALLOTYPE_RUN_FREED;
	recycle(region, run, false);
	lock_release(&region_lock);
}

bool big_set_size(struct region *region, uintptr_t address, size_t size,
		  uint32_t site)
{
	struct allotype_run *run;

	lock_acquire(&region_lock);
	run = live_run(region, address);
	if (run)
		change_size(run, size, site);
	lock_release(&region_lock);
	return run != NULL;
}

/* Lengthens RUN to PAGES from its free neighbour or the end of REGION. */
static bool grow(struct region *region, struct allotype_run *run,
		 uint32_t pages)
{
	struct allotype_run *next = next_run(region, run);
	uint32_t more = pages - run->pages;

	if (next && next->state != ALLOTYPE_RUN_FREED)
		return false;
	if (next && next->pages >= more) {
		bins_remove(next);
	} else {
		if (next && run_index(region, next) != region->last)
			return false;
		next = runs_extend(region, more);
		if (!next)
			return false;
	}
	runs_split(region, next, more);
	runs_join(region, run, next);
	return true;
}

static void shrink(struct region *region, struct allotype_run *run,
		   uint32_t pages)
{
	recycle(region, runs_cut(region, run, pages, false), false);
}

bool big_resize(struct region *region, uintptr_t address, size_t size,
		uint32_t site)
{
	uint32_t pages = pages_of(size), used;
	struct allotype_run *run;
	bool fits = false, shorter;

	lock_acquire(&region_lock);
	run = live_run(region, address);
	if (!run || !pages)
		goto out;
	used = used_pages(run);
	fits = (pages <= used || limit_allows(pages - used)) &&
	       (pages <= run->pages || grow(region, run, pages));
	if (!fits)
		goto out;
	shorter = size < run->size && pages < run->pages - run->pages / 8;
	change_size(run, size, site);
	/* Room to grow was given on purpose: only who shrinks loses it. */
	if (shorter)
		shrink(region, run, pages);
out:
	lock_release(&region_lock);
	return fits;
}

/* A free run for what was a live one of less than PAGES; in no bin.  What grew
 * once will grow again: room that is not touched costs nothing but addresses. */
static struct allotype_run *take_longer(uint32_t pages)
{
	struct allotype_run *run = NULL;

	if (!limit_allows(pages))
		return NULL;
	if (!reserve_is_limited() && pages >= REMAP_MIN &&
	    pages <= UINT32_MAX / 4)
		run = runs_take(pages + (uint32_t)runs_room(pages), PAGE);
	return run ? run : runs_take(pages, PAGE);
}

/* Moves the pages of FROM to TO, if that pays: not where TO has memory. */
static bool move_pages(struct region *from_region, struct allotype_run *from,
		       struct region *to_region, struct allotype_run *to)
{
	void *source = run_data(from_region, run_index(from_region, from));
	void *target = run_data(to_region, run_index(to_region, to));
	size_t size = (size_t)from->pages * PAGE;

	if (from->pages < REMAP_MIN || remaps >= REMAP_MAX ||
	    to->dirty >= used_pages(from) ||
	    sys_failed(sys_move(source, size, target)))
		return false;
	reserve_count_call();
	remaps++;
	return true;
}

void *big_move(struct region *region, uintptr_t address, size_t size,
	       uint32_t site, uint32_t pair)
{
	uint32_t pages = pages_of(size), calls;
	struct allotype_run *from, *to = NULL;
	struct region *target;
	size_t before = 0;
	void *data = NULL;
	bool moved = false, has_called = false;

	lock_acquire(&region_lock);
	calls = __atomic_load_n(&reserve_calls, __ATOMIC_RELAXED);
	from = live_run(region, address);
	if (from && pages)
		to = take_longer(pages);
	if (to) {
		target = run_region(to);
		data = run_data(target, run_index(target, to));
		before = from->size;
		has_called = calls != __atomic_load_n(&reserve_calls,
						      __ATOMIC_RELAXED);
		moved = (!has_called || from->pages > AHEAD_MAX) &&
			move_pages(region, from, target, to);
		make_live(to, size, site);
	}
	if (moved) {
		end_life(from, ALLOTYPE_RUN_FREED, pair, true);
		recycle(region, from, true);
	}
	lock_release(&region_lock);
	if (!data || moved)
		return data;
	memcpy(data, (const void *)address, before);
	free_taken(region, address, pair, has_called);
	return data;
}

bool big_cut(struct region *region, uintptr_t address, size_t at)
{
	uint32_t pages = (uint32_t)(at / PAGE);
	struct allotype_run *run, *tail;

	lock_acquire(&region_lock);
	run = live_run(region, address);
	if (!run || !pages || pages >= run->pages) {
		lock_release(&region_lock);
		return false;
	}
	tail = runs_cut(region, run, pages, run->zero);
	tail->size = run->size > at ? run->size - at : 0;
	tail->site = run->site;
	tail->state = ALLOTYPE_RUN_LIVE;
	if (run->size > at)
		run->size = at;
	live_runs++;
	runs_made++;
	lock_release(&region_lock);
	return true;
}

bool big_split(struct region *region, uintptr_t address, size_t at)
{
	struct split_block block = { .base = address };
	struct allotype_run *run;
	bool done = false;

	lock_acquire(&region_lock);
	run = live_run(region, address);
	if (run) {
		block.limit = address +
			      (run->pages - security_guard_pages()) *
				      (size_t)PAGE;
		block.size = run->size;
		block.site = run->site;
		done = split_add(&block, address + at);
	}
	if (done)
		/* Release: readers who see it find the parts. */
		__atomic_store_n(&run->state, ALLOTYPE_RUN_SPLIT,
				 __ATOMIC_RELEASE);
	lock_release(&region_lock);
	return done;
}

void big_count(struct big_counts *counts)
{
	lock_acquire(&region_lock);
	counts->live_bytes = live_pages * PAGE;
	counts->live_runs = live_runs;
	counts->dirty_bytes = bins_dirty_pages() * PAGE;
	counts->free_runs = bins_count();
	counts->made = runs_made;
	lock_release(&region_lock);
}

size_t big_committed(void)
{
	return (live_pages + bins_dirty_pages()) * PAGE;
}

static size_t region_asked(struct region *region)
{
	struct allotype_run *run;
	size_t total = 0;

	if (region->published.kind != ALLOTYPE_REGION_RUNS ||
	    !region->published.used)
		return 0;
	for (run = run_at(region, 0); run; run = next_run(region, run))
		if (run->state == ALLOTYPE_RUN_LIVE ||
		    run->state == ALLOTYPE_RUN_SPLIT)
			total += run->size;
	return total;
}

size_t big_asked(void)
{
	size_t total = 0;

	lock_acquire(&region_lock);
	for (uint32_t i = 1; i < region_heap.region_count; i++)
		total += region_asked(&region_table[i]);
	lock_release(&region_lock);
	return total;
}
