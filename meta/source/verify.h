/* SPDX-License-Identifier: Apache-2.0 */
/* Is a source file the one that was compiled? */
#ifndef META_SOURCE_VERIFY_H
#define META_SOURCE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "meta/model.h"

/* FILE: what DWARF says of it, or NULL for a file that DWARF does not list.
 * A digest decides alone; without one the text, last changed at MODIFIED,
 * must not be newer than the ELF file, made at BUILT. */
bool verify_text(const struct model_file *file, const char *text, size_t size,
		 struct timespec modified, struct timespec built);

#endif
