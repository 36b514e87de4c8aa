/* SPDX-License-Identifier: Apache-2.0 */
/* A model as a metadata file (meta/FORMAT.md).  Equal models give equal
 * bytes. */
#ifndef META_WRITER_H
#define META_WRITER_H

#include <stddef.h>

#include "base/status.h"
#include "meta/model.h"

/* The whole file in memory; *BYTES is the caller's to free. */
enum status writer_encode(const struct model *model, unsigned char **bytes,
			  size_t *size);
/* Writes it to PATH: readers see the old file or the whole new one.  *REASON
 * gets a static string on failure. */
enum status writer_write(const struct model *model, const char *path,
			 const char **reason);

#endif
