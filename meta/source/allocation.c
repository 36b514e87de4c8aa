/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/allocation.h"

#include <string.h>

#include "meta/source/resolve.h"
#include "meta/source/terms.h"

/* What the result is taken for; types are pointees, unknown if there is
 * nothing, or nothing that could be resolved. */
struct target {
	struct ctype cast, goal;
	bool has_goal; /* the result is stored or returned */
	uint32_t evidence; /* what that is: enum alloc_evidence */
};

/* ---- the call's surroundings ---- */

const struct token *allocation_callee(const struct expression_tree *tree,
				      uint32_t node)
{
	uint32_t callee = expression_child(tree, node, 0);
	const struct node *n;

	/* (*pointer)(...) */
	while (callee != NODE_NONE &&
	       tree->nodes[callee].kind == NODE_UNARY &&
	       token_is(&tree->tokens[tree->nodes[callee].token], "*"))
		callee = tree->nodes[callee].first;
	if (callee == NODE_NONE)
		return NULL;
	n = &tree->nodes[callee];
	if (n->kind == NODE_MEMBER)
		return &tree->tokens[n->last];
	if (n->kind != NODE_NAME)
		return NULL;
	/* ns::make<T>: the last name before template arguments. */
	for (uint32_t i = n->last; i > n->token; i--)
		if (token_is(&tree->tokens[i], "::"))
			return &tree->tokens[i + 1];
	return &tree->tokens[n->token];
}

static struct ctype pointee_of(const struct scope *scope, struct ctype type)
{
	struct ctype pointee = { 0 };

	if (!ctype_pointee(scope, type, &pointee))
		return (struct ctype){ 0 };
	return ctype_element(scope, pointee, NULL);
}

static bool says_more(const struct scope *scope, struct ctype type)
{
	return type.known && !ctype_is_bytes(scope, type);
}

static bool is_byte_pointee(const struct scope *scope, struct ctype type)
{
	return ctype_is_bytes(scope, type) && type.type != MODEL_NONE;
}

/* strcpy and the like return their first argument. */
static bool returns_first(const struct expression_tree *tree, uint32_t call)
{
	static const char *const names[] = {
		"strcpy", "strncpy", "strcat", "strncat", "memcpy", "memmove",
		"memset",
	};
	const struct token *name = allocation_callee(tree, call);

	for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
		if (token_is(name, names[i]))
			return true;
	return false;
}

/* Does the value of PARENT's child NODE become PARENT's own? */
static bool passes_value(const struct expression_tree *tree, uint32_t parent,
			 uint32_t node)
{
	uint32_t first = tree->nodes[parent].first;

	switch (tree->nodes[parent].kind) {
	case NODE_CALL:
		return node == tree->nodes[first].next &&
		       returns_first(tree, parent);
	case NODE_CAST:
	case NODE_COMMA:
	case NODE_CONDITIONAL:
		return node != first;
	case NODE_BLOCK:
		return tree->nodes[node].next == NODE_NONE;
	default:
		return false;
	}
}

/* The name that the statement NODE gives a value, or NULL. */
static const struct token *assigned_name(const struct expression_tree *tree,
					 uint32_t node)
{
	const struct node *n = &tree->nodes[node];

	if (n->kind == NODE_DECLARE)
		return &tree->tokens[n->last];
	if (n->kind != NODE_ASSIGN ||
	    tree->nodes[n->first].kind != NODE_NAME)
		return NULL;
	return &tree->tokens[tree->nodes[n->first].last];
}

/* Is the value of the statement expression BLOCK the variable that its
 * statement NODE assigns to? */
static bool gives_assigned(const struct expression_tree *tree, uint32_t block,
			   uint32_t node)
{
	const struct token *name = assigned_name(tree, node);
	uint32_t last = node;

	if (tree->nodes[block].kind != NODE_BLOCK || !name)
		return false;
	while (tree->nodes[last].next != NODE_NONE)
		last = tree->nodes[last].next;
	return tree->nodes[last].kind == NODE_NAME &&
	       token_equal(name, &tree->tokens[tree->nodes[last].last]);
}

static uint32_t stored_as(const struct expression_tree *tree, uint32_t node)
{
	uint8_t kind = tree->nodes[node].kind;

	return kind == NODE_MEMBER || kind == NODE_INDEX ?
		       ALLOC_EVIDENCE_MEMBER : ALLOC_EVIDENCE_VARIABLE;
}

