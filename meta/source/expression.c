/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/expression.h"

#include <stdlib.h>
#include <string.h>

#include "meta/source/parser.h"

enum {
	DEPTH_LIMIT = 200,
	NODE_LIMIT = 131072,
	WORK_LIMIT = 1 << 18,
};

/* ---- tools ---- */

bool parser_accept(struct parser *p, const char *word)
{
	if (!parser_sees(p, word))
		return false;
	p->at++;
	return true;
}

bool parser_sees_any(const struct parser *p, const char *const *words)
{
	for (; *words; words++)
		if (parser_sees(p, *words))
			return true;
	return false;
}

void parser_skip_balanced(struct parser *p)
{
	static const char *const open[] = { "(", "[", "{", NULL };
	static const char *const close[] = { ")", "]", "}", NULL };
	uint32_t depth = 0;

	do {
		if (parser_sees_any(p, open))
			depth++;
		else if (parser_sees_any(p, close))
			depth--;
		p->at += parser_more(p);
	} while (depth && parser_more(p) && p->work++ < WORK_LIMIT);
}

uint32_t parser_node(struct parser *p, enum node_kind kind, uint32_t token)
{
	struct expression_tree *tree = p->tree;

	if (tree->node_count == tree->node_capacity) {
		uint32_t capacity = tree->node_capacity ?
					    2 * tree->node_capacity : 256;
		struct node *nodes = NULL;

		if (capacity <= NODE_LIMIT)
			nodes = realloc(tree->nodes, capacity * sizeof *nodes);
		if (!nodes) {
			p->exhausted = true;
			return NODE_NONE;
		}
		tree->nodes = nodes;
		tree->node_capacity = capacity;
	}
	tree->nodes[tree->node_count] = (struct node){
		.token = token, .last = token, .parent = NODE_NONE,
		.first = NODE_NONE, .next = NODE_NONE, .kind = kind & 0xff };
	return tree->node_count++;
}

void parser_add_child(struct parser *p, uint32_t parent, uint32_t child)
{
	struct node *nodes = p->tree->nodes;
	uint32_t *link;

	if (parent == NODE_NONE || child == NODE_NONE)
		return;
	link = &nodes[parent].first;
	while (*link != NODE_NONE)
		link = &nodes[*link].next;
	*link = child;
	nodes[child].parent = parent;
}

bool parser_enter(struct parser *p)
{
	if (p->exhausted || p->depth == DEPTH_LIMIT ||
	    ++p->work > WORK_LIMIT) {
		p->exhausted = true;
		return false;
	}
	p->depth++;
	return true;
}

void parser_leave(struct parser *p)
{
	p->depth--;
}

uint32_t expression_child(const struct expression_tree *tree, uint32_t node,
			  uint32_t n)
{
	uint32_t child;

	if (node == NODE_NONE)
		return NODE_NONE;
	child = tree->nodes[node].first;
	while (n-- && child != NODE_NONE)
		child = tree->nodes[child].next;
	return child;
}

/* A node with up to two children that must be there. */
static uint32_t make(struct parser *p, enum node_kind kind, uint32_t token,
		     uint32_t left, uint32_t right)
{
	uint32_t node;

	if (left == NODE_NONE || right == NODE_NONE)
		return NODE_NONE;
	node = parser_node(p, kind, token);
	if (node == NODE_NONE)
		return NODE_NONE;
	parser_add_child(p, node, left);
	if (right != left)
		parser_add_child(p, node, right);
	return node;
}

/* ---- primaries ---- */

static void parse_statement(struct parser *p);

/* { a, .b = c, [d] = e } */
static uint32_t parse_list(struct parser *p)
{
	uint32_t list = parser_node(p, NODE_LIST, p->at++), last = NODE_NONE;

	while (list != NODE_NONE && parser_more(p) && !p->exhausted &&
	       !parser_sees(p, "}")) {
		uint32_t before = p->at, item;

		if (parser_accept(p, ".")) {
			p->at++;
			parser_accept(p, "=");
		} else if (parser_sees(p, "[")) {
			parser_skip_balanced(p);
			parser_accept(p, "=");
		}
		item = parse_assignment(p);
		if (item != NODE_NONE && last != NODE_NONE) {
			/* Long lists: no walk over all items. */
			p->tree->nodes[last].next = item;
			p->tree->nodes[item].parent = list;
		} else {
			parser_add_child(p, list, item);
		}
		last = item == NODE_NONE ? last : item;
		parser_accept(p, ",");
		if (p->at == before)
			return NODE_NONE;
	}
	return parser_accept(p, "}") ? list : NODE_NONE;
}

