/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"
#include "type/cache.h"

extern char **environ;

enum { PATH_SIZE = 4096 };

static enum status map_file(const char *path, struct compiled *metadata)
{
	struct stat stat_;
	void *data = MAP_FAILED;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return STATUS_NOT_FOUND;
	if (!fstat(fd, &stat_) && stat_.st_size > 0)
		data = mmap(NULL, (size_t)stat_.st_size, PROT_READ,
			    MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return STATUS_BAD_INPUT;
	*metadata = (struct compiled){
		.bytes = data, .size = (size_t)stat_.st_size, .mapped = true,
	};
	return STATUS_OK;
}

/* Whose files are taken. */
enum revision { REVISION_OURS, REVISION_ANY };

/* BAD_INPUT after a message: the file is there and of no use. */
static enum status open_file(const char *path, const struct image_id *id,
			     enum revision revision, struct compiled *metadata)
{
	const char *reason = "empty, or not to be mapped";
	enum status status = map_file(path, metadata);

	if (status == STATUS_NOT_FOUND)
		return status;
	if (!status) {
		status = metafile_init(&metadata->file, metadata->bytes,
				       metadata->size, id->bytes, id->size,
				       &reason);
		if (!status)
			status = metafile_verify(&metadata->file, &reason);
		if (!status && (revision == REVISION_ANY ||
				metadata->file.header->revision ==
					ALLOTYPE_META_REVISION))
			return STATUS_OK;
		compiled_unload(metadata);
		if (!status)
			return STATUS_NOT_FOUND;
	}
	complain("%s: %s; building it again", path, reason);
	return STATUS_BAD_INPUT;
}

/* The first valid file in the cache directories of ENVIRONMENT. */
static enum status open_cached(char *const environment[],
			       const struct image_id *id,
			       enum revision revision,
			       struct compiled *metadata)
{
	char directory[CACHE_PATH_MAX], path[CACHE_PATH_MAX];

	for (unsigned int n = 0;
	     environment && !cache_directory(environment, n, directory); n++)
		if (!cache_file(directory, id->bytes, id->size, path) &&
		    !open_file(path, id, revision, metadata))
			return STATUS_OK;
	return STATUS_NOT_FOUND;
}

static void show_work(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[Kallotype: metadata of %s",
			slash ? slash + 1 : path);
}

static void show_end(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Into the cache, or if that is not to be written, into memory. */
static enum status build(const char *path, const struct image_id *id,
			 struct compiled *metadata)
{
	const struct compile_options options = { .no_source = false };
	char output[CACHE_PATH_MAX];
	const char *reason = "unknown";
	enum status status;
	bool compiled;

	show_work(path);
	status = compile_to_cache(path, environ, &options, output,
				  &compiled, &reason);
	if (!status)
		status = open_file(output, id, REVISION_OURS, metadata);
	else
		status = compiled_load(metadata, path, &options, &reason);
	show_end();
	if (status)
		complain("%s: %s", path, reason);
	return status;
}

/* In the tool's cache, or in the target's. */
static bool find_cached(const struct metadata_source *source,
			enum revision revision, struct compiled *metadata)
{
	return !open_cached(environ, &source->id, revision, metadata) ||
	       !open_cached(source->environment, &source->id, revision,
			    metadata);
}

enum status metadata_open(const struct metadata_source *source,
			  struct compiled *metadata)
{
	char path[PATH_SIZE];
	struct image_file file;

	if (!source->id.size)
		return STATUS_NOT_FOUND;
	if (find_cached(source, REVISION_OURS, metadata))
		return STATUS_OK;
	for (unsigned int n = 0;
	     source->candidate(source->context, n, path, sizeof path); n++)
		if (!image_file_examine(path, &file) &&
		    image_id_equal(&file.id, &source->id))
			return build(path, &source->id, metadata);
	/* The file is gone: better what an older compiler said than nothing. */
	return find_cached(source, REVISION_ANY, metadata) ? STATUS_OK
							   : STATUS_NOT_FOUND;
}

enum status metadata_prepare(const char *path)
{
	const struct compile_options options = { .no_source = false };
	char output[CACHE_PATH_MAX];
	const char *reason = "unknown";
	struct compiled metadata;
	struct image_file file;
	enum status status;
	bool compiled;

	if (image_file_examine(path, &file) || !file.id.size)
		return STATUS_NOT_FOUND;
	if (!open_cached(environ, &file.id, REVISION_OURS, &metadata)) {
		compiled_unload(&metadata);
		return STATUS_OK;
	}
	show_work(path);
	status = compile_to_cache(path, environ, &options, output, &compiled,
				  &reason);
	show_end();
	if (status == STATUS_SYSTEM)
		complain("metadata cannot be kept: %s", reason);
	else if (status)
		complain("%s: %s", path, reason);
	return status;
}
