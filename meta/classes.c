/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/classes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/cxx_names.h"
#include "meta/demangle.h"

enum { MANGLED_MAX = 2048 };

/* A member function, by its linkage name. */
struct method {
	const char *linkage;
	uint32_t container;
};

struct class_index {
	const struct model *model;
	struct method *methods; /* by linkage name */
	size_t method_count;
};

static int method_order(const void *a, const void *b)
{
	const struct method *x = a, *y = b;
	int order = strcmp(x->linkage, y->linkage);

	if (order)
		return order;
	return x->container < y->container ? -1 : x->container > y->container;
}

static void methods_collect(struct class_index *index)
{
	const struct model *model = index->model;

	for (uint32_t i = 0; i < model->subprograms.count; i++) {
		const struct model_subprogram *s = &model->subprograms.at[i];

		if (s->container != MODEL_NONE && s->linkage_name &&
		    !strncmp(s->linkage_name, "_Z", 2))
			index->methods[index->method_count++] =
				(struct method){ s->linkage_name,
						 s->container };
	}
	qsort(index->methods, index->method_count, sizeof *index->methods,
	      method_order);
}

struct class_index *class_index_create(const struct model *model)
{
	struct class_index *index = calloc(1, sizeof *index);

	if (!index)
		return NULL;
	index->model = model;
	index->methods = malloc(((size_t)model->subprograms.count + 1) *
				sizeof *index->methods);
	if (!index->methods) {
		free(index);
		return NULL;
	}
	methods_collect(index);
	return index;
}

void class_index_destroy(struct class_index *index)
{
	if (!index)
		return;
	free(index->methods);
	free(index);
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
			  struct class_candidates *candidates, uint32_t type)
{
	type = model_type_strip(model, type);
	if (type == MODEL_NONE)
		return;
	for (uint32_t i = 0; i < candidates->count; i++)
		if (candidates->types[i] == type)
			return;
	if (candidates->count < CLASS_CANDIDATES_MAX)
		candidates->types[candidates->count++] = type;
}

/* The number of the first method whose name is not before PREFIX. */
static size_t methods_from(const struct class_index *index, const char *prefix)
{
	size_t low = 0, high = index->method_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(index->methods[middle].linkage, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The classes of the methods whose names are PREFIX and a function's. */
static void add_by_prefix(const struct class_index *index, const char *prefix,
			  struct class_candidates *candidates)
{
	size_t length = strlen(prefix);

	for (size_t i = methods_from(index, prefix); i < index->method_count;
	     i++) {
		const struct method *method = &index->methods[i];

		if (strncmp(method->linkage, prefix, length))
			return;
		if (is_direct(method->linkage + length))
			candidate_add(index->model, candidates,
				      method->container);
	}
}

/* A member's name begins with the class's, after the qualifiers of *this. */
static void add_members(const struct class_index *index, const char *scope,
			const char *inner, size_t inner_length,
			struct class_candidates *candidates)
{
	static const char *const qualifiers[] = { "N", "NK" };
	char prefix[MANGLED_MAX + 8];

	for (size_t i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++) {
		char *to = stpcpy(stpcpy(stpcpy(prefix, "_Z"), scope),
				  qualifiers[i]);

		memcpy(to, inner, inner_length);
		to[inner_length] = '\0';
		add_by_prefix(index, prefix, candidates);
	}
}

/* A class within a function: Z, the function, E, the class.  Where the
 * function ends only a parser knows: every place that fits is tried. */
static void add_local(const struct class_index *index, const char *class_name,
		      struct class_candidates *candidates)
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
		add_members(index, scope, inner,
			    (size_t)(end + size - inner), candidates);
	}
}

static uint32_t type_by_name(const struct model *model, const char *name)
{
	char spelled[CXX_NAME_MAX];

	return model_type_by_name(model, cxx_name_unify(name, NULL, NULL,
							spelled) ?
						 spelled : name);
}

static void add_by_name(const struct class_index *index, const char *mangled,
			struct class_candidates *candidates)
{
	static const char words[] = "typeinfo for ";
	char symbol[MANGLED_MAX + 8];
	char *name;

	stpcpy(stpcpy(symbol, "_ZTI"), mangled);
	name = demangle(symbol);
	if (name && !strncmp(name, words, sizeof words - 1))
		candidate_add(index->model, candidates,
			      type_by_name(index->model,
					   name + sizeof words - 1));
	free(name);
}

void class_index_find(const struct class_index *index, const char *mangled,
		      struct class_candidates *candidates)
{
	size_t length = strlen(mangled);

	candidates->count = 0;
	if (length >= MANGLED_MAX)
		return;
	if (mangled[0] == 'Z')
		add_local(index, mangled, candidates);
	else if (mangled[0] == 'N' && length > 2)
		add_members(index, "", mangled + 1, length - 2, candidates);
	else
		add_members(index, "", mangled, length, candidates);
	if (!candidates->count)
		add_by_name(index, mangled, candidates);
}
