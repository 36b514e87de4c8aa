/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the coded sections of a metadata file (type/packed.h). */
#ifndef META_PACK_H
#define META_PACK_H

#include "meta/coder.h"
#include "meta/image.h"
#include "meta/model.h"
#include "type/metafile.h"

/*
 * Where the pieces of functions and their variables have got to.  Zero but for
 * image, coder and sizes at first.  Pieces come by address.  Everything is
 * packed three times: to count all but the sizes of variables; when the rest has
 * codes, to measure these; and to be written.
 */
struct pack_pieces {
	struct image *image;
	struct coder *coder;
	uint32_t *sizes; /* of each piece's variables, measured */
	struct metafile_function last;
	uint32_t count;
	struct allotype_meta_variable variable; /* the last one */
	uint64_t begin;  /* of the variables: coder_size */
};

/* The piece with the entry. */
void pack_function(struct pack_pieces *pack,
		   const struct metafile_function *function);
/* Another piece of the function whose whole is piece NUMBER. */
void pack_part(struct pack_pieces *pack, uint64_t low, uint64_t high,
	       uint32_t number);
/* Those of the last piece, as many as it says, come between these.  When sizes
 * are measured, PACKED_MANY_VARIABLES or more are enough. */
void pack_variables(struct pack_pieces *pack);
void pack_variables_end(struct pack_pieces *pack);
bool pack_is_measuring(const struct pack_pieces *pack);
/* Would it, as the next one, be the next parameter of the function's type? */
bool pack_is_parameter(const struct pack_pieces *pack,
		       const struct allotype_meta_variable *variable);
/* EXPECTED: the type of that, if it is one. */
void pack_variable(struct pack_pieces *pack,
		   const struct allotype_meta_variable *variable,
		   uint32_t expected);

/* COUNT rows by address; line 0 ends a sequence. */
void pack_lines(struct image *image, const struct model_line *lines,
		uint32_t count);

#endif
