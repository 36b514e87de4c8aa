/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata files as text. */
#ifndef META_SHOW_H
#define META_SHOW_H

#include <stdio.h>

#include "type/metafile.h"

enum { SHOW_TYPE_MAX = 8192 };

/* The spelling of the type of this NUMBER, in BUFFER; NULL: there is none. */
const char *show_type(const struct metafile *file, uint32_t number,
		      char buffer[SHOW_TYPE_MAX]);
/* What a location or a rule counts from: enum allotype_meta_base. */
const char *show_base(const struct metafile *file, uint8_t base);
/* Everything but lines: header, sections, types, statics, functions. */
void show_metadata(FILE *stream, const struct metafile *file);
/* The allocation sites, a line each. */
void show_sites(FILE *stream, const struct metafile *file);
/* The same as JSON: one object a line, with the keys address, function, file,
 * line, callee, type, evidence, size, alternatives, wrapper. */
void show_sites_json(FILE *stream, const struct metafile *file);

#endif
