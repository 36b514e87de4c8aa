/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/sourcefile.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/source/debuginfod.h"
#include "meta/source/macrotable.h"
#include "meta/source/verify.h"

enum {
	FILE_SIZE_LIMIT = 32 << 20,
	FILE_LIMIT = 8192,
	VISIBLE_LIMIT = 1024,
	INCLUDED_LIMIT = 1024,
};

/* A name that was looked for in all of the directories. */
struct searched {
	uint32_t hash;
	char *name;
	struct sourcefile *found; /* or NULL */
};

struct sourcefile_set {
	const struct model *model;
	struct timespec built;
	char *directory;
	struct debuginfod *servers;   /* or NULL */
	struct sourcefile **files;
	uint32_t count, capacity;
	struct sourcefile **by_index; /* NULL: not asked for yet */
	struct searched *searched;    /* names in the model's directories */
	uint32_t searched_count, searched_capacity;
	uint32_t by_index_count;
	char **directories;           /* of the model's files, and above */
	uint32_t directory_count;
	bool cxx;                     /* some of the program is C++ */
	/* The model's files by the last part of their names: chains. */
	uint32_t *by_base, *next_of_base;
	uint32_t base_count;          /* of chains; a power of two */
	/* Bits of the hashes of all macros' names: most words are none's. */
	struct macro_names macro_names;
};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The first of the model's files with the base name of PATH, or NONE. */
static uint32_t first_of_base(const struct sourcefile_set *set,
			      const char *path)
{
	const char *base = base_of(path);

	return set->by_base[sourcefile_hash(base, strlen(base)) &
			    (set->base_count - 1)];
}

/* Each chain in the order of the model's files. */
static enum status index_bases(struct sourcefile_set *set)
{
	uint32_t count = set->model->files.count;

	set->base_count = 64;
	while (set->base_count < count)
		set->base_count *= 2;
	set->by_base = malloc(set->base_count * sizeof *set->by_base);
	set->next_of_base = calloc(count + 1, sizeof *set->next_of_base);
	if (!set->by_base || !set->next_of_base)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < set->base_count; i++)
		set->by_base[i] = MODEL_NONE;
	for (uint32_t i = count; i-- > 0;) {
		const char *name = set->model->files.at[i].name;
		const char *base = name ? base_of(name) : "";
		uint32_t *chain = &set->by_base[
			sourcefile_hash(base, strlen(base)) & (set->base_count - 1)];

		set->next_of_base[i] = *chain;
		*chain = i;
	}
	return STATUS_OK;
}

