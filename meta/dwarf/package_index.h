/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes of a package's sections are one unit's. */
#ifndef META_DWARF_PACKAGE_INDEX_H
#define META_DWARF_PACKAGE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sections a unit may contribute to. */
enum package_section {
	PACKAGE_INFO,
	PACKAGE_TYPES,
	PACKAGE_ABBREV,
	PACKAGE_LINE,
	PACKAGE_LOC,
	PACKAGE_LOCLISTS,
	PACKAGE_STR_OFFSETS,
	PACKAGE_RNGLISTS,
	PACKAGE_SECTIONS,
};

/* What one unit has of each section; size 0: nothing. */
struct package_unit {
	struct {
		uint32_t offset, size;
	} of[PACKAGE_SECTIONS];
};

/* A .debug_cu_index or .debug_tu_index.  It belongs to whom the bytes belong
 * to.  Zero is an index without units. */
struct package_index {
	const unsigned char *slots; /* 8 bytes each: identifiers of units */
	const unsigned char *rows;  /* 4 bytes for each slot: its row or 0 */
	const unsigned char *table; /* of offsets, below their sections */
	uint32_t version;           /* 2 or 5 */
	uint32_t columns, units, slot_count;
};

/* False: not an index, or cut short. */
bool package_index_init(struct package_index *index, const void *bytes,
			size_t size);
bool package_index_find(const struct package_index *index, uint64_t identifier,
			struct package_unit *unit);
/* The unit in row ROW, from 1 to the number of units. */
bool package_index_unit(const struct package_index *index, uint32_t row,
			struct package_unit *unit);

#endif
