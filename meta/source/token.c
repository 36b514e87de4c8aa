/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/token.h"

#include <stdlib.h>
#include <string.h>

enum { OPENINGS = 5 };

struct scanner {
	const char *at, *end;
	uint32_t line;
	bool line_start;     /* only white space so far on this line */
	bool in_directive;
	uint32_t directive;  /* where the current one begins */
	uint32_t conditions; /* depth of #if */
	uint32_t dead;       /* depth of the #if 0 we are in, or 0 */
	struct token_list *code; /* NULL: not wanted */
	struct token_list *directives;
	struct token_marks *marks; /* NULL: not wanted */
	/* Where each of the openings is next, or END; may be passed by. */
	const char *next[OPENINGS];
};

/* What may be more than a part of its line begins with one of them. */
static const char openings[OPENINGS] = { '"', '\'', '/', '\\', '#' };

enum status token_list_append(struct token_list *list,
			      const struct token *token)
{
	if (list->count == list->capacity) {
		uint32_t capacity = list->capacity ? list->capacity * 2 : 256;
		struct token *at;

		if (capacity < list->capacity)
			return STATUS_NO_MEMORY;
		at = realloc(list->at, (size_t)capacity * sizeof *at);
		if (!at)
			return STATUS_NO_MEMORY;
		list->at = at;
		list->capacity = capacity;
	}
	list->at[list->count++] = *token;
	return STATUS_OK;
}

void token_list_deinit(struct token_list *list)
{
	free(list->at);
	*list = (struct token_list){ 0 };
}

bool token_spells(const struct token *token, const char *word)
{
	return strlen(word) == token->size &&
	       memcmp(word, token->text, token->size) == 0;
}

bool token_is_one_of(const struct token *token, const char *characters)
{
	if (token->kind != TOKEN_PUNCTUATOR || token->size != 1)
		return false;
	for (; *characters; characters++)
		if (*characters == *token->text)
			return true;
	return false;
}

bool token_equal(const struct token *a, const struct token *b)
{
	return a->kind == b->kind && a->size == b->size &&
	       memcmp(a->text, b->text, a->size) == 0;
}

uint32_t token_list_find_line(const struct token_list *list, uint32_t line)
{
	uint32_t low = 0, high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (list->at[middle].line < line)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum character {
	LETTER = 1 << 0,   /* of identifiers */
	DIGIT = 1 << 1,
	SPACE = 1 << 2,
	OPERATOR = 1 << 3, /* begins punctuators of several characters */
};

static const uint8_t characters[256] = {
	['a' ... 'z'] = LETTER, ['A' ... 'Z'] = LETTER, ['_'] = LETTER,
	['$'] = LETTER, [0x80 ... 0xff] = LETTER, ['0' ... '9'] = DIGIT,
	['\0'] = SPACE, [' '] = SPACE, ['\t' ... '\r'] = SPACE,
	['.'] = OPERATOR, ['<'] = OPERATOR, ['>'] = OPERATOR,
	['-'] = OPERATOR, ['+'] = OPERATOR, ['='] = OPERATOR,
	['!'] = OPERATOR, ['&'] = OPERATOR, ['|'] = OPERATOR,
	['*'] = OPERATOR, ['/'] = OPERATOR, ['%'] = OPERATOR,
	['^'] = OPERATOR, ['#'] = OPERATOR, [':'] = OPERATOR,
};

static bool is_letter(char c)
{
	return characters[(unsigned char)c] & LETTER;
}

static bool is_digit(char c)
{
	return characters[(unsigned char)c] & DIGIT;
}

static bool is_word(char c)
{
	return characters[(unsigned char)c] & (LETTER | DIGIT);
}

static char peek(const struct scanner *s, size_t ahead)
{
	return (size_t)(s->end - s->at) > ahead ? s->at[ahead] : '\0';
}

/* The length of a line continuation here, or 0. */
static size_t continuation(const struct scanner *s)
{
	if (peek(s, 0) != '\\')
		return 0;
	if (peek(s, 1) == '\n')
		return 2;
	return peek(s, 1) == '\r' && peek(s, 2) == '\n' ? 3 : 0;
}

/* Up to END. */
static void count_lines(struct scanner *s, const char *end)
{
	const char *at = s->at;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		s->line++;
		at++;
	}
}

static void skip_block_comment(struct scanner *s)
{
	const char *slash = s->at + 2;

	do {
		size_t left = (size_t)(s->end - slash);

		slash = left ? memchr(slash + 1, '/', left - 1) : NULL;
	} while (slash && slash[-1] != '*');
	slash = slash ? slash + 1 : s->end;
	count_lines(s, slash);
	s->at = slash;
}

static void skip_line_comment(struct scanner *s)
{
	while (s->at < s->end && *s->at != '\n') {
		size_t joined = *s->at == '\\' ? continuation(s) : 0;

		s->line += joined != 0;
		s->at += joined ? joined : 1;
	}
}

