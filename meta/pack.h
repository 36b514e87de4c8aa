/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the packed sections of a metadata file (type/packed.h). */
#ifndef META_PACK_H
#define META_PACK_H

#include "meta/image.h"
#include "meta/model.h"

/* Where the variables of a function have got to. */
struct pack_variables {
	struct image *image;
	struct allotype_meta_variable last;
	uint32_t first; /* byte of the section */
	uint32_t count;
};

void pack_variables_begin(struct pack_variables *pack, struct image *image);
void pack_variable(struct pack_variables *pack,
		   const struct allotype_meta_variable *variable);

/* COUNT rows by address; line 0 ends a sequence. */
void pack_lines(struct image *image, const struct model_line *lines,
		uint32_t count);

#endif
