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

	section->entry_size = layout->count ? 0 : 8;
	for (uint8_t c = 0; c < layout->count; c++) {
		uint64_t all = 0;
		uint8_t width;

		for (uint32_t i = 0; i < count; i++)
			all |= table_pack_number(
				structures + (size_t)i * layout->size,
				&layout->columns[c]);
		/* Entries have a size. */
		if (!c && count)
			all |= 1;
		width = all ? (uint8_t)(64 - __builtin_clzll(all)) : 0;
		section->widths[c] = width;
		section->entry_size += width;
	}
}

/* Writes entry INDEX of a section that was measured to its BYTES, where it is
 * still zero.  TABLE_NUMBER_SIZE more bytes than the section has may be
 * touched. */
static inline void
table_pack_entry(const struct allotype_meta_section *section,
		 enum allotype_meta_section_id id,
		 const unsigned char *structure, unsigned char *bytes,
		 uint32_t index)
{
	const struct table_layout *layout = table_layout(id);
	uint64_t at = (uint64_t)index * section->entry_size;

	for (uint8_t c = 0; c < layout->count; c++) {
		uint64_t number =
			table_pack_number(structure, &layout->columns[c]);
		unsigned int shift = at % 8;
		uint64_t word;

		memcpy(&word, bytes + at / 8, sizeof word);
		word |= number << shift;
		memcpy(bytes + at / 8, &word, sizeof word);
		if (shift + section->widths[c] > 64)
			bytes[at / 8 + 8] |=
				(unsigned char)(number >> (64 - shift));
		at += section->widths[c];
	}
}

/* The bytes of a section that was measured, of COUNT entries. */
static inline uint64_t
table_pack_size(const struct allotype_meta_section *section, uint32_t count)
{
	return ((uint64_t)count * section->entry_size + 7) / 8;
}

#endif
