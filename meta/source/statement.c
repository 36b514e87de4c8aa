/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/statement.h"

enum { LENGTH_LIMIT = 4096 };

/* Is AT behind "})", the end of a macro's argument of statements that is one
 * itself: another begins there? */
static bool ends_block(const struct token_list *list, uint32_t at)
{
	return at > 1 && token_is(&list->at[at - 1], ")") &&
	       token_is(&list->at[at - 2], "}") &&
	       (at == list->count || list->at[at].kind == TOKEN_IDENTIFIER ||
		token_is(&list->at[at], "}"));
}

/* Back from AT to the first token of its statement. */
static uint32_t find_start(const struct token_list *list, uint32_t at)
{
	uint32_t depth = 0;

	for (uint32_t steps = 0; at > 0 && steps < LENGTH_LIMIT; steps++) {
		const struct token *t = &list->at[at - 1];

		if (!depth && ends_block(list, at))
			break;
		if (token_is_one_of(t, ")]"))
			depth++;
		else if (token_is_one_of(t, "(["))
			depth -= depth > 0;
		else if (token_is_one_of(t, ";{}") && !depth)
			break;
		at--;
	}
	return at;
}

/* Forward from AT, the first token not yet included, past the statement. */
static uint32_t find_end(const struct token_list *list, uint32_t at)
{
	uint32_t depth = 0;

	for (uint32_t steps = 0; at < list->count && steps < LENGTH_LIMIT;
	     steps++) {
		const struct token *t = &list->at[at++];

		if (token_is_one_of(t, "(["))
			depth++;
		else if (token_is_one_of(t, ")]"))
			depth -= depth > 0;
		else if (token_is_one_of(t, ";{}") && !depth)
			break;
	}
	return at;
}

/* The macro whose invocation begins in the tokens [FIRST, NEXT) of a line has
 * statements among its arguments: what they call has this line.  *END: behind
 * its parenthesis, or of the function at hand.  Conditional compilation may
 * leave others open. */
static bool find_block_end(const struct token_list *list, uint32_t first,
			   uint32_t next, uint32_t *end)
{
	uint32_t depth = 0, braces = 0, at = first;
	bool has_block = false;

	for (; at < list->count && at < first + LENGTH_LIMIT; at++) {
		const struct token *t = &list->at[at];

		if (at >= next && !depth)
			break;
		if (token_is_one_of(t, "(["))
			depth++;
		else if (token_is_one_of(t, ")]"))
			depth -= depth > 0;
		else if (token_is(t, "{") && depth)
			has_block = ++braces;
		else if (token_is(t, "}") && depth && !braces--)
			return false;
	}
	*end = at;
	return has_block && !braces && at > next;
}

bool statement_find(const struct token_list *list, uint32_t line,
		    uint32_t *first, uint32_t *limit, bool *has_block)
{
	uint32_t begin = token_list_find_line(list, line);
	uint32_t next = begin, end, line_first = begin;

	while (next < list->count && list->at[next].line == line)
		next++;
	end = begin;
	begin = find_start(list, begin);
	if (next == end && begin == end)
		return false; /* an empty line between statements */
	/* The line may end what it holds, or be amid a longer statement. */
	end = next;
	*has_block = find_block_end(list, line_first, next, &end);
	if (*has_block)
		end = ends_block(list, end) ? end : find_end(list, end);
	else if (!(next > 0 && token_is_one_of(&list->at[next - 1], ";}")))
		end = find_end(list, next);
	if (begin >= end || end - begin > 2 * LENGTH_LIMIT)
		return false;
	*first = begin;
	*limit = end;
	return true;
}
