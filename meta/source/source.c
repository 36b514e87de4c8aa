/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/source.h"

#include <stdlib.h>
#include <string.h>

#include "meta/source/allocation.h"
#include "meta/source/assignment.h"
#include "meta/source/ctype.h"
#include "meta/source/declaration.h"
#include "meta/source/expression.h"
#include "meta/source/generated.h"
#include "meta/source/macro.h"
#include "meta/source/names.h"
#include "meta/source/resolve.h"
#include "meta/source/sourcefile.h"
#include "meta/source/statement.h"

enum {
	CALLEE_LIMIT = 48,
	CALLEE_TEXT_LIMIT = 4096,
};

struct source {
	const struct model *model;
	struct sourcefile_set *files;
	struct names *names;
	bool cxx;
};

/* The names by which the source may call what the code calls. */
struct callees {
	const char *names[CALLEE_LIMIT];
	uint32_t count;
	char text[CALLEE_TEXT_LIMIT];
	uint32_t used;
	bool is_new, is_new_array;
	bool is_exact; /* the code calls operator new itself */
	bool is_indirect;
	bool is_called; /* in the statement, or nobody knows */
};

static bool has_cxx(const struct model *model)
{
	for (uint32_t i = 0; i < model->types.count; i++)
		if (model->types.at[i].flags & ALLOTYPE_META_TYPE_CXX)
			return true;
	return false;
}

struct source *source_create(const struct model *model, const char *elf_path,
			     const char *directory)
{
	struct source *source = calloc(1, sizeof *source);

	if (!source)
		return NULL;
	source->model = model;
	source->cxx = has_cxx(model);
	source->files = sourcefile_set_create(model, elf_path, directory,
					      source->cxx);
	source->names = names_create(model);
	if (!source->files || !source->names) {
		source_destroy(source);
		return NULL;
	}
	return source;
}

void source_destroy(struct source *source)
{
	if (!source)
		return;
	sourcefile_set_destroy(source->files);
	names_destroy(source->names);
	free(source);
}

/* ---- names of the callee ---- */

static void add_callee(struct callees *callees, const char *name, size_t size)
{
	char *copy = callees->text + callees->used;

	if (!size || callees->count == CALLEE_LIMIT ||
	    size >= sizeof callees->text - callees->used)
		return;
	memcpy(copy, name, size);
	copy[size] = '\0';
	callees->used += (uint32_t)size + 1;
	callees->names[callees->count++] = copy;
}

/* NAME without what the compiler and the linker put around it, and the names
 * that stand for it in the source. */
static void add_callee_variants(struct callees *callees, const char *name)
{
	static const char builtin[] = "__builtin_";
	const char *last = name;
	size_t size;

	if (strstr(name, "operator new") || strncmp(name, "_Zn", 3) == 0) {
		callees->is_new = true;
		callees->is_new_array = strstr(name, "new[]") ||
					strncmp(name, "_Zna", 4) == 0;
		return;
	}
	for (const char *at = name; *at && *at != '(' && *at != '<'; at++)
		if (at[0] == ':' && at[1] == ':')
			last = at + 2;
	size = strcspn(last, ".@(<");
	add_callee(callees, last, size);
	if (size > sizeof builtin && strncmp(last, builtin, 10) == 0)
		add_callee(callees, last + 10, size - 10);
	else if (size > 2 && last[0] == '_' && last[1] == '_')
		add_callee(callees, last + 2, size - 2);
	/* The compiler makes a calloc of malloc and memset. */
	if (size == 6 && strncmp(last, "calloc", 6) == 0)
		add_callee(callees, "malloc", 6);
}

static void collect_callees(const struct scope *scope, const char *callee,
			    struct callees *callees)
{
	const struct model *model = scope->model;

	add_callee_variants(callees, callee);
	callees->is_exact = callees->is_new;
	for (uint32_t i = 0; i < scope->callee_count; i++) {
		uint32_t subprogram =
			model->inlines.at[scope->callees[i]].subprogram;

		if (subprogram < model->subprograms.count &&
		    model->subprograms.at[subprogram].plain_name)
			add_callee_variants(
				callees,
				model->subprograms.at[subprogram].plain_name);
	}
}

