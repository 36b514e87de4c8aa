/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C and C++ source text as preprocessing tokens.  Comments and line
 * continuations are white space; preprocessor lines go to a list of their
 * own; the dead branch of #if 0 is left out, of any other condition both
 * branches stay.  Never fails on what the text says: stray bytes become
 * punctuators, unterminated strings end with their line.
 */
#ifndef META_SOURCE_TOKEN_H
#define META_SOURCE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum token_kind {
	TOKEN_IDENTIFIER, /* and keywords */
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_CHARACTER,
	TOKEN_PUNCTUATOR,
	TOKEN_DIRECTIVE,  /* the # that begins a preprocessor line */
};

#define TOKEN_SIZE_LIMIT (1u << 24)

struct token {
	const char *text; /* into the source text, not terminated */
	uint32_t line;
	uint32_t size : 24;
	uint32_t kind : 8; /* enum token_kind */
};

struct token_list {
	struct token *at;
	uint32_t count, capacity;
};

/* NO_MEMORY: nothing was appended. */
enum status token_list_append(struct token_list *list,
			      const struct token *token);
void token_list_deinit(struct token_list *list);

/* Appends the tokens of SIZE bytes at TEXT, which must outlive them. */
enum status token_scan(const char *text, size_t size, struct token_list *code,
		       struct token_list *directives);

/* Is it spelled exactly WORD? */
bool token_spells(const struct token *token, const char *word);
/* The same, for words that most tokens are not. */
static inline bool token_is(const struct token *token, const char *word)
{
	return token->size && *word == *token->text &&
	       token_spells(token, word);
}
/* Is it one of these punctuators of one character? */
bool token_is_one_of(const struct token *token, const char *characters);
bool token_equal(const struct token *a, const struct token *b);
/* The first of LIST whose line is at least LINE, or the count. */
uint32_t token_list_find_line(const struct token_list *list, uint32_t line);

#endif
