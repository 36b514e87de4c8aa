/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members and names of records as the source defines them: compilers leave
 * records out of the debug information that a unit only reaches through what it
 * declares, not defines, as clang does.
 */
#ifndef META_SOURCE_RECORDTEXT_H
#define META_SOURCE_RECORDTEXT_H

#include "meta/source/scope.h"

/* The type of member NAME of "struct TAG" or "union TAG", as the unit that
 * SCOPE says sees it.  False: there is no such text. */
bool record_text_member(const struct scope *scope, const char *tag,
			const struct token *name, struct ctype *type);
/* The record of a typedef NAME in the source: debug information has no typedef
 * that only sizeof mentions, as X of `typedef struct x {...} X, *P'. */
bool record_text_typedef(const struct scope *scope, const struct token *name,
			 struct ctype *type);

#endif
