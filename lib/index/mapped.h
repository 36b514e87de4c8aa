/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records what the program maps and unmaps, for the doors of mmap and its
 * kin: lock-free, without allocation, async-signal-safe, and cheap even
 * with many thousands of mappings.
 *
 * A call appends one change to a ring.  When a fair number of them has come
 * together one caller merges them into a new sorted snapshot and publishes
 * it; nobody waits for that one.  The memory of a snapshot is used again
 * after MAPPED_SNAPSHOTS newer ones and never given back, so a reader that
 * was overtaken reads nonsense at worst, sees by the generation that it did,
 * and starts again.
 */
#ifndef INDEX_MAPPED_H
#define INDEX_MAPPED_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/lock.h"

enum { MAPPED_SNAPSHOTS = 4, MAPPED_SLOTS = 2048 };

/* For callers that move the break one after the other; rank
 * LOCK_RANK_BREAK. */
extern struct lock mapped_break_lock;

/* Publishes the records.  Changes from before are in them. */
void mapped_init(void);

/* After a successful call that maps. */
void mapped_add(const struct allotype_mapping *mapping);
/* Around a call that unmaps: what others map there meanwhile comes later.
 * The ticket is for mapped_unmap_end alone. */
uint64_t mapped_unmap_begin(uint64_t base, uint64_t limit);
void mapped_unmap_end(uint64_t ticket, bool unmapped);
/* After mprotect; ignored where nothing is recorded. */
void mapped_protect(uint64_t base, uint64_t limit, int protection);

/* In a fork child: nobody else is merging. */
void mapped_fork_child(void);

#endif
