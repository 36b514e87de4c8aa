/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/macro.h"

#include <string.h>

enum {
	DEPTH_LIMIT = 24,
	TOKEN_LIMIT = 16384,   /* of one expansion */
	WORK_LIMIT = 65536,    /* tokens handled in all */
	ARGUMENT_LIMIT = 32,
	DEFINITION_LIMIT = 32, /* configurable allocators have many */
	ALIAS_LIMIT = 3,       /* macros looked through for a wanted call */
	LOOKUP_LIMIT = 256,
};

struct expansion {
	const struct macro_request *request;
	const struct token *hidden[DEPTH_LIMIT]; /* being expanded */
	uint32_t depth;
	uint32_t work;
};

struct slice {
	const struct token *at;
	uint32_t count;
};

static enum status expand(struct expansion *e, struct slice in, uint32_t line,
			  struct token_list *out);

static enum status emit(struct expansion *e, struct token token, uint32_t line,
			struct token_list *out)
{
	if (++e->work > WORK_LIMIT || out->count >= TOKEN_LIMIT)
		return STATUS_BAD_INPUT;
	token.line = line ? line : token.line;
	return token_list_append(out, &token);
}

static bool is_kept(const struct macro_request *request,
		    const struct token *name)
{
	for (uint32_t i = 0; i < request->keep_count; i++)
		if (token_is(name, request->keep[i]))
			return true;
	return false;
}

/* Does MACRO stand for a wanted call, perhaps through further macros?  Each
 * of those may have several definitions: any will do. */
static bool leads_to_kept(const struct macro_request *request,
			  const struct macro *macro, int depth,
			  uint32_t *lookups)
{
	const struct macro *found[DEFINITION_LIMIT];

	for (uint32_t i = 0; i < macro->body_tokens; i++) {
		const struct token *t = &macro->body[i];
		uint32_t count = 0;

		if (is_kept(request, t))
			return true;
		if (t->kind == TOKEN_IDENTIFIER && depth < ALIAS_LIMIT &&
		    ++*lookups < LOOKUP_LIMIT)
			count = sourcefile_find_macro(request->set,
						      request->file,
						      request->unit, t, found,
						      DEFINITION_LIMIT);
		for (uint32_t k = 0; k < count; k++)
			if (leads_to_kept(request, found[k], depth + 1,
					  lookups))
				return true;
	}
	return false;
}

/* Is the macro NAME being expanded? */
static bool is_hidden(const struct expansion *e, const struct token *name)
{
	for (uint32_t i = 0; i < e->depth; i++)
		if (token_equal(e->hidden[i], name))
			return true;
	return false;
}

/* Keeps those of FOUND that lead to the wanted call, if any do; returns how
 * many are left. */
static uint32_t keep_wanted(const struct expansion *e,
			    const struct macro **found, uint32_t count)
{
	uint32_t kept = 0, lookups = 0;

	for (uint32_t i = 0; i < count; i++)
		if (leads_to_kept(e->request, found[i], 0, &lookups))
			found[kept++] = found[i];
	return kept ? kept : count;
}

/* Of several definitions of one name. */
static const struct macro *choose(const struct expansion *e,
				  const struct macro **found, uint32_t count)
{
	struct macro_way *way = e->request->way;

	count = keep_wanted(e, found, count);
	if (count == 1)
		return found[0];
	if (way->most < count)
		way->most = count;
	return way->number ? found[(way->number - 1) % count] : NULL;
}

/* The program has a type of that name: what else may be defined so, under
 * whatever condition, is not what was compiled. */
static bool is_type(const struct expansion *e, const struct token *name)
{
	uint32_t entry;

	return names_first(e->request->names, NAMES_TYPES, name->text,
			   name->size, &entry) != MODEL_NONE;
}

static const struct macro *find_macro(const struct expansion *e,
				      const struct token *name)
{
	const struct macro *found[DEFINITION_LIMIT];
	uint32_t count;

	if (name->kind != TOKEN_IDENTIFIER || name->painted ||
	    is_kept(e->request, name) || is_hidden(e, name))
		return NULL;
	count = sourcefile_find_macro(e->request->set, e->request->file,
				      e->request->unit, name, found,
				      DEFINITION_LIMIT);
	if (count && !found[0]->function_like && is_type(e, name))
		return NULL;
	return count > 1 ? choose(e, found, count) : count ? found[0] : NULL;
}

