/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows sizes that are computed before the call: in "n = sizeof(T) * k; ...
 * p = malloc(n);" the call's argument becomes what was assigned, if that is
 * the only assignment to the variable in its function.
 */
#ifndef META_SOURCE_ASSIGNMENT_H
#define META_SOURCE_ASSIGNMENT_H

#include "base/status.h"
#include "meta/source/macro.h"
#include "meta/source/scope.h"

/* Appends to OUT the tokens of IN, an expanded statement of scope->text, with
 * such variables replaced in the arguments of calls of request->keep's names.
 * BAD_INPUT: the result is too long. */
enum status assignment_substitute(const struct macro_request *request,
				  const struct scope *scope,
				  const struct token_list *in,
				  struct token_list *out);

#endif
