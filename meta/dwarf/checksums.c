/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MD5 of source files, which libdw does not give out: DWARF 5 keeps them
 * in the header of a unit's line table (section 6.2.4).
 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <string.h>

#include "meta/dwarf/cursor.h"

enum { FORMATS = 16 };

struct entry_format {
	uint64_t content[FORMATS], form[FORMATS];
	uint8_t count;
};

static void skip_string(struct cursor *cursor)
{
	while (!cursor->failed && take_number(cursor, 1))
		continue;
}

static void skip_form(struct cursor *cursor, uint64_t form)
{
	switch (form) {
	case DW_FORM_string:
		skip_string(cursor);
		break;
	case DW_FORM_line_strp:
	case DW_FORM_strp:
	case DW_FORM_sec_offset:
		take(cursor, cursor->is_64 ? 8 : 4);
		break;
	case DW_FORM_udata:
	case DW_FORM_strx:
		take_uleb(cursor);
		break;
	case DW_FORM_data1:
		take(cursor, 1);
		break;
	case DW_FORM_data2:
		take(cursor, 2);
		break;
	case DW_FORM_data4:
		take(cursor, 4);
		break;
	case DW_FORM_data8:
		take(cursor, 8);
		break;
	case DW_FORM_data16:
		take(cursor, 16);
		break;
	case DW_FORM_block:
		take(cursor, take_uleb(cursor));
		break;
	default:
		cursor->failed = true;
	}
}

static void take_format(struct cursor *cursor, struct entry_format *format)
{
	format->count = (uint8_t)take_number(cursor, 1);
	if (format->count > FORMATS)
		cursor->failed = true;
	for (uint8_t i = 0; !cursor->failed && i < format->count; i++) {
		format->content[i] = take_uleb(cursor);
		format->form[i] = take_uleb(cursor);
	}
}

/* The MD5 of the next entry, or NULL. */
static const unsigned char *take_entry(struct cursor *cursor,
				       const struct entry_format *format)
{
	const unsigned char *md5 = NULL;

	for (uint8_t i = 0; i < format->count; i++) {
		if (format->content[i] == DW_LNCT_MD5 &&
		    format->form[i] == DW_FORM_data16)
			md5 = take(cursor, 16);
		else
			skip_form(cursor, format->form[i]);
	}
	return cursor->failed ? NULL : md5;
}

/* Stands before the directories of a version 5 table, or fails. */
static void skip_to_directories(struct cursor *cursor)
{
	uint64_t length = take_number(cursor, 4), opcodes;

	if (length == UINT32_MAX) {
		cursor->is_64 = true;
		length = take_number(cursor, 8);
	}
	if (length > (uint64_t)(cursor->end - cursor->at)) {
		cursor->failed = true;
		return;
	}
	cursor->end = cursor->at + length;
	if (take_number(cursor, 2) != 5) {
		cursor->failed = true;
		return;
	}
	/* address_size, segment_selector_size; header_length;
	 * minimum_instruction_length to line_range. */
	take(cursor, 2 + (cursor->is_64 ? 8 : 4) + 5);
	opcodes = take_number(cursor, 1);
	take(cursor, opcodes ? opcodes - 1 : 0);
}

static void files_read(struct reader *reader, Dwarf_Die *unit,
		       struct cursor *cursor)
{
	struct entry_format format;
	uint64_t count;

	take_format(cursor, &format);
	count = take_uleb(cursor);
	/* An entry without a format takes no bytes, nor a turn. */
	for (uint64_t i = 0; format.count && !cursor->failed && i < count; i++)
		take_entry(cursor, &format);
	take_format(cursor, &format);
	count = take_uleb(cursor);
	for (uint64_t i = 0; format.count && !cursor->failed && i < count;
	     i++) {
		const unsigned char *md5 = take_entry(cursor, &format);
		uint32_t number;

		if (!md5)
			continue;
		number = reader_file(reader, unit, i);
		if (number == MODEL_NONE)
			continue;
		memcpy(reader->model->files.at[number].md5, md5, 16);
		reader->model->files.at[number].has_md5 = true;
	}
}

void reader_checksums(struct reader *reader)
{
	struct cursor cursor = {0};
	Dwarf_Attribute attr;
	Dwarf_Word offset;

	if (!reader->line_data)
		reader->line_data =
			reader_section(dwarf_getelf(reader->info->dwarf),
				       ".debug_line");
	if (!reader->line_data ||
	    !die_attribute(&reader->cu_die, DW_AT_stmt_list, &attr) ||
	    dwarf_formudata(&attr, &offset) ||
	    offset >= reader->line_data->d_size)
		return;
	cursor.at = (const unsigned char *)reader->line_data->d_buf + offset;
	cursor.end = (const unsigned char *)reader->line_data->d_buf +
		     reader->line_data->d_size;
	skip_to_directories(&cursor);
	if (!cursor.failed)
		files_read(reader, &reader->cu_die, &cursor);
}