/* ---- arguments ---- */

/* Cuts what follows the parenthesis at AT into arguments; *END is past the
 * closing one.  All beyond MOST arguments belong to the last (variadic). */
static bool split_arguments(struct slice in, uint32_t at, uint32_t most,
			    struct slice arguments[ARGUMENT_LIMIT],
			    uint32_t *count, uint32_t *end)
{
	uint32_t depth = 0, start = at + 1;

	*count = 0;
	for (uint32_t i = start; i < in.count; i++) {
		const struct token *t = &in.at[i];
		bool close = token_is(t, ")") || token_is(t, "]") ||
			     token_is(t, "}");

		if (close && depth == 0) {
			arguments[(*count)++] = (struct slice){
				&in.at[start], i - start };
			*end = i + 1;
			return token_is(t, ")");
		}
		depth -= close;
		depth += token_is(t, "(") || token_is(t, "[") ||
			 token_is(t, "{");
		if (depth || !token_is(t, ",") || *count + 1 >= most)
			continue;
		arguments[(*count)++] = (struct slice){ &in.at[start],
							i - start };
		start = i + 1;
	}
	return false;
}

/* The names of MACRO's parameters; "..." is __VA_ARGS__. */
static uint32_t parameter_names(const struct macro *macro,
				struct token names[ARGUMENT_LIMIT])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < macro->parameter_tokens; i++) {
		const struct token *t = &macro->parameters[i];

		if (count == ARGUMENT_LIMIT - 1)
			break;
		if (t->kind == TOKEN_IDENTIFIER)
			names[count++] = *t;
		else if (token_is(t, "...") &&
			 (i == 0 || token_is(t - 1, ",")))
			names[count++] = (struct token){
				.text = "__VA_ARGS__", .size = 11,
				.kind = TOKEN_IDENTIFIER };
	}
	return count;
}

static uint32_t find_parameter(const struct token *names, uint32_t count,
			       const struct token *t)
{
	uint32_t i = 0;

	while (i < count && !token_equal(&names[i], t))
		i++;
	return i;
}

/* Joins the last token of OUT with NEXT, as ## does. */
static enum status paste(struct expansion *e, const struct token *next,
			 struct token_list *out)
{
	struct macro_text *text = e->request->text;
	struct token *last = &out->at[out->count - 1];
	uint32_t size = last->size + next->size;
	char *bytes = text->bytes + text->used;

	if (size > sizeof text->bytes - text->used)
		return STATUS_BAD_INPUT;
	memcpy(bytes, last->text, last->size);
	memcpy(bytes + last->size, next->text, next->size);
	text->used += size;
	last->text = bytes;
	last->size = size & (TOKEN_SIZE_LIMIT - 1);
	return STATUS_OK;
}

/* ---- substitution ---- */

struct substitution {
	struct token names[ARGUMENT_LIMIT];
	struct slice arguments[ARGUMENT_LIMIT];
	uint32_t name_count, argument_count;
};

/* One token of the body: itself, or the argument it stands for. */
static enum status substitute_token(struct expansion *e,
				    const struct substitution *s,
				    const struct token *t, bool raw,
				    struct token_list *out)
{
	uint32_t n = find_parameter(s->names, s->name_count, t);
	enum status status = STATUS_OK;

	if (t->kind != TOKEN_IDENTIFIER || n == s->name_count)
		return emit(e, *t, 0, out);
	if (n >= s->argument_count)
		return STATUS_OK;
	if (!raw)
		return expand(e, s->arguments[n], 0, out);
	for (uint32_t i = 0; i < s->arguments[n].count; i++) {
		status = emit(e, s->arguments[n].at[i], 0, out);
		if (status != STATUS_OK)
			break;
	}
	return status;
}

/* The right side of ##: its first token joins the last one of OUT. */
static enum status substitute_pasted(struct expansion *e,
				     const struct substitution *s,
				     const struct token *t,
				     struct token_list *out)
{
	struct token_list right = { 0 };
	enum status status = substitute_token(e, s, t, true, &right);

