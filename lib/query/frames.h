/* SPDX-License-Identifier: Apache-2.0 */
/* From an address on a stack to the frame and the variable that hold it. */
#ifndef QUERY_FRAMES_H
#define QUERY_FRAMES_H

#include "query/find.h"

/* The living thread whose stack holds ADDRESS; *THREAD is a copy. */
bool query_thread_at(const struct query_view *view, uint64_t address,
		     struct allotype_thread *thread);

enum query_frame_result {
	QUERY_FRAME_NONE,     /* no frame is known to hold the address */
	QUERY_FRAME_ONLY,     /* a frame does, but none of its variables */
	QUERY_FRAME_VARIABLE,
};
/* FRAME and VARIABLE are set as leaves, as far as the result says. */
enum query_frame_result query_frame_find(const struct query_view *view,
					 const struct allotype_thread *thread,
					 uint64_t address,
					 struct query_leaf *frame,
					 struct query_leaf *variable);
/* Calls VISIT for the variables in THREAD's frames that have a place in memory
 * and a type, innermost frame first. */
void query_frames_visit(const struct query_view *view,
			const struct allotype_thread *thread,
			void (*visit)(void *context, uint64_t base,
				      const struct alloc_type *type),
			void *context);
/* The stack itself. */
void query_stack_set(const struct allotype_thread *thread,
		     struct query_leaf *leaf);

#endif
