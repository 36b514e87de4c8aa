/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers in words, the same in C, in gdb and from the command:
 *
 * 0x5581c0 heap: element 7 of double[300], 2400 bytes at 0x558188 +56,
 *     evidence sizeof+variable (95%), allocated in make_table (table.c:42)
 */
#ifndef QUERY_DESCRIBE_H
#define QUERY_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "query/path.h"
#include "query/view.h"

/* One line about ADDRESS, without a newline; as snprintf, the length of the
 * whole line is returned. */
size_t query_describe_line(const struct query_view *view, uint64_t address,
			   char *buffer, size_t size);
/* A line a level, mapping first, down to the field, each with a newline. */
size_t query_describe_levels(const struct query_view *view, uint64_t address,
			     char *buffer, size_t size);

/* ---- the parts ---- */

/* "sizeof+variable"; nothing for no evidence. */
void describe_evidence(struct text *text, unsigned int evidence);
/* "make_table (src/table.c:42)", or an address and a module. */
void describe_code(struct text *text, const struct alloc_site *site);
/* The leaf of PATH, and the way into it unless it is at its base, without the
 * evidence; completes the names of its sites. */
void describe_object(struct text *text, const struct query_view *view,
		     struct query_path *path);

#endif
