/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is named after allocating: types of functions, as libraries call what
 * their users give them through pointers of such types, which the file at hand
 * may give nobody; and functions of other libraries.
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

/* What a call of SYMBOL does, of which this file has no code: FUNCTION is its
 * type, or MODEL_NONE where debug information does not declare it.  False if
 * its name does not say that it allocates. */
bool hooks_describe_import(const struct model *model, const char *symbol,
			   uint32_t function, struct allocator *hook);

#endif
