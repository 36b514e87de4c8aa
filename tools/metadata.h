/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata of an ELF file, by its build ID: out of the cache, or built
 * now.  A corrupt file in the cache is reported and replaced.
 */
#ifndef TOOLS_METADATA_H
#define TOOLS_METADATA_H

#include "base/status.h"
#include "meta/compile.h"
#include "target/image.h"

/* Where to find what: see metadata_open. */
struct metadata_source {
	struct image_id id;
	/* A second environment whose cache is looked into, as in environ(7),
	 * or NULL. */
	char *const *environment;
	/* Path number N, from 0, at which the ELF file may be; false past the
	 * last one. */
	bool (*candidate)(void *context, unsigned int n, char *path,
			  size_t size);
	void *context;
};

/* The metadata; compiled_unload gives it back.  NOT_FOUND, in silence: no
 * build ID, or no ELF file with it to build from.  Other failures have been
 * explained on standard error. */
enum status metadata_open(const struct metadata_source *source,
			  struct compiled *metadata);

/* Sees to it that the cache has valid metadata for the ELF file at PATH.
 * Failures have been explained; after SYSTEM, the cache is not to be written,
 * there is no use in trying other files. */
enum status metadata_prepare(const char *path);

#endif
