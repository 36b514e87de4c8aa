/* SPDX-License-Identifier: Apache-2.0 */
#include "type/cache.h"

#include <string.h>

#include "base/text.h"

/* NULL for an empty value, which is as good as none. */
static const char *environment_get(char *const environment[], const char *name)
{
	size_t length = strlen(name);

	for (; environment && *environment; environment++) {
		const char *entry = *environment;

		if (strncmp(entry, name, length) == 0 && entry[length] == '=')
			return entry[length + 1] ? entry + length + 1 : NULL;
	}
	return NULL;
}

static enum status join(char path[CACHE_PATH_MAX], const char *directory,
			const char *rest)
{
	struct text text;

	text_init(&text, path, CACHE_PATH_MAX);
	text_append(&text, directory);
	text_append(&text, rest);
	return text.length < CACHE_PATH_MAX ? STATUS_OK : STATUS_BAD_INPUT;
}

enum status cache_directory(char *const environment[], unsigned int n,
			    char path[CACHE_PATH_MAX])
{
	static const char *const system[] = { "/var/cache/allotype",
					      "/usr/lib/debug/.allotype" };
	const char *only = environment_get(environment, "ALLOTYPE_META_DIR");
	const char *cache = environment_get(environment, "XDG_CACHE_HOME");
	const char *home = environment_get(environment, "HOME");

	if (only)
		return n ? STATUS_NOT_FOUND : join(path, only, "");
	/* A relative XDG_CACHE_HOME counts as unset (XDG base directories). */
	if (cache && *cache != '/')
		cache = NULL;
	if (cache || home) {
		if (n == 0)
			return cache ? join(path, cache, "/allotype") :
				       join(path, home, "/.cache/allotype");
		n--;
	}
	if (n >= sizeof system / sizeof *system)
		return STATUS_NOT_FOUND;
	return join(path, system[n], "");
}

static void append_hex_byte(struct text *text, uint8_t byte)
{
	text_append_char(text, "0123456789abcdef"[byte >> 4]);
	text_append_char(text, "0123456789abcdef"[byte & 15]);
}

enum status cache_file(const char *directory, const uint8_t *build_id,
		       size_t build_id_size, char path[CACHE_PATH_MAX])
{
	struct text text;

	if (build_id_size < 2)
		return STATUS_BAD_INPUT;
	text_init(&text, path, CACHE_PATH_MAX);
	text_append(&text, directory);
	text_append_char(&text, '/');
	append_hex_byte(&text, build_id[0]);
	text_append_char(&text, '/');
	for (size_t i = 1; i < build_id_size; i++)
		append_hex_byte(&text, build_id[i]);
	text_append(&text, ".meta");
	return text.length < CACHE_PATH_MAX ? STATUS_OK : STATUS_BAD_INPUT;
}
