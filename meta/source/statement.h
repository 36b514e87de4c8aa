/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the statements that touch a line of a token list. */
#ifndef META_SOURCE_STATEMENT_H
#define META_SOURCE_STATEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/source/token.h"

/* The tokens [*FIRST, *LIMIT) of all statements that have a token on LINE, or
 * go on across it.  False: there are none, or they are too long.  HAS_BLOCK:
 * some are arguments of a macro, whose line is that of all code within. */
bool statement_find(const struct token_list *list, uint32_t line,
		    uint32_t *first, uint32_t *limit, bool *has_block);

#endif
