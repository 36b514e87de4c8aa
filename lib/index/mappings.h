/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mapping holds an address: readers of what the program asked for
 * (the writer is mapped.h), and of what the kernel says.
 */
#ifndef INDEX_MAPPINGS_H
#define INDEX_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/space.h"

/* The mapping that the program asked for, exactly as wide as it was asked
 * for.  Never locks, never waits, makes no system call.  False also when
 * the records are being rewritten faster than they can be read. */
bool mappings_find(const struct space *space,
		   const struct allotype_index *index, uint64_t address,
		   struct allotype_mapping *mapping);

#ifndef ALLOTYPE_REMOTE
/* What the kernel has at ADDRESS: one of its areas, which may be part of
 * what was asked for, or several together.  Opens and closes /proc; false
 * when it cannot, or when nothing is mapped.  Async-signal-safe; for hosts
 * that allow open, read and ioctl. */
bool mappings_query_kernel(uint64_t address, struct allotype_mapping *mapping);
/* The same, with the path, or "" for anonymous memory, cut to SIZE. */
bool mappings_query_kernel_path(uint64_t address,
				struct allotype_mapping *mapping, char *path,
				size_t size);
#endif

#endif
