/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/declaration.h"

#include "meta/source/resolve.h"

enum {
	FUNCTION_LIMIT = 32768,
	BUDGET = 1 << 22,
	DECLARATION_LIMIT = 512,
	ARRAY_LIMIT = 64,
};

/* The brace that begins a line ends a function, whatever conditional code
 * does to the balance of braces. */
static bool ends_function(const struct sourcefile *file, const struct token *t)
{
	return token_is(t, "}") &&
	       (t->text == file->text || t->text[-1] == '\n');
}

struct function_text function_text_find(const struct scope *scope,
					const struct sourcefile *file,
					const struct token_list *code,
					uint32_t first, uint32_t limit)
{
	struct function_text text = { .budget = BUDGET, .cxx = file->cxx };
	const struct model *model = scope->model;
	const struct model_subprogram *subprogram;
	uint32_t begin, end = first;

	if (scope->subprogram >= model->subprograms.count)
		return text;
	subprogram = &model->subprograms.at[scope->subprogram];
	if (subprogram->file != scope->file)
		return text;
	begin = token_list_find_line(code, subprogram->line);
	/* Of one within a class this takes the rest of the class, too: too
	 * much, but never too little. */
	while (end < code->count && !ends_function(file, &code->at[end]))
		end++;
	if (begin > first || end - begin > FUNCTION_LIMIT)
		return text;
	text.at = code->at + begin;
	text.count = end - begin;
	/* Its block may end in the same line. */
	while (limit > first && token_is(&code->at[limit - 1], "}"))
		limit--;
	text.here = limit - begin < text.count ? limit - begin : text.count;
	return text;
}

/* Can the name at AT be the one that a declarator declares? */
static bool may_be_declared(const struct function_text *text, uint32_t at)
{
	const struct token *before = &text->at[at - 1];

	if (at + 1 >= text->count || !token_is_one_of(before + 2, ";,=[)"))
		return false;
	if (before->kind == TOKEN_IDENTIFIER)
		return true;
	return token_is_one_of(before, "*,") ||
	       (text->cxx && token_is_one_of(before, "&>"));
}

/* Back from AT to where a declaration may begin; COMMA: or a parameter. */
static uint32_t find_begin(const struct function_text *text, uint32_t at,
			   bool comma)
{
	uint32_t depth = 0, start = at;

	while (at > 0 && start - at < DECLARATION_LIMIT) {
		const struct token *t = &text->at[at - 1];

		if (token_is_one_of(t, ")]}"))
			depth++;
		if (!depth && token_is_one_of(t, comma ? ";{(," : ";{("))
			break;
		if (token_is_one_of(t, "([{"))
			depth -= depth > 0;
		/* "} T x;": the end of a block, not of a list. */
		if (token_is_one_of(t, "}") && depth == 1 && !comma)
			break;
		at--;
	}
	return at;
}

/* The declarations in tokens [BEGIN, AT] and array bounds after AT: is AT the
 * name of one of them? */
static bool parse_declared(const struct scope *scope, uint32_t begin,
			   uint32_t at, struct ctype *type)
{
	const struct function_text *text = scope->text;
	struct scope inner = *scope;
	struct expression_names names = { .kind = scope_name_kind,
					  .context = &inner,
					  .cxx = text->cxx };
	struct expression_tree tree;
	uint32_t end = at + 1;
	bool found = false;

	while (end < text->count && end - at < ARRAY_LIMIT &&
	       !token_is_one_of(&text->at[end], ";,=)"))
		end++;
	inner.text = NULL; /* declarations do not refer to others here */
	inner.tree = &tree;
	expression_parse(text->at + begin, end - begin, &names, &tree);
	for (uint32_t i = 0; !found && i < tree.node_count; i++) {
		if (tree.nodes[i].kind != NODE_DECLARE ||
		    tree.nodes[i].last != at - begin)
			continue;
		*type = resolve_expression(&inner, i);
		found = true;
	}
	expression_tree_deinit(&tree);
	return found;
}

bool declaration_find(const struct scope *scope, const struct token *name,
		      struct ctype *type)
{
	struct function_text *text = scope->text;
	uint32_t depth = 0; /* of blocks that are closed before the statement */

	if (!text)
		return false;
	for (uint32_t at = text->here; at > 1; at--) {
		const struct token *t = &text->at[at - 1];

		if (!text->budget || !--text->budget)
			return false;
		if (token_is_one_of(t, "}"))
			depth++;
		else if (token_is_one_of(t, "{"))
			depth -= depth > 0;
		if (depth || !token_equal(t, name) ||
		    !may_be_declared(text, at - 1))
			continue;
		if (parse_declared(scope, find_begin(text, at - 1, true),
				   at - 1, type) ||
		    parse_declared(scope, find_begin(text, at - 1, false),
				   at - 1, type))
			return true;
	}
	return false;
}
