/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread of the program keeps for the heap: the MiniPages it owns,
 * by class, with a word of free segments of the current one at hand, and
 * its cache of sites.  Only the thread itself touches it, but for the stack
 * of MiniPages with remote frees.
 */
#ifndef HEAP_THREAD_H
#define HEAP_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "heap/classes.h"
#include "heap/site_cache.h"
#include "heap/unit.h"

/* Of one size class. */
struct bin {
	uint64_t bits;     /* free segments of the current word */
	uintptr_t base;    /* of the data of the current word */
	uint32_t *records; /* of the current word; NULL: no page */
	uint32_t size;     /* of a segment */
	uint32_t pad;
	minipage *page;    /* current; in no list */
	minipage *partial; /* list: with free segments */
	minipage *full;    /* list: without */
	uint64_t pad2;
};

struct heap_thread {
	struct bin bins[CLASS_COUNT];
	struct site_cache sites;
	minipage *pending; /* taken off the stack, not yet collected */
	unsigned int exit_rounds;
	struct heap_thread *next;      /* all of them; rank HEAP_CACHE */
	struct heap_thread *next_dead; /* likewise */
	/* Atomic: owned MiniPages that other threads freed something in.
	 * On a cache line that the owner seldom reads. */
	minipage *remote __attribute__((aligned(64)));
};

/* A thread's first word, before it has a cache, and its last, after its
 * exit: they own nothing, so that every fast path misses. */
extern struct heap_thread heap_thread_none, heap_thread_exited;
extern __thread struct heap_thread *heap_thread_self
	__attribute__((tls_model("initial-exec")));

extern struct lock thread_lock; /* rank LOCK_RANK_HEAP_CACHE */

/* The thread's own cache, made when it has none yet; NULL after its exit and
 * when memory is exhausted. */
struct heap_thread *thread_own(void);
/* The cache that threads share after their exit, locked until thread_leave;
 * NULL, and not locked, when memory is exhausted. */
struct heap_thread *thread_enter_shared(void);
void thread_leave_shared(void);

/* The key for the end of threads; once. */
bool thread_init(void);
/* In a fork child: only the calling thread is left. */
void thread_fork_child(void);

#endif
