/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/overrides.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/cxx_names.h"

struct override {
	const char *function; /* NULL: by place */
	const char *file;
	uint32_t line;
	uint32_t type;
	bool bytes;
};

struct overrides {
	struct override *at;
	uint32_t count, capacity;
};

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

/* Cuts :LINE off KEY; false if there is none. */
static bool take_line(char *key, uint32_t *line)
{
	char *colon = strrchr(key, ':'), *end;
	unsigned long number;

	if (!colon || colon == key || !isdigit((unsigned char)colon[1]))
		return false;
	number = strtoul(colon + 1, &end, 10);
	if (*end || !number || number > UINT32_MAX)
		return false;
	*colon = '\0';
	*line = (uint32_t)number;
	return true;
}

static enum status add(struct model *model, struct overrides *overrides,
		       char *key, char *type)
{
	struct override *entry = model_append(
		(void **)&overrides->at, &overrides->count,
		&overrides->capacity, sizeof *entry, 1);
	char spelled[CXX_NAME_MAX];
	const char *name;
	bool by_place;

	if (!entry)
		return STATUS_NO_MEMORY;
	by_place = take_line(key, &entry->line);
	name = model_intern(model, key, strlen(key));
	if (!name)
		return STATUS_NO_MEMORY;
	if (by_place)
		entry->file = name;
	else
		entry->function = name;
	entry->type = cxx_name_unify(type, NULL, NULL, spelled) ?
			      model_type_by_name(model, spelled) : MODEL_NONE;
	if (entry->type == MODEL_NONE)
		entry->type = model_type_by_name(model, type);
	entry->bytes = model_type_is_bytes(model, entry->type);
	return STATUS_OK;
}

/* Of one line of the file. */
static enum status read_line(struct model *model, struct overrides *overrides,
			     char *line)
{
	char *equals, *key, *type;

	line[strcspn(line, "#\n")] = '\0';
	if (!*trim(line))
		return STATUS_OK;
	/* Names of operators have signs of their own. */
	equals = strstr(line, " = ");
	if (!equals)
		return STATUS_BAD_INPUT;
	*equals = '\0';
	key = trim(line);
	type = trim(equals + 3);
	if (!*key || !*type)
		return STATUS_BAD_INPUT;
	return add(model, overrides, key, type);
}

static enum status read_all(struct model *model, FILE *stream,
			    struct overrides *overrides)
{
	enum status status = STATUS_OK;
	char *line = NULL;
	size_t size = 0;

	while (!status && getline(&line, &size, stream) >= 0)
		status = read_line(model, overrides, line);
	if (!status && ferror(stream))
		status = STATUS_NOT_FOUND;
	free(line);
	return status;
}

/* Is TAIL the last parts of the path NAME? */
static bool ends_path(const char *name, const char *tail)
{
	size_t length = strlen(name), tail_length = strlen(tail);

	if (tail_length > length ||
	    strcmp(name + length - tail_length, tail) != 0)
		return false;
	return tail_length == length || tail[0] == '/' ||
	       name[length - tail_length - 1] == '/';
}

static bool concerns(const struct model *model, const struct override *override,
		     const struct model_site *site)
{
	if (override->function)
		return (site->function &&
			!strcmp(site->function, override->function)) ||
		       (site->callee &&
			!strcmp(site->callee, override->function));
	return site->line == override->line && site->file != MODEL_NONE &&
	       ends_path(model->files.at[site->file].name, override->file);
}

static void declare(const struct override *override, struct model_site *site)
{
	site->type = override->type;
	site->evidence = ALLOC_EVIDENCE_DECLARED;
	site->confidence = 100;
	site->type_offset = 0;
	site->alternative_count = 0;
	site->flags &= ~(uint32_t)(ALLOTYPE_META_SITE_BYTES |
				   ALLOTYPE_META_SITE_SINGLE);
	if (override->bytes)
		site->flags |= ALLOTYPE_META_SITE_BYTES;
}

static void apply(struct model *model, const struct overrides *overrides)
{
	for (uint32_t i = 0; i < model->sites.count; i++) {
		struct model_site *site = &model->sites.at[i];

		if (site->kind == ALLOTYPE_META_SITE_WRAPPER)
			continue;
		for (uint32_t k = 0; k < overrides->count; k++)
			if (overrides->at[k].type != MODEL_NONE &&
			    concerns(model, &overrides->at[k], site))
				declare(&overrides->at[k], site);
	}
}

enum status overrides_apply(struct model *model, const char *path,
			    const char **reason)
{
	struct overrides overrides = { .count = 0 };
	FILE *stream = fopen(path, "re");
	enum status status = STATUS_NOT_FOUND;

	if (stream) {
		status = read_all(model, stream, &overrides);
		fclose(stream);
	}
	if (!status)
		apply(model, &overrides);
	else if (status == STATUS_BAD_INPUT)
		*reason = "the file of --types has a line without ' = '";
	else if (status == STATUS_NOT_FOUND)
		*reason = "the file of --types cannot be read";
	else
		*reason = "out of memory";
	free(overrides.at);
	return status;
}
