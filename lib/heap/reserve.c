/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/reserve.h"

#include <errno.h>
#include <stdint.h>

#include "base/sys.h"
#include "heap/memcheck.h"

enum {
	GUARD_SIZE = 64 * 1024,
	PIECE_MAX = 32,
	SHRINK_KEEP = 128 * 1024,
	WATCHED_MAX = 32, /* a bit of reserve_wishes each */
};

static const size_t part_size[] = {
	[RESERVE_BOOKKEEPING] = (size_t)26 << 30,
	[RESERVE_DATA] = (size_t)194 << 30,
};
/* What is asked for where the whole is refused: an eighth.  Tools that run
 * programs on a simulated processor have little room. */
enum { SCALE_SHIFT = 3 };

/* Written at initialisation and, with all locks held, by reserve_shrink;
 * the cursors under the locks of those who reserve pieces. */
static char *part_next[2], *part_limit[2];
static bool limited;
static unsigned int scale; /* shift */
static struct growth *pieces[PIECE_MAX]; /* of the large reservation */
static unsigned int piece_count;
uint32_t reserve_calls, reserve_wishes;
/* Entries are written before their growth can make a wish. */
static struct watched {
	struct growth *growth;
	struct lock *lock;
} watched[WATCHED_MAX];
static unsigned int watched_count;

