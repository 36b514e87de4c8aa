/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A futex lock with a rank.  Locks are taken in rising rank only; debug
 * builds check it.  Never taken on a query path.  fork.c of preload takes
 * all of them, in rank order, around a fork.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

enum lock_rank {
	LOCK_RANK_COLLECT = 1, /* alloc_collect_evidence */
	LOCK_RANK_BREAK,
	LOCK_RANK_INIT,       /* of all; a constructor's */
	LOCK_RANK_FILES,
	LOCK_RANK_TYPES,
	LOCK_RANK_HEAP_INIT,  /* the first allocation's */
	LOCK_RANK_HEAP_QUARANTINE, /* all frees, with security=on */
	LOCK_RANK_HEAP_CACHE,  /* the list of thread caches */
	LOCK_RANK_HEAP_CLASS,  /* one size class */
	LOCK_RANK_HEAP_KINDS,  /* the other kinds' memory */
	LOCK_RANK_HEAP_SAMPLES, /* profile_sample=SIZE */
	LOCK_RANK_HEAP_REGION, /* page runs */
	LOCK_RANK_SITES,
	LOCK_RANK_PRIVATE,     /* private memory */
	LOCK_RANK_COUNT,
};

struct lock {
	uint32_t word; /* 0 free, 1 held, 2 held with waiters */
	uint32_t rank; /* enum lock_rank */
};

#define LOCK_INIT(r) { 0, (r) }

/* For locks in tables.  Only debug builds ask for ranks, and others leave the
 * memory untouched. */
static inline void lock_set_rank(struct lock *lock, enum lock_rank rank)
{
#ifdef ALLOTYPE_DEBUG
	lock->rank = rank;
#else
	(void)lock;
	(void)rank;
#endif
}

void lock_acquire(struct lock *lock);
/* Takes the lock, or returns false at once. */
bool lock_try(struct lock *lock);
void lock_release(struct lock *lock);
/* In a fork child: the lock is free again, whoever held it. */
void lock_reset(struct lock *lock);

#endif
