/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the packed sections of a metadata file (type/packed.h). */
#ifndef META_PACK_H
#define META_PACK_H

#include "meta/image.h"
#include "meta/model.h"
#include "type/metafile.h"

/* Where the variables of a function have got to. */
struct pack_variables {
	struct image *image;
	struct allotype_meta_variable last;
	uint32_t first; /* byte of the section */
};

/* FUNCTION: its low and high are known. */
void pack_variables_begin(struct pack_variables *pack, struct image *image,
			  const struct metafile_function *function);
/* Bytes since then. */
uint32_t pack_variables_size(const struct pack_variables *pack);
void pack_variable(struct pack_variables *pack,
		   const struct allotype_meta_variable *variable);

/* Where the pieces of functions have got to.  Zero but for the image at first.
 * Pieces come by address. */
struct pack_pieces {
	struct image *image;
	struct metafile_function last;
	uint32_t count;
	uint32_t variables; /* bytes of those before */
};

/* The piece with the entry; the bytes of its variables come next in theirs. */
void pack_function(struct pack_pieces *pack,
		   const struct metafile_function *function);
/* Another piece of the function whose whole is piece NUMBER. */
void pack_part(struct pack_pieces *pack, uint64_t low, uint64_t high,
	       uint32_t number);

/* COUNT rows by address; line 0 ends a sequence. */
void pack_lines(struct image *image, const struct model_line *lines,
		uint32_t count);

#endif
