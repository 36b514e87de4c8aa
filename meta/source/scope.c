/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/scope.h"

#include <string.h>

#include "meta/source/ctype.h"
#include "meta/source/declaration.h"

/* The instances at PC, innermost first, then the function itself. */
static uint32_t collect_instances(const struct scope *scope,
				  uint32_t instances[SCOPE_DEPTH])
{
	uint32_t count = 0;
	uint32_t at = model_inline_at(scope->model, scope->function,
				      scope->pc);

	while (at < scope->model->inlines.count && count < SCOPE_DEPTH - 1) {
		instances[count++] = at;
		at = scope->model->inlines.at[at].parent;
	}
	instances[count++] = MODEL_NONE;
	return count;
}

static uint32_t subprogram_of(const struct scope *scope, uint32_t instance)
{
	return instance == MODEL_NONE ?
		       scope->function->subprogram :
		       scope->model->inlines.at[instance].subprogram;
}

void scope_init(struct scope *scope, const struct model *model,
		const struct names *names,
		const struct model_function *function, uint64_t pc,
		uint32_t file, uint32_t line)
{
	uint32_t all[SCOPE_DEPTH], count, own = 0;

	*scope = (struct scope){ .model = model, .names = names,
				 .function = function, .pc = pc,
				 .file = file, .subprogram = MODEL_NONE };
	if (!function)
		return;
	count = collect_instances(scope, all);
	/* The line is the innermost's, unless it is where one was called. */
	for (uint32_t i = 0; i + 1 < count; i++) {
		const struct model_inline *instance =
			&model->inlines.at[all[i]];

		if (instance->call_file == file && instance->call_line == line)
			own = i + 1;
	}
	memcpy(scope->callees, all, own * sizeof *all);
	scope->callee_count = own;
	scope->instance_count = count - own;
	memcpy(scope->instances, all + own,
	       scope->instance_count * sizeof *all);
	scope->subprogram = subprogram_of(scope, all[own]);
}

static bool is_live(const struct scope *scope,
		    const struct model_variable *variable)
{
	for (uint32_t i = 0; i < variable->location_count; i++) {
		const struct model_location *place =
			&scope->model->locations
				 .at[variable->location_first + i];

		if (scope->pc >= place->low && scope->pc < place->high)
			return true;
	}
	return false;
}

/* Variables of one name in INSTANCE: their type if they agree or only one
 * lives at pc.  False: there are none. */
static bool find_in_instance(const struct scope *scope, uint32_t instance,
			     const struct token *name, struct ctype *type)
{
	const struct model_function *function = scope->function;
	struct ctype live = { 0 };
	uint32_t lives = 0, count = 0;
	bool agree = true;

	for (uint32_t i = 0; i < function->variable_count; i++) {
		const struct model_variable *v =
			&scope->model->variables
				 .at[function->variable_first + i];
		struct ctype one = { .type = v->type, .known = true };

		if (v->instance != instance || !v->name ||
		    !token_is(name, v->name))
			continue;
		agree = agree && (!count || ctype_same(scope, one, *type));
		*type = count++ ? *type : one;
		if (!is_live(scope, v))
			continue;
		if (lives && ctype_same(scope, one, live))
			continue;
		live = one;
		lives++;
	}
	if (count && !agree)
		*type = lives == 1 ? live : (struct ctype){ 0 };
	return count > 0;
}

bool scope_find_variable(const struct scope *scope, const struct token *name,
			 struct ctype *type)
{
	/* Only the innermost text is visible: others are its callers. */
	if (scope->instance_count &&
	    find_in_instance(scope, scope->instances[0], name, type) &&
	    type->known)
		return true;
	return declaration_find(scope, name, type);
}

/* What S is to the unit that the statement was compiled in. */
static uint32_t type_here(const struct scope *scope,
			  const struct model_static *s)
{
	return scope->function ? model_static_type(scope->model, s,
						   scope->function->unit_file)
			       : s->type;
}

/* A static of the unit that the compiler has cut up. */
static bool find_cut_up(const struct scope *scope, const struct token *name,
			struct ctype *type)
{
	uint32_t entry, i;

	for (i = names_first(scope->names, NAMES_CUT_UP, name->text,
			     name->size, &entry);
	     i != MODEL_NONE; i = names_next(scope->names, &entry)) {
		const struct model_declared *d = &scope->model->declared.at[i];

		if (!scope->function ||
		    d->unit_file != scope->function->unit_file)
			continue;
		*type = (struct ctype){ .type = d->type, .known = true };
		return true;
	}
	return false;
}

bool scope_find_static(const struct scope *scope, const struct token *name,
		       struct ctype *type)
{
	const struct model *model = scope->model;
	struct ctype found = { 0 };
	uint32_t entry, count = 0;
	bool agree = true;

	if (find_cut_up(scope, name, type))
		return true;
	for (uint32_t i = names_first(scope->names, NAMES_STATICS, name->text,
				      name->size, &entry);
	     i != MODEL_NONE; i = names_next(scope->names, &entry)) {
		const struct model_static *s = &model->statics.at[i];
		struct ctype one = { .type = type_here(scope, s),
				     .known = true };

		if (s->file == scope->file || one.type != s->type) {
			*type = one;
			return true;
		}
		agree = agree && (!count || ctype_same(scope, one, found));
		found = one;
		count++;
	}
	if (!count)
		return false;
	*type = agree ? found : (struct ctype){ 0 };
	return true;
}

/* The type of a function of that name, if all of them agree. */
bool scope_find_function(const struct scope *scope, const struct token *name,
			 struct ctype *type)
{
	uint32_t entry, count = 0;
	bool agree = true;

	for (uint32_t i = names_first(scope->names, NAMES_SUBPROGRAMS,
				      name->text, name->size, &entry);
	     i != MODEL_NONE; i = names_next(scope->names, &entry)) {
		uint32_t index = scope->model->subprograms.at[i].type;
		struct ctype one = { .type = index,
				     .known = index != MODEL_NONE };

		agree = agree && (!count || one.type == type->type);
		*type = one;
		count++;
	}
	if (count && !agree)
		*type = (struct ctype){ 0 };
	return count > 0;
}