/* ---- choosing among calls ---- */

/* Is the callee a pointer: a member or a variable? */
static bool is_by_pointer(const struct scope *scope, uint32_t node,
			  const struct token *name)
{
	const struct expression_tree *tree = scope->tree;
	uint32_t callee = expression_child(tree, node, 0);
	struct ctype type;

	return tree->nodes[callee].kind != NODE_NAME ||
	       scope_find_variable(scope, name, &type) ||
	       scope_find_static(scope, name, &type);
}

static bool is_wanted(const struct scope *scope, uint32_t node,
		      const struct callees *callees)
{
	const struct expression_tree *tree = scope->tree;
	const struct token *name;

	if (tree->nodes[node].kind == NODE_NEW) {
		uint32_t type = tree->nodes[node].first;

		return callees->is_new &&
		       !(tree->nodes[type].flags & NODE_TYPE_ARRAY) ==
			       !callees->is_new_array;
	}
	if (tree->nodes[node].kind != NODE_CALL)
		return false;
	name = allocation_callee(tree, node);
	for (uint32_t i = 0; name && i < callees->count; i++)
		if (token_is(name, callees->names[i]))
			return true;
	return name && callees->is_indirect && is_by_pointer(scope, node, name);
}

/* Compilers give calls that they merge the line of the code before: a new
 * expression there asks for the size of its type and for no other. */
static bool fits_size(const struct scope *scope,
		      const struct callees *callees,
		      const struct allocation *allocation)
{
	uint64_t size;

	if (!callees->is_exact || !allocation->single || !scope->size)
		return true;
	size = ctype_size(scope, allocation->type);
	return !size || size == scope->size;
}

static uint32_t line_of(const struct expression_tree *tree, uint32_t node)
{
	const struct token *name = NULL;

	if (tree->nodes[node].kind == NODE_CALL)
		name = allocation_callee(tree, node);
	return name ? name->line : tree->tokens[tree->nodes[node].token].line;
}

/* All wanted calls of the best rank must say the same; BY_SIZE: of those of
 * elements as large as what is asked for a number of.  DIFFER: they do not. */
static enum status choose_among(const struct scope *scope,
				struct callees *callees, uint32_t line,
				bool by_size, struct allocation *chosen,
				bool *differ)
{
	const struct expression_tree *tree = scope->tree;
	enum status result = STATUS_NOT_FOUND;
	bool on_line = false;
	uint32_t seen = 0;

	*differ = callees->is_called = false;
	for (uint32_t i = 0; i < tree->node_count; i++) {
		struct allocation one;
		enum status status;
		bool here;

		if (!is_wanted(scope, i, callees))
			continue;
		callees->is_called = true;
		status = allocation_judge(scope, i, &one);
		if (status == STATUS_OK && !fits_size(scope, callees, &one))
			continue;
		if (by_size && (status != STATUS_OK ||
				ctype_size(scope, one.type) != scope->size))
			continue;
		here = line_of(tree, i) == line;
		if (on_line && !here)
			continue;
		if (here && !on_line) {
			on_line = true;
			seen = 0;
		}
		if (!seen++) {
			result = status;
			if (status == STATUS_OK)
				*chosen = one;
		} else if (status != result ||
			   (status == STATUS_OK &&
			    !ctype_same(scope, one.type, chosen->type))) {
			result = STATUS_NOT_FOUND;
			*differ = true;
		} else if (status == STATUS_OK) {
			chosen->single = chosen->single && one.single;
			chosen->evidence &= one.evidence;
		}
	}
	return result;
}

static enum status choose(const struct scope *scope,
			  struct callees *callees, uint32_t line,
			  struct allocation *chosen)
{
	bool differ;
	enum status status = choose_among(scope, callees, line, false, chosen,
					  &differ);

