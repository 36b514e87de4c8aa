/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/parser.h"

enum { WORD_LIMIT = 64 }; /* of one type; bounds what a retry repeats */

static const char *const qualifiers[] = {
	"const", "volatile", "restrict", "__restrict", "__restrict__",
	"static", "extern", "register", "inline", "auto", "constexpr",
	"thread_local", "_Thread_local", "__thread", "__extension__",
	"_Atomic", "typename", "__const", "__volatile__", "__inline", "mutable",
	NULL
};
static const char *const builtins[] = {
	"void", "char", "short", "int", "long", "float", "double", "signed",
	"unsigned", "_Bool", "_Complex", "__signed__", "__int128", "_Float128",
	NULL
};
static const char *const builtins_cxx[] = {
	"bool", "wchar_t", "char16_t", "char32_t", "char8_t", NULL
};
static const char *const tags[] = { "struct", "union", "enum", "class", NULL };
static const char *const typeofs[] = { "typeof", "__typeof__", "__typeof",
				       "decltype", NULL };
static const char *const keywords[] = {
	"if", "else", "while", "for", "do", "switch", "case", "default",
	"return", "goto", "break", "continue", "sizeof", "typedef", NULL
};
/* In C, they are names as any. */
static const char *const keywords_cxx[] = {
	"new", "delete", "throw", "try", "catch", "using", "namespace",
	"template", "operator", "this", NULL
};

static bool is_any(const struct token *token, const char *const *words)
{
	for (; *words; words++)
		if (token_is(token, *words))
			return true;
	return false;
}

bool parser_is_keyword(const struct parser *p, const struct token *token)
{
	return is_any(token, keywords) || is_any(token, tags) ||
	       is_any(token, qualifiers) || is_any(token, builtins) ||
	       (p->names->cxx && is_any(token, keywords_cxx));
}

static void skip_attributes(struct parser *p)
{
	static const char *const words[] = { "__attribute__", "__attribute",
					     "alignas", "_Alignas", NULL };

	while (parser_sees_any(p, words)) {
		p->at++;
		if (parser_sees(p, "("))
			parser_skip_balanced(p);
	}
}

/* <...> of names, types and numbers, if that is what follows. */
static bool skip_template_arguments(struct parser *p)
{
	static const char *const allowed[] = { ",", "::", "*", "&", "&&", "(",
					       ")", "[", "]", NULL };
	uint32_t depth = 0, start = p->at;

	for (; parser_more(p) && p->at - start < 256; p->at++) {
		const struct token *t = parser_token(p, 0);

		if (token_is(t, "<"))
			depth++;
		else if (token_is(t, ">"))
			depth--;
		else if (token_is(t, ">>"))
			depth -= depth > 1 ? 2 : 1;
		else if (t->kind == TOKEN_PUNCTUATOR && !is_any(t, allowed))
			break;
		if (!depth) {
			p->at++;
			return true;
		}
	}
	p->at = start;
	return false;
}

bool parse_qualified_name(struct parser *p, uint32_t *last)
{
	uint32_t start = p->at;

	if (p->names->cxx)
		parser_accept(p, "::");
	for (;;) {
		const struct token *t = parser_token(p, 0);

		if (t->kind != TOKEN_IDENTIFIER) {
			p->at = start;
			return false;
		}
		*last = p->at++;
		if (!p->names->cxx)
			return true;
		if (parser_sees(p, "<") && skip_template_arguments(p))
			*last = p->at - 1;
		if (!parser_sees(p, "::"))
			return true;
		p->at++;
	}
}

static uint32_t parse_typeof(struct parser *p)
{
	uint32_t type = parser_node(p, NODE_TYPE, p->at++), inner;

	if (type == NODE_NONE || !parser_sees(p, "("))
		return NODE_NONE;
	inner = parse_type_in_parentheses(p, false);
	if (inner == NODE_NONE) {
		p->at++;
		inner = parse_expression(p);
		if (!parser_accept(p, ")"))
			return NODE_NONE;
	}
	parser_add_child(p, type, inner);
	p->tree->nodes[type].flags = NODE_TYPE_TYPEOF | NODE_TYPE_CERTAIN;
	return type;
}

/* One specifier of the type itself.  False: there is none. */
static bool accept_specifier(struct parser *p, uint32_t type, bool *words)
{
	struct node *node = &p->tree->nodes[type];
	const struct token *t = parser_token(p, 0);
	uint32_t start = p->at, last = p->at;

	if (is_any(t, builtins) ||
	    (p->names->cxx && is_any(t, builtins_cxx))) {
		p->at++;
		*words = true;
		node->flags |= NODE_TYPE_CERTAIN;
	} else if (node->token != NODE_NONE) {
		return false; /* complete already */
	} else if (is_any(t, tags)) {
		p->at++;
		skip_attributes(p);
		if (!parse_qualified_name(p, &last))
			return false;
		node->flags |= NODE_TYPE_CERTAIN;
	} else if ((t->kind != TOKEN_IDENTIFIER && !token_is(t, "::")) ||
		   parser_is_keyword(p, t) || !parse_qualified_name(p, &last)) {
		return false;
	} else if (p->names->kind(p->names->context, t,
				  &p->tree->tokens[last]) == NAME_TYPE) {
		node->flags |= NODE_TYPE_CERTAIN;
	}
	if (node->token == NODE_NONE)
		node->token = start;
	node->last = last;
	return true;
}

