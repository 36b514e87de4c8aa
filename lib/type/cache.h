/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where metadata files live: by build ID, in ALLOTYPE_META_DIR when it is
 * set (and then only there), else in the user's cache directory
 * ($XDG_CACHE_HOME/allotype, $HOME/.cache/allotype), else in the system's
 * (/var/cache/allotype, /usr/lib/debug/.allotype).  The file of build ID
 * ab12cd... is DIR/ab/12cd....meta.
 */
#ifndef TYPE_CACHE_H
#define TYPE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { CACHE_PATH_MAX = 1024 };

/* Directory number N (from 0) of the search order, by ENVIRONMENT, a
 * NULL-terminated array as in environ(7).  NOT_FOUND past the last one;
 * BAD_INPUT for one whose name is too long to use. */
enum status cache_directory(char *const environment[], unsigned int n,
			    char path[CACHE_PATH_MAX]);
/* DIRECTORY/ab/12cd....meta */
enum status cache_file(const char *directory, const uint8_t *build_id,
		       size_t build_id_size, char path[CACHE_PATH_MAX]);

#endif