	*scope->by_size |= differ;
	return differ && scope->size
		       ? choose_among(scope, callees, line, true, chosen, &differ)
		       : status;
}

/* ---- the question ---- */

static enum status make_hint(const struct scope *scope,
			     const struct allocation *allocation,
			     struct source_hint *hint)
{
	uint32_t type = ctype_index(scope, allocation->type);

	if (type == MODEL_NONE || !allocation->evidence)
		return STATUS_NOT_FOUND;
	*hint = (struct source_hint){ .type = type,
				      .evidence = allocation->evidence,
				      .multiple = allocation->multiple,
				      .single = allocation->single,
				      .by_size = hint->by_size };
	return STATUS_OK;
}

static enum status read_statement(const struct source *source,
				  struct scope *scope, bool cxx,
				  const struct token_list *tokens,
				  struct callees *callees, uint32_t line,
				  struct source_hint *hint)
{
	struct expression_names names = { .kind = scope_name_kind,
					  .context = scope,
					  .cxx = cxx && source->cxx };
	struct expression_tree tree = { .tokens = tokens->at,
					.token_count = tokens->count };
	struct allocation chosen = { 0 };
	enum status status;

	scope->tree = &tree;
	status = expression_parse(tokens->at, tokens->count, &names, &tree);
	if (status == STATUS_OK)
		status = choose(scope, callees, line, &chosen);
	if (status == STATUS_OK)
		status = make_hint(scope, &chosen, hint);
	expression_tree_deinit(&tree);
	return status == STATUS_BAD_INPUT ? STATUS_NOT_FOUND : status;
}

/* Where a statement is: in the file that debug information names, or in the
 * one that was made of it and compiled. */
struct place {
	struct sourcefile *text;
	struct sourcefile *unit; /* what was compiled, or NULL */
	uint32_t file, line;
};

static bool find_place(const struct source *source,
		       const struct model_function *function,
		       struct place *place)
{
	const struct model *model = source->model;
	uint32_t unit = function ? function->unit_file : MODEL_NONE;
	uint32_t line = 0;

	place->text = sourcefile_set_at(source->files, place->file);
	place->unit = sourcefile_set_at(source->files, unit);
	if (place->unit && place->unit != place->text &&
	    model->files.at[place->file].name)
		line = generated_line(place->unit,
				      model->files.at[place->file].name,
				      place->line);
	if (line) {
		place->text = place->unit;
		place->file = unit;
		place->line = line;
	}
	return place->text && place->line;
}

/* The tokens of the function around PLACE. */
static const struct token_list *code_around(const struct scope *scope,
					    const struct place *place)
{
	const struct model *model = scope->model;
	uint32_t first = place->line;

	if (scope->subprogram < model->subprograms.count) {
		const struct model_subprogram *subprogram =
			&model->subprograms.at[scope->subprogram];

		if (subprogram->file == place->file &&
		    subprogram->line < first)
			first = subprogram->line;
	}
	return sourcefile_code(place->text, first, place->line);
}

/* A statement, and what there is to know to read it. */
struct reading {
	const struct source *source;
	struct scope *scope;
	struct macro_request *request;
	struct callees *callees;
	const struct token *tokens;
	uint32_t count, line;
};

/* Reads it, with macros expanded in one way. */
static enum status read_way(const struct reading *r, uint32_t number,
			    struct source_hint *hint)
{
	struct token_list expanded = { 0 }, tokens = { 0 };
	enum status status;

	r->request->way->number = number;
	r->request->text->used = 0;
	r->callees->is_called = true;
	status = macro_expand(r->request, r->tokens, r->count, &expanded);
	if (status == STATUS_OK)
		status = assignment_substitute(r->request, r->scope, &expanded,
					       &tokens);
	if (status == STATUS_OK)
		status = read_statement(r->source, r->scope,
					r->request->file->cxx, &tokens,
					r->callees, r->line, hint);
	token_list_deinit(&expanded);
	token_list_deinit(&tokens);
	return status == STATUS_BAD_INPUT ? STATUS_NOT_FOUND : status;
}

