/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread of the program keeps for the heap: the MiniPages it owns,
 * by kind, with a stack of free segments at hand, and its cache of sites.
 * Only the thread itself touches it, but for the stack of MiniPages with
 * remote frees.
 *
 * When the thread ends, its cache stays as it is, for the next thread that
 * begins.  Until then it belongs to who holds thread_lock: others may take
 * MiniPages from it, and what nobody took up for a whole period of the decay
 * is abandoned, a piece at a time.
 */
#ifndef HEAP_THREAD_H
#define HEAP_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/heap.h"
#include "base/folded.h"
#include "base/sys.h"
#include "heap/classes.h"
#include "heap/site_cache.h"
#include "heap/unit.h"

/* A free segment at hand. */
struct cached {
	uintptr_t data;
	uint32_t *record;
};

/* Of one kind.  Frees go on the stack while there is room, and allocations
 * take the last one first: what was just freed is in the processor's cache,
 * and the bitmaps of MiniPages need not be touched. */
struct bin {
	struct cached *top;    /* of the stack: the first unused entry */
	struct cached *bottom; /* NULL: not prepared yet */
	struct cached *limit;  /* frees stop here; refills at half of it, but
				* above it while samples are taken */
	uint32_t size;         /* of a segment */
	uint8_t batch;         /* segments of the last refill */
	/* While samples are taken (sample.h): of any refill; segments without
	 * an event that are still to be loaded; and the one behind them has
	 * one. */
	uint8_t most, credit, due;
	minipage *page;        /* current; in no list */
	minipage *partial;     /* list: with free segments */
	minipage *full;        /* list: without */
	/* Segments given out, ever; others read it. */
	uint64_t allocated;
};

enum {
	KIND_FIRST = ALLOTYPE_KIND_FIRST, /* below: size classes */
	KIND_COUNT = 1 << 16,
	KIND_CHUNK = 256,
	KIND_CHUNKS = KIND_COUNT / KIND_CHUNK,
	KIND_STACK = 12,
	/* All entries of the size classes, see thread_prepare_bin. */
	STACK_TOTAL = 1472,
};

/* Of a kind that is no size class. */
struct kind_bin {
	struct bin bin;
	/* Objects, ever, by this thread.  Atomic: read by others. */
	uint64_t allocated, released;
	struct cached stack[KIND_STACK];
} __attribute__((aligned(64)));

struct heap_thread {
	struct site_cache sites; /* first: its slots are where SELF points */
	/* Always empty: the bin of classes that the thread never asked for. */
	struct bin no_bin __attribute__((aligned(64)));
	struct bin bins[CLASS_COUNT];
	/* By the size (classes.h): bytes from no_bin to the bin; 0 until that
	 * is prepared. */
	uint16_t small_bins[CLASS_GRANULES];
	minipage *pending; /* taken off the stack, not yet collected */
	unsigned int exit_rounds;
	/* See failure.h: of the attempt under way, and of the last one that
	 * failed. */
	uint8_t failing, failure; /* enum alloc_failure */
	uint8_t in_handler;
	/* See sample.h: the segment just taken is one; bytes until the next
	 * is due; and the state of the random numbers, 0 before the first. */
	uint8_t sampling;
	uint64_t sample_budget, sample_random;
	uint64_t book_read, book_written; /* metrics=on: bytes; atomic */
	bool (*oom_handler)(size_t size, enum alloc_failure cause);
	struct heap_thread *next; /* all of them; by thread_lock */
	/* Of caches whose threads have ended, likewise. */
	struct heap_thread *older, *newer;
	bool ended; /* atomic; written under thread_lock */
	unsigned int abandoned; /* kinds below this own nothing any more */
	/* KIND_CHUNK bins each, made when the thread first needs one; from this
	 * kind on there are none. */
	unsigned int kind_limit;
	struct kind_bin *kinds[KIND_CHUNKS];
	struct cached stacks[STACK_TOTAL];
	/* Atomic: owned MiniPages that other threads freed something in.
	 * On a cache line that the owner seldom reads. */
	minipage *remote __attribute__((aligned(64)));
};

