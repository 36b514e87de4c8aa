/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/terms.h"

#include "meta/source/ctype.h"
#include "meta/source/recordtext.h"
#include "meta/source/resolve.h"

enum { DEPTH_LIMIT = 64 };

static void add(const struct scope *scope, uint32_t node, bool multiplied,
		int depth, struct terms *terms);

static void append(struct terms *terms, struct term term)
{
	if (terms->count == TERM_LIMIT)
		return;
	term.argument = terms->argument;
	terms->at[terms->count++] = term;
}

static void add_sizeof(const struct scope *scope, uint32_t node,
		       bool multiplied, struct terms *terms)
{
	struct term term = { .kind = TERM_SIZEOF };
	const struct expression_tree *tree = scope->tree;
	uint32_t operand = expression_child(tree, node, 0);
	struct ctype type = resolve_expression(scope, operand);
	bool array = false;

	if (!type.known && operand != NODE_NONE &&
	    tree->nodes[operand].kind == NODE_NAME &&
	    tree->nodes[operand].token == tree->nodes[operand].last)
		record_text_typedef(scope,
				    &tree->tokens[tree->nodes[operand].token],
				    &type);
	term.type = ctype_element(scope, type, &array);
	term.multiplied = multiplied || array;
	if (!type.known)
		term.kind = TERM_UNRESOLVED;
	append(terms, term);
}

/* The value of a decimal, octal or hexadecimal constant. */
static bool number_value(const struct token *t, uint64_t *value)
{
	unsigned int base = 10, digit;
	uint32_t i = 0;

	*value = 0;
	if (t->kind != TOKEN_NUMBER)
		return false;
	if (t->size > 2 && t->text[0] == '0' && (t->text[1] | 32) == 'x') {
		base = 16;
		i = 2;
	} else if (t->text[0] == '0') {
		base = 8;
	}
	for (; i < t->size; i++) {
		char c = t->text[i];

		if (c >= '0' && c <= '9')
			digit = (unsigned int)(c - '0');
		else if (base == 16 && (c | 32) >= 'a' && (c | 32) <= 'f')
			digit = (unsigned int)((c | 32) - 'a') + 10;
		else
			return (c | 32) == 'u' || (c | 32) == 'l';
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, digit, value))
			return false;
	}
	return true;
}

/* In a product that has a sizeof, only that counts: drops all others from
 * FIRST on. */
static void keep_sizeofs(struct terms *terms, uint32_t first)
{
	uint32_t kept = first;
	bool any = false;

	for (uint32_t i = first; i < terms->count; i++)
		any = any || terms->at[i].kind <= TERM_UNRESOLVED;
	for (uint32_t i = first; any && i < terms->count; i++)
		if (terms->at[i].kind <= TERM_UNRESOLVED)
			terms->at[kept++] = terms->at[i];
	terms->count = any ? kept : terms->count;
}

/* sizeof(T) * 8 / 8: without any sizeof a part is just some number. */
static void add_divided(const struct scope *scope, uint32_t left, int depth,
			struct terms *terms)
{
	uint32_t first = terms->count;

	add(scope, left, true, depth, terms);
	keep_sizeofs(terms, first);
	if (terms->count > first && terms->at[first].kind <= TERM_UNRESOLVED)
		return;
	terms->count = first;
	append(terms, (struct term){ .kind = TERM_OTHER, .multiplied = true });
}

static void add_binary(const struct scope *scope, uint32_t node,
		       bool multiplied, int depth, struct terms *terms)
{
	const struct expression_tree *tree = scope->tree;
	const struct token *sign = &tree->tokens[tree->nodes[node].token];
	uint32_t left = expression_child(tree, node, 0), first = terms->count;
	uint32_t right = expression_child(tree, node, 1);
	bool product = token_is(sign, "*") || token_is(sign, "<<");

	if (token_is(sign, "/") && right != NODE_NONE &&
	    tree->nodes[right].kind == NODE_NUMBER) {
		add_divided(scope, left, depth, terms);
		return;
	}
	if (!product && !token_is(sign, "+") && !token_is(sign, "-") &&
	    !token_is(sign, "&")) {
		append(terms, (struct term){ .kind = TERM_OTHER,
					     .multiplied = multiplied });
		return;
	}
	multiplied = multiplied || product;
	add(scope, left, multiplied, depth, terms);
	if (product || token_is(sign, "+"))
		add(scope, right, multiplied, depth, terms);
	if (multiplied)
		keep_sizeofs(terms, first);
}

static void add_number(const struct scope *scope, uint32_t node,
		       bool multiplied, struct terms *terms)
{
	const struct expression_tree *tree = scope->tree;
	struct term term = { .kind = TERM_INTEGER, .multiplied = multiplied };

	if (!number_value(&tree->tokens[tree->nodes[node].token], &term.value))
		term.kind = TERM_OTHER;
	append(terms, term);
}

static void add(const struct scope *scope, uint32_t node, bool multiplied,
		int depth, struct terms *terms)
{
	const struct expression_tree *tree = scope->tree;
	uint32_t child;

	if (node == NODE_NONE || ++depth > DEPTH_LIMIT)
		return;
	child = tree->nodes[node].first;
	switch (tree->nodes[node].kind) {
	case NODE_CAST:
	case NODE_COMMA:
		add(scope, expression_child(tree, node, 1), multiplied, depth,
		    terms);
		break;
	case NODE_CONDITIONAL:
		for (child = tree->nodes[child].next; child != NODE_NONE;
		     child = tree->nodes[child].next)
			add(scope, child, multiplied, depth, terms);
		break;
	case NODE_CALL: /* say, a helper that multiplies with a check */
		for (child = tree->nodes[child].next; child != NODE_NONE;
		     child = tree->nodes[child].next)
			add(scope, child, true, depth, terms);
		break;
	case NODE_BINARY:
		add_binary(scope, node, multiplied, depth, terms);
		break;
	case NODE_SIZEOF:
	case NODE_OFFSETOF:
		add_sizeof(scope, node, multiplied, terms);
		break;
	case NODE_NUMBER:
		add_number(scope, node, multiplied, terms);
		break;
	default:
		append(terms, (struct term){ .kind = TERM_OTHER,
					     .multiplied = multiplied });
	}
}

void terms_add(const struct scope *scope, uint32_t node, struct terms *terms)
{
	add(scope, node, false, 0, terms);
}
