/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/macrotable.h"

#include <stdlib.h>
#include <string.h>

#include "meta/source/condition.h"

static int compare_tokens(const struct token *a, const struct token *b)
{
	uint32_t size = a->size < b->size ? a->size : b->size;
	int order = memcmp(a->text, b->text, size);

	if (order)
		return order;
	return a->size < b->size ? -1 : a->size > b->size;
}

static int compare_macros(const void *left, const void *right)
{
	const struct macro *a = left, *b = right;
	int order = compare_tokens(a->name, b->name);

	if (order)
		return order;
	return a->name < b->name ? -1 : a->name > b->name;
}

/* The macro that the COUNT tokens after "#define" define. */
static bool read_macro(const struct token *at, uint32_t count,
		       struct macro *macro)
{
	uint32_t body = 1;

	if (!count || at->kind != TOKEN_IDENTIFIER)
		return false;
	*macro = (struct macro){ .name = at };
	if (count > 1 && token_is(&at[1], "(") &&
	    at[1].text == at->text + at->size) {
		while (body < count && !token_is(&at[body], ")"))
			body++;
		if (body == count)
			return false;
		macro->function_like = true;
		macro->parameters = at + 2;
		macro->parameter_tokens = body - 2;
		body++;
	}
	macro->body = at + body;
	macro->body_tokens = count - body;
	return true;
}

static void note_name(struct macro_names *names, struct sourcefile *file,
		      const struct token *name)
{
	uint32_t hash = sourcefile_hash(name->text, name->size);

	names->bits[hash % MACRO_BITS / 64] |= 1ULL << hash % 64;
	file->names[hash / 64 % SOURCEFILE_NAMES] |= 1ULL << hash % 64;
}

/* Definitions in branches that are surely not compiled are left out. */
enum status macros_collect(struct sourcefile *file, bool cxx,
			   struct macro_names *names)
{
	const struct token_list *list = &file->directives;
	struct condition condition = { .cxx = cxx };
	uint32_t defines = 0, next;

	for (uint32_t i = 0; i < list->count; i++)
		defines += token_is(&list->at[i], "define");
	file->macros = calloc(defines + 1, sizeof *file->macros);
	if (!file->macros)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < list->count; i = next) {
		for (next = i + 1; next < list->count; next++)
			if (list->at[next].kind == TOKEN_DIRECTIVE)
				break;
		condition_step(&condition, &list->at[i + 1], next - i - 1);
		if (i + 2 < next && condition_may_hold(&condition) &&
		    token_is(&list->at[i + 1], "define") &&
		    read_macro(&list->at[i + 2], next - i - 2,
			       &file->macros[file->macro_count]))
			file->macros[file->macro_count++].conditional =
				!condition_must_hold(&condition);
	}
	for (uint32_t i = 0; i < file->macro_count; i++)
		note_name(names, file, file->macros[i].name);
	qsort(file->macros, file->macro_count, sizeof *file->macros,
	      compare_macros);
	return STATUS_OK;
}

/* The first definition of NAME in FILE, or the macro count. */
static uint32_t first_number(const struct sourcefile *file,
			    const struct token *name)
{
	uint32_t low = 0, high = file->macro_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_tokens(file->macros[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct macro *macros_first(const struct sourcefile *file,
				 const struct token *name)
{
	uint32_t number = first_number(file, name);

	return number < file->macro_count &&
	       !compare_tokens(file->macros[number].name, name)
		       ? &file->macros[number] : NULL;
}

static bool same_macro(const struct macro *a, const struct macro *b)
{
	if (a->function_like != b->function_like ||
	    a->parameter_tokens != b->parameter_tokens ||
	    a->body_tokens != b->body_tokens)
		return false;
	for (uint32_t i = 0; i < a->parameter_tokens; i++)
		if (!token_equal(&a->parameters[i], &b->parameters[i]))
			return false;
	for (uint32_t i = 0; i < a->body_tokens; i++)
		if (!token_equal(&a->body[i], &b->body[i]))
			return false;
	return true;
}

/* Do COUNT definitions in one file hide those of others?  A lone one that may not
 * be compiled does not. */
static bool are_all(const struct macro *const *found, uint32_t count)
{
	return count > 1 || (count && !found[0]->conditional);
}

uint32_t macros_find(const struct macro_names *names,
		     struct sourcefile *const *files, uint32_t file_count,
		     const struct token *name, const struct macro **found,
		     uint32_t capacity)
{
	uint32_t hash = sourcefile_hash(name->text, name->size), count = 0;
	uint64_t bit = 1ULL << hash % 64;

	if (!(names->bits[hash % MACRO_BITS / 64] & bit))
		return 0;
	for (uint32_t i = 0; i < file_count; i++) {
		const struct sourcefile *other = files[i];
		uint32_t at;

		if (!(other->names[hash / 64 % SOURCEFILE_NAMES] & bit))
			continue;
		at = first_number(other, name);
		for (; at < other->macro_count && count < capacity; at++) {
			const struct macro *macro = &other->macros[at];
			uint32_t j = 0;

			if (compare_tokens(macro->name, name) != 0)
				break;
			while (j < count && !same_macro(found[j], macro))
				j++;
			if (j == count)
				found[count++] = macro;
		}
		if (i == 0 && are_all(found, count))
			break;
	}
	return count;
}
