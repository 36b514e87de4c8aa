/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/reserve.h"

#include <stdint.h>

#include "base/sys.h"

enum { GUARD_SIZE = 64 * 1024, PIECE_MAX = 32, SHRINK_KEEP = 128 * 1024 };

static const size_t part_size[] = {
	[RESERVE_BOOKKEEPING] = (size_t)22 << 30,
	[RESERVE_DATA] = (size_t)194 << 30,
};

/* Written at initialisation and, with all locks held, by reserve_shrink;
 * the cursors under the locks of those who reserve pieces. */
static char *part_next[2], *part_limit[2];
static bool limited;
static struct growth *pieces[PIECE_MAX]; /* of the large reservation */
static unsigned int piece_count;

static size_t round_up(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

void reserve_init(void)
{
	size_t size = part_size[RESERVE_BOOKKEEPING] + part_size[RESERVE_DATA];
	char *base = NULL;

	if (sys_limit(SYS_LIMIT_ADDRESS_SPACE) == UINT64_MAX)
		base = sys_reserve(size, SYS_PAGE_SIZE);
	if (!base) {
		limited = true;
		return;
	}
	sys_keep_small(base, part_size[RESERVE_BOOKKEEPING]);
	part_next[RESERVE_BOOKKEEPING] = base;
	part_limit[RESERVE_BOOKKEEPING] = part_next[RESERVE_DATA] =
		base + part_size[RESERVE_BOOKKEEPING];
	part_limit[RESERVE_DATA] = base + size;
}

bool reserve_is_limited(void)
{
	return limited;
}

/* Cuts a piece off the large reservation. */
static char *carve(struct growth *growth, enum reserve_part part, size_t size,
		   size_t align)
{
	uintptr_t start = (uintptr_t)part_next[part] + GUARD_SIZE;
	uintptr_t base = (start + align - 1) & ~(uintptr_t)(align - 1);
	uintptr_t limit = (uintptr_t)part_limit[part];

	if (limited || piece_count == PIECE_MAX || base > limit ||
	    limit - base < size + GUARD_SIZE)
		return NULL;
	part_next[part] = (char *)base + size;
	pieces[piece_count++] = growth;
	return (char *)base;
}

static char *reserve_own(enum reserve_part part, size_t size, size_t align)
{
	size_t guard = part == RESERVE_BOOKKEEPING ? SYS_PAGE_SIZE : 0;
	char *base = sys_reserve(size + 2 * guard, align);

	if (!base)
		return NULL;
	if (part == RESERVE_BOOKKEEPING)
		sys_keep_small(base, size + 2 * guard);
	return base + guard;
}

bool growth_init(struct growth *growth, enum reserve_part part, size_t size,
		 size_t align, size_t step, bool large_only)
{
	char *base;

	size = round_up(size, SYS_PAGE_SIZE);
	base = carve(growth, part, size, align);
	if (!base && !large_only)
		base = reserve_own(part, size, align);
	if (!base)
		return false;
	growth->base = base;
	growth->committed = 0;
	growth->limit = size;
	growth->step = step;
	return true;
}

bool growth_ensure(struct growth *growth, size_t size)
{
	size_t target, step;

	if (size <= growth->committed)
		return true;
	if (size > growth->limit)
		return false;
	size = round_up(size, SYS_PAGE_SIZE);
	step = growth->step;
	if (step < growth->committed / 8)
		step = round_up(growth->committed / 8, SYS_PAGE_SIZE);
	target = growth->committed + step;
	if (target < size)
		target = size;
	if (target > growth->limit)
		target = growth->limit;
	if (sys_failed(sys_commit(growth->base + growth->committed,
				  target - growth->committed))) {
		if (target == size ||
		    sys_failed(sys_commit(growth->base + growth->committed,
					  size - growth->committed)))
			return false;
		target = size;
	}
	growth->committed = target;
	return true;
}

void growth_release(struct growth *growth)
{
	if (growth->base)
		sys_release(growth->base, growth->limit);
	growth->base = NULL;
	growth->committed = growth->limit = 0;
}

void reserve_shrink(void)
{
	if (limited)
		return;
	limited = true;
	for (unsigned int i = 0; i < piece_count; i++) {
		struct growth *growth = pieces[i];
		size_t keep = growth->committed + SHRINK_KEEP;

		if (keep >= growth->limit)
			continue;
		sys_release(growth->base + keep, growth->limit - keep);
		growth->limit = keep;
	}
	for (int part = 0; part < 2; part++) {
		uintptr_t end = round_up((uintptr_t)part_limit[part],
					 SYS_PAGE_SIZE);
		uintptr_t start = (uintptr_t)part_next[part] + GUARD_SIZE;

		if (start < end)
			sys_release((void *)start, end - start);
	}
}
