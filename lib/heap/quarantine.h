/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where freed objects wait before their memory is given out again, with
 * security=on: first in, first out, bounded in bytes (option quarantine) and
 * in number.  Segments here read as zeros and count as taken; runs cannot be
 * accessed.  What was written to meanwhile is found when it leaves.
 */
#ifndef HEAP_QUARANTINE_H
#define HEAP_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"

/* Rank LOCK_RANK_HEAP_QUARANTINE.  Guards what is said here, and every free
 * and resize of a covered object. */
extern struct lock quarantine_lock;

/* What was freed at BASE, a segment of BYTES or a run if that is 0, waits.
 * Under quarantine_lock; follow with quarantine_settle. */
void quarantine_add(uintptr_t base, uint32_t bytes);
/* Lets go what is too much, and reports what was written to.  Without the
 * lock, as no report is made under it. */
void quarantine_settle(void);
/* Lets all go; was there any? */
bool quarantine_flush(void);
/* Reports what was written to and returns how many objects that were.  Without
 * the lock. */
size_t quarantine_check(void);

/* In a fork child, before anything is allocated or freed there. */
void quarantine_fork_child(void);

#endif
