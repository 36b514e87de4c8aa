/* SPDX-License-Identifier: Apache-2.0 */
#include "type/spelling.h"

#include <string.h>

/*
 * An abstract declarator is written inside out (C11 6.7.7): what is derived
 * last stands where the identifier would.  That place is
 *   - behind the innermost "(*" when some pointer in the type leads to an
 *     array or a function: int (*HERE)[3];
 *   - else before the brackets of an array, the parameters of a function:
 *     int HERE[3], int HERE(char);
 *   - else at the end: int *HERE.
 */
enum { DEPTH_MAX = 64 };

static bool is_qualifier(enum alloc_kind kind)
{
	return kind == ALLOC_KIND_CONST || kind == ALLOC_KIND_VOLATILE ||
	       kind == ALLOC_KIND_RESTRICT || kind == ALLOC_KIND_ATOMIC;
}

static const struct alloc_type *unqualified(const struct alloc_type *type)
{
	for (int i = 0; i < DEPTH_MAX && is_qualifier(alloc_type_kind(type));
	     i++)
		type = alloc_type_target(type);
	return type;
}

static bool has_suffix(const struct alloc_type *type)
{
	enum alloc_kind kind = alloc_type_kind(unqualified(type));

	return kind == ALLOC_KIND_ARRAY || kind == ALLOC_KIND_FUNCTION;
}

/* Does the spelling of TYPE have a "(*"? */
static bool has_group(const struct alloc_type *type)
{
	for (int i = 0; i < DEPTH_MAX; i++) {
		const struct alloc_type *target;

		type = unqualified(type);
		target = alloc_type_target(type);
		switch (alloc_type_kind(type)) {
		case ALLOC_KIND_POINTER:
			if (has_suffix(target))
				return true;
			break;
		case ALLOC_KIND_ARRAY:
		case ALLOC_KIND_FUNCTION:
			break;
		default:
			return false;
		}
		type = target;
	}
	return false;
}

/* Past the stars and qualifiers at NAME[AT]. */
static size_t skip_pointers(const char *name, size_t at)
{
	static const char *const words[] = { "const", "volatile", "restrict",
					     "__restrict", "_Atomic" };

	for (;;) {
		size_t before = at;

		at += strspn(name + at, "*& ");
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			size_t length = strlen(words[i]);

			if (strncmp(name + at, words[i], length) == 0)
				at += length;
		}
		if (at == before)
			return at;
	}
}

static bool opens_group(const char *name, size_t at)
{
	return name[at] == '(' && (name[at + 1] == '*' || name[at + 1] == '&');
}

static size_t group_position(const char *name)
{
	int angles = 0;
	size_t at = 0;

	/* What stands in template arguments is not ours. */
	while (name[at] && !(angles <= 0 && opens_group(name, at))) {
		angles += (name[at] == '<') - (name[at] == '>');
		at++;
	}
	while (opens_group(name, at))
		at = skip_pointers(name, at + 1);
	return at;
}

/* Where the brackets or the parentheses at the end of NAME begin. */
static size_t suffix_position(const char *name, char open, char close,
			      bool repeated)
{
	size_t length = strlen(name), at = length, begin = length;
	int depth = 0;

	while (at > 0) {
		at--;
		depth += (name[at] == close) - (name[at] == open);
		if (depth < 0)
			break;
		if (depth > 0)
			continue;
		if (name[at] == open)
			begin = at;
		if (name[at] != open || !repeated || at == 0 ||
		    name[at - 1] != close)
			break;
	}
	return begin;
}

static size_t declarator_position(const char *name,
				  const struct alloc_type *type)
{
	if (has_group(type))
		return group_position(name);
	switch (alloc_type_kind(unqualified(type))) {
	case ALLOC_KIND_ARRAY:
		return suffix_position(name, '[', ']', true);
	case ALLOC_KIND_FUNCTION:
		return suffix_position(name, '(', ')', false);
	default:
		return strlen(name);
	}
}

static void insert(struct text *text, const char *name, size_t at,
		   const char *what, bool spaced)
{
	char before = at ? name[at - 1] : ' ';

	text_append_bytes(text, name, at);
	if (spaced && before != ' ' && before != '*' && before != '(')
		text_append_char(text, ' ');
	text_append(text, what);
	text_append(text, name + at);
}

void spelling_array(struct text *text, const struct alloc_type *element,
		    uint64_t count)
{
	const char *name = alloc_type_name(element);
	size_t at = declarator_position(name, element);
	char buffer[32];
	struct text brackets;

	text_init(&brackets, buffer, sizeof buffer);
	text_append_char(&brackets, '[');
	if (count != UINT64_MAX)
		text_append_decimal(&brackets, count);
	text_append_char(&brackets, ']');
	insert(text, name, at, buffer, false);
}

void spelling_pointer(struct text *text, const struct alloc_type *target)
{
	const char *name = alloc_type_name(target);
	size_t at = declarator_position(name, target);

	insert(text, name, at, has_suffix(target) ? "(*)" : "*", true);
}
