/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/statement.h"

enum { LENGTH_LIMIT = 4096 };

/* Back from AT to the first token of its statement. */
static uint32_t find_start(const struct token_list *list, uint32_t at)
{
	uint32_t depth = 0;

	for (uint32_t steps = 0; at > 0 && steps < LENGTH_LIMIT; steps++) {
		const struct token *t = &list->at[at - 1];

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

bool statement_find(const struct token_list *list, uint32_t line,
		    uint32_t *first, uint32_t *limit)
{
	uint32_t begin = token_list_find_line(list, line);
	uint32_t next = begin, end;

	while (next < list->count && list->at[next].line == line)
		next++;
	end = begin;
	begin = find_start(list, begin);
	if (next == end && begin == end)
		return false; /* an empty line between statements */
	/* The line may end what it holds, or be amid a longer statement. */
	end = next;
	if (!(next > 0 && token_is_one_of(&list->at[next - 1], ";}")))
		end = find_end(list, next);
	if (begin >= end || end - begin > 2 * LENGTH_LIMIT)
		return false;
	*first = begin;
	*limit = end;
	return true;
}
