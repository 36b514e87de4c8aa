/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/generated.h"

#include <string.h>

/* A #line directive. */
struct marker {
	const struct token *file; /* a string */
	uint32_t at;              /* its own line */
	uint32_t number;          /* of the line after it */
};

static uint32_t number_of(const struct token *token)
{
	uint32_t number = 0;

	for (uint32_t i = 0; i < token->size; i++) {
		if (token->text[i] < '0' || token->text[i] > '9' ||
		    number > UINT32_MAX / 16)
			return 0;
		number = 10 * number + (uint32_t)(token->text[i] - '0');
	}
	return number;
}

/* Reads the directive at I; `# 12 "file"' is one, too. */
static bool read_marker(const struct token_list *list, uint32_t i,
			struct marker *marker)
{
	uint32_t at = i + 1;

	if (list->at[i].kind != TOKEN_DIRECTIVE || at >= list->count)
		return false;
	if (token_is(&list->at[at], "line"))
		at++;
	if (at + 1 >= list->count || list->at[at].kind != TOKEN_NUMBER ||
	    list->at[at + 1].kind != TOKEN_STRING)
		return false;
	marker->at = list->at[i].line;
	marker->number = number_of(&list->at[at]);
	marker->file = &list->at[at + 1];
	return marker->number != 0;
}

static const char *base_name(const char *path, const char *end)
{
	const char *base = path;

	for (; path < end; path++)
		if (*path == '/')
			base = path + 1;
	return base;
}

static bool is_named(const struct token *string, const char *name)
{
	const char *end = string->text + string->size - 1; /* a quote */
	const char *base = base_name(string->text + 1, end);
	const char *wanted = base_name(name, name + strlen(name));

	return string->size > 2 && (size_t)(end - base) == strlen(wanted) &&
	       memcmp(base, wanted, (size_t)(end - base)) == 0;
}

uint32_t generated_line(const struct sourcefile *unit, const char *name,
			uint32_t line)
{
	const struct token_list *list = &unit->directives;
	struct marker last = { .file = NULL }, next;

	for (uint32_t i = 0; i < list->count; i++) {
		if (!read_marker(list, i, &next))
			continue;
		if (last.file && is_named(last.file, name) &&
		    line >= last.number &&
		    line - last.number < next.at - last.at - 1)
			return last.at + 1 + (line - last.number);
		last = next;
	}
	return last.file && is_named(last.file, name) && line >= last.number
		       ? last.at + 1 + (line - last.number) : 0;
}
