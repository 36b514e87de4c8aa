/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/decay.h"

#include "base/lock.h"
#include "base/options.h"
#include "base/sys.h"
#include "heap/big.h"
#include "heap/region.h"
#include "heap/thread.h"
#include "heap/unit.h"

uint32_t decay_waiting;
static uint64_t period_end; /* atomic, relaxed; written under region_lock */

static void begin_period(uint64_t now)
{
	if (now < __atomic_load_n(&period_end, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&period_end, now + options.decay, __ATOMIC_RELAXED);
	unit_begin_period();
	big_begin_period();
	thread_begin_period();
}

void decay_step(void)
{
	uint64_t now = sys_coarse_ms();
	bool purged;

	if (now < __atomic_load_n(&period_end, __ATOMIC_RELAXED) &&
	    !unit_is_due() && !big_is_due() && !thread_is_due())
		return;
	lock_acquire(&region_lock);
	begin_period(now);
	purged = unit_purge_due() || big_purge_due();
	if (!purged)
		__atomic_store_n(&decay_waiting,
				 unit_has_dirty() || big_has_dirty() ||
					 thread_has_ended_ones(),
				 __ATOMIC_RELAXED);
	lock_release(&region_lock);
	if (!purged)
		thread_abandon_due();
}
