/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which branches of #if are compiled, as far as that is known without the
 * compiler's options: constants, and macros that the compiler predefines.
 */
#ifndef META_SOURCE_CONDITION_H
#define META_SOURCE_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/source/token.h"

#define CONDITION_DEPTH 64 /* deeper branches may all hold */

enum condition_value {
	CONDITION_UNKNOWN,
	CONDITION_FALSE,
	CONDITION_TRUE,
};

struct condition_level {
	uint8_t now;           /* enum condition_value of this branch */
	bool taken;            /* an earlier branch was surely compiled */
	bool guard;            /* against including the file twice */
};

/* Zero-initialized but for cxx: at a file's beginning. */
struct condition {
	struct condition_level levels[CONDITION_DEPTH];
	uint32_t depth;
	bool cxx;              /* may be compiled as C++ */
	bool begun;            /* there was a directive */
};

/* Takes note of a directive, whose COUNT tokens begin with its name. */
void condition_step(struct condition *condition, const struct token *directive,
		    uint32_t count);
/* May what follows be compiled? */
bool condition_may_hold(const struct condition *condition);
/* Is it surely compiled? */
bool condition_must_hold(const struct condition *condition);

#endif