/* A function that takes characters is given characters: a number whose size is
 * asked for is put into them. */
static void note_characters(const struct scope *scope, uint32_t call,
			    uint32_t argument, struct target *target)
{
	struct ctype taken = pointee_of(
		scope, resolve_parameter(scope, call, argument));

	if (!is_byte_pointee(scope, taken))
		return;
	target->has_goal = true;
	target->goal = taken;
	target->evidence = ALLOC_EVIDENCE_ARGUMENT;
}

/* Nothing can be assigned to an array: of several variables of one name it is
 * another. */
static bool is_array(const struct scope *scope, struct ctype type)
{
	bool array = false;

	if (type.known)
		ctype_element(scope, type, &array);
	return array;
}

static struct target find_target(const struct scope *scope, uint32_t node)
{
	const struct expression_tree *tree = scope->tree;
	struct target target = { 0 };

	for (uint32_t up = tree->nodes[node].parent; up != NODE_NONE;
	     node = up, up = tree->nodes[node].parent) {
		const struct node *n = &tree->nodes[up];
		struct ctype to;

		if (n->kind == NODE_CAST && !says_more(scope, target.cast))
			target.cast = pointee_of(
				scope, resolve_expression(scope, n->first));
		if (passes_value(tree, up, node) ||
		    gives_assigned(tree, up, node))
			continue;
		if (n->kind == NODE_RETURN) {
			target.has_goal = true;
			target.goal = pointee_of(scope, resolve_return(scope));
			target.evidence = ALLOC_EVIDENCE_RETURN;
		}
		if (n->kind == NODE_CALL && node != n->first)
			note_characters(scope, up, node, &target);
		if ((n->kind != NODE_ASSIGN && n->kind != NODE_DECLARE) ||
		    node == n->first)
			break;
		to = resolve_expression(scope, n->first);
		if (is_array(scope, to))
			break;
		target.has_goal = true;
		target.goal = pointee_of(scope, to);
		target.evidence = stored_as(tree, n->first);
		if (says_more(scope, target.goal))
			break;
	}
	return target;
}

static bool name_contains(const struct token *name, const char *part)
{
	size_t size = strlen(part);

	for (size_t i = 0; i + size <= name->size; i++)
		if (memcmp(name->text + i, part, size) == 0)
			return true;
	return false;
}

/* The size arguments' terms: pointers and alignments are none. */
static void collect_terms(const struct scope *scope, uint32_t call,
			  const struct token *name, struct terms *terms)
{
	const struct expression_tree *tree = scope->tree;
	uint32_t argument = expression_child(tree, call, 1), number = 0;
	bool aligned = name_contains(name, "align");

	for (; argument != NODE_NONE;
	     argument = tree->nodes[argument].next, number++) {
		struct ctype type = resolve_expression(scope, argument);
		struct ctype pointee;
		bool last = tree->nodes[argument].next == NODE_NONE;

		if (tree->nodes[argument].kind == NODE_STRING ||
		    ctype_pointee(scope, type, &pointee))
			continue;
		if (number == 0 && !last && name_contains(name, "realloc"))
			continue;
		if (aligned && !last)
			continue;
		terms->argument = (uint8_t)(number & 0xff);
		terms_add(scope, argument, terms);
	}
}

/* ---- the verdict ---- */

struct judgement {
	const struct scope *scope;
	struct terms terms;
	struct target target;
	bool unresolved;   /* a sizeof we cannot read */
	bool all_records;  /* every sizeof that says more names a record */
	bool all_known;    /* no term but sizeofs and integers */
};

static bool is_named(const struct judgement *j, const struct term *term)
{
	return term->kind == TERM_SIZEOF && says_more(j->scope, term->type);
}

static void survey(struct judgement *j)
{
	j->all_records = true;
	j->all_known = true;
	for (uint32_t i = 0; i < j->terms.count; i++) {
		const struct term *term = &j->terms.at[i];

		if (term->kind == TERM_UNRESOLVED)
			j->unresolved = true;
		if (term->kind == TERM_OTHER)
			j->all_known = false;
		if (is_named(j, term) &&
		    !ctype_is_record(j->scope, term->type))
			j->all_records = false;
	}
}

