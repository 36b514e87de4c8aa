/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macro expansion of a piece of source, in bounded space and depth.  What is
 * defined in several ways (under conditions that nobody evaluates here) is
 * left as it is, unless one way alone leads to the wanted callee.
 */
#ifndef META_SOURCE_MACRO_H
#define META_SOURCE_MACRO_H

#include "base/status.h"
#include "meta/source/sourcefile.h"
#include "meta/source/token.h"

/* Memory of pasted tokens. */
struct macro_text {
	char bytes[4096];
	uint32_t used;
};

struct macro_request {
	struct sourcefile_set *set;
	struct sourcefile *file;
	struct sourcefile *unit; /* includes it; or NULL */
	const char *const *keep; /* names that are not expanded: callees */
	uint32_t keep_count;
	struct macro_text *text; /* must outlive the result */
};

/* Appends the expansion of COUNT tokens to OUT; every token gets the line of
 * the outermost macro's name.  BAD_INPUT: it is too long or too deep. */
enum status macro_expand(const struct macro_request *request,
			 const struct token *tokens, uint32_t count,
			 struct token_list *out);

#endif
