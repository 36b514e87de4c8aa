/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the function a statement is in, and the declarations of local
 * variables there: debug information leaves out variables that the compiler
 * could do without, and does not tell blocks apart.
 */
#ifndef META_SOURCE_DECLARATION_H
#define META_SOURCE_DECLARATION_H

#include "meta/source/scope.h"
#include "meta/source/sourcefile.h"

/* From the function's declared line to its closing brace. */
struct function_text {
	const struct token *at;
	uint32_t count;  /* 0: unknown */
	uint32_t here;   /* past the statement's last token */
	uint32_t budget; /* tokens that may yet be looked at */
	bool cxx;
};

/* [FIRST, LIMIT) of FILE's CODE is the statement, in the function that SCOPE
 * says. */
struct function_text function_text_find(const struct scope *scope,
					const struct sourcefile *file,
					const struct token_list *code,
					uint32_t first, uint32_t limit);

/* The type of the local variable or parameter NAME as declared in
 * scope->text.  False: there is no such declaration. */
bool declaration_find(const struct scope *scope, const struct token *name,
		      struct ctype *type);

#endif