/* The first sizeof of what the cast or the target says, too. */
static const struct term *find_agreeing(const struct judgement *j)
{
	for (uint32_t i = 0; i < j->terms.count; i++) {
		const struct term *term = &j->terms.at[i];

		if (is_named(j, term) &&
		    (ctype_same(j->scope, term->type, j->target.cast) ||
		     ctype_same(j->scope, term->type, j->target.goal)))
			return term;
	}
	return NULL;
}

/* The first sizeof; RECORDS: of a record; HEADS: outside a product. */
static const struct term *find_named(const struct judgement *j, bool records,
				     bool heads)
{
	for (uint32_t i = 0; i < j->terms.count; i++) {
		const struct term *term = &j->terms.at[i];

		if (is_named(j, term) && !(heads && term->multiplied) &&
		    (!records || ctype_is_record(j->scope, term->type)))
			return term;
	}
	return NULL;
}

static bool wants_record(const struct judgement *j)
{
	return ctype_is_record(j->scope, j->target.cast) ||
	       ctype_is_record(j->scope, j->target.goal);
}

/* Does the sum that TERM is in begin with something we cannot read, or with a
 * number, that may well be the size of the record that the target says?  Macros
 * ask for 1 where the size is 0. */
static bool follows_unknown(const struct judgement *j, const struct term *term)
{
	for (const struct term *t = j->terms.at; t < term; t++)
		if (t->argument == term->argument &&
		    (t->kind == TERM_OTHER ||
		     (t->kind == TERM_INTEGER && t->value > 1 &&
		      wants_record(j))))
			return true;
	return false;
}

/* Is that what the target takes the object for, too?  Then a pointer to it was
 * measured by mistake. */
static bool points_to_target(const struct judgement *j, struct ctype pointee)
{
	return ctype_same(j->scope, pointee, j->target.cast) ||
	       ctype_same(j->scope, pointee, j->target.goal);
}

/* The first sizeof of a pointer that is all of its argument, or a factor. */
static const struct term *find_pointers(const struct judgement *j)
{
	for (uint32_t i = 0; i < j->terms.count; i++) {
		const struct term *term = &j->terms.at[i];
		bool alone = true;
		struct ctype pointee;

		for (uint32_t k = 0; k < j->terms.count; k++)
			alone = alone && (k == i || j->terms.at[k].argument !=
							    term->argument);
		if (is_named(j, term) && (term->multiplied || alone) &&
		    ctype_pointee(j->scope, term->type, &pointee) &&
		    !points_to_target(j, pointee))
			return term;
	}
	return NULL;
}

/* The sizeof that decides, or NULL. */
static const struct term *pick_term(const struct judgement *j)
{
	const struct target *target = &j->target;
	bool wanted = says_more(j->scope, target->cast) ||
		      says_more(j->scope, target->goal);
	const struct term *term = find_agreeing(j);

	if (term || j->unresolved)
		return term;
	term = find_named(j, true, true);
	if (term)
		return wanted && follows_unknown(j, term) ? NULL : term;
	/* What is put into pointers or numbers may well be a number of records,
	 * and something after each. */
	term = find_named(j, true, false);
	if (term && ((j->all_records && j->all_known &&
		      !follows_unknown(j, term)) || !wants_record(j)))
		return term;
	/* Scalars and pointers: nothing may contradict, but characters do not
	 * stand against numbers of pointers, nor does what we cannot read. */
	if (wanted)
		return NULL;
	if (is_byte_pointee(j->scope, target->cast) ||
	    is_byte_pointee(j->scope, target->goal) ||
	    (target->has_goal && !target->goal.known))
		return find_pointers(j);
	return find_named(j, false, false);
}

static const struct term *find_bytes(const struct judgement *j)
{
	for (uint32_t i = 0; i < j->terms.count; i++) {
		const struct term *term = &j->terms.at[i];

		if (term->kind == TERM_SIZEOF &&
		    is_byte_pointee(j->scope, term->type))
			return term;
	}
	return NULL;
}

/* How the size follows from sizeof(term's type). */
static void describe_size(const struct judgement *j, const struct term *pick,
			  struct allocation *allocation)
{
	bool tail = false, alone = !pick->multiplied;

