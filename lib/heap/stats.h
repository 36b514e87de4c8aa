/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With metrics=on: bytes of bookkeeping that operations read and write, by
 * the fields that the steps of an operation have on their way.
 */
#ifndef HEAP_STATS_H
#define HEAP_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "heap/site_cache.h"
#include "heap/thread.h"

#define STATS_SIZE(type, field) sizeof(((type *)NULL)->field)

enum {
	/* A slot of the cache of sites. */
	STATS_SITE_READ = sizeof(struct site_slot),
	/* A segment goes from the free bitmap over the bin's stack to its
	 * record. */
	STATS_TAKE_READ = offsetof(struct bin, partial) +
			  sizeof(struct cached) + sizeof(uint64_t) +
			  STATS_SIZE(minipage, summary) +
			  STATS_SIZE(minipage, taken) + sizeof(uint32_t),
	STATS_TAKE_WRITTEN = 2 * STATS_SIZE(struct bin, top) +
			     STATS_SIZE(struct bin, allocated) +
			     sizeof(struct cached) + sizeof(uint64_t) +
			     STATS_SIZE(minipage, summary) +
			     STATS_SIZE(minipage, taken) + sizeof(uint32_t),
	/* The descriptor finds the segment; its record, its bit. */
	STATS_FREE_READ = STATS_SIZE(minipage, owner) +
			  STATS_SIZE(minipage, records) +
			  STATS_SIZE(minipage, reciprocal) +
			  STATS_SIZE(minipage, kind) +
			  STATS_SIZE(minipage, summary) +
			  STATS_SIZE(minipage, taken) +
			  STATS_SIZE(minipage, notify) + sizeof(uint64_t) +
			  sizeof(struct site_slot) + sizeof(uint32_t),
	STATS_FREE_WRITTEN = STATS_SIZE(minipage, summary) +
			     STATS_SIZE(minipage, taken) + sizeof(uint64_t) +
			     sizeof(uint32_t),
	/* The descriptor of a run, of the one behind it, and a bin. */
	STATS_RUN_READ = 2 * sizeof(struct allotype_run) + sizeof(uint64_t),
	STATS_RUN_WRITTEN = 2 * sizeof(struct allotype_run) + sizeof(uint64_t),
	/* The descriptor of a slot, and the top of its stack. */
	STATS_SLOT_READ = sizeof(struct allotype_slot) + sizeof(uint32_t),
	STATS_SLOT_WRITTEN = sizeof(struct allotype_slot) + sizeof(uint32_t),
};

/* SELF, the calling thread's cache or NULL, did a step. */
static inline void stats_touch(struct heap_thread *self, size_t read,
			       size_t written)
{
	if (!options.metrics || !self)
		return;
	__atomic_store_n(&self->book_read, self->book_read + read,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&self->book_written, self->book_written + written,
			 __ATOMIC_RELAXED);
}

#endif
