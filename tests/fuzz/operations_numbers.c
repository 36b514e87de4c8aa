/* SPDX-License-Identifier: Apache-2.0 */
/* What the heap tells about itself as a whole: numbers, profiles, checks; and
 * the break, which is none of its business. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allotype/heap.h"
#include "base/options.h"
#include "fuzz/expect.h"
#include "fuzz/operations.h"
#include "fuzz/profile.h"
#include "heap/classes.h"
#include "heap/heap.h"
#include "heap/lookup.h"
#include "index/mappings.h"
#include "index/root.h"

enum { ROWS = CLASS_COUNT + 2, ROW_OTHERS = CLASS_COUNT, ROW_BIG };

/* ---- numbers ---- */

/* What the model holds of each row, where that can be told. */
struct sums {
	uint64_t live[ROWS], bytes[ROWS];
	uint64_t all, all_bytes, parts;
};

static unsigned int row_of(const struct model_object *object)
{
	struct heap_object answer;

	if (object->big)
		return ROW_BIG;
	if (object->object_class || options.placement == OPTION_PLACEMENT_SITE)
		return ROW_OTHERS;
	EXPECT(heap_lookup(NULL, heap_published_address(),
			   (uintptr_t)object->pointer, &answer));
	return class_of_size(answer.capacity);
}

static void sum_up(struct sums *sums)
{
	*sums = (struct sums){.all = 0};
	for (unsigned int i = 0; i < MODEL_OBJECTS; i++) {
		const struct model_object *object = &model[i];

		if (!object->pointer)
			continue;
		sums->all++;
		sums->all_bytes += object->size;
		sums->parts += object->split;
		if (object->split || options.security)
			continue;
		sums->live[row_of(object)]++;
		sums->bytes[row_of(object)] += object->size;
	}
}

/* Parts of one object count as one, with the bytes of the whole; objects of
 * classes with those of their places. */
static void check_row(const struct alloc_size_class *row,
		      const struct sums *sums, unsigned int n)
{
	EXPECT(row->allocations - row->frees == row->live);
	EXPECT(row->minipages <= row->live);
	EXPECT(row->live >= sums->live[n]);
	EXPECT(row->live - sums->live[n] <= sums->parts || options.security);
	EXPECT(row->live_bytes >= sums->bytes[n]);
	if (!sums->parts && n != ROW_OTHERS && !options.security)
		EXPECT(row->live_bytes == sums->bytes[n]);
	if (n < CLASS_COUNT)
		EXPECT(row->size == class_size(n) &&
		       row->live_bytes <= row->live * row->size);
}

static void do_heap_stats(void *argument)
{
	struct alloc_size_class rows[ROWS];
	struct alloc_heap_totals total;
	struct sums sums;
	uint64_t live = 0, bytes = 0, allocations = 0;

	(void)argument;
	sum_up(&sums);
	EXPECT(alloc_heap_stats(&total, rows, ROWS) == ROWS);
	for (unsigned int n = 0; n < ROWS; n++) {
		check_row(&rows[n], &sums, n);
		live += rows[n].live;
		bytes += rows[n].live_bytes;
		allocations += rows[n].allocations;
	}
	EXPECT(total.live == live && total.live_bytes == bytes);
	EXPECT(total.allocations == allocations);
	EXPECT(total.allocations - total.frees == live);
	EXPECT(live <= sums.all && live + sums.parts >= sums.all);
	EXPECT(sums.parts || live == sums.all);
	EXPECT(bytes >= sums.all_bytes);
	EXPECT(total.data_bytes >= bytes && total.bookkeeping_bytes);
}

void op_heap_stats(const struct step *step)
{
	step_by_worker(step, do_heap_stats);
}

/* ---- profiles ---- */

static void do_profile(void *argument)
{
	const struct step *step = argument;
	int fd = memfd_create("profile", MFD_CLOEXEC);

	EXPECT(fd >= 0);
	EXPECT(!alloc_profile_write_fd(fd));
	profile_check(fd);
	close(fd);
	EXPECT(alloc_profile_write_fd(-1) == EBADF);
	EXPECT(alloc_profile_write("/nowhere/profile") == ENOENT);
	if (step->kind & 1)
		EXPECT(alloc_profile_write("/dev/full") == ENOSPC);
}

void op_profile(const struct step *step)
{
	step_by_worker(step, do_profile);
}

/* ---- checks ---- */

static void do_heap_check(void *argument)
{
	(void)argument;
	EXPECT(alloc_heap_check() == 0);
}

void op_heap_check(const struct step *step)
{
	step_by_worker(step, do_heap_check);
}

/* ---- the break ---- */

enum { AREAS = 8, AREA_MAX = 1 << 16 };

/* What steps took from the break; only the last one can go back, if libc took
 * none since. */
static struct area {
	unsigned char *base;
	size_t size;
} areas[AREAS];
static unsigned int area_count;

static void check_area(const struct area *area)
{
	struct allotype_mapping mapping;
	struct heap_object answer;
	uintptr_t base = (uintptr_t)area->base;

	EXPECT(!heap_lookup(NULL, heap_published_address(), base, &answer));
	EXPECT(mappings_find(NULL, &allotype_index, base, &mapping));
	EXPECT(mapping.flags & ALLOTYPE_MAPPING_BRK);
	EXPECT(mapping.limit >= base + area->size);
	for (size_t i = 0; i < area->size; i += 97)
		EXPECT(area->base[i] == (unsigned char)(area->size + i));
}

static void grow_break(size_t size)
{
	struct area *area;

	if (area_count == AREAS)
		return;
	area = &areas[area_count];
	area->base = alloc_sbrk((intptr_t)size);
	area->size = size;
	EXPECT(area->base != (void *)-1);
	EXPECT((unsigned char *)sbrk(0) == area->base + size);
	for (size_t i = 0; i < size; i += 97)
		area->base[i] = (unsigned char)(size + i);
	area_count++;
}

static void shrink_break(void)
{
	struct area *area;
	unsigned char *limit;

	if (!area_count)
		return;
	area = &areas[area_count - 1];
	limit = area->base + area->size;
	if (sbrk(0) != limit)
		return;
	EXPECT(alloc_sbrk(-(intptr_t)area->size) == limit);
	EXPECT(sbrk(0) == area->base);
	area_count--;
}

static void do_break(void *argument)
{
	const struct step *step = argument;

	for (unsigned int i = 0; i < area_count; i++)
		check_area(&areas[i]);
	EXPECT(alloc_sbrk(INTPTR_MAX) == (void *)-1);
	if (step->kind & 1)
		shrink_break();
	else
		grow_break(1 + step->value % AREA_MAX);
}

void op_break(const struct step *step)
{
	step_by_worker(step, do_break);
}
