/* SPDX-License-Identifier: Apache-2.0 */
/* A place in the source among inlined functions, and what names of variables
 * and functions mean there. */
#ifndef META_SOURCE_SCOPE_H
#define META_SOURCE_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/model.h"
#include "meta/source/expression.h"
#include "meta/source/names.h"

struct function_text;
struct sourcefile;
struct sourcefile_set;

enum { SCOPE_DEPTH = 32 };

/* Where the statement is. */
struct scope {
	const struct model *model;
	const struct names *names;
	const struct expression_tree *tree;
	const struct model_function *function; /* or NULL */
	uint64_t pc;
	uint64_t size;        /* that the call asks for; 0: not known */
	bool *by_size;        /* becomes true when that tells types apart */
	uint32_t file;
	/* Inline instances whose text may hold the statement, innermost first;
	 * MODEL_NONE stands for the function itself. */
	uint32_t instances[SCOPE_DEPTH];
	uint32_t instance_count;
	uint32_t subprogram;  /* of the first, or MODEL_NONE */
	struct function_text *text; /* of that function, or NULL */
	struct sourcefile_set *files;
	struct sourcefile *unit; /* what was compiled, or NULL */
	/* The instances that the statement's call itself became. */
	uint32_t callees[SCOPE_DEPTH];
	uint32_t callee_count;
};

/* LINE of FILE is the statement's; FUNCTION may be NULL. */
void scope_init(struct scope *scope, const struct model *model,
		const struct names *names,
		const struct model_function *function, uint64_t pc,
		uint32_t file, uint32_t line);

/* A type: POINTERS stars behind one of the model's (MODEL_NONE: void). */
struct ctype {
	uint32_t type;
	uint16_t pointers;
	bool array;  /* spelled with [] behind it */
	bool known;
};

/* All return false when there is no such name; *TYPE is unknown when it has
 * several types. */
/* A parameter or local variable. */
bool scope_find_variable(const struct scope *scope, const struct token *name,
			 struct ctype *type);
bool scope_find_static(const struct scope *scope, const struct token *name,
		       struct ctype *type);
/* Its type is the function type. */
bool scope_find_function(const struct scope *scope, const struct token *name,
			 struct ctype *type);

#endif
