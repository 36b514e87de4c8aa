/* SPDX-License-Identifier: Apache-2.0 */
/* Whose stack, or thread-local storage, holds an address: readers.  The
 * writer is running.h. */
#ifndef INDEX_THREADS_H
#define INDEX_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/space.h"

/* The live thread whose stack or thread-local storage holds ADDRESS.
 * THREADS is the head of the list (allotype_index.threads). */
bool threads_find(const struct space *space, uint64_t threads,
		  uint64_t address, struct allotype_thread *thread);
/* The live thread with this thread pointer (fs base). */
bool threads_find_pointer(const struct space *space, uint64_t threads,
			  uint64_t thread_pointer,
			  struct allotype_thread *thread);
/* The living threads, one at a time: *AT is the head of the list first, and
 * then what this has made of it.  False: there are no more.  A torn list may
 * have no end: nobody asks for more than THREADS_MAX. */
enum { THREADS_MAX = 1 << 22 };
bool threads_next(const struct space *space, uint64_t *at,
		  struct allotype_thread *thread);

#endif