/* A thread's first word, before it has a cache, and its last, after its
 * exit: they own nothing, so that every fast path misses. */
extern struct heap_thread heap_thread_none, heap_thread_exited;
extern SYS_THREAD_LOCAL struct heap_thread *heap_thread_self;

extern struct lock thread_lock; /* rank LOCK_RANK_HEAP_CACHE */

/* SELF's bin for KIND, if it has one: it does of the kinds of its MiniPages. */
static inline struct kind_bin *thread_kind_bin(const struct heap_thread *self,
					       unsigned int kind)
{
	struct kind_bin *chunk = self->kinds[kind / KIND_CHUNK];

	return chunk ? &chunk[kind % KIND_CHUNK] : NULL;
}

/* The bin of a size class.  In bytes, as compilers multiply late and add what
 * they can then not fold. */
static inline __attribute__((always_inline)) struct bin *
thread_class_bin(struct heap_thread *self, unsigned int size_class)
{
	size_t offset = size_class * sizeof(struct bin);

	__asm__("" : "+r"(offset));
	return (struct bin *)((char *)self->bins + offset);
}

static inline struct bin *thread_bin(struct heap_thread *self,
				     unsigned int kind)
{
	return kind < CLASS_COUNT ? &self->bins[kind] :
				    &thread_kind_bin(self, kind)->bin;
}

static inline void thread_count(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* The same in one instruction, where nobody checks for races: others read
 * one value or the other. */
static inline __attribute__((always_inline)) void bin_count(struct bin *bin)
{
#ifdef UNDER_THREAD_SANITIZER
	thread_count(&bin->allocated);
#else
	bin->allocated++;
#endif
}

/* Segments of size class SIZE_CLASS that threads took, and of all other
 * kinds if that is CLASS_COUNT.  Takes thread_lock. */
uint64_t thread_sum_allocated(unsigned int size_class);
/* Bytes of bookkeeping that all threads read and wrote (metrics=on). */
void thread_sum_touched(uint64_t *read, uint64_t *written);

/* What all threads have allocated and released of KIND.  Takes
 * thread_lock. */
void thread_sum_kind(unsigned int kind, uint64_t *allocated,
		     uint64_t *released);
/* The bin of what has SIZE <= CLASS_TABLE_MAX bytes, or no_bin. */
static inline __attribute__((always_inline)) struct bin *
thread_small_bin(struct heap_thread *self, size_t size)
{
	return (struct bin *)((char *)&self->no_bin +
			      self->small_bins[class_granules(size)]);
}

/* Gives a bin of SELF its empty stack. */
void thread_prepare_bin(struct heap_thread *self, unsigned int kind);

/* The bin, made when there is none yet; NULL when memory is exhausted. */
struct kind_bin *thread_make_kind_bin(struct heap_thread *self,
				      unsigned int kind);

/* The thread's own cache, made when it has none yet; NULL after its exit and
 * when memory is exhausted. */
struct heap_thread *thread_own(void);
/* The cache that threads share after their exit, locked until thread_leave;
 * NULL, and not locked, when memory is exhausted. */
struct heap_thread *thread_enter_shared(void);
void thread_leave_shared(void);

/* A MiniPage of KIND with room, taken from a thread that has ended; or NULL.
 * For the thread with SELF, which may be the shared cache. */
minipage *thread_inherit_page(const struct heap_thread *self,
			      unsigned int kind);
/* For decay.c: what was there of ended threads during the whole last period
 * becomes due; abandons a piece of it, unless thread_lock is held; is any of
 * it due, and is there any?  Hints. */
void thread_begin_period(void);
void thread_abandon_due(void);
bool thread_is_due(void);
bool thread_has_ended_ones(void);
/* Abandons all that ended threads owned; was there any? */
bool thread_trim(void);

static inline bool thread_has_ended(const struct heap_thread *thread)
{
	return __atomic_load_n(&thread->ended, __ATOMIC_RELAXED);
}

/* The key for the end of threads; once. */
bool thread_init(void);
/* In a fork child: only the calling thread is left. */
void thread_fork_child(void);

#endif