/* ({ ... }): each statement a child. */
static uint32_t parse_block(struct parser *p)
{
	uint32_t block = parser_node(p, NODE_BLOCK, p->at), depth = 0;

	p->at++;
	while (block != NODE_NONE && parser_more(p) && !p->exhausted) {
		uint32_t before = p->at, node = p->tree->node_count;

		if (parser_accept(p, "{")) {
			depth++;
			continue;
		}
		if (parser_accept(p, "}")) {
			if (--depth == 0)
				break;
			continue;
		}
		parse_statement(p);
		for (; node < p->tree->node_count; node++)
			if (p->tree->nodes[node].parent == NODE_NONE)
				parser_add_child(p, block, node);
		if (p->at == before)
			p->at++;
	}
	return parser_accept(p, ")") ? block : NODE_NONE;
}

static uint32_t parse_unary(struct parser *p);

static uint32_t parse_parenthesis(struct parser *p)
{
	uint32_t start = p->at, type, inner;

	if (token_is(parser_token(p, 1), "{"))
		return parse_block(p);
	type = parse_type_in_parentheses(p, true);
	if (type != NODE_NONE) {
		inner = parser_sees(p, "{") ? parse_list(p) : parse_unary(p);
		return make(p, NODE_CAST, start, type, inner);
	}
	p->at++;
	inner = parse_expression(p);
	return parser_accept(p, ")") ? inner : NODE_NONE;
}

static uint32_t parse_sizeof(struct parser *p)
{
	uint32_t start = p->at++;
	uint32_t inner = parse_type_in_parentheses(p, false);

	if (inner == NODE_NONE)
		inner = parse_unary(p);
	return make(p, NODE_SIZEOF, start, inner, inner);
}

/* offsetof(type, member); alignof(type) is but a number. */
static uint32_t parse_offsetof(struct parser *p)
{
	uint32_t start = p->at++, end, type, node;

	if (!parser_sees(p, "("))
		return NODE_NONE;
	node = p->at;
	parser_skip_balanced(p);
	end = p->at;
	p->at = node + 1;
	type = parse_type_name(p);
	p->at = end;
	return make(p, NODE_OFFSETOF, start, type, type);
}

static uint32_t parse_alignof(struct parser *p)
{
	uint32_t node = parser_node(p, NODE_NUMBER, p->at++);

	if (parser_sees(p, "("))
		parser_skip_balanced(p);
	return node;
}

/* static_cast<T>(e) and its kind. */
static uint32_t parse_cxx_cast(struct parser *p)
{
	uint32_t start = p->at++, type, inner;

	if (!parser_accept(p, "<"))
		return NODE_NONE;
	type = parse_type_name(p);
	if (!parser_accept(p, ">") || !parser_accept(p, "("))
		return NODE_NONE;
	inner = parse_expression(p);
	if (!parser_accept(p, ")"))
		return NODE_NONE;
	return make(p, NODE_CAST, start, type, inner);
}

static uint32_t parse_arguments(struct parser *p, uint32_t call);

/* new (place) T[n](arguments) */
static uint32_t parse_new(struct parser *p)
{
	uint32_t start = p->at++, type, node;
	bool enclosed;

	if (parser_sees(p, "("))
		parser_skip_balanced(p);
	enclosed = parser_accept(p, "(");
	type = parse_specifiers(p);
	if (type == NODE_NONE)
		return NODE_NONE;
	while (parser_accept(p, "*"))
		p->tree->nodes[type].pointers++;
	node = make(p, NODE_NEW, start, type, type);
	if (node == NODE_NONE)
		return NODE_NONE;
	while (parser_sees(p, "[")) {
		parser_skip_balanced(p);
		p->tree->nodes[type].flags |= NODE_TYPE_ARRAY;
	}
	if (enclosed && !parser_accept(p, ")"))
		return NODE_NONE;
	if (parser_sees(p, "("))
		return parse_arguments(p, node);
	if (parser_sees(p, "{"))
		parser_add_child(p, node, parse_list(p));
	return node;
}