	for (uint32_t i = 0; status == STATUS_OK && i < right.count; i++)
		status = i == 0 && out->count ?
				 paste(e, &right.at[0], out) :
				 emit(e, right.at[i], 0, out);
	token_list_deinit(&right);
	return status;
}

static enum status substitute(struct expansion *e,
			      const struct substitution *s,
			      const struct macro *macro,
			      struct token_list *out)
{
	static const struct token text = { .text = "\"\"", .size = 2,
					   .kind = TOKEN_STRING };
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < macro->body_tokens;
	     i++) {
		const struct token *t = &macro->body[i];
		bool more = i + 1 < macro->body_tokens;

		if (more && token_is(t, "#") && macro->function_like) {
			status = emit(e, text, 0, out);
			i++;
		} else if (more && token_is(t, "##")) {
			status = substitute_pasted(e, s, ++i + macro->body,
						   out);
		} else {
			bool raw = more && token_is(t + 1, "##");

			status = substitute_token(e, s, t, raw, out);
		}
	}
	return status;
}

/* ---- expansion ---- */

static enum status expand_hidden(struct expansion *e, const struct macro *macro,
				 struct slice body, uint32_t line,
				 struct token_list *out)
{
	enum status status;

	if (e->depth == DEPTH_LIMIT)
		return STATUS_BAD_INPUT;
	e->hidden[e->depth++] = macro->name;
	status = expand(e, body, line, out);
	e->depth--;
	return status;
}

static enum status expand_call(struct expansion *e, const struct macro *macro,
			       struct slice in, uint32_t *at, uint32_t line,
			       struct token_list *out)
{
	struct token_list body = { 0 };
	struct substitution s;
	uint32_t end;
	enum status status;

	s.name_count = parameter_names(macro, s.names);
	if (!split_arguments(in, *at + 1, s.name_count ? s.name_count : 1,
			     s.arguments, &s.argument_count, &end))
		return emit(e, in.at[(*at)++], line, out);
	*at = end;
	if (e->depth == DEPTH_LIMIT)
		return STATUS_BAD_INPUT;
	/* Arguments are expanded with the name visible; a chain of calls in
	 * arguments is bounded by the depth all the same. */
	e->depth++;
	e->hidden[e->depth - 1] = &(const struct token){ .text = "" };
	status = substitute(e, &s, macro, &body);
	e->depth--;
	if (status == STATUS_OK)
		status = expand_hidden(e, macro,
				       (struct slice){ body.at, body.count },
				       line, out);
	token_list_deinit(&body);
	return status;
}

/* An object-like macro that stands for another name, perhaps of a function-
 * like one whose arguments follow. */
static const struct macro *follow_aliases(const struct expansion *e,
					  struct token *name)
{
	const struct macro *macro = find_macro(e, name);

	for (int i = 0; i < 8 && macro && !macro->function_like; i++) {
		if (macro->body_tokens != 1 ||
		    macro->body->kind != TOKEN_IDENTIFIER)
			break;
		name->text = macro->body->text;
		name->size = macro->body->size;
		macro = find_macro(e, name);
	}
	return macro;
}

static enum status expand(struct expansion *e, struct slice in, uint32_t line,
			  struct token_list *out)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < in.count;) {
		struct token t = in.at[i];
		uint32_t at = line ? line : t.line;
		const struct macro *macro = follow_aliases(e, &t);

		if (++e->work > WORK_LIMIT)
			return STATUS_BAD_INPUT;
		if (macro && !macro->function_like) {
			struct slice body = { macro->body,
					      macro->body_tokens };

			status = expand_hidden(e, macro, body, at, out);
			i++;
		} else if (macro && i + 1 < in.count &&
			   token_is(&in.at[i + 1], "(")) {
			status = expand_call(e, macro, in, &i, at, out);
		} else {
			/* Nor later, in what this becomes an argument of. */
			t.painted |= t.kind == TOKEN_IDENTIFIER &&
				     is_hidden(e, &t);
			status = emit(e, t, at, out);
			i++;
		}
	}
	return status;
}

enum status macro_expand(const struct macro_request *request,
			 const struct token *tokens, uint32_t count,
			 struct token_list *out)
{
	struct expansion e = { .request = request };

	return expand(&e, (struct slice){ tokens, count }, 0, out);
}
