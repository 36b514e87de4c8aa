/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples for profiles (profile_sample=SIZE): a Poisson process along the
 * bytes that each thread allocates, of which on average every SIZE-th is an
 * event.  An allocation with an event among its bytes is a sample: its call
 * chain is kept, and, as long as it lives, where it is and how many objects it
 * stands for, 1 / (1 - e^(-bytes / SIZE)).  So every sum over samples, each as
 * often as it stands for, is right on average.
 *
 * Fast paths know nothing of it.  While samples are taken, frees put nothing
 * on the stacks of free segments, so that a refill knows all that is allocated
 * until the next one: it loads no more than come before the next event, and the
 * one behind them alone.  The live record of a sample is not plain, so its free
 * takes the slow path.  The bytes of a segment are its size, as the size
 * asked for is not known in advance.
 */
#ifndef HEAP_SAMPLE_H
#define HEAP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/object.h"
#include "heap/sample_table.h"
#include "heap/thread.h"

/* Bytes from one event to the next, on average; 0: no samples are taken. */
extern uint64_t sample_period HIDDEN;

/* Once, after options_init. */
void sample_init(void);

/* Finds the callers of the entry point with FRAME, the innermost first, and
 * the serial of the newest file; never allocates. */
typedef uint32_t (*sample_walker)(const uint64_t *frame, uint64_t *callers,
				  uint32_t capacity, uint32_t *file);
/* Until it is set, chains have one caller. */
void sample_set_walker(sample_walker walker);

/* As minipage_refill, of BIN. */
bool sample_refill(struct heap_thread *self, struct bin *bin,
		   unsigned int kind);
/* DATA of SIZE bytes, which was just allocated, or resized where it is, becomes
 * a sample if an event says so.  ALONE: it is not in a segment. */
void sample_consider(void *data, size_t size, bool alone,
		     const uint64_t *frame);

static inline bool sample_is(const struct object *object)
{
	uint32_t site;

	if (!sample_period || object->is_part)
		return false;
	site = object->page || object_is_slot(object) ?
		       allotype_record_site(object->record) :
		       object->run.site;
	return site == ALLOTYPE_SITE_SAMPLED;
}

/* The site that the record of OBJECT gets when its own becomes SITE. */
static inline uint32_t sample_mark(const struct object *object, uint32_t site)
{
	return sample_is(object) ? ALLOTYPE_SITE_SAMPLED : site;
}

/* OBJECT, which was live, is no sample any more, and names its own site. */
void sample_end_slow(struct object *object);
static inline void sample_end(struct object *object)
{
	if (sample_is(object))
		sample_end_slow(object);
}

/* OBJECT, if it was a sample, has SIZE bytes and SITE from now on. */
void sample_resize_slow(const struct object *object, size_t size,
			uint32_t site);
static inline void sample_resize(const struct object *object, size_t size,
				 uint32_t site)
{
	if (sample_is(object))
		sample_resize_slow(object, size, site);
}

/* In a fork child: goes on with other random numbers than the parent. */
void sample_fork_child(void);

#endif