/* The text of the directive's Nth token after the #, or an empty one. */
static struct token directive_token(const struct scanner *s, uint32_t n)
{
	uint32_t at = s->directive + 1 + n;

	if (at < s->directives->count)
		return s->directives->at[at];
	return (struct token){ .text = "", .kind = TOKEN_PUNCTUATOR };
}

/* Keeps track of #if 0 when a directive is complete. */
static void end_directive(struct scanner *s)
{
	struct token name = directive_token(s, 0);
	struct token condition = directive_token(s, 1);

	s->in_directive = false;
	if (token_is(&name, "if") || token_is(&name, "ifdef") ||
	    token_is(&name, "ifndef")) {
		s->conditions++;
		if (!s->dead && token_is(&name, "if") &&
		    token_is(&condition, "0"))
			s->dead = s->conditions;
	} else if (token_is(&name, "endif")) {
		if (s->dead == s->conditions)
			s->dead = 0;
		s->conditions -= s->conditions > 0;
	} else if (token_is(&name, "else") || token_is(&name, "elif")) {
		if (s->dead == s->conditions)
			s->dead = 0;
	}
}

/* White space of which no line ends. */
static void skip_blanks(struct scanner *s)
{
	while (s->at < s->end && *s->at != '\n' &&
	       characters[(unsigned char)*s->at] & SPACE)
		s->at++;
}

static const char *next_opening(struct scanner *s)
{
	const char *first = s->end;

	for (int i = 0; i < OPENINGS; i++) {
		const char **next = &s->next[i];

		if (!*next || *next < s->at)
			*next = memchr(s->at, openings[i],
				       (size_t)(s->end - s->at));
		if (!*next)
			*next = s->end;
		if (*next < first)
			first = *next;
	}
	return first;
}

/* From the beginning of a line on, lines of code that is not wanted, which
 * neither begin nor end anything. */
static void skip_plain_lines(struct scanner *s)
{
	const char *opening = next_opening(s);

	while (s->at < s->end && *s->at != '}') {
		const char *end = memchr(s->at, '\n',
					 (size_t)(s->end - s->at));

		if (!end || opening < end)
			return;
		s->line++;
		s->at = end + 1;
	}
}

/* Skips white space, comments and ends of directives. */
static void skip_space(struct scanner *s)
{
	while (s->at < s->end) {
		char c = *s->at;
		size_t joined = c == '\\' ? continuation(s) : 0;

		if (joined) {
			s->line++;
			s->at += joined;
		} else if (c == '\n') {
			if (s->in_directive)
				end_directive(s);
			s->line++;
			s->line_start = true;
			s->at++;
			if (!s->code)
				skip_plain_lines(s);
		} else if (characters[(unsigned char)c] & SPACE) {
			skip_blanks(s);
		} else if (c == '/' && peek(s, 1) == '*') {
			skip_block_comment(s);
		} else if (c == '/' && peek(s, 1) == '/') {
			skip_line_comment(s);
		} else {
			return;
		}
	}
}

/* Past a string or character constant; it ends with its line at the latest. */
static void scan_quoted(struct scanner *s, char quote)
{
	for (s->at++; s->at < s->end; s->at++) {
		size_t joined = *s->at == '\\' ? continuation(s) : 0;

		if (joined) {
			s->line++;
			s->at += joined - 1;
		} else if (*s->at == '\\' && s->at + 1 < s->end) {
			s->at += s->at[1] != '\n';
		} else if (*s->at == quote) {
			s->at++;
			return;
		} else if (*s->at == '\n') {
			return;
		}
	}
}

/* R"delimiter(...)delimiter", from its quote. */
static void scan_raw_string(struct scanner *s)
{
	const char *delimiter = s->at + 1;
	size_t size = 0;

	while (peek(s, 1 + size) != '(' && size < 17)
		size++;
	if (peek(s, 1 + size) != '(') {
		scan_quoted(s, '"');
		return;
	}
	for (s->at += size + 2; s->at < s->end; s->at++) {
		if (*s->at == '\n')
			s->line++;
		if (*s->at == ')' && peek(s, size + 1) == '"' &&
		    memcmp(s->at + 1, delimiter, size) == 0) {
			s->at += size + 2;
			return;
		}
	}
}

static void scan_number(struct scanner *s)
{
	for (; s->at < s->end; s->at++) {
		char c = *s->at, next = peek(s, 1);
		bool exponent = c == 'e' || c == 'E' || c == 'p' || c == 'P';

		if (exponent && (next == '+' || next == '-'))
			s->at++;
		else if (!is_word(c) && c != '.' &&
			 (c != '\'' || !is_word(next)))
			return;
	}
}

/* An identifier, or a string with a prefix. */
static enum token_kind scan_word(struct scanner *s)
{
	const char *start = s->at;
	size_t size;
	char quote;

