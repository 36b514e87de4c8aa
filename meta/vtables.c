/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/vtables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "meta/demangle.h"

enum {
	CANDIDATES_MAX = 8, /* classes of one name that are told apart */
	MANGLED_MAX = 2048,
};

/* A member function, by its linkage name. */
struct method {
	const char *linkage;
	uint32_t container;
};

/* The classes that a table's name may mean. */
struct candidates {
	uint32_t count;
	uint32_t types[CANDIDATES_MAX];
};

struct search {
	struct debuginfo *info;
	struct model *model;
	struct method *methods; /* by linkage name */
	size_t method_count;
	struct candidates *candidates; /* of each of the model's vtables */
};

/* ---- names ---- */

static int method_order(const void *a, const void *b)
{
	const struct method *x = a, *y = b;
	int order = strcmp(x->linkage, y->linkage);

	if (order)
		return order;
	return x->container < y->container ? -1 : x->container > y->container;
}

static bool methods_collect(struct search *search)
{
	const struct model *model = search->model;

	search->methods = malloc(((size_t)model->subprograms.count + 1) *
				 sizeof *search->methods);
	if (!search->methods)
		return false;
	for (uint32_t i = 0; i < model->subprograms.count; i++) {
		const struct model_subprogram *s = &model->subprograms.at[i];

		if (s->container != MODEL_NONE && s->linkage_name &&
		    !strncmp(s->linkage_name, "_Z", 2))
			search->methods[search->method_count++] =
				(struct method){ s->linkage_name,
						 s->container };
	}
	qsort(search->methods, search->method_count, sizeof *search->methods,
	      method_order);
	return true;
}

/* Is NAME, what follows a class in a linkage name, one of its functions, and
 * not one of a class inside? */
static bool is_direct(const char *name)
{
	if (isdigit((unsigned char)name[0])) {
		char *end;
		unsigned long length = strtoul(name, &end, 10);

		return length < strlen(end) && end[length] == 'E';
	}
	if (name[0] == 'C' || name[0] == 'D')
		return isdigit((unsigned char)name[1]) && name[2] == 'E';
	return islower((unsigned char)name[0]) && name[1] &&
	       name[2] == 'E'; /* an operator: two letters */
}

static void candidate_add(const struct model *model,
			  struct candidates *candidates, uint32_t type)
{
	type = model_type_strip(model, type);
	if (type == MODEL_NONE || !model->types.at[type].size ||
	    model->types.at[type].kind != ALLOC_KIND_STRUCT)
		return;
	for (uint32_t i = 0; i < candidates->count; i++)
		if (candidates->types[i] == type)
			return;
	if (candidates->count < CANDIDATES_MAX)
		candidates->types[candidates->count++] = type;
}

