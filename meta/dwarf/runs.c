/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/runs.h"

#include <stdlib.h>
#include <string.h>

struct run {
	const unsigned char *first;
	uint32_t count;
};

struct runs {
	size_t size;
	int (*compare)(const void *a, const void *b);
	struct run *at;
	uint32_t count, capacity;
};

static int run_order(const void *a, const void *b, void *opaque)
{
	const struct run *x = a, *y = b;
	const struct runs *runs = opaque;
	int result = runs->compare(x->first, y->first);

	return result ? result : (x->count > y->count) - (x->count < y->count);
}

static bool run_begin(struct runs *runs, const unsigned char *first)
{
	struct run *at;

	if (runs->count == runs->capacity) {
		uint32_t capacity = runs->capacity ? 2 * runs->capacity : 64;

		at = reallocarray(runs->at, capacity, sizeof *at);
		if (!at)
			return false;
		runs->at = at;
		runs->capacity = capacity;
	}
	runs->at[runs->count++] = (struct run){first, 0};
	return true;
}

static bool find_runs(struct runs *runs, const unsigned char *at,
		      uint32_t count, bool (*is_end)(const void *entry))
{
	for (uint32_t i = 0; i < count; i++, at += runs->size) {
		const unsigned char *last = at - runs->size;

		if ((!i || is_end(last) || runs->compare(last, at) > 0) &&
		    !run_begin(runs, at))
			return false;
		runs->at[runs->count - 1].count++;
	}
	return true;
}

/* Copies the runs one after the other; false when that leaves no order. */
static bool join_runs(const struct runs *runs, unsigned char *out)
{
	for (uint32_t i = 0; i < runs->count; i++) {
		const struct run *run = &runs->at[i];
		size_t size = run->count * runs->size;

		if (i && runs->compare(out - runs->size, run->first) > 0)
			return false;
		memcpy(out, run->first, size);
		out += size;
	}
	return true;
}

bool runs_sort(void *at, uint32_t count, size_t size,
	       int (*compare)(const void *a, const void *b),
	       bool (*is_end)(const void *entry))
{
	struct runs runs = {.size = size, .compare = compare};
	unsigned char *joined = reallocarray(NULL, count + 1u, size);
	bool done = false;

	if (joined && find_runs(&runs, at, count, is_end)) {
		if (runs.count)
			qsort_r(runs.at, runs.count, sizeof *runs.at,
				run_order, &runs);
		done = join_runs(&runs, joined);
	}
	if (done)
		memcpy(at, joined, count * size);
	free(joined);
	free(runs.at);
	return done;
}
