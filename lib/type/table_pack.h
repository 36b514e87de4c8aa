/* SPDX-License-Identifier: Apache-2.0 */
/* Makes tables of a metadata file out of structures: the other way round of
 * table_read. */
#ifndef TYPE_TABLE_PACK_H
#define TYPE_TABLE_PACK_H

#include "type/table.h"

/* The number that stands for a field of STRUCTURE in a file. */
static inline uint64_t table_pack_number(const unsigned char *structure,
					 const struct table_column *column)
{
	unsigned int unused = 64 - 8 * column->size;
	uint64_t value = 0;
	int64_t sign;

	memcpy(&value, structure + column->offset, column->size);
	switch (column->meaning) {
	case TABLE_REFERENCE:
		return (value + 1) << unused >> unused;
	case TABLE_SIGNED:
		sign = (int64_t)(value << unused) >> unused;
		return (uint64_t)sign << 1 ^ (uint64_t)(sign >> 63);
	default:
		return value;
	}
}

/* Sets the widths and the size of an entry of SECTION, number ID, whose COUNT
 * entries will be the STRUCTURES. */
static inline void table_pack_measure(struct allotype_meta_section *section,
				      enum allotype_meta_section_id id,
				      const unsigned char *structures,
				      uint32_t count)
{
	const struct table_layout *layout = table_layout(id);

	section->entry_size = layout->count ? 0 : 1;
	for (uint8_t c = 0; c < layout->count; c++) {
		uint64_t all = 0;
		uint8_t width = 0;

		for (uint32_t i = 0; i < count; i++)
			all |= table_pack_number(
				structures + (size_t)i * layout->size,
				&layout->columns[c]);
		/* Entries have a size. */
		if (!c && count)
			all |= 1;
		for (; all; all >>= 8)
			width++;
		section->widths[c] = width;
		section->entry_size += width;
	}
}

/* Writes one entry of a section that was measured; returns its end. */
static inline unsigned char *
table_pack_entry(const struct allotype_meta_section *section,
		 enum allotype_meta_section_id id,
		 const unsigned char *structure, unsigned char *bytes)
{
	const struct table_layout *layout = table_layout(id);

	for (uint8_t c = 0; c < layout->count; c++) {
		uint64_t number =
			table_pack_number(structure, &layout->columns[c]);

		for (uint8_t i = 0; i < section->widths[c]; i++, number >>= 8)
			*bytes++ = (unsigned char)number;
	}
	return bytes;
}

#endif