static size_t round_up(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

size_t reserve_scaled(size_t size)
{
	return size >> scale;
}

/* The large reservation, or NULL. */
static char *reserve_parts(void)
{
	size_t size = part_size[RESERVE_BOOKKEEPING] + part_size[RESERVE_DATA];
	char *base;

	/* memcheck keeps bits of what is reserved, too. */
	if (sys_limit(SYS_LIMIT_ADDRESS_SPACE) != UINT64_MAX ||
	    memcheck_is_on())
		return NULL;
	base = sys_reserve(size, SYS_PAGE_SIZE);
	if (base)
		return base;
	scale = SCALE_SHIFT;
	return sys_reserve(reserve_scaled(size), SYS_PAGE_SIZE);
}

void reserve_init(void)
{
	size_t books;
	char *base;

	if (limited || part_limit[0])
		return;
	base = reserve_parts();
	books = reserve_scaled(part_size[RESERVE_BOOKKEEPING]);
	if (!base) {
		limited = true;
		return;
	}
	sys_keep_small(base, books);
	part_next[RESERVE_BOOKKEEPING] = base;
	part_limit[RESERVE_BOOKKEEPING] = part_next[RESERVE_DATA] =
		base + books;
	part_limit[RESERVE_DATA] =
		base + books + reserve_scaled(part_size[RESERVE_DATA]);
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
	*growth = (struct growth){ .base = base, .limit = size, .step = step };
	return true;
}

static bool commit(struct growth *growth, size_t target)
{
	reserve_count_call();
	if (sys_failed(sys_commit(growth->base + growth->committed,
				  target - growth->committed)))
		return false;
	growth->committed = target;
	return true;
}

/* Where to commit to, beyond FROM, as far as there is room. */
static size_t next_target(const struct growth *growth, size_t from)
{
	size_t step = growth->step, target;

	if (step < from / 8)
		step = round_up(from / 8, SYS_PAGE_SIZE);
	target = from + step;
	return target < growth->limit ? target : growth->limit;
}

/* How far GROWTH is prepared for what comes. */
static size_t prepared(const struct growth *growth)
{
	return growth->open ? growth->dumped : growth->committed;
}

static bool wants_more(const struct growth *growth)
{
	size_t now = prepared(growth);

	return now < growth->used + growth->step / 2 && now < growth->limit;
}

/* Up to where GROWTH needs neither memory nor a wish for more. */
static size_t ready_size(const struct growth *growth)
{
	size_t now = prepared(growth), least = growth->step / 2;

	if (!growth->watched || now >= growth->limit)
		return growth->committed;
	return now > least ? now - least : 0;
}

static void wish(struct growth *growth)
{
	uint32_t bit;

	growth->ready = ready_size(growth);
	if (!growth->watched || !wants_more(growth))
		return;
	bit = 1u << (growth->watched - 1);
	if (!(__atomic_load_n(&reserve_wishes, __ATOMIC_RELAXED) & bit))
		__atomic_fetch_or(&reserve_wishes, bit, __ATOMIC_RELAXED);
}

bool growth_extend(struct growth *growth, size_t size)
{
	size_t target;

	if (size > growth->limit)
		return false;
	if (size > growth->committed) {
		size_t least = round_up(size, SYS_PAGE_SIZE);

		target = next_target(growth, growth->committed);
		if (target < least)
			target = least;
		if (!commit(growth, target) &&
		    (target == least || !commit(growth, least)))
			return false;
	}
	growth->used = size;
	wish(growth);
	return true;
}

void reserve_populate(void *address, size_t size)
{
	static bool impossible; /* atomic, relaxed: before Linux 5.14 */

	if (__atomic_load_n(&impossible, __ATOMIC_RELAXED))
		return;
	reserve_count_call();
	if (sys_populate(address, size) == -EINVAL)
		__atomic_store_n(&impossible, true, __ATOMIC_RELAXED);
}

/* ---- ahead of the need ---- */

void growth_watch(struct growth *growth, struct lock *lock)
{
	if (limited || growth->watched || watched_count == WATCHED_MAX)
		return;
	watched[watched_count] = (struct watched){ growth, lock };
	growth->watched = ++watched_count;
	growth->ready = 0;
}

static void top_up(struct growth *growth)
{
	size_t from = prepared(growth), target;

	if (limited || !wants_more(growth))
		return;
	target = next_target(growth,
			     from < growth->used ? growth->used : from);
	target = round_up(target, SYS_PAGE_SIZE);
	if (!growth->open) {
		/* If there is no memory now, who needs it will ask again. */
		(void)commit(growth, target);
	} else {
		reserve_count_call();
		sys_dump(growth->base + from, target - from);
		growth->dumped = target;
	}
	growth->ready = ready_size(growth);
}

void reserve_top_up_one(void)
{
	uint32_t wishes = __atomic_load_n(&reserve_wishes, __ATOMIC_RELAXED);
	const struct watched *chosen;

	if (!wishes)
		return;
	chosen = &watched[__builtin_ctz(wishes)];
	/* Before the look at the growth: who wishes after it is not lost. */
	__atomic_fetch_and(&reserve_wishes, ~(wishes & -wishes),
			   __ATOMIC_RELAXED);
	lock_acquire(chosen->lock);
	top_up(chosen->growth);
	lock_release(chosen->lock);
}

void growth_open(struct growth *first, struct growth *last)
{
	char *end = last->base + last->limit;

	if (limited || !first->watched || !last->watched ||
	    sys_limit(SYS_LIMIT_DATA) != UINT64_MAX ||
	    sys_failed(sys_open(first->base, (size_t)(end - first->base))))
		return;
	for (unsigned int i = 0; i < watched_count; i++) {
		struct growth *growth = watched[i].growth;

		if (growth->base < first->base || growth->base >= end)
			continue;
		growth->open = true;
		growth->dumped = growth->committed;
		growth->committed = growth->limit;
	}
}

/* How much of an open growth must stay. */
static size_t open_size(const struct growth *growth)
{
	size_t size = growth->used > growth->dumped ? growth->used :
						      growth->dumped;

	return round_up(size, SYS_PAGE_SIZE);
}

void reserve_close(void)
{
	for (unsigned int i = 0; i < watched_count; i++) {
		struct growth *growth = watched[i].growth;
		size_t keep = open_size(growth);

		if (!growth->open)
			continue;
		sys_dump(growth->base, keep);
		sys_close_memory(growth->base + keep, growth->limit - keep);
		growth->committed = keep;
		growth->open = false;
		growth->ready = 0;
	}
}

/* ---- giving back ---- */

void growth_release(struct growth *growth)
{
	if (growth->base)
		sys_release(growth->base, growth->limit);
	*growth = (struct growth){ .base = NULL };
}

void reserve_shrink(void)
{
	if (limited)
		return;
	reserve_close();
	limited = true;
	for (unsigned int i = 0; i < piece_count; i++) {
		struct growth *growth = pieces[i];
		size_t keep = growth->committed + SHRINK_KEEP;

		if (keep >= growth->limit)
			continue;
		sys_release(growth->base + keep, growth->limit - keep);
		growth->limit = keep;
		growth->ready = 0;
	}
	for (int part = 0; part < 2; part++) {
		uintptr_t end = round_up((uintptr_t)part_limit[part],
					 SYS_PAGE_SIZE);
		uintptr_t start = (uintptr_t)part_next[part] + GUARD_SIZE;

		if (start < end)
			sys_release((void *)start, end - start);
	}
}
