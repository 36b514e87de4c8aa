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
	uint32_t kind : 7; /* enum token_kind */
	uint32_t painted : 1; /* a macro's name that is not to be expanded */
};

struct token_list {
	struct token *at;
	uint32_t count, capacity;
};

/* NO_MEMORY: nothing was appended. */
enum status token_list_append(struct token_list *list,
			      const struct token *token);
void token_list_deinit(struct token_list *list);

/* A place in a text at which scanning may begin: its own, or after a brace that
 * begins a line, as functions end. */
struct token_mark {
	const char *at;
	uint32_t line;       /* of the brace; 0 for the text's own */
	uint32_t conditions; /* as struct scanner */
	uint32_t dead;
};

struct token_marks {
	struct token_mark *at;
	uint32_t count, capacity;
};

/* Appends the tokens of SIZE bytes at TEXT, which must outlive them. */
enum status token_scan(const char *text, size_t size, struct token_list *code,
		       struct token_list *directives);
/* The same without the code, which is only passed over; and the text's marks,
 * in their order. */
enum status token_scan_directives(const char *text, size_t size,
				  struct token_list *directives,
				  struct token_marks *marks);
/* Appends the tokens of the code between MARK and END, the place of a later
 * mark or the text's end. */
enum status token_scan_code(const struct token_mark *mark, const char *end,
			    struct token_list *code);
/* The first mark of a brace behind LINE, or the count. */
uint32_t token_marks_behind(const struct token_marks *marks, uint32_t line);
void token_marks_deinit(struct token_marks *marks);

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