uint32_t parse_specifiers(struct parser *p)
{
	uint32_t type;
	uint32_t start = p->at;
	bool words = false, any = false;

	if (parser_sees_any(p, typeofs))
		return parse_typeof(p);
	type = parser_node(p, NODE_TYPE, NODE_NONE);
	if (type == NODE_NONE)
		return NODE_NONE;
	while (parser_more(p) && p->at - start < WORD_LIMIT) {
		skip_attributes(p);
		if (parser_sees_any(p, qualifiers)) {
			p->at++;
			any = true;
			continue;
		}
		if (!any && parser_sees_any(p, typeofs))
			return parse_typeof(p);
		if (p->tree->nodes[type].token != NODE_NONE && !words)
			break;
		if (!accept_specifier(p, type, &words))
			break;
	}
	if (p->tree->nodes[type].token == NODE_NONE)
		return NODE_NONE;
	return type;
}

/* * const * ... */
static void parse_pointers(struct parser *p, uint32_t type)
{
	uint32_t start = p->at;

	while (parser_more(p) && p->at - start < WORD_LIMIT) {
		if (parser_accept(p, "*"))
			p->tree->nodes[type].pointers++;
		else if (parser_sees_any(p, qualifiers))
			p->at++;
		else if (!p->names->cxx ||
			 (!parser_accept(p, "&") && !parser_accept(p, "&&")))
			break;
	}
}

static void parse_arrays(struct parser *p, uint32_t type)
{
	while (parser_sees(p, "[")) {
		parser_skip_balanced(p);
		p->tree->nodes[type].flags |= NODE_TYPE_ARRAY;
	}
}

uint32_t parse_type_name(struct parser *p)
{
	uint32_t type = parse_specifiers(p);

	if (type == NODE_NONE)
		return NODE_NONE;
	parse_pointers(p, type);
	if (parser_sees(p, "(") && (token_is(parser_token(p, 1), "*") ||
				    token_is(parser_token(p, 1), ")"))) {
		p->tree->nodes[type].flags |= NODE_TYPE_OPAQUE;
		while (parser_sees(p, "("))
			parser_skip_balanced(p);
	}
	parse_arrays(p, type);
	return type;
}

/* Does what follows "(name)" begin an operand?  SURELY: and nothing else. */
static bool sees_operand(const struct parser *p, bool surely)
{
	static const char *const sure[] = { "!", "~", NULL };
	static const char *const begin[] = { "!", "~", "(", "{", "*", "&", "-",
					     "+", "++", "--", "::", NULL };
	const struct token *t = parser_token(p, 0);

	return t->kind != TOKEN_PUNCTUATOR || is_any(t, surely ? sure : begin);
}

static bool is_type_for_sure(const struct parser *p, const struct node *type,
			     bool cast)
{
	if (cast && !sees_operand(p, false))
		return false;
	return (type->flags & (NODE_TYPE_CERTAIN | NODE_TYPE_OPAQUE)) ||
	       type->pointers || (cast && sees_operand(p, true));
}

uint32_t parse_type_in_parentheses(struct parser *p, bool cast)
{
	uint32_t start = p->at, nodes = p->tree->node_count, type;

	if (!parser_accept(p, "("))
		return NODE_NONE;
	type = parse_type_name(p);
	if (type != NODE_NONE && parser_accept(p, ")") &&
	    is_type_for_sure(p, &p->tree->nodes[type], cast))
		return type;
	p->at = start;
	p->tree->node_count = nodes;
	return NODE_NONE;
}

/* ---- declarations ---- */

/* Is the name after specifiers and stars that of a declared variable? */
static bool sees_declarator(const struct parser *p, bool certain)
{
	static const char *const after[] = { "=", ";", ",", "[", ")", ":",
					     NULL };
	const struct token *next = parser_token(p, 1);

	if (parser_token(p, 0)->kind != TOKEN_IDENTIFIER ||
	    parser_is_keyword(p, parser_token(p, 0)))
		return false;
	if (is_any(next, after) || !next->size)
		return true;
	return certain && (token_is(next, "(") || token_is(next, "{"));
}

static uint32_t copy_type(struct parser *p, uint32_t type)
{
	struct node from = p->tree->nodes[type];
	uint32_t copy = parser_node(p, NODE_TYPE, from.token);

	if (copy == NODE_NONE)
		return NODE_NONE;
	p->tree->nodes[copy].last = from.last;
	p->tree->nodes[copy].flags =
		from.flags & (NODE_TYPE_CERTAIN | NODE_TYPE_OPAQUE);
	if (from.flags & NODE_TYPE_TYPEOF)
		p->tree->nodes[copy].flags |= NODE_TYPE_OPAQUE;
	return copy;
}

/* The declarator at the name, and its initializer. */
static bool parse_declarator(struct parser *p, uint32_t type)
{
	uint32_t declare = parser_node(p, NODE_DECLARE, p->at), value;

	if (declare == NODE_NONE)
		return false;
	p->tree->nodes[declare].last = p->at++;
	parser_add_child(p, declare, type);
	parse_arrays(p, type);
	skip_attributes(p);
	if (parser_accept(p, "=")) {
		value = parse_assignment(p);
	} else if (parser_accept(p, "(")) {
		value = parse_expression(p);
		parser_accept(p, ")");
	} else {
		return true;
	}
	parser_add_child(p, declare, value);
	return value != NODE_NONE;
}

uint32_t parse_declaration(struct parser *p)
{
	uint32_t start = p->at, nodes = p->tree->node_count;
	uint32_t base = parse_specifiers(p), type = base;

	if (base != NODE_NONE)
		parse_pointers(p, base);
	if (base == NODE_NONE ||
	    !sees_declarator(p, p->tree->nodes[base].flags &
					NODE_TYPE_CERTAIN)) {
		p->at = start;
		p->tree->node_count = nodes;
		return NODE_NONE;
	}
	while (parse_declarator(p, type) && parser_accept(p, ",")) {
		type = copy_type(p, base);
		if (type == NODE_NONE)
			break;
		parse_pointers(p, type);
		if (!sees_declarator(p, true))
			break;
	}
	return base;
}
