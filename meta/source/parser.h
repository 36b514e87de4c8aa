/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the parser, expressions and types, share. */
#ifndef META_SOURCE_PARSER_H
#define META_SOURCE_PARSER_H

#include "meta/source/expression.h"

struct parser {
	struct expression_tree *tree;
	const struct expression_names *names;
	uint32_t at;
	uint32_t depth;  /* of recursion */
	uint32_t work;   /* steps taken, against exponential retries */
	bool exhausted;  /* out of memory, or the input is too much */
};

/* All parse functions return a node, or NODE_NONE, having moved on or not. */

static inline bool parser_more(const struct parser *p)
{
	return p->at < p->tree->token_count;
}

static inline const struct token *parser_token(const struct parser *p,
					       uint32_t ahead)
{
	static const struct token end = { .text = "",
					  .kind = TOKEN_PUNCTUATOR };

	if (p->tree->token_count - p->at <= ahead)
		return &end;
	return &p->tree->tokens[p->at + ahead];
}

static inline bool parser_sees(const struct parser *p, const char *word)
{
	return parser_more(p) && token_is(parser_token(p, 0), word);
}

bool parser_accept(struct parser *p, const char *word);
/* Is it one of the words of a NULL-terminated list? */
bool parser_sees_any(const struct parser *p, const char *const *words);
/* From an opening bracket past its closing one, or to the end. */
void parser_skip_balanced(struct parser *p);

uint32_t parser_node(struct parser *p, enum node_kind kind, uint32_t token);
void parser_add_child(struct parser *p, uint32_t parent, uint32_t child);
/* False when recursion is too deep; else parser_leave must follow. */
bool parser_enter(struct parser *p);
void parser_leave(struct parser *p);

uint32_t parse_assignment(struct parser *p);
uint32_t parse_expression(struct parser *p); /* with commas */

/* ---- types (typename.c) ---- */

/* A name with its qualifiers and template arguments; past it, *LAST its last
 * token. */
bool parse_qualified_name(struct parser *p, uint32_t *last);
bool parser_is_keyword(const struct parser *p, const struct token *token);
/* Specifiers only: "const struct foo". */
uint32_t parse_specifiers(struct parser *p);
/* Specifiers and an abstract declarator: "struct foo *[4]". */
uint32_t parse_type_name(struct parser *p);
/* A type name up to the closing parenthesis of what is a cast or sizeof's
 * operand, when the words or their places say that it is one; past the
 * parenthesis then. */
uint32_t parse_type_in_parentheses(struct parser *p, bool cast);
/* A declaration's specifiers and declarators with initializers; NODE_NONE
 * and nothing moved if it is none. */
uint32_t parse_declaration(struct parser *p);

#endif
