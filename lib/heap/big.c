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
	/* Free runs keep that much memory, or a share of what is live. */
	DIRTY_MIN = 16384, /* pages */
	DIRTY_SHARE = 2,
	/* The first of a length goes back at once, as buffers that double leave
	 * blocks behind which are never of use; the second tells that the
	 * program goes on with such. */
	LARGE_MIN = 256, /* pages */
	LARGE_MAX = 16384,
	REMAP_MIN = 64, /* pages: shorter ones are copied */
	/* Each move costs mappings, of which there are 65,530. */
	REMAP_MAX = 8192,
};

/* All guarded by region_lock. */
static struct region *current; /* that is extended when nothing fits */
static size_t live_pages, live_runs;
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

/* Makes the first PAGES pages of REGION usable. */
static bool commit(struct region *region, uint64_t pages)
{
	const struct allotype_region *published = &region->published;

	if (pages > (published->limit - published->base) / PAGE)
		return false;
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
	if (!commit(region, used + more))
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

static struct allotype_run *allocate_run(uint32_t pages, size_t align)
{
	uint64_t padded = pages;
	struct allotype_run *run;

	if (align > PAGE)
		padded += (align / PAGE) - 1;
	if (!pages || padded > UINT32_MAX / 2) {
		failure_note(ALLOC_FAILURE_SIZE);
		return NULL;
	}
	if (!failure_limit_allows((size_t)pages * PAGE))
		return NULL;
	run = find_run((uint32_t)padded);
	if (!run)
		return NULL;
	run = trim_run(run_region(run), run, pages, align);
	big_note_taken();
	return run;
}

static void make_live(struct allotype_run *run, size_t size, uint32_t site)
{
	run->size = size;
	run->site = site;
	run->state = ALLOTYPE_RUN_LIVE;
	live_pages += run->pages;
	live_runs++;
	runs_made++;
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

/* Was none with so much memory freed before? */
static bool is_longest(uint32_t dirty)
{
	if (dirty <= large)
		return false;
	large = dirty < LARGE_MAX ? dirty : LARGE_MAX;
	return true;
}

/* Gives memory of free runs back if there is plenty. */
static void purge_plenty(void)
{
	size_t keep = live_pages / DIRTY_SHARE;

	if (keep < DIRTY_MIN)
		keep = DIRTY_MIN;
	if (bins_dirty_pages() > keep)
		big_purge(bins_dirty_pages() - keep);
}

/* RUN, in no bin and not live any more, becomes free memory. */
static void recycle(struct region *region, struct allotype_run *run)
{
	bool longest = is_longest(run->dirty), more = run->dirty != 0;

	if (longest)
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
	if (more && !longest)
		purge_plenty();
}

static void end_life(struct allotype_run *run, enum allotype_run_state state,
		     uint32_t pair, bool zero)
{
	live_pages -= run->pages;
	live_runs--;
	run->state = state;
	run->site = pair;
	run->zero = zero;
	/* Room that was only reserved has no memory. */
	run->dirty = zero ? 0 : pages_of(run->size);
	if (run->dirty > run->pages)
		run->dirty = run->pages;
}

static void free_run(struct region *region, struct allotype_run *run,
		     uint32_t pair, bool zero)
{
	end_life(run, ALLOTYPE_RUN_FREED, pair, zero);
	recycle(region, run);
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
	run = allocate_run(pages, align);
	if (!run)
		goto out;
	region = run_region(run);
	data = run_data(region, run_index(region, run));
	*zero = run->zero;
	make_live(run, size, site);
	if (heap_secured && !security_open(data, pages, size, live_runs)) {
		free_run(region, run, 0, run->zero);
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

bool big_free(struct region *region, uintptr_t address, uint32_t pair)
{
	struct allotype_run *run;

	lock_acquire(&region_lock);
	run = taken_run(region, address);
	if (run)
		free_run(region, run, pair, false);
	lock_release(&region_lock);
	return run != NULL;
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
	recycle(region, run);
	lock_release(&region_lock);
}

bool big_set_size(struct region *region, uintptr_t address, size_t size,
		  uint32_t site)
{
	struct allotype_run *run;

	lock_acquire(&region_lock);
	run = live_run(region, address);
	if (run) {
		run->size = size;
		run->site = site;
	}
	lock_release(&region_lock);
	return run != NULL;
}

/* Lengthens RUN to PAGES from its free neighbour or the end of REGION. */
static bool grow(struct region *region, struct allotype_run *run,
		 uint32_t pages)
{
	struct allotype_run *next = next_run(region, run);
	uint32_t more = pages - run->pages;

	if ((next && next->state != ALLOTYPE_RUN_FREED) ||
	    !failure_limit_allows((size_t)more * PAGE))
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
	live_pages += more;
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
	live_pages -= rest;
	recycle(region, tail);
}

bool big_resize(struct region *region, uintptr_t address, size_t size,
		uint32_t site)
{
	uint32_t pages = pages_of(size);
	struct allotype_run *run;
	bool fits = false;

	lock_acquire(&region_lock);
	run = live_run(region, address);
	if (!run || !pages)
		goto out;
	fits = run->pages >= pages || grow(region, run, pages);
	if (!fits)
		goto out;
	/* Room to grow was given on purpose: only who shrinks loses it. */
	if (size < run->size && pages < run->pages - run->pages / 8)
		shrink(region, run, pages);
	run->size = size;
	run->site = site;
out:
	lock_release(&region_lock);
	return fits;
}

/* A free run for what was a live one of PAGES less; in no bin.  What grew once
 * will grow again: room that is not touched costs nothing but addresses. */
static struct allotype_run *allocate_longer(uint32_t pages)
{
	struct allotype_run *run = NULL;

	if (!reserve_is_limited() && pages >= REMAP_MIN)
		run = allocate_run(pages + pages / 2, PAGE);
	return run ? run : allocate_run(pages, PAGE);
}

/* Moves the pages of FROM to TO, if that pays: not where TO has memory. */
static bool move_pages(struct region *from_region, struct allotype_run *from,
		       struct region *to_region, struct allotype_run *to)
{
	void *source = run_data(from_region, run_index(from_region, from));
	void *target = run_data(to_region, run_index(to_region, to));
	size_t size = (size_t)from->pages * PAGE;

	if (from->pages < REMAP_MIN || remaps >= REMAP_MAX ||
	    to->dirty >= pages_of(from->size) ||
	    sys_failed(sys_move(source, size, target)))
		return false;
	remaps++;
	return true;
}

void *big_move(struct region *region, uintptr_t address, size_t size,
	       uint32_t site, uint32_t pair)
{
	uint32_t pages = pages_of(size);
	struct allotype_run *from, *to = NULL;
	struct region *target;
	size_t before = 0;
	void *data = NULL;
	bool moved = false;

	lock_acquire(&region_lock);
	from = live_run(region, address);
	if (from && pages)
		to = allocate_longer(pages);
	if (to) {
		target = run_region(to);
		data = run_data(target, run_index(target, to));
		before = from->size;
		moved = move_pages(region, from, target, to);
		make_live(to, size, site);
	}
	if (moved)
		free_run(region, from, pair, true);
	lock_release(&region_lock);
	if (!data || moved)
		return data;
	memcpy(data, (const void *)address, before);
	big_free(region, address, pair);
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