static uint32_t parse_word(struct parser *p)
{
	static const char *const casts[] = { "static_cast", "const_cast",
					     "reinterpret_cast",
					     "dynamic_cast", NULL };
	static const char *const offsets[] = { "offsetof",
					       "__builtin_offsetof", NULL };
	static const char *const alignments[] = { "_Alignof", "alignof",
						  "__alignof__", NULL };
	uint32_t start = p->at, last, node;

	if (parser_sees(p, "sizeof"))
		return parse_sizeof(p);
	if (parser_sees_any(p, offsets))
		return parse_offsetof(p);
	if (parser_sees_any(p, alignments))
		return parse_alignof(p);
	if (p->names->cxx && parser_sees_any(p, casts))
		return parse_cxx_cast(p);
	if (p->names->cxx && parser_sees(p, "new"))
		return parse_new(p);
	if (parser_is_keyword(p, parser_token(p, 0)) && !parser_sees(p, "this"))
		return NODE_NONE;
	if (!parse_qualified_name(p, &last))
		return NODE_NONE;
	node = parser_node(p, NODE_NAME, start);
	if (node != NODE_NONE)
		p->tree->nodes[node].last = last;
	return node;
}

static uint32_t parse_primary(struct parser *p)
{
	const struct token *t = parser_token(p, 0);

	if (parser_accept(p, "__extension__"))
		return parse_primary(p);
	if (parser_sees(p, "("))
		return parse_parenthesis(p);
	switch (t->kind) {
	case TOKEN_NUMBER:
	case TOKEN_CHARACTER:
		return parser_node(p, NODE_NUMBER, p->at++);
	case TOKEN_STRING: {
		uint32_t node = parser_node(p, NODE_STRING, p->at);

		/* "%" PRId64 "\n" */
		while (parser_token(p, 0)->kind == TOKEN_STRING ||
		       (parser_token(p, 0)->kind == TOKEN_IDENTIFIER &&
			parser_token(p, 1)->kind == TOKEN_STRING))
			p->at++;
		return node;
	}
	case TOKEN_IDENTIFIER:
		return parse_word(p);
	default:
		if (p->names->cxx && parser_sees(p, "::"))
			return parse_word(p);
		return NODE_NONE;
	}
}

/* ---- operators ---- */

/* Adds what stands between the parentheses to CALL; an argument may be a
 * type (unexpanded macros). */
static uint32_t parse_arguments(struct parser *p, uint32_t call)
{
	p->at++;
	while (parser_more(p) && !p->exhausted && !parser_sees(p, ")")) {
		uint32_t before = p->at, nodes = p->tree->node_count;
		uint32_t argument = parse_assignment(p);

		if (argument == NODE_NONE ||
		    (!parser_sees(p, ",") && !parser_sees(p, ")"))) {
			p->at = before;
			p->tree->node_count = nodes;
			argument = parse_type_name(p);
		}
		parser_add_child(p, call, argument);
		if (!parser_accept(p, ","))
			break;
	}
	return parser_accept(p, ")") ? call : NODE_NONE;
}

static uint32_t parse_postfix_one(struct parser *p, uint32_t left)
{
	uint32_t start = p->at, node, index;

	if (parser_sees(p, "(")) {
		node = make(p, NODE_CALL, start, left, left);
		return node == NODE_NONE ? node : parse_arguments(p, node);
	}
	if (parser_accept(p, "[")) {
		index = parse_expression(p);
		if (!parser_accept(p, "]"))
			return NODE_NONE;
		return make(p, NODE_INDEX, start, left, index);
	}
	p->at++; /* . -> ++ -- */
	if (!token_is(&p->tree->tokens[start], ".") &&
	    !token_is(&p->tree->tokens[start], "->"))
		return make(p, NODE_UNARY, start, left, left);
	node = make(p, NODE_MEMBER, start, left, left);
	if (node == NODE_NONE || parser_token(p, 0)->kind != TOKEN_IDENTIFIER)
		return NODE_NONE;
	p->tree->nodes[node].last = p->at++;
	return node;
}

static uint32_t parse_postfix(struct parser *p)
{
	static const char *const operators[] = { "(", "[", ".", "->", "++",
						 "--", NULL };
	uint32_t left = parse_primary(p);

	while (left != NODE_NONE && !p->exhausted &&
	       parser_sees_any(p, operators))
		left = parse_postfix_one(p, left);
	return left;
}

static uint32_t parse_unary(struct parser *p)
{
	static const char *const operators[] = { "*", "&", "-", "+", "!", "~",
						 "++", "--", NULL };
	uint32_t start = p->at, inner;

	if (!parser_enter(p))
		return NODE_NONE;
	if (parser_sees_any(p, operators)) {
		p->at++;
		inner = parse_unary(p);
		inner = make(p, NODE_UNARY, start, inner, inner);
	} else {
		inner = parse_postfix(p);
	}
	parser_leave(p);
	return inner;
}

