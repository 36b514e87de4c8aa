/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/cxx_names.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

struct unifier {
	const char *at; /* what is left to read */
	char *text;     /* what was written; ends with a NUL */
	size_t size;
	int depth;
	bool failed;
	cxx_enumerator *enumerator;
	void *context;
};

static void parse_type(struct unifier *u);
static bool parse_declarator(struct unifier *u);

/* ---- reading and writing ---- */

static void fail(struct unifier *u)
{
	u->failed = true;
	u->at = "";
}

static void append_size(struct unifier *u, const char *string, size_t size)
{
	if (size >= CXX_NAME_MAX - u->size) {
		fail(u);
		return;
	}
	memcpy(u->text + u->size, string, size);
	u->size += size;
	u->text[u->size] = '\0';
}

static void append(struct unifier *u, const char *string)
{
	append_size(u, string, strlen(string));
}

static char last(const struct unifier *u)
{
	return u->size ? u->text[u->size - 1] : '\0';
}

static void skip_spaces(struct unifier *u)
{
	while (*u->at == ' ')
		u->at++;
}

static bool is_identifier(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

static size_t identifier_size(const char *at)
{
	size_t size = 0;

	if (isdigit((unsigned char)*at))
		return 0;
	while (is_identifier(at[size]))
		size++;
	return size;
}

static bool take(struct unifier *u, const char *string)
{
	size_t size = strlen(string);

	if (strncmp(u->at, string, size))
		return false;
	u->at += size;
	return true;
}

/* The same for a word, which ends there. */
static bool take_word(struct unifier *u, const char *word)
{
	size_t size = strlen(word);

	if (identifier_size(u->at) != size || strncmp(u->at, word, size))
		return false;
	u->at += size;
	skip_spaces(u);
	return true;
}

/* What is in brackets is copied as it is, up to the closing one. */
static void copy_balanced(struct unifier *u, char open, char close)
{
	const char *start = u->at;
	int depth = 0;

	do {
		if (*u->at == open)
			depth++;
		else if (*u->at == close)
			depth--;
		else if (!*u->at)
			break;
		u->at++;
	} while (depth);
	if (depth)
		fail(u);
	else
		append_size(u, start, (size_t)(u->at - start));
}

/* ---- values ---- */

/* u, UL, ll: the parameter's type says it. */
static void skip_suffix(struct unifier *u)
{
	while (*u->at && strchr("uUlL", *u->at))
		u->at++;
}

static void parse_number(struct unifier *u)
{
	const char *start = u->at;

	u->at += *u->at == '-';
	if (!isdigit((unsigned char)*u->at))
		fail(u);
	while (isdigit((unsigned char)*u->at))
		u->at++;
	if (!u->failed)
		append_size(u, start, (size_t)(u->at - start));
	skip_suffix(u);
	if (is_identifier(*u->at) || *u->at == '.')
		fail(u);
}

/* 'x', as clang casts it to types of characters: the number. */
static bool character_value(const char *text, long *value)
{
	static const char escapes[][2] = {
		{ 'n', '\n' }, { 't', '\t' }, { 'r', '\r' }, { '0', '\0' },
		{ 'a', '\a' }, { 'b', '\b' }, { 'f', '\f' }, { 'v', '\v' },
		{ '\\', '\\' }, { '\'', '\'' }, { '"', '"' },
	};

	if (text[0] != '\\') {
		*value = (unsigned char)text[0];
		return text[0] && text[1] == '\'';
	}
	if (text[1] == 'x') {
		char *end;

		*value = strtol(text + 2, &end, 16);
		return end > text + 2 && *end == '\'';
	}
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
		if (text[1] == escapes[i][0]) {
			*value = escapes[i][1];
			return text[2] == '\'';
		}
	}
	return false;
}

/* A literal of a character: a number if there was a cast. */
static void parse_character(struct unifier *u, bool cast)
{
	const char *start = u->at, *end = strchr(u->at + 1, '\'');
	char number[24];
	long value;

	if (end && end == start + 2 && start[1] == '\\')
		end = strchr(end + 1, '\'');
	if (!end || (cast && !character_value(start + 1, &value))) {
		fail(u);
		return;
	}
	u->at = end + 1;
	if (!cast) {
		append_size(u, start, (size_t)(u->at - start));
		return;
	}
	snprintf(number, sizeof number, "%ld", value);
	append(u, number);
}

