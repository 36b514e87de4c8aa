/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one pass over a program's memory that collects what it tells of heap
 * objects whose sites do not tell enough: typed pointers to them, and their
 * content.  Order: statics, stacks, typed heap objects, then whatever these
 * led to, until nothing is new; the content of what is left decides last.
 */
#ifndef QUERY_COLLECT_H
#define QUERY_COLLECT_H

#include "query/collected.h"

/*
 * Collects into COLLECTED, whose former content is forgotten, what is seen
 * through VIEW.  At most MEMORY bytes are kept; 0: only forgets.  One caller
 * at a time.  See alloc_collect_evidence for what is returned.
 */
enum alloc_status collect_evidence(const struct query_view *view,
				   struct collected *collected,
				   uint64_t memory);

#endif
