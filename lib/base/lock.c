/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include "base/report.h"
#include "base/sys.h"

enum { SPINS = 100 };

/* ---- ranks ---- */

#ifdef ALLOTYPE_DEBUG

/* How many locks of each rank the thread holds. */
static __thread uint8_t held[LOCK_RANK_COUNT];

static void note_taken(const struct lock *lock)
{
	DEBUG_CHECK(lock->rank && lock->rank < LOCK_RANK_COUNT);
	held[lock->rank]++;
}

/* Who waits must hold nothing that comes later, or a second of its kind, but
 * that a fork takes the locks of all size classes. */
static void check_order(const struct lock *lock)
{
	uint32_t rank = lock->rank + (lock->rank == LOCK_RANK_HEAP_CLASS);

	for (; rank < LOCK_RANK_COUNT; rank++)
		if (held[rank])
			report_fatal("waits for a lock of rank %u and "
				     "holds one of rank %u",
				     lock->rank, rank);
}

static void note_released(const struct lock *lock)
{
	if (held[lock->rank])
		held[lock->rank]--;
}

#else

static void note_taken(const struct lock *lock)
{
	(void)lock;
}

static void check_order(const struct lock *lock)
{
	(void)lock;
}

static void note_released(const struct lock *lock)
{
	(void)lock;
}

#endif

/* ---- locks ---- */

static uint32_t exchange(struct lock *lock, uint32_t value)
{
	/* Acquire pairs with the release in lock_release. */
	return __atomic_exchange_n(&lock->word, value, __ATOMIC_ACQUIRE);
}

static void acquire(struct lock *lock)
{
	uint32_t free = 0;

	for (int i = 0; i < SPINS; i++) {
		free = 0;
		if (__atomic_compare_exchange_n(&lock->word, &free, 1, 0,
						__ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return;
		if (free == 2)
			break;
		sys_relax();
	}
	while (exchange(lock, 2) != 0)
		sys_futex_wait(&lock->word, 2);
}

void lock_acquire(struct lock *lock)
{
	check_order(lock);
	acquire(lock);
	note_taken(lock);
}

bool lock_try(struct lock *lock)
{
	uint32_t free = 0;

	if (!__atomic_compare_exchange_n(&lock->word, &free, 1, 0,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	note_taken(lock);
	return true;
}

void lock_release(struct lock *lock)
{
	note_released(lock);
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
		sys_futex_wake(&lock->word, 1);
}

void lock_reset(struct lock *lock)
{
	note_released(lock);
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELAXED);
}
