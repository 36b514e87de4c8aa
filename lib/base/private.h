/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private memory of the runtime, from the kernel and never from malloc.
 * For nodes that live as long as the process: there is no free.  Zeroed,
 * 16-aligned.  Thread-safe; not for signal handlers or hot paths.
 */
#ifndef BASE_PRIVATE_H
#define BASE_PRIVATE_H

#include <stddef.h>

#include "base/lock.h"

extern struct lock private_lock; /* rank LOCK_RANK_PRIVATE; for fork */

/* NULL when memory is exhausted. */
void *private_allocate(size_t size);
/* A copy of the LENGTH bytes at STRING, and a NUL; NULL on exhaustion. */
char *private_copy_string(const char *string, size_t length);

#endif
