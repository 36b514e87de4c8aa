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
#include "heap/unit.h"

enum {
	PAGE = RUN_PAGE,
	/* Free runs keep what was live before, between these, and a share of
	 * what was live at most and is live now. */
	DIRTY_MIN = 16384, /* pages */
	DIRTY_MAX = 32768,
	PEAK_SHARE = 8,
	LIVE_SHARE = 2,
	/* The first that is longer by half goes back at once, as buffers that
	 * double leave blocks behind which are never of use; the second tells
	 * that the program goes on with such. */
	LARGE_MIN = 256, /* pages */
	LARGE_MAX = 16384,
	REMAP_MIN = 64, /* pages: shorter ones are copied */
	/* Each move costs mappings, of which there are 65,530. */
	REMAP_MAX = 8192,
	/* What has to move becomes so many times as long as it needs, up to
	 * this length; longer by half above it, as core files have room. */
	ROOM = 4,
	ROOM_MAX = 4096, /* pages */
};

/* All guarded by region_lock. */
static struct region *current; /* that is extended when nothing fits */
static size_t live_pages, live_runs, peak_pages;
static uint64_t runs_made;
static unsigned int remaps;
static uint32_t large = LARGE_MIN; /* pages: the longest that was freed */

static void link_next(struct region *region, const struct allotype_run *run)
{
	struct allotype_run *next = next_run(region, run);

	if (next)
		next->previous = run->pages;
	else
		region->last = run_index(region, run);
}

/* A new free run of PAGES at index PAGE, PREVIOUS pages behind its
 * neighbour; in no bin. */
static struct allotype_run *make_run(struct region *region, uint32_t page,
				     uint32_t pages, uint32_t previous,
				     bool zero)
{
	struct allotype_run *run = run_at(region, page);

	*run = (struct allotype_run){
		.pages = pages,
		.previous = previous,
		.region = (uint16_t)region->published.index,
		.state = ALLOTYPE_RUN_FREED,
		.zero = zero,
		.dirty = zero ? 0 : pages,
	};
	starts_set(&region->published, page);
	return run;
}

/* TAIL was cut off RUN: nobody knows which of them has the memory.  What is
 * taken first is likely what was used last. */
static void share_dirty(struct allotype_run *run, struct allotype_run *tail)
{
	uint32_t dirty = run->dirty;

	run->dirty = dirty < run->pages ? dirty : run->pages;
	tail->dirty = dirty - run->dirty;
	if (tail->dirty > tail->pages)
		tail->dirty = tail->pages;
}

/* Cuts RUN, which is in no bin, to PAGES; the rest becomes a free run. */
static void split(struct region *region, struct allotype_run *run,
		  uint32_t pages)
{
	uint32_t rest = run->pages - pages;
	struct allotype_run *tail;

	if (!rest)
		return;
	run->pages = pages;
	tail = make_run(region, run_index(region, run) + pages, rest, pages,
			run->zero);
	share_dirty(run, tail);
	link_next(region, tail);
	bins_insert(tail);
}

/* Joins RIGHT to LEFT, its neighbour; both free and in no bin. */
static void join(struct region *region, struct allotype_run *left,
		 struct allotype_run *right)
{
	starts_clear(&region->published, run_index(region, right));
	left->pages += right->pages;
	left->dirty += right->dirty;
	left->zero = left->zero && right->zero;
	link_next(region, left);
}

/* Takes free neighbours in; the result is in no bin. */
static struct allotype_run *coalesce(struct region *region,
				     struct allotype_run *run)
{
	struct allotype_run *next = next_run(region, run), *previous;

	if (next && next->state == ALLOTYPE_RUN_FREED) {
		bins_remove(next);
		join(region, run, next);
	}
	if (!run->previous)
		return run;
	previous = run - run->previous;
	if (previous->state != ALLOTYPE_RUN_FREED)
		return run;
	bins_remove(previous);
	join(region, previous, run);
	return previous;
}

/* The room to grow of what needs PAGES and has to move. */
static uint64_t room_of(uint64_t pages)
{
	return pages <= ROOM_MAX ? pages * (ROOM - 1) : pages / 2;
}

/* Makes the first PAGES pages of REGION usable, the last MORE for one run. */
static bool commit(struct region *region, uint64_t pages, uint32_t more)
{
	const struct allotype_region *published = &region->published;
	uint64_t twice = 2 * (uint64_t)more;
	size_t ahead = (twice + room_of(twice)) * PAGE;

	if (pages > (published->limit - published->base) / PAGE)
		return false;
	/* What it holds may double, and move, without another system call. */
	if (region->data.step < ahead)
		region->data.step = ahead;
	return growth_ensure(&region->descriptors,
			     pages * sizeof(struct allotype_run)) &&
	       growth_ensure(&region->starts,
			     region->levels + (pages / 64 + 1) * 8) &&
	       growth_ensure(&region->data, pages * PAGE);
}

/* A free run of at least PAGES at the end of REGION, in no bin, or NULL. */
static struct allotype_run *extend(struct region *region, uint32_t pages)
{
	uint64_t used = region->published.used;
	struct allotype_run *last = NULL, *run;
	uint32_t more = pages;