	for (uint32_t i = 0; i < j->terms.count; i++) {
		const struct term *term = &j->terms.at[i];
		bool small = term->kind == TERM_INTEGER && term->value <= 1;

		if (term == pick)
			continue;
		if (term->argument != pick->argument)
			alone = alone && small;
		else if (!(term->kind == TERM_INTEGER && !term->value) &&
			 !(term->multiplied && term->kind == TERM_SIZEOF &&
			   ctype_same(j->scope, term->type, pick->type)))
			tail = true;
	}
	allocation->single = alone && !tail;
	allocation->multiple = tail ? 0 : ctype_size(j->scope, pick->type);
}

/* No sizeof and no cast: what the result is stored to has a type. */
static enum status judge_goal(const struct judgement *j,
			      struct allocation *allocation)
{
	const struct target *target = &j->target;

	if (!target->goal.known || target->goal.type == MODEL_NONE)
		return STATUS_NOT_FOUND;
	allocation->type = target->goal;
	allocation->evidence = target->evidence;
	return STATUS_OK;
}

static enum status judge_call(struct judgement *j,
			      struct allocation *allocation)
{
	const struct term *pick = pick_term(j);
	bool wanted = says_more(j->scope, j->target.cast) ||
		      says_more(j->scope, j->target.goal);

	*allocation = (struct allocation){ 0 };
	if (!pick && says_more(j->scope, j->target.cast)) {
		allocation->type = j->target.cast;
		allocation->evidence = ALLOC_EVIDENCE_CAST;
		return STATUS_OK;
	}
	if (!pick && (wanted || j->unresolved))
		return judge_goal(j, allocation);
	if (!pick && is_byte_pointee(j->scope, j->target.cast)) {
		allocation->type = j->target.cast;
		allocation->evidence = ALLOC_EVIDENCE_CAST;
		return STATUS_OK;
	}
	if (!pick)
		pick = find_bytes(j);
	if (!pick)
		return judge_goal(j, allocation);
	allocation->type = pick->type;
	allocation->evidence = ALLOC_EVIDENCE_SIZEOF;
	if (ctype_same(j->scope, pick->type, j->target.cast))
		allocation->evidence |= ALLOC_EVIDENCE_CAST;
	describe_size(j, pick, allocation);
	return STATUS_OK;
}

static enum status judge_new(const struct scope *scope, uint32_t node,
			     struct allocation *allocation)
{
	struct ctype type = resolve_type(
		scope, expression_child(scope->tree, node, 0));
	bool array;

	if (!type.known)
		return STATUS_NOT_FOUND;
	*allocation = (struct allocation){
		.type = ctype_element(scope, type, &array),
		.evidence = ALLOC_EVIDENCE_SIZEOF,
	};
	allocation->single = !array;
	/* An array's cookie may come before its elements. */
	allocation->multiple = array ? 0 : ctype_size(scope, type);
	return STATUS_OK;
}

/* What the variable is to point to whose address is NODE: a cast to void **
 * is for the function's sake. */
static struct ctype goal_of_out(const struct scope *scope, uint32_t node)
{
	const struct expression_tree *tree = scope->tree;
	struct ctype out = resolve_expression(scope, node);
	struct ctype goal = pointee_of(scope, pointee_of(scope, out)), inner;

	if (tree->nodes[node].kind != NODE_CAST || says_more(scope, goal))
		return goal;
	out = resolve_expression(scope, expression_child(tree, node, 1));
	inner = pointee_of(scope, pointee_of(scope, out));
	return inner.known ? inner : goal;
}

enum status allocation_judge(const struct scope *scope, uint32_t node,
			     struct allocation *allocation)
{
	const struct expression_tree *tree = scope->tree;
	struct judgement j = { .scope = scope };
	const struct token *name;

	if (tree->nodes[node].kind == NODE_NEW)
		return judge_new(scope, node, allocation);
	name = allocation_callee(tree, node);
	if (!name)
		return STATUS_NOT_FOUND;
	j.target = find_target(scope, node);
	if (token_is(name, "posix_memalign")) {
		j.target.goal = goal_of_out(
			scope, expression_child(tree, node, 1));
		j.target.has_goal = true;
	}
	collect_terms(scope, node, name, &j.terms);
	survey(&j);
	return judge_call(&j, allocation);
}
