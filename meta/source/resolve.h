/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What spelled types and expressions of a parsed statement mean in a model.
 * What cannot be resolved is unknown, never guessed.
 */
#ifndef META_SOURCE_RESOLVE_H
#define META_SOURCE_RESOLVE_H

#include "meta/source/scope.h"

/* For expression_names: CONTEXT is a struct scope. */
enum name_kind scope_name_kind(void *context, const struct token *at,
			       const struct token *last);

struct ctype resolve_type(const struct scope *scope, uint32_t node);
struct ctype resolve_expression(const struct scope *scope, uint32_t node);
/* What a function that is called takes as the ARGUMENT, a child of CALL. */
struct ctype resolve_parameter(const struct scope *scope, uint32_t call,
			       uint32_t argument);
/* What the statement's function returns. */
struct ctype resolve_return(const struct scope *scope);

#endif