/* The number of the first method whose name is not before PREFIX. */
static size_t methods_from(const struct search *search, const char *prefix)
{
	size_t low = 0, high = search->method_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(search->methods[middle].linkage, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The classes of the methods whose names are PREFIX and a function's. */
static void add_by_prefix(const struct search *search, const char *prefix,
			  struct candidates *candidates)
{
	size_t length = strlen(prefix);

	for (size_t i = methods_from(search, prefix); i < search->method_count;
	     i++) {
		const struct method *method = &search->methods[i];

		if (strncmp(method->linkage, prefix, length))
			return;
		if (is_direct(method->linkage + length))
			candidate_add(search->model, candidates,
				      method->container);
	}
}

/* A member's name begins with the class's, after the qualifiers of *this. */
static void add_members(const struct search *search, const char *scope,
			const char *inner, size_t inner_length,
			struct candidates *candidates)
{
	static const char *const qualifiers[] = { "N", "NK" };
	char prefix[MANGLED_MAX + 8];

	for (size_t i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++) {
		char *to = stpcpy(stpcpy(stpcpy(prefix, "_Z"), scope),
				  qualifiers[i]);

		memcpy(to, inner, inner_length);
		to[inner_length] = '\0';
		add_by_prefix(search, prefix, candidates);
	}
}

/* A class within a function: Z, the function, E, the class.  Where the
 * function ends only a parser knows: every place that fits is tried. */
static void add_local(const struct search *search, const char *class_name,
		      struct candidates *candidates)
{
	char scope[MANGLED_MAX];
	size_t length = strlen(class_name);

	for (size_t i = length; i-- > 1;) {
		const char *inner = class_name + i + 1;
		char *end;
		unsigned long size;

		if (class_name[i] != 'E' || !isdigit((unsigned char)*inner))
			continue;
		size = strtoul(inner, &end, 10);
		if (size > strlen(end) || (end[size] && end[size] != '_'))
			continue;
		memcpy(scope, class_name, i + 1);
		scope[i + 1] = '\0';
		add_members(search, scope, inner,
			    (size_t)(end + size - inner), candidates);
	}
}

static void add_by_name(const struct search *search, const char *symbol,
			struct candidates *candidates)
{
	static const char words[] = "vtable for ";
	char *name = demangle(symbol);

	if (name && !strncmp(name, words, sizeof words - 1))
		candidate_add(search->model, candidates,
			      model_type_by_name(search->model,
						 name + sizeof words - 1));
	free(name);
}

static void find_class(const struct search *search, const char *symbol,
		       struct candidates *candidates)
{
	const char *class_name = symbol + strlen("_ZTV");
	size_t length = strlen(class_name);

	if (length >= MANGLED_MAX)
		return;
	if (class_name[0] == 'Z')
		add_local(search, class_name, candidates);
	else if (class_name[0] == 'N' && length > 2)
		add_members(search, "", class_name + 1, length - 2,
			    candidates);
	else
		add_members(search, "", class_name, length, candidates);
	if (!candidates->count)
		add_by_name(search, symbol, candidates);
}

/* ---- tables ---- */

static bool is_table(const struct model_symbol *symbol, const char *prefix)
{
	return symbol->size && !strncmp(symbol->name, prefix, 4);
}

static bool tables_collect(struct search *search)
{
	struct model *model = search->model;

	for (uint32_t i = 0; i < model->symbols.count; i++) {
		const struct model_symbol *symbol = &model->symbols.at[i];
		struct model_vtable *table;

		if (!is_table(symbol, "_ZTV") && !is_table(symbol, "_ZTC"))
			continue;
		table = MODEL_APPEND(&model->vtables, 1);
		if (!table)
			return false;
		table->address = symbol->address;
		table->size = symbol->size;
		table->name = symbol->name;
		table->type = MODEL_NONE;
	}
	search->candidates = calloc((size_t)model->vtables.count + 1,
				    sizeof *search->candidates);
	return search->candidates;
}

static void classes_find(struct search *search)
{
	struct model *model = search->model;

	for (uint32_t i = 0; i < model->vtables.count; i++) {
		struct candidates *candidates = &search->candidates[i];

		if (model->vtables.at[i].name[3] != 'V')
			continue;
		find_class(search, model->vtables.at[i].name, candidates);
		if (candidates->count == 1)
			model->vtables.at[i].type = candidates->types[0];
	}
}

/* TABLE has the function at TARGET. */
static void tell_by_function(struct search *search, uint32_t table,
			     uint64_t target)
{
	const struct model *model = search->model;
	const struct candidates *candidates = &search->candidates[table];
	const struct model_function *function;
	uint32_t type;

	if (candidates->count < 2)
		return;
	function = model_function_at(model, target);
	if (!function || function->entry != target)
		return;
	type = model_type_strip(
		model,
		model->subprograms.at[function->subprogram].container);
	for (uint32_t i = 0; i < candidates->count; i++)
		if (candidates->types[i] == type)
			model->vtables.at[table].type = type;
}

static void visit_relocation(void *context, uint64_t place, uint64_t target)
{
	struct search *search = context;
	const struct model *model = search->model;
	uint32_t low = 0, high = model->vtables.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->vtables.at[middle].address <= place)
			low = middle + 1;
		else
			high = middle;
	}
	if (low && place - model->vtables.at[low - 1].address <
			   model->vtables.at[low - 1].size)
		tell_by_function(search, low - 1, target);
}

/* Programs at fixed addresses have no relocations. */
static void tell_by_contents(struct search *search)
{
	const struct model *model = search->model;

	for (uint32_t i = 0; i < model->vtables.count; i++) {
		const struct model_vtable *table = &model->vtables.at[i];
		const unsigned char *bytes;

		if (search->candidates[i].count < 2)
			continue;
		bytes = debuginfo_code(search->info, table->address,
				       table->size);
		for (uint64_t at = 0; bytes && at + 8 <= table->size; at += 8) {
			uint64_t target;

			memcpy(&target, bytes + at, sizeof target);
			tell_by_function(search, i, target);
		}
	}
}

/* ---- tables of objects under construction ---- */

/* _ZTC, the class, the offset of the part, _, the part's class. */
static bool is_part_of(const char *table, const char *class_name,
		       int64_t *offset)
{
	size_t length = strlen(class_name);
	char *end;

	table += strlen("_ZTC");
	if (strncmp(table, class_name, length) ||
	    !isdigit((unsigned char)table[length]))
		return false;
	*offset = strtoll(table + length, &end, 10);
	return *end == '_';
}

static void part_find(struct model *model, struct model_vtable *part)
{
	for (uint32_t i = 0; i < model->vtables.count; i++) {
		const struct model_vtable *whole = &model->vtables.at[i];

		if (whole->name[3] == 'V' && whole->type != MODEL_NONE &&
		    is_part_of(part->name, whole->name + 4, &part->offset)) {
			part->type = whole->type;
			return;
		}
	}
}

enum status vtables_find(struct debuginfo *info, struct model *model)
{
	struct search search = { .info = info, .model = model };
	bool done = tables_collect(&search);

	if (done && model->vtables.count)
		done = methods_collect(&search);
	if (done && model->vtables.count) {
		classes_find(&search);
		debuginfo_relative_relocations(info, visit_relocation,
					       &search);
		tell_by_contents(&search);
		for (uint32_t i = 0; i < model->vtables.count; i++)
			if (model->vtables.at[i].name[3] == 'C')
				part_find(model, &model->vtables.at[i]);
	}
	free(search.methods);
	free(search.candidates);
	return done ? STATUS_OK : STATUS_NO_MEMORY;
}
