/* SPDX-License-Identifier: Apache-2.0 */
/* Reads many words of a program's memory, any of which may not be there,
 * with few system calls: what is near is copied together. */
#ifndef QUERY_WINDOW_H
#define QUERY_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/space.h"

struct window;

/* Memory of the system's; NULL when there is none. */
struct window *window_create(const struct space *space);
void window_destroy(struct window *window);

/* The word at ADDRESS, as it was a moment ago. */
bool window_read(struct window *window, uint64_t address, uint64_t *word);
/* Any bytes, at most a page. */
bool window_copy(struct window *window, uint64_t address, void *buffer,
		 uint64_t size);

#endif
