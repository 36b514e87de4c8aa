/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why allocations fail, and who is asked for help then.
 *
 * An attempt begins with failure_begin; who finds a reason on the way notes
 * it, with any lock held; when the attempt is over and has failed, without
 * locks, failure_retry or failure_retry_alone makes the last reason the thread's.
 */
#ifndef HEAP_FAILURE_H
#define HEAP_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "allotype/heap.h"
#include "heap/thread.h"

/* SELF may be NULL. */
void failure_begin(struct heap_thread *self);
void failure_note(enum alloc_failure cause);
/* An attempt to get SIZE bytes failed: may another one help?  Gives free
 * memory back when the limit is in the way, then asks the handlers. */
bool failure_retry(size_t size);
/* The same without the handlers. */
bool failure_retry_alone(size_t size);
/* An allocation that cannot even be tried fails for CAUSE. */
void failure_refuse(enum alloc_failure cause);

enum alloc_failure failure_cause(void);
const char *failure_text(enum alloc_failure cause);
alloc_oom_handler failure_set_handler(alloc_oom_handler handler);
alloc_oom_handler failure_set_thread_handler(alloc_oom_handler handler);

/* May the heap's data take BYTES more (heap_limit)?  Notes it if not.  Under
 * region_lock. */
bool failure_limit_allows(size_t bytes);

#endif
