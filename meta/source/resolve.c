/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/resolve.h"

#include <string.h>

#include "meta/source/ctype.h"
#include "meta/source/recordtext.h"

enum {
	SPELLING_LIMIT = 512,
	DEPTH_LIMIT = 64,
	MEMBER_DEPTH = 16,
};

struct spelling {
	char text[SPELLING_LIMIT];
	size_t size;
	bool truncated;
};

static void spell(struct spelling *s, const char *text, size_t size)
{
	if (size > sizeof s->text - s->size) {
		s->truncated = true;
		return;
	}
	memcpy(s->text + s->size, text, size);
	s->size += size;
}

/* The tokens of a qualified name, put together as DWARF does. */
static void spell_name(struct spelling *s, const struct token *at,
		       const struct token *last)
{
	for (; at <= last; at++) {
		spell(s, at->text, at->size);
		if (token_is(at, ","))
			spell(s, " ", 1);
	}
}

/* ---- spelled types ---- */

/* Words of a base type in any order, as model types spell them. */
static bool spell_base_type(struct spelling *s, const struct token *at,
			    const struct token *last)
{
	static const char *const words[] = { "unsigned", "signed", "short",
					     "long", "int", "char" };
	enum { UNSIGNED, SIGNED, SHORT, LONG, INT, CHAR, WORDS };
	unsigned int seen[WORDS] = { 0 };
	const struct token *other = NULL;
	const char *core = "int";

	for (; at <= last; at++) {
		unsigned int i = 0;

		while (i < WORDS && !token_is(at, words[i]))
			i++;
		if (i < WORDS)
			seen[i]++;
		else if (token_is(at, "__signed__"))
			seen[SIGNED]++;
		else if (!token_is(at, "const") && !token_is(at, "volatile"))
			other = at;
	}
	if (seen[UNSIGNED])
		spell(s, "unsigned ", 9);
	else if (seen[SIGNED] && seen[CHAR])
		spell(s, "signed ", 7);
	if (other && seen[LONG])
		spell(s, "long ", 5);
	if (other) {
		spell(s, other->text, other->size);
		return !token_is(other, "_Complex");
	}
	if (seen[CHAR])
		core = "char";
	else if (seen[SHORT])
		core = "short";
	else if (seen[LONG])
		core = seen[LONG] > 1 ? "long long" : "long";
	spell(s, core, strlen(core));
	return true;
}

