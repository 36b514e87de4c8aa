/* SPDX-License-Identifier: Apache-2.0 */
/* Free runs of pages by length, two-level segregated.  Under region_lock. */
#ifndef HEAP_BINS_H
#define HEAP_BINS_H

#include <stddef.h>
#include <stdint.h>

#include "allotype/heap_layout.h"

void bins_insert(struct allotype_run *run);
void bins_remove(struct allotype_run *run);
/* A free run of at least PAGES pages, still in its bin, or NULL. */
struct allotype_run *bins_find(uint32_t pages);
/* One of the largest free runs that have memory, still in its bin; NULL when a
 * few looks find none. */
struct allotype_run *bins_find_dirty(void);
/* Pages of the free runs that have memory. */
size_t bins_dirty_pages(void);
size_t bins_count(void); /* free runs */

#endif
