/* SPDX-License-Identifier: Apache-2.0 */
/* The view of this process, for the runtime itself. */
#ifndef QUERY_VIEW_LOCAL_H
#define QUERY_VIEW_LOCAL_H

#include "base/lock.h"
#include "query/collected.h"
#include "query/view.h"

/* Usable from the first instruction on: before the runtime is ready, it
 * knows nothing. */
extern const struct query_view query_view_local;

/* What alloc_collect_evidence collected, and the same view with it.  Who
 * collects holds the lock; queries never take it. */
extern struct lock query_collect_lock;
extern struct collected query_collected;
extern const struct query_view query_view_collected;

/* Around a fork, before those of the index, and after. */
void query_fork_prepare(void);
void query_fork_parent(void);
void query_fork_child(void);

#endif
