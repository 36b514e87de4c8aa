/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Free memory goes back to the system after a while: what lay free during a
 * whole period of options.decay milliseconds is more than the program needs.
 * There is no thread of ours to do it: each slow operation that made no
 * system call gives at most one piece back.
 */
#ifndef HEAP_DECAY_H
#define HEAP_DECAY_H

#include <stdint.h>

#include "heap/reserve.h"

/* Is there free memory that may become due?  Atomic, relaxed: a hint. */
extern uint32_t decay_waiting;

/* Begins a new period if the last one is over, and gives a piece back.  Takes
 * region_lock. */
void decay_step(void);

/* At the end of an operation that began with CALLS in reserve_calls and holds
 * no lock. */
static inline void decay_after(uint32_t calls)
{
	if (__builtin_expect(__atomic_load_n(&decay_waiting,
					     __ATOMIC_RELAXED) != 0, 0) &&
	    calls == __atomic_load_n(&reserve_calls, __ATOMIC_RELAXED))
		decay_step();
}

#endif
