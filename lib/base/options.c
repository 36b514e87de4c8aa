/* SPDX-License-Identifier: Apache-2.0 */
#include "base/options.h"

#include <string.h>

#include "base/report.h"
#include "base/sys.h"

enum { PATHS_SIZE = 8192, ITEM_SHOWN = 200 };

#define OPTION_ROW(kind, name, preset, values, help)                           \
	{ #name, OPTION_KIND_##kind, offsetof(struct options, name), preset,   \
	  values, help },

const struct option option_table[OPTION_COUNT] = { OPTION_TABLE(OPTION_ROW) };
struct options options;

static char paths[PATHS_SIZE];
static size_t paths_used;

/* ---- values ---- */

static bool parse_number(const char *text, size_t length, uint64_t *value)
{
	uint64_t result = 0;

	if (!length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9' ||
		    __builtin_mul_overflow(result, 10, &result) ||
		    __builtin_add_overflow(result, text[i] - '0', &result))
			return false;
	*value = result;
	return true;
}

static bool parse_size(const char *text, size_t length, size_t *value)
{
	static const char suffixes[] = "KMGT";
	uint64_t number, factor = 1;

	if (length && (text[length - 1] & ~0x20) >= 'A') {
		char letter = (char)(text[--length] & ~0x20);
		const char *suffix = strchr(suffixes, letter);

		if (!suffix)
			return false;
		factor <<= 10 * (suffix - suffixes + 1);
	}
	if (!parse_number(text, length, &number) ||
	    __builtin_mul_overflow(number, factor, &number))
		return false;
	*value = number;
	return true;
}

/* Bytes of TEXT before STOP.  As strcspn, whose pages nobody else needs at
 * start. */
static size_t length_before(const char *text, char stop)
{
	size_t length = 0;

	while (text[length] && text[length] != stop)
		length++;
	return length;
}

/* The index of the word TEXT in WORDS, which `|' parts. */
static bool parse_choice(const char *words, const char *text, size_t length,
			 unsigned int *value)
{
	for (unsigned int n = 0;; n++) {
		size_t size = length_before(words, '|');

		if (size == length && !memcmp(words, text, size)) {
			*value = n;
			return true;
		}
		if (!words[size])
			return false;
		words += size + 1;
	}
}

static bool keep_path(const char *text, size_t length, const char **value)
{
	if (!length || length >= PATHS_SIZE - paths_used)
		return false;
	*value = memcpy(paths + paths_used, text, length);
	paths_used += length;
	paths[paths_used++] = '\0';
	return true;
}

/* Sets OPTION; false leaves it as it was. */
static bool set_value(struct options *result, const struct option *option,
		      const char *text, size_t length)
{
	void *field = (char *)result + option->offset;
	unsigned int word;

	switch (option->kind) {
	case OPTION_KIND_SIZE:
		return parse_size(text, length, field);
	case OPTION_KIND_NUMBER:
		return parse_number(text, length, field);
	case OPTION_KIND_FLAG:
		if (!parse_choice("off|on", text, length, &word))
			return false;
		*(bool *)field = word;
		return true;
	case OPTION_KIND_CHOICE:
		return parse_choice(option->values, text, length, field);
	case OPTION_KIND_PATH:
		return keep_path(text, length, field);
	}
	return false;
}

/* ---- the list ---- */

static const struct option *find_option(const char *name, size_t length)
{
	for (size_t n = 0; n < OPTION_COUNT; n++)
		if (strlen(option_table[n].name) == length &&
		    !memcmp(option_table[n].name, name, length))
			return &option_table[n];
	return NULL;
}

/* What is wrong with ITEM, or NULL. */
static const char *set_item(struct options *result, const char *item,
			    size_t length)
{
	const char *equals = memchr(item, '=', length);
	const struct option *option;
	size_t name;

	if (!equals)
		return "is not name=value";
	name = (size_t)(equals - item);
	option = find_option(item, name);
	if (!option)
		return "names no option";
	return set_value(result, option, equals + 1, length - name - 1) ?
		       NULL : "has a value that the option does not take";
}

enum status options_parse(struct options *result, const char *text,
			  options_complaint complain)
{
	enum status status = STATUS_OK;

	while (*text) {
		size_t length = length_before(text, ',');
		const char *what = NULL;

		if (length)
			what = set_item(result, text, length);
		if (what)
			status = STATUS_BAD_INPUT;
		if (what && complain)
			complain(text, length, what);
		text += length;
		text += *text == ',';
	}
	return status;
}

void options_set_defaults(struct options *result)
{
	for (size_t n = 0; n < OPTION_COUNT; n++) {
		const struct option *option = &option_table[n];

		if (option->kind == OPTION_KIND_PATH)
			*(const char **)((char *)result + option->offset) =
				option->preset;
		else
			set_value(result, option, option->preset,
				  strlen(option->preset));
	}
}

/* ---- the environment ---- */

static void complain_in_line(const char *item, size_t length, const char *what)
{
	char shown[ITEM_SHOWN + 1];
	size_t size = length < ITEM_SHOWN ? length : ITEM_SHOWN;

	memcpy(shown, item, size);
	shown[size] = '\0';
	report_warning("ALLOTYPE_OPTIONS: `%s%s' %s", shown,
		       size < length ? "..." : "", what);
}

void options_init(void)
{
	static const char name[] = "ALLOTYPE_OPTIONS=";
	char **variables = sys_environment();

	options_set_defaults(&options);
	if (sys_is_privileged())
		return;
	for (; variables && *variables; variables++) {
		if (strncmp(*variables, name, sizeof name - 1))
			continue;
		options_parse(&options, *variables + sizeof name - 1,
			      complain_in_line);
		return;
	}
}