/* May what SAID says hold, where another way says nothing?  It measures what the
 * program asks for a multiple of; one object may have a name that is not read. */
static bool is_measured(const struct reading *r, const struct source_hint *said)
{
	uint64_t size = model_type_size(r->source->model, said->type);

	*r->scope->by_size = true;
	return said->evidence & ALLOC_EVIDENCE_SIZEOF && !said->single &&
	       size > 1 && r->scope->size && r->scope->size % size == 0;
}

/* Where macros have several definitions, of which it is not known which holds:
 * what can be read without them, or, if that is no more than characters, what
 * all of them say that call what is called; or what they all measure, if that
 * measures nothing and is no record; or what those measure that do. */
static enum status read_ways(const struct reading *r, struct source_hint *hint)
{
	enum { WAYS = 6 };
	enum status status = read_way(r, 0, hint);
	uint32_t ways = r->request->way->most;
	struct source_hint first = *hint;
	uint32_t seen = 0, silent = 0;
	bool typed = status == STATUS_OK &&
		     !model_type_is_bytes(r->source->model, hint->type);

	if (status == STATUS_NO_MEMORY || ways < 2 || ways > WAYS ||
	    (typed && (hint->evidence & ALLOC_EVIDENCE_SIZEOF ||
		       ctype_is_record(r->scope, (struct ctype){
				.type = hint->type, .known = true }))))
		return status;
	for (uint32_t i = 1; i <= ways; i++) {
		struct source_hint one = *hint;
		enum status read = read_way(r, i, &one);

		if (!r->callees->is_called)
			continue;
		if (read == STATUS_NOT_FOUND) {
			silent++;
			continue;
		}
		if (read != STATUS_OK || (seen && one.type != first.type))
			return status;
		one.evidence &= seen ? first.evidence : one.evidence;
		one.single &= !seen || first.single;
		first = one;
		seen++;
	}
	if (!seen || !first.evidence ||
	    (silent && !is_measured(r, &first)) ||
	    (typed && !(first.evidence & ALLOC_EVIDENCE_SIZEOF)))
		return status;
	first.by_size |= hint->by_size;
	*hint = first;
	return STATUS_OK;
}

enum status source_hint_at(struct source *source,
			   const struct source_call *call,
			   struct source_hint *hint)
{
	struct place place = { .file = call->file, .line = call->line };
	struct macro_text pasted = { .used = 0 };
	struct macro_way way = { .number = 0 };
	struct callees callees = { .count = 0 };
	struct function_text function;
	struct macro_request request;
	struct scope scope;
	const struct token_list *code;
	uint32_t first, limit;
	bool has_block;

	hint->by_size = hint->read = false;
	if (!call->callee || call->file >= source->model->files.count ||
	    !find_place(source, call->function, &place))
		return STATUS_NOT_FOUND;
	scope_init(&scope, source->model, source->names, call->function,
		   call->pc, call->file, call->line);
	scope.file = place.file;
	code = code_around(&scope, &place);
	if (!statement_find(code, place.line, &first, &limit, &has_block))
		return STATUS_NOT_FOUND;
	hint->read = true;
	scope.size = call->size;
	scope.by_size = &hint->by_size;
	scope.text = &function;
	scope.files = source->files;
	scope.unit = place.unit ? place.unit : place.text;
	function = function_text_find(&scope, place.text, code, first, limit);
	collect_callees(&scope, call->callee, &callees);
	callees.is_indirect = call->indirect;
	request = (struct macro_request){ .set = source->files,
					  .file = place.text,
					  .unit = place.unit,
					  .keep = callees.names,
					  .keep_count = callees.count,
					  .text = &pasted,
					  .names = source->names,
					  .way = &way };
	return read_ways(&(struct reading){ .source = source, .scope = &scope,
					    .request = &request,
					    .callees = &callees,
					    .tokens = &code->at[first],
					    .count = limit - first,
					    .line = has_block ? 0 : place.line },
			 hint);
}
