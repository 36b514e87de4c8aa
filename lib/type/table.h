/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of a metadata file (meta/FORMAT.md): rows of columns, each column of as
 * many bits as the file's largest number in it needs.  A row becomes one of the
 * structures of allotype/metafile.h.
 */
#ifndef TYPE_TABLE_H
#define TYPE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "allotype/metafile.h"

/* What a number of a column means in its structure. */
enum table_meaning {
	TABLE_UNSIGNED,
	TABLE_REFERENCE, /* one more than it is: 0 is NONE */
	TABLE_SIGNED,    /* the sign is the lowest bit */
};

struct table_column {
	uint8_t offset, size; /* of its field in the structure */
	uint8_t meaning;
};

struct table_layout {
	struct table_column columns[ALLOTYPE_META_COLUMNS_MAX];
	uint8_t count;        /* of columns; 0: a section of bytes */
	uint8_t size;         /* of the structure */
};

enum {
	TABLE_NUMBER_SIZE = 8, /* bytes that reading any number may touch */
	TABLE_SHORT_WIDTH = 57, /* bits: wherever they begin, in these bytes */
};

const struct table_layout *table_layout(enum allotype_meta_section_id id);

/* Are the widths of SECTION's columns possible, and its entries as long as
 * they say? */
bool table_widths_fit(const struct allotype_meta_section *section,
		      enum allotype_meta_section_id id);

/* The number of WIDTH bits, at most TABLE_SHORT_WIDTH, from bit AT on. */
static inline uint64_t table_short_number(const unsigned char *bytes,
					  uint64_t at, uint8_t width)
{
	uint64_t number;

	memcpy(&number, bytes + at / 8, sizeof number);
	return number >> at % 8 & ((1ULL << width) - 1);
}

/* The same of at most 64 bits. */
static inline uint64_t table_number(const unsigned char *bytes, uint64_t at,
				    uint8_t width)
{
	unsigned int shift = at % 8;
	uint64_t number;

	bytes += at / 8;
	memcpy(&number, bytes, sizeof number);
	number >>= shift;
	if (__builtin_expect(shift + width > 64, 0))
		number |= (uint64_t)bytes[8] << (64 - shift);
	return number & (((1ULL << width % 64) - 1) | -(uint64_t)(width / 64));
}

/* Row INDEX at BYTES, of a section whose widths fit, as the STRUCTURE. */
void table_read(const struct allotype_meta_section *section,
		enum allotype_meta_section_id id, const unsigned char *bytes,
		uint32_t index, void *structure);

#endif
