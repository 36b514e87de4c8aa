/* SPDX-License-Identifier: Apache-2.0 */
/* The view of this process, for the runtime itself. */
#ifndef QUERY_VIEW_LOCAL_H
#define QUERY_VIEW_LOCAL_H

#include "query/view.h"

/* Usable from the first instruction on: before the runtime is ready, it
 * knows nothing. */
extern const struct query_view query_view_local;

#endif