static unsigned int precedence(const struct token *t)
{
	static const struct {
		char text[3];
		uint8_t level;
	} operators[] = {
		{ "*", 10 }, { "/", 10 }, { "%", 10 }, { "+", 9 }, { "-", 9 },
		{ "<<", 8 }, { ">>", 8 }, { "<", 7 },  { ">", 7 }, { "<=", 7 },
		{ ">=", 7 }, { "==", 6 }, { "!=", 6 }, { "&", 5 }, { "^", 4 },
		{ "|", 3 },  { "&&", 2 }, { "||", 1 },
	};

	if (t->kind != TOKEN_PUNCTUATOR)
		return 0;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (token_is(t, operators[i].text))
			return operators[i].level;
	return 0;
}

static uint32_t parse_binary(struct parser *p, unsigned int least)
{
	uint32_t left = parse_unary(p);

	while (left != NODE_NONE && parser_more(p)) {
		unsigned int level = precedence(parser_token(p, 0));
		uint32_t sign = p->at;

		if (!level || level < least)
			break;
		p->at++;
		left = make(p, NODE_BINARY, sign, left,
			    parse_binary(p, level + 1));
	}
	return left;
}

static uint32_t parse_conditional(struct parser *p)
{
	uint32_t start, condition = parse_binary(p, 1), yes, no, node;

	if (condition == NODE_NONE || !parser_sees(p, "?"))
		return condition;
	start = p->at++;
	yes = parser_sees(p, ":") ? condition : parse_expression(p);
	if (!parser_accept(p, ":"))
		return NODE_NONE;
	no = parse_assignment(p);
	if (yes == condition)
		return make(p, NODE_CONDITIONAL, start, condition, no);
	node = make(p, NODE_CONDITIONAL, start, condition, yes);
	if (no == NODE_NONE)
		return NODE_NONE;
	parser_add_child(p, node, no);
	return node;
}

uint32_t parse_assignment(struct parser *p)
{
	static const char *const operators[] = {
		"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=",
		">>=", NULL
	};
	uint32_t left, start;

	if (!parser_enter(p))
		return NODE_NONE;
	left = parser_sees(p, "{") ? parse_list(p) : parse_conditional(p);
	if (left != NODE_NONE && parser_sees_any(p, operators)) {
		start = p->at++;
		left = make(p, NODE_ASSIGN, start, left, parse_assignment(p));
	}
	parser_leave(p);
	return left;
}

uint32_t parse_expression(struct parser *p)
{
	uint32_t left = parse_assignment(p), start;

	while (left != NODE_NONE && parser_sees(p, ",")) {
		start = p->at++;
		left = make(p, NODE_COMMA, start, left, parse_assignment(p));
	}
	return left;
}

/* ---- statements ---- */

static void parse_statement(struct parser *p)
{
	static const char *const heads[] = { "if", "while", "for", "switch",
					     "catch", NULL };
	static const char *const noise[] = { "else", "do", "try", "case", ";",
					     "default", "goto", "typedef",
					     ")", ":", "{", "}", NULL };
	uint32_t start = p->at;

	if (parser_sees_any(p, noise)) {
		p->at++;
	} else if (parser_sees_any(p, heads)) {
		p->at++;
		parser_accept(p, "constexpr");
		parser_accept(p, "(");
	} else if (parser_accept(p, "return") || parser_accept(p, "throw")) {
		uint32_t value = parse_expression(p);

		make(p, NODE_RETURN, start, value, value);
	} else if (parse_declaration(p) == NODE_NONE) {
		parse_expression(p);
	}
}

enum status expression_parse(const struct token *tokens, uint32_t count,
			     const struct expression_names *names,
			     struct expression_tree *tree)
{
	struct parser p = { .tree = tree, .names = names };

	*tree = (struct expression_tree){ .tokens = tokens,
					  .token_count = count };
	while (parser_more(&p) && !p.exhausted) {
		uint32_t before = p.at;

		parse_statement(&p);
		p.at += p.at == before;
	}
	return p.exhausted ? STATUS_BAD_INPUT : STATUS_OK;
}

void expression_tree_deinit(struct expression_tree *tree)
{
	free(tree->nodes);
	*tree = (struct expression_tree){ 0 };
}
