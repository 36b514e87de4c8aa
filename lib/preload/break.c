/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of brk and sbrk, which the heap never uses, and a record of where
 * the break is. */
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "allotype/heap.h"
#include "base/export.h"
#include "base/sys.h"
#include "index/mapped.h"
#include "preload/doors.h"

/* libc's own idea of the break; its sbrk must go on agreeing with ours. */
extern void *__curbrk __attribute__((weak));

static uint64_t first_break; /* atomic, relaxed: everybody finds the same */

static uint64_t set_break(uint64_t wanted)
{
	uint64_t now = (uint64_t)sys_call(SYS_brk, (long)wanted, 0, 0, 0, 0, 0);

	if (&__curbrk)
		__curbrk = (void *)now;
	return now;
}

static void record_break(uint64_t old, uint64_t now, uint64_t site)
{
	struct allotype_mapping mapping = {
		.limit = doors_round_up(now),
		.site = site,
		.protection = PROT_READ | PROT_WRITE,
		.flags = ALLOTYPE_MAPPING_BRK,
	};
	uint64_t first = __atomic_load_n(&first_break, __ATOMIC_RELAXED);

	if (!first || old < first) {
		first = old;
		__atomic_store_n(&first_break, first, __ATOMIC_RELAXED);
	}
	mapping.base = first & ~(SYS_PAGE_SIZE - 1);
	if (doors_round_up(now) < doors_round_up(old))
		mapped_unmap_end(mapped_unmap_begin(doors_round_up(now),
						    doors_round_up(old)),
				 true);
	mapped_add(&mapping);
}

static uint64_t current_break(void)
{
	if (&__curbrk && __curbrk)
		return (uintptr_t)__curbrk;
	return set_break(0);
}

static int change_break(uint64_t wanted, uint64_t site)
{
	uint64_t old = current_break(), now = set_break(wanted);

	if (now < wanted)
		return (int)doors_fail(-ENOMEM);
	if (now != old)
		record_break(old, now, site);
	return 0;
}

EXPORT int brk(void *address)
{
	return change_break((uintptr_t)address, DOORS_CALLER);
}

static void *move_break(intptr_t increment, uint64_t site)
{
	uint64_t old = current_break(), wanted = old + (uint64_t)increment;

	if (increment == 0)
		return (void *)old;
	if ((increment > 0) != (wanted > old))
		return (void *)doors_fail(-ENOMEM);
	return change_break(wanted, site) < 0 ? (void *)-1 : (void *)old;
}

EXPORT void *sbrk(intptr_t increment)
{
	return move_break(increment, DOORS_CALLER);
}

EXPORT_API void *alloc_sbrk(intptr_t increment)
{
	uint64_t site = DOORS_CALLER;
	void *result;

	lock_acquire(&mapped_break_lock);
	result = move_break(increment, site);
	lock_release(&mapped_break_lock);
	return result;
}