	while (s->at < s->end && is_word(*s->at))
		s->at++;
	size = (size_t)(s->at - start);
	quote = peek(s, 0);
	if (size > 3 || (quote != '"' && quote != '\''))
		return TOKEN_IDENTIFIER;
	for (size_t i = 0; i < size; i++)
		if (!strchr("LuU8R", start[i]))
			return TOKEN_IDENTIFIER;
	if (start[size - 1] == 'R' && quote == '"')
		scan_raw_string(s);
	else
		scan_quoted(s, quote);
	return quote == '"' ? TOKEN_STRING : TOKEN_CHARACTER;
}

static size_t punctuator_size(const struct scanner *s)
{
	static const char longer[][4] = {
		"...", "<<=", ">>=", "->*", "->", "++", "--", "<<", ">>",
		"<=",  ">=",  "==",  "!=",  "&&", "||", "*=", "/=", "%=",
		"+=",  "-=",  "&=",  "^=",  "|=", "##", "::",
	};
	char first = peek(s, 0), second = peek(s, 1);

	if (!(characters[(unsigned char)first] & OPERATOR) ||
	    !(characters[(unsigned char)second] & OPERATOR))
		return 1;
	for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
		if (longer[i][0] != first || longer[i][1] != second)
			continue;
		if (!longer[i][2])
			return 2;
		if (longer[i][2] == peek(s, 2))
			return 3;
	}
	return 1;
}

static enum token_kind scan_token(struct scanner *s)
{
	char c = *s->at;

	if (is_letter(c))
		return scan_word(s);
	if (is_digit(c) || (c == '.' && is_digit(peek(s, 1)))) {
		scan_number(s);
		return TOKEN_NUMBER;
	}
	if (c == '"' || c == '\'') {
		scan_quoted(s, c);
		return c == '"' ? TOKEN_STRING : TOKEN_CHARACTER;
	}
	s->at += punctuator_size(s);
	return TOKEN_PUNCTUATOR;
}

static enum status add_mark(struct token_marks *marks,
			    const struct token_mark *mark)
{
	if (marks->count == marks->capacity) {
		uint32_t capacity = marks->capacity ? marks->capacity * 2 : 16;
		void *at = reallocarray(marks->at, capacity,
					sizeof *marks->at);

		if (!at)
			return STATUS_NO_MEMORY;
		marks->at = at;
		marks->capacity = capacity;
	}
	marks->at[marks->count++] = *mark;
	return STATUS_OK;
}

uint32_t token_marks_behind(const struct token_marks *marks, uint32_t line)
{
	uint32_t low = 0, high = marks->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (marks->at[middle].line <= line)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void token_marks_deinit(struct token_marks *marks)
{
	free(marks->at);
	*marks = (struct token_marks){ 0 };
}

/* TOKEN is code, and ends where S is. */
static enum status keep_code(struct scanner *s, const struct token *token)
{
	if (s->marks && *token->text == '}' &&
	    token->text != s->marks->at[0].at && token->text[-1] == '\n') {
		struct token_mark mark = { .at = s->at, .line = s->line,
					   .conditions = s->conditions,
					   .dead = s->dead };

		return add_mark(s->marks, &mark);
	}
	return s->code && !s->dead ? token_list_append(s->code, token)
				   : STATUS_OK;
}

static enum status scan(struct scanner *s)
{
	for (skip_space(s); s->at < s->end; skip_space(s)) {
		struct token token = { .text = s->at, .line = s->line };
		enum token_kind kind = scan_token(s);
		size_t length = (size_t)(s->at - token.text);
		enum status status;

		if (length >= TOKEN_SIZE_LIMIT)
			length = TOKEN_SIZE_LIMIT - 1;
		token.size = (uint32_t)length & (TOKEN_SIZE_LIMIT - 1);
		token.kind = kind & 0xff;
		if (s->line_start && length == 1 && *token.text == '#') {
			s->in_directive = true;
			s->directive = s->directives->count;
			token.kind = TOKEN_DIRECTIVE;
		}
		s->line_start = false;
		status = s->in_directive
				 ? token_list_append(s->directives, &token)
				 : keep_code(s, &token);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

enum status token_scan(const char *text, size_t size, struct token_list *code,
		       struct token_list *directives)
{
	struct scanner s = { .at = text, .end = text + size, .line = 1,
			     .line_start = true, .code = code,
			     .directives = directives };

	return scan(&s);
}

enum status token_scan_directives(const char *text, size_t size,
				  struct token_list *directives,
				  struct token_marks *marks)
{
	struct scanner s = { .at = text, .end = text + size, .line = 1,
			     .line_start = true, .directives = directives,
			     .marks = marks };
	struct token_mark own = { .at = text };
	enum status status = add_mark(marks, &own);

	return status == STATUS_OK ? scan(&s) : status;
}

enum status token_scan_code(const struct token_mark *mark, const char *end,
			    struct token_list *code)
{
	struct token_list directives = { 0 };
	struct scanner s = { .at = mark->at, .end = end,
			     .line = mark->line ? mark->line : 1,
			     .line_start = !mark->line,
			     .conditions = mark->conditions,
			     .dead = mark->dead, .code = code,
			     .directives = &directives };
	enum status status = scan(&s);

	token_list_deinit(&directives);
	return status;
}
