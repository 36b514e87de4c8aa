/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler from an ELF file to its metadata: open, read, infer, write. */
#ifndef META_COMPILE_H
#define META_COMPILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "meta/model.h"
#include "type/cache.h"
#include "type/metafile.h"

struct compile_options {
	/* Where to look for source files that are not where DWARF says. */
	const char *source_directory;
	const char *types_file; /* see overrides.h */
	bool no_source; /* do not read sources at all */
	bool no_sites;	/* types, data and code only: no inference */
	bool force;	/* compile even what the cache has */
	/* How many work at it, with the same result; 0: as many as may. */
	unsigned int threads;
};

/* All that is known of the ELF file at PATH; the model is the caller's.
 * *REASON gets a static string on failure, here and below. */
enum status compile_model(const char *path,
			  const struct compile_options *options,
			  struct model **model, const char **reason);
/* From PATH to the metadata file OUTPUT. */
enum status compile_file(const char *path, const char *output,
			 const struct compile_options *options,
			 const char **reason);
/*
 * From PATH to its place in the first directory of the cache, which is made
 * when missing.  ENVIRONMENT is as in environ(7).  OUTPUT gets the place,
 * *COMPILED whether anything had to be done: a good file is left alone
 * unless options->force.
 */
enum status compile_to_cache(const char *path, char *const environment[],
			     const struct compile_options *options,
			     char output[CACHE_PATH_MAX], bool *compiled,
			     const char **reason);

/* A metadata file in memory, mapped or just compiled. */
struct compiled {
	struct metafile file;
	unsigned char *bytes;
	size_t size;
	bool mapped;
};

/* Loads the metadata file at PATH, or compiles the ELF file there. */
enum status compiled_load(struct compiled *compiled, const char *path,
			  const struct compile_options *options,
			  const char **reason);
void compiled_unload(struct compiled *compiled);

#endif