/* The length of PATH's directory, without the last slash. */
static size_t directory_size(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* The first SIZE characters of NAME, if they are another directory. */
static enum status add_directory(struct sourcefile_set *set, const char *name,
				 size_t size)
{
	char *copy;

	for (uint32_t i = 0; i < set->directory_count; i++)
		if (strncmp(set->directories[i], name, size) == 0 &&
		    !set->directories[i][size])
			return STATUS_OK;
	copy = size ? strndup(name, size) : NULL;
	if (copy)
		set->directories[set->directory_count++] = copy;
	return copy || !size ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The length of the directory that A and B are below, or that A is. */
static size_t common_size(const char *a, const char *b)
{
	size_t common = 0, i = 0;

	for (; a[i] == b[i] && a[i]; i++)
		if (a[i] == '/')
			common = i;
	return !a[i] && b[i] == '/' ? i : common;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Where directories part: headers in others are often named from there, and the
 * model has no file of their own directory. */
static enum status collect_ancestors(struct sourcefile_set *set)
{
	uint32_t count = set->directory_count;
	char **sorted = calloc(count + 1, sizeof *sorted);
	enum status status = sorted ? STATUS_OK : STATUS_NO_MEMORY;

	if (sorted) {
		memcpy(sorted, set->directories, count * sizeof *sorted);
		qsort(sorted, count, sizeof *sorted, compare_names);
	}
	for (uint32_t i = 1; !status && i < count; i++)
		status = add_directory(set, sorted[i],
				       common_size(sorted[i - 1], sorted[i]));
	free(sorted);
	return status;
}

static enum status collect_directories(struct sourcefile_set *set)
{
	const struct model *model = set->model;
	enum status status = STATUS_OK;

	set->directories = calloc(2 * (size_t)model->files.count + 1,
				  sizeof *set->directories);
	if (!set->directories)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; !status && i < model->files.count; i++) {
		const char *name = model->files.at[i].name;

		if (name)
			status = add_directory(set, name, directory_size(name));
	}
	return status ? status : collect_ancestors(set);
}

struct sourcefile_set *sourcefile_set_create(const struct model *model,
					     const char *elf_path,
					     const char *directory, bool cxx)
{
	struct sourcefile_set *set;
	struct stat about;

	if (stat(elf_path, &about) != 0)
		return NULL;
	set = calloc(1, sizeof *set);
	if (!set)
		return NULL;
	set->model = model;
	set->cxx = cxx;
	set->built = about.st_mtim;
	set->servers = debuginfod_create(model->build_id,
					 model->build_id_size);
	set->by_index_count = model->files.count;
	set->by_index = calloc(model->files.count + 1, sizeof *set->by_index);
	if (directory)
		set->directory = strdup(directory);
	if (!set->by_index || (directory && !set->directory) ||
	    index_bases(set) != STATUS_OK ||
	    collect_directories(set) != STATUS_OK) {
		sourcefile_set_destroy(set);
		return NULL;
	}
	return set;
}

static void sourcefile_destroy(struct sourcefile *file)
{
	token_list_deinit(&file->code);
	token_list_deinit(&file->directives);
	token_marks_deinit(&file->marks);
	free(file->macros);
	free(file->included);
	free(file->visible);
	free(file->text);
	free(file->path);
	free(file);
}

void sourcefile_set_destroy(struct sourcefile_set *set)
{
	if (!set)
		return;
	for (uint32_t i = 0; i < set->count; i++)
		sourcefile_destroy(set->files[i]);
	for (uint32_t i = 0; i < set->directory_count; i++)
		free(set->directories[i]);
	for (uint32_t i = 0; i < set->searched_count; i++)
		free(set->searched[i].name);
	free(set->searched);
	free(set->directories);
	free(set->files);
	free(set->by_base);
	free(set->next_of_base);
	free(set->by_index);
	free(set->directory);
	debuginfod_destroy(set->servers);
	free(set);
}

/* ---- reading ---- */

static bool read_all(int descriptor, char *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(descriptor, buffer + done, size - done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* Reads and verifies what is at PATH, which has been found BY_BUILD's ID or
 * else by name; file->text stays NULL otherwise. */
static void read_text(const struct sourcefile_set *set,
		      struct sourcefile *file, const struct model_file *entry,
		      const char *path, bool by_build)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat about;
	char *text = NULL;
	size_t size = 0;

	if (descriptor < 0)
		return;
	if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
	    about.st_size <= FILE_SIZE_LIMIT) {
		size = (size_t)about.st_size;
		text = malloc(size + 1);
	}
	if (text && read_all(descriptor, text, size) &&
	    verify_text(entry, text, size,
			by_build ? set->built : about.st_mtim, set->built)) {
		file->text = text;
		file->size = size;
	} else {
		free(text);
	}
	close(descriptor);
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t size = strlen(text), tail = strlen(suffix);

	return size >= tail && memcmp(text + size - tail, suffix, tail) == 0;
}

static const struct model_file *listed_as(const struct sourcefile_set *set,
					  const char *path)
{
	const struct model *model = set->model;

	for (uint32_t i = first_of_base(set, path); i != MODEL_NONE;
	     i = set->next_of_base[i]) {
		const char *name = model->files.at[i].name;

		if (name && strcmp(name, path) == 0)
			return &model->files.at[i];
	}
	return NULL;
}

/* FILE is to have the text that is at PATH. */
static void load(struct sourcefile_set *set, struct sourcefile *file,
		 const struct model_file *entry, const char *path,
		 bool by_build)
{
	read_text(set, file, entry, path, by_build);
	file->usable = file->text &&
		       token_scan_directives(file->text, file->size,
					     &file->directives,
					     &file->marks) == STATUS_OK &&
		       macros_collect(file, set->cxx, &set->macro_names) ==
			       STATUS_OK;
}

/* The file at PATH, made on first sight.  NULL: no memory. */
static struct sourcefile *open_path(struct sourcefile_set *set,
				    const char *path,
				    const struct model_file *entry)
{
	uint32_t hash = sourcefile_hash(path, strlen(path));
	struct sourcefile *file;

	for (uint32_t i = 0; i < set->count; i++)
		if (set->files[i]->path_hash == hash &&
		    strcmp(set->files[i]->path, path) == 0)
			return set->files[i];
	if (set->count == FILE_LIMIT)
		return NULL;
	if (set->count == set->capacity) {
		uint32_t capacity = set->capacity ? 2 * set->capacity : 64;
		void *files = realloc(set->files,
				      capacity * sizeof *set->files);

		if (!files)
			return NULL;
		set->files = files;
		set->capacity = capacity;
	}
	file = calloc(1, sizeof *file);
	if (!file)
		return NULL;
	file->path = strdup(path);
	if (!file->path) {
		free(file);
		return NULL;
	}
	file->path_hash = hash;
	set->files[set->count++] = file;
	file->cxx = !has_suffix(path, ".c");
	load(set, file, entry ? entry : listed_as(set, path), path, false);
	return file;
}

const struct token_list *sourcefile_code(struct sourcefile *file,
					 uint32_t first, uint32_t last)
{
	/* That of line 0 is before all lines. */
	uint32_t begin = token_marks_behind(&file->marks,
					    first ? first - 1 : 0) - 1;
	uint32_t limit = token_marks_behind(&file->marks, last);
	const char *end = limit < file->marks.count ? file->marks.at[limit].at
						    : file->text + file->size;

	if (file->code_limit && file->code_first == begin &&
	    file->code_limit == limit)
		return &file->code;
	file->code.count = 0;
	file->code_first = begin;
	file->code_limit = limit;
	if (token_scan_code(&file->marks.at[begin], end, &file->code) !=
	    STATUS_OK)
		file->code.count = 0;
	return &file->code;
}

/* ---- finding ---- */

/* DIRECTORY/NAME if it is a file we can use. */
static struct sourcefile *open_joined(struct sourcefile_set *set,
				      const char *directory, size_t size,
				      const char *name,
				      const struct model_file *entry)
{
	char path[PATH_MAX];
	struct sourcefile *file;
	struct stat about;
	int length = snprintf(path, sizeof path, "%.*s/%s", (int)size,
			      directory, name);

	if (length < 0 || (size_t)length >= sizeof path ||
	    stat(path, &about) != 0 || !S_ISREG(about.st_mode))
		return NULL;
	file = open_path(set, path, entry);
	return file && file->usable ? file : NULL;
}

/* What servers have of FILE, when that is not at hand. */
static void fetch(struct sourcefile_set *set, struct sourcefile *file,
		  const struct model_file *entry)
{
	char *path;

	if (!set->servers || file->text || file->asked)
		return;
	file->asked = true;
	path = debuginfod_source(set->servers, file->path);
	if (path)
		load(set, file, entry, path, true);
	free(path);
}

struct sourcefile *sourcefile_set_at(struct sourcefile_set *set,
				     uint32_t index)
{
	const struct model_file *entry;
	struct sourcefile *file;
	const char *rest;

	if (index >= set->by_index_count)
		return NULL;
	file = set->by_index[index];
	entry = &set->model->files.at[index];
	if (file || !entry->name)
		return file && file->usable ? file : NULL;
	file = entry->name[0] == '/' ? open_path(set, entry->name, entry) :
				       NULL;
	/* Below --source-dir, with ever fewer directories. */
	rest = entry->name;
	while (set->directory && rest && !(file && file->usable)) {
		struct sourcefile *moved;

		rest += *rest == '/';
		moved = open_joined(set, set->directory,
				    strlen(set->directory), rest, entry);
		file = moved ? moved : file;
		rest = strchr(rest, '/');
	}
	if (file)
		fetch(set, file, entry);
	set->by_index[index] = file;
	return file && file->usable ? file : NULL;
}

static struct sourcefile *search(struct sourcefile_set *set, const char *name)
{
	struct sourcefile *found = NULL;

	for (uint32_t i = 0; !found && i < set->directory_count; i++)
		found = open_joined(set, set->directories[i],
				    strlen(set->directories[i]), name, NULL);
	return found;
}

/* NAME in one of the model's directories.  Most files include what others
 * include, and much of that is nowhere. */
static struct sourcefile *search_once(struct sourcefile_set *set,
				      const char *name)
{
	uint32_t hash = sourcefile_hash(name, strlen(name));
	struct searched *at;

	for (uint32_t i = 0; i < set->searched_count; i++)
		if (set->searched[i].hash == hash &&
		    strcmp(set->searched[i].name, name) == 0)
			return set->searched[i].found;
	if (set->searched_count == set->searched_capacity) {
		uint32_t capacity = set->searched_capacity * 2 + 64;

		at = reallocarray(set->searched, capacity, sizeof *at);
		if (!at)
			return search(set, name);
		set->searched = at;
		set->searched_capacity = capacity;
	}
	at = &set->searched[set->searched_count];
	*at = (struct searched){ .hash = hash, .name = strdup(name) };
	if (!at->name)
		return search(set, name);
	at->found = search(set, name);
	set->searched_count++;
	return at->found;
}

/* What a server has that gave FILE, beside which NAME is. */
static struct sourcefile *fetch_beside(struct sourcefile_set *set,
				       const struct sourcefile *file,
				       const char *name)
{
	struct sourcefile *beside;
	char path[PATH_MAX];
	int length = snprintf(path, sizeof path, "%.*s/%s",
			      (int)directory_size(file->path), file->path,
			      name);

	if (!file->asked || length < 0 || (size_t)length >= sizeof path)
		return NULL;
	beside = open_path(set, path, NULL);
	if (beside)
		fetch(set, beside, NULL);
	return beside && beside->usable ? beside : NULL;
}

/* The file that "#include NAME" in FILE means, as far as one can tell from
 * where the compiled files are. */
static struct sourcefile *find_included(struct sourcefile_set *set,
					const struct sourcefile *file,
					const char *name, bool is_quoted)
{
	struct sourcefile *found =
		open_joined(set, file->path, directory_size(file->path), name,
			    NULL);
	size_t size = strlen(name);

	for (uint32_t i = first_of_base(set, name); !found && i != MODEL_NONE;
	     i = set->next_of_base[i]) {
		const char *path = set->model->files.at[i].name;
		size_t length = path ? strlen(path) : 0;

		if (length > size && path[length - size - 1] == '/' &&
		    has_suffix(path, name))
			found = sourcefile_set_at(set, i);
	}
	if (!found && is_quoted)
		found = fetch_beside(set, file, name);
	return found ? found : search_once(set, name);
}

/* The name in the #include directive at AT, copied to NAME. */
static bool include_name(const struct sourcefile *file, const struct token *at,
			 uint32_t count, char *name, size_t size)
{
	const char *start, *end;

	if (count < 3 || !token_is(&at[1], "include"))
		return false;
	if (at[2].kind == TOKEN_IDENTIFIER) {
		/* A macro of this file: its default. */
		const struct macro *macro = macros_first(file, &at[2]);

		if (!macro || macro->body_tokens != 1)
			return false;
		at = macro->body - 2;
	}
	start = at[2].text + 1;
	if (at[2].kind == TOKEN_STRING && at[2].size >= 2) {
		end = at[2].text + at[2].size - 1;
	} else if (token_is(&at[2], "<")) {
		uint32_t i = 3;

		while (i < count && !token_is(&at[i], ">"))
			i++;
		if (i == count)
			return false;
		end = at[i].text;
	} else {
		return false;
	}
	if ((size_t)(end - start) >= size)
		return false;
	memcpy(name, start, (size_t)(end - start));
	name[end - start] = '\0';
	return true;
}

static void resolve_includes(struct sourcefile_set *set,
			     struct sourcefile *file)
{
	const struct token_list *list = &file->directives;
	char name[PATH_MAX];
	size_t limit = 0;

	file->resolved = true;
	for (uint32_t i = 0; i + 1 < list->count; i++)
		limit += list->at[i].kind == TOKEN_DIRECTIVE &&
			 token_is(&list->at[i + 1], "include");
	file->included = calloc(limit + 1, sizeof(struct sourcefile *));
	for (uint32_t i = 0; file->included && i < list->count; i++) {
		struct sourcefile *other;

		if (list->at[i].kind != TOKEN_DIRECTIVE ||
		    file->included_count == INCLUDED_LIMIT ||
		    !include_name(file, &list->at[i], list->count - i, name,
				  sizeof name))
			continue;
		other = find_included(set, file, name,
				      list->at[i + 2].kind == TOKEN_STRING);
		if (other)
			file->included[file->included_count++] = other;
	}
}

/* Fills file->visible breadth first: near definitions come first. */
static void resolve_visible(struct sourcefile_set *set,
			    struct sourcefile *file)
{
	file->visible = malloc(VISIBLE_LIMIT * sizeof(struct sourcefile *));
	if (!file->visible)
		return;
	file->visible[file->visible_count++] = file;
	file->mark = true;
	for (uint32_t i = 0; i < file->visible_count; i++) {
		struct sourcefile *next = file->visible[i];

		if (!next->resolved)
			resolve_includes(set, next);
		for (uint32_t j = 0; j < next->included_count; j++) {
			struct sourcefile *other = next->included[j];

			if (other->mark || file->visible_count == VISIBLE_LIMIT)
				continue;
			other->mark = true;
			file->visible[file->visible_count++] = other;
		}
	}
	for (uint32_t i = 0; i < file->visible_count; i++)
		file->visible[i]->mark = false;
}

uint32_t sourcefile_visible(struct sourcefile_set *set,
			    struct sourcefile *file,
			    struct sourcefile *const **files)
{
	if (!file->visible)
		resolve_visible(set, file);
	*files = file->visible;
	return file->visible_count;
}

static uint32_t find_visible(struct sourcefile_set *set,
			     struct sourcefile *file, const struct token *name,
			     const struct macro **found, uint32_t capacity)
{
	struct sourcefile *const *visible;
	uint32_t count = sourcefile_visible(set, file, &visible);

	return macros_find(&set->macro_names, visible, count, name, found,
			   capacity);
}

uint32_t sourcefile_find_macro(struct sourcefile_set *set,
			       struct sourcefile *file,
			       struct sourcefile *unit,
			       const struct token *name,
			       const struct macro **found, uint32_t capacity)
{
	uint32_t count = find_visible(set, file, name, found, capacity);

	if (!count && unit && unit != file)
		count = find_visible(set, unit, name, found, capacity);
	return count;
}
