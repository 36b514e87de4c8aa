/* SPDX-License-Identifier: Apache-2.0 */
#include "symbol.h"

#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "target/image.h"

enum { FILES_MAX = 65536 };

/* Copies of the index's list of files, oldest first. */
struct loaded {
	struct allotype_file *files;
	uint64_t *nodes;
	size_t count;
};

static void list_files(const struct query_view *view, struct loaded *loaded)
{
	uint64_t node = view->index->files;
	size_t at, count = 0;
	struct allotype_file file;

	for (at = node; at && count < FILES_MAX; at = file.next, count++)
		if (!space_read(view->space, at, &file, sizeof file))
			break;
	loaded->files = check_memory(calloc(count + 1, sizeof file));
	loaded->nodes = check_memory(calloc(count + 1, sizeof node));
	loaded->count = count;
	while (count--) {
		if (!space_read(view->space, node, &loaded->files[count],
				sizeof file))
			break;
		loaded->nodes[count] = node;
		node = loaded->files[count].next;
	}
}

static bool find_function(const struct metafile *metafile, const char *name,
			  uint64_t *address)
{
	struct metafile_function function;

	for (uint32_t n = 0; metafile_function(metafile, n, &function); n++) {
		if (strcmp(metafile_string(metafile, function.name), name))
			continue;
		*address = function.entry;
		return true;
	}
	return false;
}

static bool find_in_metadata(const struct metafile *metafile,
			     const char *name, uint64_t *address)
{
	struct allotype_meta_static variable;
	struct allotype_meta_symbol symbol;

	for (uint32_t n = 0; metafile_static(metafile, n, &variable); n++) {
		if (strcmp(metafile_string(metafile, variable.name), name))
			continue;
		*address = variable.address;
		return true;
	}
	for (uint32_t n = 0; metafile_symbol(metafile, n, &symbol); n++) {
		if (strcmp(metafile_string(metafile, symbol.name), name))
			continue;
		*address = symbol.address;
		return true;
	}
	return find_function(metafile, name, address);
}

static bool find_in_file(const struct query_view *view,
			 const struct allotype_file *file, uint64_t node,
			 const char *name, uint64_t *address)
{
	const struct metafile *metafile;

	if (!file->loaded)
		return false;
	metafile = view->operations->metadata(view, file, node);
	if (metafile && find_in_metadata(metafile, name, address)) {
		*address += file->bias;
		return true;
	}
	return !image_memory_symbol(view->space, file->base, name, address);
}

enum status symbol_find(const struct query_view *view, const char *name,
			uint64_t *address)
{
	struct loaded loaded;
	enum status status = STATUS_NOT_FOUND;

	list_files(view, &loaded);
	for (size_t n = 0; n < loaded.count && status; n++)
		if (find_in_file(view, &loaded.files[n], loaded.nodes[n], name,
				 address))
			status = STATUS_OK;
	free(loaded.files);
	free(loaded.nodes);
	return status;
}
