/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mappers (allotype/heap.h) by name, and the regions that each has reserved.
 * All of it is guarded by kinds_lock, which callers hold.
 */
#ifndef HEAP_MAPPER_H
#define HEAP_MAPPER_H

#include "allotype/heap.h"
#include "base/status.h"
#include "heap/region.h"

struct mapper {
	struct alloc_mapper operations;
	struct region *region; /* that extents are taken from */
	uint64_t next;         /* its first unit that never was */
	struct mapper *older;
};

/* The one of anonymous memory: its first region is the large one. */
extern struct mapper mapper_default;

/* STATUS_MISUSE when the name is taken. */
enum status mapper_register(const struct alloc_mapper *operations);
/* NULL names the default; NULL: there is none of that name. */
struct mapper *mapper_find(const char *name);
/* False: DIRECTORY is too long. */
bool mapper_set_directory(const char *directory);

/* A region of MAPPER with room for UNITS units besides a gap before them, of
 * which mapper->next is the first; false when there is none.  Takes
 * region_lock. */
bool mapper_find_room(struct mapper *mapper, uint64_t units);
/* How many units fit behind the gap. */
uint64_t mapper_room(const struct mapper *mapper);

#endif
