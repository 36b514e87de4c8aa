/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of functions that are named after allocating: libraries call what their
 * users give them through pointers of such types, which the file at hand may
 * give nobody.
 */
#ifndef META_FLOW_HOOKS_H
#define META_FLOW_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/flow/allocators.h"

/* The next such type from *AT on, a place in model->types and then in
 * model->members, which is moved behind it: its FUNCTION type, and what a call
 * of it does.  False if there is none. */
bool hooks_next(const struct model *model, uint32_t *at, uint32_t *function,
		struct allocator *hook);

/* Likewise the next pointer to a function, or function, whose name says nothing of
 * allocating. */
bool hooks_next_other(const struct model *model, uint32_t *at,
		      uint32_t *function);

#endif