static bool is_number_type(const char *type)
{
	static const char *const types[] = {
		"char", "signed char", "unsigned char", "short",
		"unsigned short", "int", "unsigned int", "long",
		"unsigned long", "long long", "unsigned long long", "bool",
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

/* "(TYPE)VALUE": what is written from START on was the type in brackets. */
static void finish_cast(struct unifier *u, size_t start)
{
	char type[CXX_NAME_MAX];
	const char *value, *name = NULL;

	memcpy(type, u->text + start + 1, u->size - start);
	if (is_number_type(type)) {
		u->size = start;
		u->text[start] = '\0';
		if (*u->at == '\'')
			parse_character(u, true);
		else
			parse_number(u);
		return;
	}
	append(u, ")");
	value = u->text + u->size;
	parse_number(u);
	if (u->enumerator && !u->failed)
		name = u->enumerator(u->context, type, value);
	if (name) {
		u->size = start;
		append(u, name);
	}
}

/* "(& object)", or a cast. */
static void parse_bracket_value(struct unifier *u)
{
	size_t start = u->size;

	u->at++;
	skip_spaces(u);
	if (take(u, "&")) {
		skip_spaces(u);
		append(u, "&");
		parse_type(u);
		if (!take(u, ")"))
			fail(u);
		return;
	}
	append(u, "(");
	parse_type(u);
	if (take(u, ")") && !u->failed)
		finish_cast(u, start);
	else
		fail(u);
}

static bool is_named_bracket(const char *at)
{
	return !strncmp(at, "(anonymous", 10) || !strncmp(at, "(lambda", 7) ||
	       !strncmp(at, "(unnamed", 8);
}

static void parse_argument(struct unifier *u)
{
	skip_spaces(u);
	if (isdigit((unsigned char)*u->at) || *u->at == '-')
		parse_number(u);
	else if (*u->at == '\'')
		parse_character(u, false);
	else if (*u->at == '(' && !is_named_bracket(u->at))
		parse_bracket_value(u);
	else if (take(u, "&")) {
		append(u, "&");
		parse_type(u);
	} else {
		parse_type(u);
	}
	skip_spaces(u);
}

static void parse_arguments(struct unifier *u)
{
	u->at++;
	append(u, "<");
	skip_spaces(u);
	while (!u->failed && *u->at != '>') {
		parse_argument(u);
		if (!take(u, ","))
			break;
		append(u, ", ");
		skip_spaces(u);
		if (*u->at == '>')
			fail(u);
	}
	if (last(u) == '>')
		append(u, " ");
	append(u, ">");
	if (!take(u, ">"))
		fail(u);
}

/* ---- names ---- */

/* A part of a name between "::", or nothing. */
static bool parse_part(struct unifier *u)
{
	size_t size = identifier_size(u->at);

	if (size) {
		append_size(u, u->at, size);
		u->at += size;
	} else if (is_named_bracket(u->at)) {
		copy_balanced(u, '(', ')');
	} else if (*u->at == '{') {
		copy_balanced(u, '{', '}');
	} else if (*u->at == '<') {
		copy_balanced(u, '<', '>');
		return true;
	} else {
		return false;
	}
	if (*u->at == '<')
		parse_arguments(u);
	return true;
}

/* "(int)::" behind the name of a function, of which a type is local. */
static bool is_function_scope(const char *at)
{
	int depth = 0;

	do {
		depth += (*at == '(') - (*at == ')');
	} while (*at++ && depth);
	return !depth && (!strncmp(at, "::", 2) || !strncmp(at, " const::", 8));
}

static void parse_name(struct unifier *u)
{
	bool operator_name = !strncmp(u->at, "operator", 8);

	if (operator_name || !parse_part(u))
		fail(u);
	for (;;) {
		if (*u->at == '(' && is_function_scope(u->at)) {
			copy_balanced(u, '(', ')');
			if (take(u, " const"))
				append(u, " const");
		}
		if (strncmp(u->at, "::", 2) || u->at[2] == '*')
			return;
		u->at += 2;
		append(u, "::");
		if (!strncmp(u->at, "operator", 8) || !parse_part(u)) {
			fail(u);
			return;
		}
	}
}

/* ---- types ---- */

/* The words of a number's type, in any order. */
struct words {
	int longs, unsigneds, signeds, shorts;
	const char *base; /* "char", "int", "double", "__int128"; or NULL */
};

static bool take_number_word(struct unifier *u, struct words *words)
{
	static const char *const bases[] = { "char", "int", "double",
					     "__int128" };

	if (take_word(u, "long"))
		return ++words->longs;
	if (take_word(u, "unsigned"))
		return ++words->unsigneds;
	if (take_word(u, "signed"))
		return ++words->signeds;
	if (take_word(u, "short"))
		return ++words->shorts;
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		if (take_word(u, bases[i])) {
			words->base = bases[i];
			return true;
		}
	}
	return false;
}

static void append_words(struct unifier *u, const struct words *words)
{
	const char *base = words->base ? words->base : "int";
	bool is_int = !strcmp(base, "int");

	if (words->unsigneds)
		append(u, "unsigned ");
	else if (words->signeds && !strcmp(base, "char"))
		append(u, "signed ");
	if (words->shorts)
		append(u, "short");
	for (int i = 0; i < words->longs && i < 2; i++)
		append(u, i ? " long" : "long");
	if (is_int && (words->shorts || words->longs))
		return;
	if (words->longs)
		append(u, " ");
	append(u, base);
}

enum { IS_CONST = 1, IS_VOLATILE = 2 };

static int take_qualifiers(struct unifier *u)
{
	int qualifiers = 0;

	for (;;) {
		skip_spaces(u);
		if (take_word(u, "const"))
			qualifiers |= IS_CONST;
		else if (take_word(u, "volatile"))
			qualifiers |= IS_VOLATILE;
		else
			return qualifiers;
	}
}

/* Qualifiers of what begins at START go before it. */
static void insert_qualifiers(struct unifier *u, size_t start, int qualifiers)
{
	const char *words = qualifiers == IS_CONST ? "const " :
			    qualifiers == IS_VOLATILE ? "volatile " :
			    qualifiers ? "const volatile " : "";
	size_t size = strlen(words);

	if (size >= CXX_NAME_MAX - u->size) {
		fail(u);
		return;
	}
	memmove(u->text + start + size, u->text + start, u->size - start + 1);
	memcpy(u->text + start, words, size);
	u->size += size;
}

static void parse_core(struct unifier *u)
{
	struct words words = { 0, 0, 0, 0, NULL };
	size_t start = u->size;
	int qualifiers = take_qualifiers(u);

	if (take_number_word(u, &words)) {
		while (take_number_word(u, &words) ||
		       (qualifiers |= take_qualifiers(u),
			take_number_word(u, &words)))
			continue;
		append_words(u, &words);
	} else {
		parse_name(u);
		qualifiers |= take_qualifiers(u);
	}
	insert_qualifiers(u, start, qualifiers);
}

/* Stars stand apart from words, not from each other. */
static void append_star(struct unifier *u, const char *star)
{
	if (u->size && !strchr("*&( ", last(u)))
		append(u, " ");
	append(u, star);
}

/* "*const", "&", "&&"; false: no more. */
static bool parse_star(struct unifier *u)
{
	skip_spaces(u);
	if (take(u, "&&")) {
		append_star(u, "&&");
	} else if (take(u, "&")) {
		append_star(u, "&");
	} else if (take(u, "*")) {
		int qualifiers;

		append_star(u, "*");
		qualifiers = take_qualifiers(u);
		if (qualifiers & IS_CONST)
			append(u, "const");
		if (qualifiers & IS_VOLATILE)
			append(u, qualifiers & IS_CONST ? " volatile" :
							  "volatile");
	} else {
		return false;
	}
	return true;
}

/* "holder::*" */
static bool parse_member_star(struct unifier *u)
{
	const struct unifier before = *u;
	int depth = u->depth;

	skip_spaces(u);
	if (!identifier_size(u->at) || u->depth >= DEPTH_MAX)
		return false;
	u->depth++;
	append_star(u, "");
	parse_name(u);
	u->depth = depth;
	if (!u->failed && take(u, "::*")) {
		append(u, "::*");
		return true;
	}
	*u = before;
	u->text[u->size] = '\0';
	return false;
}

static void parse_bound(struct unifier *u)
{
	append(u, "[");
	u->at++;
	skip_spaces(u);
	if (*u->at != ']')
		parse_number(u);
	skip_spaces(u);
	append(u, "]");
	if (!take(u, "]"))
		fail(u);
}

static void parse_parameters(struct unifier *u)
{
	if (u->size && !strchr("*&()", last(u)))
		append(u, " ");
	append(u, "(");
	u->at++;
	skip_spaces(u);
	while (!u->failed && *u->at != ')') {
		if (take(u, "..."))
			append(u, "...");
		else
			parse_type(u);
		skip_spaces(u);
		if (!take(u, ","))
			break;
		append(u, ", ");
		skip_spaces(u);
	}
	append(u, ")");
	if (!take(u, ")"))
		fail(u);
	if (take_qualifiers(u) & IS_CONST)
		append(u, " const");
	if (take_word(u, "noexcept"))
		append(u, " noexcept");
}

/* "(*)", "(holder::*)", "(&)", where a function or an array comes behind. */
static bool parse_inner(struct unifier *u)
{
	const struct unifier before = *u;
	bool any = false;

	if (++u->depth > DEPTH_MAX)
		fail(u);
	u->at += *u->at == '(';
	append_star(u, "(");
	while (parse_star(u) || (!any && parse_member_star(u)))
		any = true;
	while (any && !u->failed && (*u->at == '(' || *u->at == '['))
		parse_declarator(u);
	skip_spaces(u);
	u->depth = before.depth;
	if (any && take(u, ")")) {
		append(u, ")");
		return true;
	}
	*u = before;
	u->text[u->size] = '\0';
	return false;
}

/* What is behind a type; false: nothing. */
static bool parse_declarator(struct unifier *u)
{
	skip_spaces(u);
	if (*u->at == '[') {
		parse_bound(u);
		return true;
	}
	if (*u->at != '(')
		return parse_star(u) || parse_member_star(u);
	if (!parse_inner(u))
		parse_parameters(u);
	return true;
}

static void parse_type(struct unifier *u)
{
	if (u->depth >= DEPTH_MAX) {
		fail(u);
		return;
	}
	u->depth++;
	parse_core(u);
	while (!u->failed && parse_declarator(u))
		continue;
	u->depth--;
}

bool cxx_name_unify(const char *name, cxx_enumerator *enumerator,
		    void *context, char buffer[CXX_NAME_MAX])
{
	struct unifier u = { .at = name, .text = buffer,
			     .enumerator = enumerator, .context = context };

	buffer[0] = '\0';
	parse_type(&u);
	return !u.failed && !*u.at;
}
