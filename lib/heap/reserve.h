/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reserved address space that is committed in steps, each one system call.
 * So that no operation of the heap needs more than one, a growth that is
 * watched is topped up ahead of its need, by an operation that made none.
 * Where nothing limits
 * it, one large reservation holds everything: bookkeeping in its lower
 * part, data above, with gaps that stay inaccessible between the pieces.
 * Under RLIMIT_AS, or when the large one fails, every piece is a small
 * reservation of its own.
 */
#ifndef HEAP_RESERVE_H
#define HEAP_RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"

/* An array that grows in place.  The owner's lock guards it. */
struct growth {
	char *base;       /* NULL: not reserved */
	size_t committed; /* bytes from base on that can be used */
	size_t limit;     /* bytes reserved */
	size_t step;      /* bytes to commit at least */
	size_t used;      /* bytes that were asked for so far */
	size_t ready;     /* bytes that can be used without another thought */
	size_t dumped;    /* if open: bytes that core files have */
	bool open;        /* committed in all, whatever is used */
	unsigned int watched; /* its number, from 1 on, among those */
};

enum reserve_part { RESERVE_BOOKKEEPING, RESERVE_DATA };

/* Before anything else here; idempotent. */
void reserve_init(void);
/* Is address space scarce?  Then ask for little. */
bool reserve_is_limited(void);
/* SIZE, or its part where only a smaller large reservation was to be had. */
size_t reserve_scaled(size_t size);

/*
 * Reserves SIZE bytes, aligned to ALIGN, a power of two; false when there is
 * no room.  Pieces of the large reservation come first; LARGE_ONLY refuses
 * any other.  Guard space surrounds the piece.
 */
bool growth_init(struct growth *growth, enum reserve_part part, size_t size,
		 size_t align, size_t step, bool large_only);
bool growth_extend(struct growth *growth, size_t size);
/* Makes the first SIZE bytes usable; false leaves all as it was. */
static inline bool growth_ensure(struct growth *growth, size_t size)
{
	if (size <= growth->used)
		return true;
	if (size > growth->ready)
		return growth_extend(growth, size);
	growth->used = size;
	return true;
}
/* GROWTH, whose owner's lock is LOCK, is topped up from now on.  One that is
 * a piece of its own is not: it may go away. */
void growth_watch(struct growth *growth, struct lock *lock);
/* Makes all of two neighbouring watched arrays usable at once, which will be
 * used here and there; what of them core files have is topped up.  Without
 * effect where that much memory must not be mapped. */
void growth_open(struct growth *first, struct growth *last);
/* Gives all of a piece of its own back to the system. */
void growth_release(struct growth *growth);
/* Memory for all pages of a part of what is usable, which will be written
 * soon; a hint. */
void reserve_populate(void *address, size_t size);
/* System calls of all threads for memory so far; atomic, relaxed. */
extern uint32_t reserve_calls;
/* Which of the watched ones want to be topped up, by number; likewise. */
extern uint32_t reserve_wishes;
void reserve_top_up_one(void);

/* At the end of an operation that began with CALLS in reserve_calls and WISHES
 * in reserve_wishes and holds no lock: if it made no system call, it may make
 * one for what comes.  What it wished for itself it leaves to another, which
 * has less to do. */
static inline void reserve_top_up(uint32_t calls, uint32_t wishes)
{
	if (__builtin_expect(wishes != 0, 0) &&
	    calls == __atomic_load_n(&reserve_calls, __ATOMIC_RELAXED))
		reserve_top_up_one();
}

static inline void reserve_count_call(void)
{
	__atomic_fetch_add(&reserve_calls, 1, __ATOMIC_RELAXED);
}

/* Ends growth_open: the program will lock all its memory.  Caller holds all
 * locks of the heap. */
void reserve_close(void);
/* Gives back the uncommitted rest but for a little, and asks for little from
 * now on: the program limits its address space.  Caller holds all
 * locks of the heap. */
void reserve_shrink(void);

#endif
