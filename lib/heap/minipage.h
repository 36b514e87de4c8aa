/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MiniPages: the slow paths of allocating and freeing segments.
 *
 * A MiniPage belongs to the thread that filled it.  Its owner takes and
 * frees segments plainly; others set bits of the remote bitmap, and who
 * makes its summary differ from zero hands the MiniPage to the owner's
 * stack, or, if it is nobody's, collects the bits under the class lock; if it
 * is that of an ended thread, under thread_lock.
 * A remotely freed segment counts as taken until it is collected, so a
 * MiniPage with bits on the way cannot be given back.
 */
#ifndef HEAP_MINIPAGE_H
#define HEAP_MINIPAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "heap/thread.h"

enum { MINIPAGE_NOTIFY_NEVER = UINT16_MAX };

void minipage_init(void);
/* Fills the empty stack of SELF's bin for KIND with at least one segment;
 * false when memory is exhausted. */
bool minipage_refill(struct heap_thread *self, unsigned int kind);
/* As minipage_refill, of BIN, when there is nothing else to do than to take
 * segments of its current MiniPage. */
bool minipage_reload(struct heap_thread *self, struct bin *bin);
/* Segment INDEX, by its record free already, is free, whosever it is; when
 * heap_checked is set. */
void minipage_free_checked(minipage *page, uint32_t index);
/* Segment INDEX, if it is free, counts as taken until it is freed again. */
void minipage_withhold(minipage *page, uint32_t index);
/* Segment INDEX of a MiniPage of another owner, or of none, is free; false if
 * it was already and nobody has collected it. */
bool minipage_free_remote(minipage *page, uint32_t index);
/* The thread of SELF has ended: a piece of what it owns becomes nobody's; true
 * when nothing is left.  Under thread_lock, as the next. */
bool minipage_abandon(struct heap_thread *self);
/* Takes a MiniPage of KIND with room from such a SELF, who has a bin for it.
 * None of its segments is at hand any more: those are always of the own
 * MiniPages.  *WORK is how many may be put back for that, and what is left of
 * it; NULL if that does not do, or there is none. */
minipage *minipage_detach(struct heap_thread *self, unsigned int kind,
			  int *work);
void minipage_set_owner(minipage *page, const struct heap_thread *owner);
/* In a fork child: so do those of all threads but SELF. */
void minipage_fork_child(struct heap_thread *self);

/* The locks of the size classes, which other kinds share, rank
 * LOCK_RANK_HEAP_CLASS. */
struct lock *minipage_class_lock(unsigned int kind);

/* The owner frees segment INDEX, for which its stack has no room. */
void minipage_free_local(minipage *page, uint32_t index);

static inline struct heap_thread *minipage_owner(const minipage *page)
{
	/* Acquire: pairs with the releases where owners change. */
	return (struct heap_thread *)(uintptr_t)__atomic_load_n(
		&page->owner, __ATOMIC_ACQUIRE);
}

#endif
