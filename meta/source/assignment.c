/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/assignment.h"

#include "meta/source/ctype.h"
#include "meta/source/declaration.h"

enum {
	DEPTH_LIMIT = 4,
	TOKEN_LIMIT = 16384, /* of a result */
	FOLLOWED_LIMIT = 64, /* variables, however often */
};

struct follower {
	const struct macro_request *request;
	const struct scope *scope;
	const struct function_text *text;
	uint32_t followed;   /* bounds the work on hostile source */
};

static bool is_one_of(const struct token *token, const char *a, const char *b,
		      const char *c)
{
	return token_is(token, a) || token_is(token, b) || token_is(token, c);
}

static bool is_callee(const struct macro_request *request,
		      const struct token *token)
{
	for (uint32_t i = 0; i < request->keep_count; i++)
		if (token_is(token, request->keep[i]))
			return true;
	return false;
}

/* How many tokens from AT on belong to an assigned value. */
static uint32_t value_size(const struct follower *f, uint32_t at)
{
	uint32_t depth = 0, i = at;

	for (; i < f->text->count; i++) {
		const struct token *t = &f->text->at[i];

		if (is_one_of(t, "(", "[", "{")) {
			depth++;
		} else if (is_one_of(t, ")", "]", "}")) {
			if (!depth)
				break;
			depth--;
		} else if (token_is(t, ";") || (!depth && token_is(t, ","))) {
			break;
		}
	}
	return i - at;
}

/* The value of the only assignment to NAME. */
static bool find_value(const struct follower *f, const struct token *name,
		       const struct token **value, uint32_t *count)
{
	bool found = false;

	for (uint32_t i = 1; i + 1 < f->text->count; i++) {
		const struct token *t = &f->text->at[i];

		if (!token_is(t + 1, "=") || !token_equal(t, name) ||
		    is_one_of(t - 1, ".", "->", "*"))
			continue;
		if (found)
			return false;
		found = true;
		*value = t + 2;
		*count = value_size(f, i + 2);
	}
	return found;
}

/* Only names of plain numbers are followed. */
static bool is_followed(const struct follower *f, const struct token *tokens,
			uint32_t count, uint32_t i)
{
	struct ctype type, pointee;

	if (tokens[i].kind != TOKEN_IDENTIFIER || i == 0 || i + 1 >= count ||
	    is_one_of(&tokens[i - 1], ".", "->", "sizeof") ||
	    is_one_of(&tokens[i + 1], "(", "[", "=") ||
	    is_one_of(&tokens[i + 1], ".", "->", "::"))
		return false;
	return scope_find_variable(f->scope, &tokens[i], &type) &&
	       !ctype_pointee(f->scope, type, &pointee);
}

static bool names_size(const struct follower *f, const struct token_list *list)
{
	bool any = false;

	for (uint32_t i = 0; i < list->count; i++) {
		if (is_callee(f->request, &list->at[i]))
			return false;
		any = any || is_one_of(&list->at[i], "sizeof", "offsetof",
				       "__builtin_offsetof");
	}
	return any;
}

static enum status emit(const struct token *token, uint32_t line,
			struct token_list *out)
{
	struct token copy = *token;

	copy.line = line;
	if (out->count >= TOKEN_LIMIT)
		return STATUS_BAD_INPUT;
	return token_list_append(out, &copy);
}

static enum status follow(struct follower *f, const struct token *tokens,
			  uint32_t count, uint32_t i, uint32_t line, int depth,
			  struct token_list *out);

/* Emits all of LIST; FOLLOWED: or what was assigned to the variables in it. */
static enum status emit_all(struct follower *f,
			    const struct token_list *list, uint32_t line,
			    int depth, bool followed, struct token_list *out)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < list->count; i++)
		status = followed ? follow(f, list->at, list->count, i, line,
					   depth + 1, out)
				  : emit(&list->at[i], line, out);
	return status;
}

/* VALUE in parentheses, its own variables followed. */
static enum status follow_value(struct follower *f,
				const struct token_list *value, uint32_t line,
				int depth, struct token_list *out)
{
	static const struct token open = { .text = "(", .size = 1,
					   .kind = TOKEN_PUNCTUATOR };
	static const struct token close = { .text = ")", .size = 1,
					    .kind = TOKEN_PUNCTUATOR };
	struct token_list whole = { 0 };
	enum status status = emit(&open, line, &whole);

	if (status == STATUS_OK)
		status = emit_all(f, value, line, depth, false, &whole);
	if (status == STATUS_OK)
		status = emit(&close, line, &whole);
	if (status == STATUS_OK)
		status = emit_all(f, &whole, line, depth, true, out);
	token_list_deinit(&whole);
	return status;
}

/* Emits token I, or what was assigned to it, if that, or what was assigned to
 * its own variables, says what some type's size is. */
static enum status follow(struct follower *f, const struct token *tokens,
			  uint32_t count, uint32_t i, uint32_t line, int depth,
			  struct token_list *out)
{
	struct token_list value = { 0 }, followed = { 0 };
	const struct token *raw;
	uint32_t raw_count;
	enum status status;

	if (depth >= DEPTH_LIMIT || f->followed >= FOLLOWED_LIMIT ||
	    !is_followed(f, tokens, count, i))
		return emit(&tokens[i], line, out);
	f->followed++;
	if (!find_value(f, &tokens[i], &raw, &raw_count))
		return emit(&tokens[i], line, out);
	status = macro_expand(f->request, raw, raw_count, &value);
	if (status == STATUS_OK)
		status = follow_value(f, &value, line, depth, &followed);
	if (status == STATUS_OK && names_size(f, &followed))
		status = emit_all(f, &followed, line, depth, false, out);
	else if (status != STATUS_NO_MEMORY)
		status = emit(&tokens[i], line, out);
	token_list_deinit(&value);
	token_list_deinit(&followed);
	return status;
}

enum status assignment_substitute(const struct macro_request *request,
				  const struct scope *scope,
				  const struct token_list *in,
				  struct token_list *out)
{
	struct follower f = { .request = request, .scope = scope,
			      .text = scope->text };
	enum status status = STATUS_OK;
	uint32_t depth = 0; /* of parentheses, from a wanted call's on */

	for (uint32_t i = 0; status == STATUS_OK && i < in->count; i++) {
		const struct token *t = &in->at[i];

		if (token_is(t, "(") &&
		    (depth || (i && is_callee(request, t - 1))))
			depth++;
		else if (depth && token_is(t, ")"))
			depth--;
		if (depth && f.text)
			status = follow(&f, in->at, in->count, i, t->line, 0,
					out);
		else
			status = emit(t, t->line, out);
	}
	return status;
}
