/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A metadata file being put together in memory: sections that grow, strings
 * that are stored once.  Running out of memory is remembered and reported
 * by image_finish.
 */
#ifndef META_IMAGE_H
#define META_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/metafile.h"
#include "base/status.h"
#include "meta/pointer_map.h"

struct image_section {
	unsigned char *bytes;
	size_t size, capacity;
	uint32_t count;
};

struct image {
	struct image_section sections[ALLOTYPE_META_SECTION_COUNT];
	struct pointer_map strings; /* interned string -> offset */
	bool exhausted;
};

bool image_init(struct image *image);
void image_deinit(struct image *image);
/* Appends a zeroed entry; NULL when memory is exhausted.  Valid until the
 * next one of the section. */
void *image_append(struct image *image, enum allotype_meta_section_id section,
		   size_t entry_size);
/* Appends SIZE bytes to a section of bytes. */
void image_bytes(struct image *image, enum allotype_meta_section_id section,
		 const unsigned char *bytes, size_t size);
/* The offset of an interned string; 0 for NULL and "". */
uint32_t image_string(struct image *image, const char *string);
/* The same of a symbol's name, as the programmer wrote it. */
uint32_t image_name(struct image *image, const char *symbol);
/* Lays everything out behind HEADER, whose flags, machine and build ID are
 * set, and fills in the rest of it.  *BYTES is the caller's to free. */
enum status image_finish(struct image *image,
			 struct allotype_meta_header *header,
			 unsigned char **bytes, size_t *size);

#endif