static bool is_base_word(const struct token *t)
{
	static const char *const words[] = {
		"char", "short", "int", "long", "float", "double", "signed",
		"unsigned", "_Bool", "_Complex", "__signed__", "__int128",
		"_Float128", "bool", "wchar_t", "char16_t", "char32_t",
		"char8_t",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (token_is(t, words[i]))
			return true;
	return false;
}

/* The name of the function the statement is in, "" if there is none. */
static const char *function_name(const struct scope *scope)
{
	const struct model *model = scope->model;
	const char *name = NULL;

	if (scope->subprogram < model->subprograms.count)
		name = model->subprograms.at[scope->subprogram].name;
	return name ? name : "";
}

static uint32_t find_type(const struct scope *scope, enum names_table table,
			  const struct spelling *name)
{
	const struct names_asker asker = {
		.unit_file = scope->function ? scope->function->unit_file
					     : MODEL_NONE,
		.wanted = scope->size, .by_size = scope->by_size,
	};

	return names_type(scope->names, table, name->text, name->size, &asker);
}

/* A type by name in the scope that is the first SIZE letters of PREFIX, or in
 * an unnamed namespace there. */
static uint32_t find_in_scope(const struct scope *scope,
			      enum names_table table, const char *prefix,
			      size_t size, const struct spelling *name)
{
	static const char anonymous[] = "(anonymous namespace)::";
	uint32_t found = MODEL_NONE;

	for (int unnamed = 0; unnamed < 2 && found == MODEL_NONE; unnamed++) {
		struct spelling full = { .size = 0 };

		spell(&full, prefix, size);
		if (unnamed)
			spell(&full, anonymous, sizeof anonymous - 1);
		spell(&full, name->text, name->size);
		if (!full.truncated)
			found = find_type(scope, table, &full);
	}
	return found;
}

/* A type by name, from the innermost namespace or class outwards. */
static uint32_t find_qualified(const struct scope *scope,
			       enum names_table table,
			       const struct spelling *name)
{
	const char *prefix = function_name(scope);
	size_t size = strlen(prefix);
	uint32_t found;

	while (size > 0) {
		while (size > 1 && !(prefix[size - 1] == ':' &&
				     prefix[size - 2] == ':'))
			size--;
		if (size < 2)
			break;
		found = find_in_scope(scope, table, prefix, size, name);
		if (found != MODEL_NONE)
			return found;
		size -= 2;
	}
	return find_in_scope(scope, table, "", 0, name);
}

/* What using declarations, using directives and base classes bring in: the
 * only C++ type of that name in any scope. */
static uint32_t find_brought_in(const struct scope *scope,
				const struct spelling *name)
{
	struct spelling full = { .size = 0 };
	const char *found = names_scoped(scope->names, name->text, name->size);

	if (found)
		spell(&full, found, strlen(found));
	return found && !full.truncated
		       ? find_type(scope, NAMES_TYPES, &full) : MODEL_NONE;
}

/* The type that the specifiers AT..LAST name; BROUGHT_IN: from any scope, as
 * the name must be that of a type. */
static struct ctype find_named(const struct scope *scope,
			       const struct token *at, const struct token *last,
			       bool brought_in)
{
	struct ctype type = { .type = MODEL_NONE };
	struct spelling name = { .size = 0 };
	bool tag = token_is(at, "struct") || token_is(at, "union") ||
		   token_is(at, "enum") || token_is(at, "class");

	if (at == last && token_is(at, "void")) {
		type.known = true;
		return type;
	}
	if (tag) {
		spell_name(&name, token_is(at + 1, "__attribute__") ? last :
								      at + 1,
			   last);
	} else if (is_base_word(at)) {
		if (!spell_base_type(&name, at, last))
			return type;
	} else {
		spell_name(&name, token_is(at, "::") && at < last ? at + 1 : at,
			   last);
	}
	if (name.truncated)
		return type;
	type.type = find_qualified(scope, tag ? NAMES_TAGS : NAMES_TYPES,
				   &name);
	if (type.type == MODEL_NONE && brought_in)
		type.type = find_brought_in(scope, &name);
	type.known = type.type != MODEL_NONE;
	return type;
}

enum name_kind scope_name_kind(void *context, const struct token *at,
			       const struct token *last)
{
	const struct scope *scope = context;
	struct ctype type;

	if (find_named(scope, at, last, false).known)
		return NAME_TYPE;
	if (at == last && (scope_find_variable(scope, at, &type) ||
			   scope_find_static(scope, at, &type)))
		return NAME_OTHER;
	return NAME_UNKNOWN;
}

static struct ctype resolve(const struct scope *scope, uint32_t node,
			    int depth);

static struct ctype resolve_type_node(const struct scope *scope, uint32_t node,
				      int depth)
{
	const struct node *n = &scope->tree->nodes[node];
	struct ctype type;

	if (n->flags & NODE_TYPE_OPAQUE)
		return (struct ctype){ 0 };
	if (n->flags & NODE_TYPE_TYPEOF)
		type = resolve(scope, n->first, depth + 1);
	else
		type = find_named(scope, &scope->tree->tokens[n->token],
				  &scope->tree->tokens[n->last], true);
	type.pointers = (uint16_t)(type.pointers + n->pointers);
	type.array = type.array || (n->flags & NODE_TYPE_ARRAY);
	return type;
}

struct ctype resolve_type(const struct scope *scope, uint32_t node)
{
	return resolve(scope, node, 0);
}

/* ---- expressions ---- */

/* A member of record TYPE by name, through anonymous members and bases. */
static bool find_member(const struct model *model, uint32_t record,
			const struct token *name, int depth, uint32_t *type)
{
	const struct model_type *t;
	uint32_t index = model_type_strip(model, record);

	if (index >= model->types.count || depth > MEMBER_DEPTH)
		return false;
	t = &model->types.at[index];
	if (t->kind != ALLOC_KIND_STRUCT && t->kind != ALLOC_KIND_UNION)
		return false;
	for (uint32_t i = 0; i < t->count; i++) {
		const struct model_member *m =
			&model->members.at[t->first + i];
		bool inner = !m->name ||
			     (m->flags & ALLOTYPE_META_MEMBER_BASE);

		if (!inner && token_is(name, m->name)) {
			*type = m->type;
			return true;
		}
		if (inner && find_member(model, m->type, name, depth + 1, type))
			return true;
	}
	return false;
}

static struct ctype resolve_name(const struct scope *scope,
				 const struct node *n)
{
	const struct token *name = &scope->tree->tokens[n->token];
	const struct model *model = scope->model;
	struct ctype type = { 0 };
	uint32_t index;

	if (n->token != n->last)
		return type;
	if (scope_find_variable(scope, name, &type))
		return type;
	if (scope->subprogram < model->subprograms.count &&
	    find_member(model,
			model->subprograms.at[scope->subprogram].container,
			name, 0, &index))
		return (struct ctype){ .type = index, .known = true };
	if (scope_find_static(scope, name, &type) ||
	    scope_find_function(scope, name, &type))
		return type;
	return (struct ctype){ 0 };
}

/* The function that something of type CALLEE is, or points to; or NULL. */
static const struct model_type *function_of(const struct scope *scope,
					    struct ctype callee)
{
	const struct model *model = scope->model;

	for (int i = 0; i < 3 && callee.known; i++) {
		uint32_t index = model_type_strip(model, callee.type);

		if (!callee.pointers && index < model->types.count &&
		    model->types.at[index].kind == ALLOC_KIND_FUNCTION)
			return &model->types.at[index];
		if (!ctype_pointee(scope, callee, &callee))
			break;
	}
	return NULL;
}

/* What a call of something of type CALLEE gives. */
static struct ctype result_of(const struct scope *scope, struct ctype callee)
{
	const struct model_type *function = function_of(scope, callee);

	return function ? (struct ctype){ .type = function->target,
					  .known = true }
			: (struct ctype){ 0 };
}

/* A member of a record that debug information has no members of. */
static bool find_member_in_text(const struct scope *scope, uint32_t record,
				const struct token *name, struct ctype *type)
{
	uint32_t index = model_type_strip(scope->model, record);
	const struct model_type *t;

	if (index >= scope->model->types.count)
		return false;
	t = &scope->model->types.at[index];
	return (t->kind == ALLOC_KIND_STRUCT || t->kind == ALLOC_KIND_UNION) &&
	       !t->size && t->tag &&
	       record_text_member(scope, t->tag, name, type);
}

static struct ctype resolve_member(const struct scope *scope,
				   const struct node *n, int depth)
{
	const struct token *tokens = scope->tree->tokens;
	struct ctype object = resolve(scope, n->first, depth + 1), type;
	uint32_t index;

	if (token_is(&tokens[n->token], "->") &&
	    !ctype_pointee(scope, object, &object))
		return (struct ctype){ 0 };
	if (!object.known || object.pointers || object.array)
		return (struct ctype){ 0 };
	if (find_member(scope->model, object.type, &tokens[n->last], 0,
			&index))
		return (struct ctype){ .type = index, .known = true };
	return find_member_in_text(scope, object.type, &tokens[n->last], &type)
		       ? type : (struct ctype){ 0 };
}

static struct ctype resolve_unary(const struct scope *scope,
				  const struct node *n, int depth)
{
	const struct token *sign = &scope->tree->tokens[n->token];
	struct ctype type = resolve(scope, n->first, depth + 1);

	if (token_is(sign, "*"))
		return ctype_pointee(scope, type, &type) ? type :
							   (struct ctype){ 0 };
	if (token_is(sign, "&")) {
		type.pointers += 1;
		return type.array ? (struct ctype){ 0 } : type;
	}
	if (token_is(sign, "++") || token_is(sign, "--"))
		return type;
	return (struct ctype){ 0 };
}

static bool is_pointer(const struct scope *scope, struct ctype type)
{
	struct ctype pointee;

	return ctype_pointee(scope, type, &pointee);
}

static struct ctype resolve_binary(const struct scope *scope,
				   const struct node *n, int depth)
{
	const struct token *sign = &scope->tree->tokens[n->token];
	uint32_t right = scope->tree->nodes[n->first].next;
	struct ctype type = resolve(scope, n->first, depth + 1), other;

	if (!token_is(sign, "+") && !token_is(sign, "-"))
		return (struct ctype){ 0 };
	other = resolve(scope, right, depth + 1);
	if (is_pointer(scope, type))
		return is_pointer(scope, other) ? (struct ctype){ 0 } : type;
	return is_pointer(scope, other) ? other : (struct ctype){ 0 };
}

static struct ctype resolve_conditional(const struct scope *scope,
					uint32_t node, int depth)
{
	const struct expression_tree *tree = scope->tree;
	struct ctype yes = resolve(scope, expression_child(tree, node, 1),
				   depth + 1);
	struct ctype no = resolve(scope, expression_child(tree, node, 2),
				  depth + 1);
	struct ctype pointee;

	if (ctype_pointee(scope, yes, &pointee) && pointee.known &&
	    !(pointee.type == MODEL_NONE && !pointee.pointers))
		return yes;
	return is_pointer(scope, no) ? no : yes;
}

static struct ctype resolve_new(const struct scope *scope, const struct node *n,
				int depth)
{
	struct ctype type = resolve(scope, n->first, depth + 1);

	type.array = false;
	type.pointers += 1;
	return type;
}

static struct ctype resolve(const struct scope *scope, uint32_t node, int depth)
{
	const struct expression_tree *tree = scope->tree;
	const struct node *n;

	if (node == NODE_NONE || depth > DEPTH_LIMIT)
		return (struct ctype){ 0 };
	n = &tree->nodes[node];
	switch (n->kind) {
	case NODE_TYPE:
		return resolve_type_node(scope, node, depth);
	case NODE_NAME:
		return resolve_name(scope, n);
	case NODE_CALL:
		return result_of(scope, resolve(scope, n->first, depth + 1));
	case NODE_MEMBER:
		return resolve_member(scope, n, depth);
	case NODE_INDEX: {
		struct ctype type = resolve(scope, n->first, depth + 1);

		return ctype_pointee(scope, type, &type) ? type :
							   (struct ctype){ 0 };
	}
	case NODE_UNARY:
		return resolve_unary(scope, n, depth);
	case NODE_BINARY:
		return resolve_binary(scope, n, depth);
	case NODE_CAST:
	case NODE_DECLARE:
	case NODE_ASSIGN:
		return resolve(scope, n->first, depth + 1);
	case NODE_CONDITIONAL:
		return resolve_conditional(scope, node, depth);
	case NODE_COMMA:
		return resolve(scope, expression_child(tree, node, 1),
			       depth + 1);
	case NODE_NEW:
		return resolve_new(scope, n, depth);
	default:
		return (struct ctype){ 0 };
	}
}

struct ctype resolve_expression(const struct scope *scope, uint32_t node)
{
	return resolve(scope, node, 0);
}

struct ctype resolve_return(const struct scope *scope)
{
	const struct model *model = scope->model;
	struct ctype type = { 0 };

	if (scope->subprogram >= model->subprograms.count)
		return type;
	type.type = model->subprograms.at[scope->subprogram].type;
	type.known = type.type != MODEL_NONE;
	return result_of(scope, type);
}

struct ctype resolve_parameter(const struct scope *scope, uint32_t call,
			       uint32_t argument)
{
	const struct expression_tree *tree = scope->tree;
	uint32_t callee = tree->nodes[call].first, number = 0, count = 0;
	const struct model_type *function =
		function_of(scope, resolve_expression(scope, callee));

	for (uint32_t at = tree->nodes[callee].next; at != NODE_NONE;
	     at = tree->nodes[at].next, count++)
		if (at == argument)
			number = count;
	/* Fewer than it takes: the first is the object that has it. */
	if (!function || number >= function->count || count < function->count)
		return (struct ctype){ 0 };
	return (struct ctype){
		.type = scope->model->members.at[function->first + number].type,
		.known = true,
	};
}
