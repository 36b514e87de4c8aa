/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include "base/sys.h"

enum { SPINS = 100 };

static uint32_t exchange(struct lock *lock, uint32_t value)
{
	/* Acquire pairs with the release in lock_release. */
	return __atomic_exchange_n(&lock->word, value, __ATOMIC_ACQUIRE);
}

void lock_acquire(struct lock *lock)
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

bool lock_try(struct lock *lock)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(&lock->word, &free, 1, 0,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void lock_release(struct lock *lock)
{
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
		sys_futex_wake(&lock->word, 1);
}

void lock_reset(struct lock *lock)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELAXED);
}