	if (!used) {
		used = memcheck_first();
	} else {
		last = run_at(region, region->last);
		if (last->state == ALLOTYPE_RUN_FREED) {
			if (last->pages >= pages) {
				bins_remove(last);
				return last;
			}
			more = pages - last->pages;
		}
	}
	if (!commit(region, used + more, more))
		return NULL;
	memcheck_on_memory(run_data(region, (uint32_t)used),
			   (size_t)more * PAGE);
	run = make_run(region, (uint32_t)used, more, last ? last->pages : 0,
		       true);
	region->last = (uint32_t)used;
	/* Release: readers find the descriptor filled. */
	__atomic_store_n(&region->published.used, used + more,
			 __ATOMIC_RELEASE);
	return coalesce(region, run);
}

static uint64_t pages_left(const struct region *region)
{
	const struct allotype_region *published = &region->published;

	return (published->limit - published->base) / PAGE - published->used;
}

static struct allotype_run *find_run(uint32_t pages)
{
	struct allotype_run *run = bins_find(pages);
	struct region *fresh;

	if (run) {
		bins_remove(run);
		return run;
	}
	if (!current && region_table[REGION_PRIMARY_RUNS].published.kind)
		current = &region_table[REGION_PRIMARY_RUNS];
	if (current) {
		run = extend(current, pages);
		if (run)
			return run;
	}
	fresh = region_create(ALLOTYPE_REGION_RUNS, (size_t)pages * PAGE);
	if (!fresh && unit_give_regions())
		fresh = region_create(ALLOTYPE_REGION_RUNS,
				      (size_t)pages * PAGE);
	if (!fresh)
		return NULL;
	run = extend(fresh, pages);
	if (!run)
		region_destroy(fresh);
	else if (!current || pages_left(current) < pages_left(fresh))
		current = fresh;
	return run;
}

/* Cuts RUN so that it begins at a multiple of ALIGN and is PAGES long. */
static struct allotype_run *trim_run(struct region *region,
				     struct allotype_run *run, uint32_t pages,
				     size_t align)
{
	uint32_t page = run_index(region, run);
	uintptr_t data = (uintptr_t)run_data(region, page);
	uintptr_t aligned = (data + align - 1) & ~(uintptr_t)(align - 1);
	uint32_t skip = (uint32_t)((aligned - data) / PAGE);
	struct allotype_run *tail;

	if (skip) {
		tail = make_run(region, page + skip, run->pages - skip, skip,
				run->zero);
		run->pages = skip;
		share_dirty(run, tail);
		link_next(region, tail);
		bins_insert(run);
		run = tail;
	}
	split(region, run, pages);
	return run;
}

/* Pages for SIZE bytes, or 0 when there cannot be so many. */
static uint32_t pages_of(size_t size)
{
	uint64_t pages = (size >> ALLOTYPE_PAGE_SHIFT) + !!(size % PAGE);

	return pages > UINT32_MAX / 2 ? 0 : pages ? (uint32_t)pages : 1;
}

/* A free run of PAGES at a multiple of ALIGN, in no bin; NULL without memory. */
static struct allotype_run *take_run(uint32_t pages, size_t align)
{
	uint64_t padded = pages;
	struct allotype_run *run;

	if (align > PAGE)
		padded += (align / PAGE) - 1;
	if (!pages || padded > UINT32_MAX / 2) {
		failure_note(ALLOC_FAILURE_SIZE);
		return NULL;
	}
	run = find_run((uint32_t)padded);
	if (!run)
		return NULL;
	run = trim_run(run_region(run), run, pages, align);
	big_note_taken();
	return run;
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

/* Was none with nearly so much memory freed before? */
static bool is_much_longer(uint32_t dirty)
{
	bool much = dirty > LARGE_MAX || dirty >= large + large / 2;

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
	run = coalesce(region, run);
	/* memcheck goes on after it has told of a read of what was freed. */
	if (run->pages == region->published.used && !memcheck_is_on() &&
	    region->published.index > REGION_PRIMARY_RUNS) {
		if (current == region)
			current = NULL;
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
	run = limit_allows(pages) ? take_run(pages, align) : NULL;
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
		next = extend(region, more);
		if (!next)
			return false;
	}
	split(region, next, more);
	join(region, run, next);
	return true;
}

static void shrink(struct region *region, struct allotype_run *run,
		   uint32_t pages)
{
	struct allotype_run *tail;
	uint32_t rest = run->pages - pages;

	run->pages = pages;
	tail = make_run(region, run_index(region, run) + pages, rest, pages,
			false);
	link_next(region, tail);
	recycle(region, tail, false);
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
		run = take_run(pages + (uint32_t)room_of(pages), PAGE);
	return run ? run : take_run(pages, PAGE);
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
		moved = !has_called && move_pages(region, from, target, to);
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
	tail = make_run(region, run_index(region, run) + pages,
			run->pages - pages, pages, run->zero);
	tail->size = run->size > at ? run->size - at : 0;
	tail->site = run->site;
	tail->state = ALLOTYPE_RUN_LIVE;
	run->pages = pages;
	if (run->size > at)
		run->size = at;
	link_next(region, tail);
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
