/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macro expansion of a piece of source, in bounded space and depth.  What is
 * defined in several ways (under conditions that nobody evaluates here) is
 * left as it is, unless one way alone leads to the wanted callee, or the
 * request says which way to go.  So are words that are the program's types.
 */
#ifndef META_SOURCE_MACRO_H
#define META_SOURCE_MACRO_H

#include "base/status.h"
#include "meta/source/names.h"
#include "meta/source/sourcefile.h"
#include "meta/source/token.h"

/* Memory of pasted tokens. */
struct macro_text {
	char bytes[4096];
	uint32_t used;
};

/* Through what is defined in several ways. */
struct macro_way {
	uint32_t number; /* of the definition to take, from 1; 0: none */
	uint32_t most;   /* definitions of one name: as many ways there are */
};

struct macro_request {
	struct sourcefile_set *set;
	struct sourcefile *file;
	struct sourcefile *unit; /* includes it; or NULL */
	const char *const *keep; /* names that are not expanded: callees */
	uint32_t keep_count;
	struct macro_text *text; /* must outlive the result */
	const struct names *names; /* of the program's types */
	struct macro_way *way;
};

/* Appends the expansion of COUNT tokens to OUT; every token gets the line of
 * the outermost macro's name.  BAD_INPUT: it is too long or too deep. */
enum status macro_expand(const struct macro_request *request,
			 const struct token *tokens, uint32_t count,
			 struct token_list *out);

#endif
