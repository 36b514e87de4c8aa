/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaches compiled metadata to the files that this process has loaded.  A
 * missing or bad metadata file is ignored without a word: the tools say
 * what is wrong with it.
 */
#ifndef TYPE_METADATA_H
#define TYPE_METADATA_H

#include "allotype/index.h"
#include "base/status.h"
#include "type/metafile.h"

/*
 * Notes where to look, by ENVIRONMENT (see cache.h), which a set-user-ID
 * process ignores.  Once, before the first metadata_load.
 */
void metadata_init(char *const environment[]);

/*
 * Finds, maps and checks the metadata of NODE by its build ID and publishes
 * it there, for ever: node->metadata is the address of a struct metafile.
 * A build ID that comes again gets the same.  Constant time; takes locks;
 * holds no descriptor afterwards.  NOT_FOUND: there is none; BAD_INPUT: it
 * is no good.
 */
enum status metadata_load(struct allotype_file *node);

/* The metadata of NODE, or NULL.  Lock-free. */
static inline const struct metafile *
metadata_of(const struct allotype_file *node)
{
	/* Pairs with the release in metadata_load. */
	return (const struct metafile *)(uintptr_t)__atomic_load_n(
		&node->metadata, __ATOMIC_ACQUIRE);
}

#endif
