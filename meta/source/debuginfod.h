/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source files from debuginfod servers (debuginfod(8)), which know them by the
 * build ID of what was compiled of them: asked where DEBUGINFOD_URLS names
 * some, through elfutils' libdebuginfod, which is loaded then.
 */
#ifndef META_SOURCE_DEBUGINFOD_H
#define META_SOURCE_DEBUGINFOD_H

#include <stddef.h>
#include <stdint.h>

struct debuginfod;

/* NULL: there is nobody to ask, or no memory. */
struct debuginfod *debuginfod_create(const uint8_t *build_id, size_t size);
void debuginfod_destroy(struct debuginfod *debuginfod);

/* Where a copy of the file that debug information calls NAME is; to be freed.
 * NULL: none, and once servers do not answer, none at all. */
char *debuginfod_source(struct debuginfod *debuginfod, const char *name);

#endif
