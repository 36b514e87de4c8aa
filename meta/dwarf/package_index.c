/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/package_index.h"

#include "meta/dwarf/cursor.h"

enum { VERSION_GNU = 2, VERSION_5 = 5, COLUMNS_MAX = 16 };

static uint64_t number_at(const unsigned char *bytes, unsigned int size)
{
	struct cursor cursor = {.at = bytes, .end = bytes + size};

	return take_number(&cursor, size);
}

bool package_index_init(struct package_index *index, const void *bytes,
			size_t size)
{
	struct cursor cursor = {.at = bytes};
	uint32_t version;

	cursor.end = cursor.at + size;
	/* Version 5 has two bytes and two of padding. */
	version = (uint32_t)take_number(&cursor, 4);
	index->version = version == VERSION_GNU ? VERSION_GNU
						: version & 0xffff;
	index->columns = (uint32_t)take_number(&cursor, 4);
	index->units = (uint32_t)take_number(&cursor, 4);
	index->slot_count = (uint32_t)take_number(&cursor, 4);
	if (index->version != VERSION_GNU && index->version != VERSION_5)
		return false;
	if (index->columns > COLUMNS_MAX)
		return false;
	index->slots = take(&cursor, (uint64_t)index->slot_count * 8);
	index->rows = take(&cursor, (uint64_t)index->slot_count * 4);
	/* Sections, then the offsets of each unit, then the sizes. */
	index->table = take(&cursor, (uint64_t)index->columns * 4 *
					     (2 * (uint64_t)index->units + 1));
	return !cursor.failed;
}

static enum package_section section_of(uint32_t version, uint64_t number)
{
	static const enum package_section gnu[] = {
		PACKAGE_SECTIONS, PACKAGE_INFO, PACKAGE_TYPES, PACKAGE_ABBREV,
		PACKAGE_LINE, PACKAGE_LOC, PACKAGE_STR_OFFSETS,
	};
	static const enum package_section five[] = {
		PACKAGE_SECTIONS, PACKAGE_INFO, PACKAGE_SECTIONS,
		PACKAGE_ABBREV, PACKAGE_LINE, PACKAGE_LOCLISTS,
		PACKAGE_STR_OFFSETS, PACKAGE_SECTIONS, PACKAGE_RNGLISTS,
	};

	if (version == VERSION_GNU)
		return number < sizeof gnu / sizeof *gnu ? gnu[number]
							 : PACKAGE_SECTIONS;
	return number < sizeof five / sizeof *five ? five[number]
						   : PACKAGE_SECTIONS;
}

bool package_index_unit(const struct package_index *index, uint32_t row,
			struct package_unit *unit)
{
	const unsigned char *offsets = index->table;
	const unsigned char *sizes;

	if (!row || row > index->units)
		return false;
	*unit = (struct package_unit){0};
	sizes = offsets + (size_t)index->columns * 4 * index->units;
	for (uint32_t i = 0; i < index->columns; i++) {
		size_t at = ((size_t)row * index->columns + i) * 4;
		enum package_section section = section_of(
			index->version, number_at(index->table + i * 4, 4));

		if (section == PACKAGE_SECTIONS)
			continue;
		unit->of[section].offset =
			(uint32_t)number_at(offsets + at, 4);
		unit->of[section].size = (uint32_t)number_at(sizes + at, 4);
	}
	return true;
}

bool package_index_find(const struct package_index *index, uint64_t identifier,
			struct package_unit *unit)
{
	for (uint32_t i = 0; i < index->slot_count; i++) {
		uint64_t row = number_at(index->rows + (size_t)i * 4, 4);

		if (row &&
		    number_at(index->slots + (size_t)i * 8, 8) == identifier)
			return package_index_unit(index, (uint32_t)row, unit);
	}
	return false;
}
