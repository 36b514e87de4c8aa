/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a query looks into: this process, another one, or a core file.  The
 * queries of this folder are written once over it.  view_local.c is the
 * view of the runtime; the tools make their own.
 *
 * Strings and metadata that a view hands out stay valid as long as the view.
 */
#ifndef QUERY_VIEW_H
#define QUERY_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/space.h"
#include "index/unwind.h"
#include "type/metafile.h"

struct collected;
struct query_view;

struct query_operations {
	/* The metadata of FILE, a copy of the node at address NODE; NULL when
	 * there is none. */
	const struct metafile *(*metadata)(const struct query_view *view,
					   const struct allotype_file *file,
					   uint64_t node);
	/* The mapping that holds ADDRESS; *MAPPING is a copy. */
	bool (*mapping)(const struct query_view *view, uint64_t address,
			struct allotype_mapping *mapping);
	/* The registers of THREAD: of its innermost frame, or inside the
	 * process of any frame that leads to the caller's.  False when they
	 * cannot be had. */
	bool (*registers)(const struct query_view *view,
			  const struct allotype_thread *thread,
			  struct unwind_frame *frame);
	/* The NUL-terminated string at ADDRESS; NULL for 0 or unreadable. */
	const char *(*string)(const struct query_view *view, uint64_t address);
	/* An address is in no known file.  True when the list of files has
	 * changed since, and is worth another look; may be NULL. */
	bool (*refresh)(const struct query_view *view);
};

struct query_view {
	const struct space *space; /* NULL: this process */
	/* The root: the live one inside, a copy outside. */
	const struct allotype_index *index;
	const struct query_operations *operations;
	void *context; /* of the operations */
	/* What was collected (collected.h), for queries that want it, or NULL:
	 * they do not. */
	const struct collected *collected;
};

#endif
