/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A space that reads another one in large blocks and keeps them: the readers
 * of the heap ask for a few bytes at a time, and a system call for each would
 * cost a hundred times the answer.  What it says is as old as the first read
 * of a block.  Not thread-safe.
 */
#ifndef TARGET_CACHE_H
#define TARGET_CACHE_H

#include "base/space.h"

struct cache_block;

struct cache {
	struct space space; /* first: readers get a pointer to it */
	const struct space *source;
	struct cache_block **table; /* by block number, open addressing */
	struct cache_block *last;
	struct cache_block *oldest, *newest;
	size_t count;
};

void cache_init(struct cache *cache, const struct space *source);
void cache_deinit(struct cache *cache);

#endif
