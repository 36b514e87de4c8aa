/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/runs.h"

#include "heap/bins.h"
#include "heap/failure.h"
#include "heap/memcheck.h"
#include "heap/starts.h"
#include "heap/unit.h"

/* That is extended when nothing fits. */
static struct region *current;

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

struct allotype_run *runs_cut(struct region *region, struct allotype_run *run,
			      uint32_t pages, bool zero)
{
	uint32_t rest = run->pages - pages;
	struct allotype_run *tail;

	run->pages = pages;
	tail = make_run(region, run_index(region, run) + pages, rest, pages,
			zero);
	link_next(region, tail);
	return tail;
}

void runs_split(struct region *region, struct allotype_run *run, uint32_t pages)
{
	struct allotype_run *tail;

	if (run->pages == pages)
		return;
	tail = runs_cut(region, run, pages, run->zero);
	share_dirty(run, tail);
	bins_insert(tail);
}

void runs_join(struct region *region, struct allotype_run *left,
	       struct allotype_run *right)
{
	starts_clear(&region->published, run_index(region, right));
	left->pages += right->pages;
	left->dirty += right->dirty;
	left->zero = left->zero && right->zero;
	link_next(region, left);
}

struct allotype_run *runs_coalesce(struct region *region,
				   struct allotype_run *run)
{
	struct allotype_run *next = next_run(region, run), *previous;

	if (next && next->state == ALLOTYPE_RUN_FREED) {
		bins_remove(next);
		runs_join(region, run, next);
	}
	if (!run->previous)
		return run;
	previous = run - run->previous;
	if (previous->state != ALLOTYPE_RUN_FREED)
		return run;
	bins_remove(previous);
	runs_join(region, previous, run);
	return previous;
}

/* Makes the first PAGES pages of REGION usable, the last MORE for one run. */
static bool commit(struct region *region, uint64_t pages, uint32_t more)
{
	const struct allotype_region *published = &region->published;
	uint64_t twice = 2 * (uint64_t)more;
	size_t ahead = (twice + runs_room(twice)) * RUN_PAGE;

	if (pages > (published->limit - published->base) / RUN_PAGE)
		return false;
	if (more <= AHEAD_MAX && region->data.step < ahead)
		region->data.step = ahead;
	return growth_ensure(&region->descriptors,
			     pages * sizeof(struct allotype_run)) &&
	       growth_ensure(&region->starts,
			     region->levels + (pages / 64 + 1) * 8) &&
	       growth_ensure(&region->data, pages * RUN_PAGE);
}

struct allotype_run *runs_extend(struct region *region, uint32_t pages)
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
			   (size_t)more * RUN_PAGE);
	run = make_run(region, (uint32_t)used, more, last ? last->pages : 0,
		       true);
	region->last = (uint32_t)used;
	/* Release: readers find the descriptor filled. */
	__atomic_store_n(&region->published.used, used + more,
			 __ATOMIC_RELEASE);
	return runs_coalesce(region, run);
}

static uint64_t pages_left(const struct region *region)
{
	const struct allotype_region *published = &region->published;

	return (published->limit - published->base) / RUN_PAGE -
	       published->used;
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
		run = runs_extend(current, pages);
		if (run)
			return run;
	}
	fresh = region_create(ALLOTYPE_REGION_RUNS, (size_t)pages * RUN_PAGE);
	if (!fresh && unit_give_regions())
		fresh = region_create(ALLOTYPE_REGION_RUNS,
				      (size_t)pages * RUN_PAGE);
	if (!fresh)
		return NULL;
	run = runs_extend(fresh, pages);
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
	uint32_t skip = (uint32_t)((aligned - data) / RUN_PAGE);
	struct allotype_run *tail;

	if (skip) {
		tail = runs_cut(region, run, skip, run->zero);
		share_dirty(run, tail);
		bins_insert(run);
		run = tail;
	}
	runs_split(region, run, pages);
	return run;
}

struct allotype_run *runs_take(uint32_t pages, size_t align)
{
	uint64_t padded = pages;
	struct allotype_run *run;

	if (align > RUN_PAGE)
		padded += (align / RUN_PAGE) - 1;
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

void runs_forget(struct region *region)
{
	if (current == region)
		current = NULL;
}
