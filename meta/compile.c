/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/dwarf/debuginfo.h"
#include "meta/flow/sites.h"
#include "meta/parallel.h"
#include "meta/overrides.h"
#include "meta/source/source.h"
#include "meta/vtables.h"
#include "meta/writer.h"

static unsigned int threads_of(const struct compile_options *options)
{
	return options->threads ? options->threads : parallel_processors();
}

/* Sources that cannot be read are no failure: there is less evidence then. */
static enum status infer(struct debuginfo *info, struct model *model,
			 const char *path,
			 const struct compile_options *options,
			 const char **reason)
{
	struct source *source = NULL;
	enum status status;

	if (!options->no_source)
		source = source_create(model, path, options->source_directory);
	status = sites_infer(info, model, source, threads_of(options), reason);
	source_destroy(source);
	if (!status && options->types_file)
		status = overrides_apply(model, options->types_file, reason);
	return status;
}

static enum status model_fill(struct debuginfo *info, const char *path,
			      const struct compile_options *options,
			      struct model **result, const char **reason)
{
	struct model *model = model_create();
	enum status status;

	if (!model) {
		*reason = "out of memory";
		return STATUS_NO_MEMORY;
	}
	status = debuginfo_read(info, model, threads_of(options), reason);
	if (!status) {
		status = vtables_find(info, model);
		if (status)
			*reason = "out of memory";
	}
	if (!status && !options->no_sites)
		status = infer(info, model, path, options, reason);
	if (status)
		model_destroy(model);
	else
		*result = model;
	return status;
}

enum status compile_model(const char *path,
			  const struct compile_options *options,
			  struct model **result, const char **reason)
{
	struct debuginfo *info;
	enum status status = debuginfo_open(path, &info, reason);

	if (status)
		return status;
	status = model_fill(info, path, options, result, reason);
	debuginfo_close(info);
	return status;
}

enum status compile_file(const char *path, const char *output,
			 const struct compile_options *options,
			 const char **reason)
{
	struct model *model;
	enum status status = compile_model(path, options, &model, reason);

	if (status)
		return status;
	status = writer_write(model, output, reason);
	model_destroy(model);
	return status;
}

/* ---- the cache ---- */

/* Makes all directories above PATH. */
static bool parents_make(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		bool failed;

		*slash = '\0';
		failed = mkdir(path, 0777) && errno != EEXIST;
		*slash = '/';
		if (failed)
			return false;
	}
	return true;
}

static enum status file_map(const char *path, unsigned char **bytes,
			    size_t *size)
{
	enum status status = STATUS_NOT_FOUND;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *mapped;

	if (fd < 0)
		return STATUS_NOT_FOUND;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
		mapped = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
			      fd, 0);
		if (mapped != MAP_FAILED) {
			*bytes = mapped;
			*size = (size_t)st.st_size;
			status = STATUS_OK;
		}
	}
	close(fd);
	return status;
}

/* Is there a whole and valid metadata file of this build ID, as this compiler
 * would make it, at PATH? */
static bool cached_is_good(const char *path, const uint8_t *build_id,
			   size_t build_id_size)
{
	struct metafile file = {0};
	unsigned char *bytes;
	size_t size;
	bool good;

	if (file_map(path, &bytes, &size))
		return false;
	good = !metafile_init(&file, bytes, size, build_id, build_id_size,
			      NULL) &&
	       !metafile_verify(&file, NULL) &&
	       file.header->revision == ALLOTYPE_META_REVISION;
	metafile_deinit(&file);
	munmap(bytes, size);
	return good;
}

static enum status cache_place(const uint8_t *build_id, size_t build_id_size,
			       char *const environment[], char *output,
			       const char **reason)
{
	char directory[CACHE_PATH_MAX];

	if (!build_id_size) {
		*reason = "has no build ID: say where to write with -o";
		return STATUS_BAD_INPUT;
	}
	if (!cache_directory(environment, 0, directory) &&
	    !cache_file(directory, build_id, build_id_size, output))
		return STATUS_OK;
	*reason = "there is no usable cache directory";
	return STATUS_SYSTEM;
}

static enum status cache_fill(struct debuginfo *info, const char *path,
			      char *output,
			      const struct compile_options *options,
			      const char **reason)
{
	struct model *model;
	enum status status;

	if (!parents_make(output)) {
		*reason = "the cache directory cannot be made";
		return STATUS_SYSTEM;
	}
	status = model_fill(info, path, options, &model, reason);
	if (status)
		return status;
	status = writer_write(model, output, reason);
	model_destroy(model);
	return status;
}

enum status compile_to_cache(const char *path, char *const environment[],
			     const struct compile_options *options,
			     char output[CACHE_PATH_MAX], bool *compiled,
			     const char **reason)
{
	uint8_t build_id[DEBUGINFO_BUILD_ID_MAX];
	struct debuginfo *info;
	size_t build_id_size;
	enum status status = debuginfo_open(path, &info, reason);
	bool good;

	if (status)
		return status;
	build_id_size = debuginfo_build_id(info, build_id);
	status = cache_place(build_id, build_id_size, environment, output,
			     reason);
	if (status)
		goto out;
	good = !options->force && !options->types_file &&
	       cached_is_good(output, build_id, build_id_size);
	if (!good)
		status = cache_fill(info, path, output, options, reason);
	if (!status)
		*compiled = !good;
out:
	debuginfo_close(info);
	return status;
}

/* ---- a file of either kind ---- */

static enum status compile_in_memory(struct compiled *compiled,
				     const char *path,
				     const struct compile_options *options,
				     const char **reason)
{
	struct model *model;
	enum status status = compile_model(path, options, &model, reason);

	if (status)
		return status;
	status = writer_encode(model, &compiled->bytes, &compiled->size);
	model_destroy(model);
	if (status)
		*reason = "out of memory";
	return status;
}

enum status compiled_load(struct compiled *compiled, const char *path,
			  const struct compile_options *options,
			  const char **reason)
{
	enum status status;

	*compiled = (struct compiled){0};
	if (file_map(path, &compiled->bytes, &compiled->size)) {
		*reason = "cannot be read";
		return STATUS_NOT_FOUND;
	}
	compiled->mapped = true;
	if (compiled->size > 4 && !memcmp(compiled->bytes, "\177ELF", 4)) {
		compiled_unload(compiled);
		status = compile_in_memory(compiled, path, options, reason);
		if (status)
			return status;
	}
	status = metafile_init(&compiled->file, compiled->bytes, compiled->size,
			       NULL, 0, reason);
	if (!status)
		status = metafile_verify(&compiled->file, reason);
	if (status)
		compiled_unload(compiled);
	return status;
}

void compiled_unload(struct compiled *compiled)
{
	metafile_deinit(&compiled->file);
	if (compiled->mapped)
		munmap(compiled->bytes, compiled->size);
	else
		free(compiled->bytes);
	*compiled = (struct compiled){0};
}
