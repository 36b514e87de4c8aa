/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/linetable.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/dwarf/cursor.h"
#include "meta/dwarf/forms.h"
#include "meta/dwarf/runs.h"

enum {
	FORMATS = 16,
	ROWS = 1024, /* for which room is made at a time, at least */
};

struct entry_format {
	uint64_t content[FORMATS], form[FORMATS];
	uint8_t count;
};

struct header {
	struct line_table *table;
	struct cursor cursor;
	struct form_sizes sizes;
	const struct line_sections *sections;
};

void line_table_deinit(struct line_table *table)
{
	free(table->directories.at);
	free(table->files.at);
	free(table->rows.at);
	memset(table, 0, sizeof *table);
}

/* ---- the header ---- */

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

/* The string at OFFSET in DATA, if it ends there. */
static const char *string_in(const Elf_Data *data, uint64_t offset)
{
	const char *string;

	if (!data || offset >= data->d_size)
		return NULL;
	string = (const char *)data->d_buf + offset;
	return memchr(string, 0, data->d_size - offset) ? string : NULL;
}

static const char *string_at(const struct header *header, uint64_t form,
			     const unsigned char *at)
{
	const struct line_sections *sections = header->sections;
	unsigned int size = header->sizes.offset;

	switch (form) {
	case DW_FORM_string:
		return (const char *)at;
	case DW_FORM_line_strp:
		return string_in(sections->line_strings,
				 form_read_unsigned(at, size));
	case DW_FORM_strp:
		return string_in(sections->strings,
				 form_read_unsigned(at, size));
	default:
		return NULL;
	}
}

static uint64_t number_at(struct cursor cursor, uint64_t form)
{
	switch (form) {
	case DW_FORM_data1:
		return take_number(&cursor, 1);
	case DW_FORM_data2:
		return take_number(&cursor, 2);
	case DW_FORM_udata:
		return take_uleb(&cursor);
	default:
		return UINT64_MAX;
	}
}

static void take_entry(struct header *header,
		       const struct entry_format *format,
		       struct line_file *file)
{
	struct cursor *cursor = &header->cursor;

	for (uint8_t i = 0; !cursor->failed && i < format->count; i++) {
		uint64_t form = format->form[i];
		const unsigned char *next =
			form > UINT16_MAX
				? NULL
				: form_skip(&header->sizes, (unsigned int)form,
					    cursor->at, cursor->end);

		if (!next) {
			cursor->failed = true;
			return;
		}
		if (format->content[i] == DW_LNCT_path)
			file->name = string_at(header, form, cursor->at);
		else if (format->content[i] == DW_LNCT_directory_index)
			file->directory = number_at(*cursor, form);
		else if (format->content[i] == DW_LNCT_MD5 &&
			 form == DW_FORM_data16)
			file->md5 = cursor->at;
		cursor->at = next;
	}
	cursor->failed |= !file->name;
}

/* Each entry takes a byte at least: it has a name. */
static void take_directories(struct header *header)
{
	struct entry_format format;
	uint64_t count;

	take_format(&header->cursor, &format);
	count = take_uleb(&header->cursor);
	for (uint64_t i = 0; !header->cursor.failed && i < count; i++) {
		struct line_file entry = {.name = NULL};
		const char **name;

		take_entry(header, &format, &entry);
		name = MODEL_APPEND(&header->table->directories, 1);
		if (name)
			*name = entry.name;
		else
			header->cursor.failed = true;
	}
}

static void take_files(struct header *header)
{
	struct line_table *table = header->table;
	struct entry_format format;
	uint64_t count;

	take_format(&header->cursor, &format);
	count = take_uleb(&header->cursor);
	for (uint64_t i = 0; !header->cursor.failed && i < count; i++) {
		struct line_file entry = {.name = NULL};
		struct line_file *file;

		take_entry(header, &format, &entry);
		if (entry.directory >= table->directories.count)
			header->cursor.failed = true;
		file = MODEL_APPEND(&table->files, 1);
		if (file)
			*file = entry;
		else
			header->cursor.failed = true;
	}
}

/* The part of the header that is about the program: *KNOWN if it is written in
 * what is known here.  Stands before the directories, or fails. */
static void take_program(struct header *header, bool *known)
{
	/* How many operands each of the standard opcodes has. */
	static const unsigned char standard[] = {0, 1, 1, 1, 1, 0,
						 0, 0, 1, 0, 0, 1};
	struct line_table *table = header->table;
	struct cursor *cursor = &header->cursor;
	uint64_t length, address_size, selector_size, operations;
	const unsigned char *lengths;

	address_size = take_number(cursor, 1);
	selector_size = take_number(cursor, 1);
	length = take_number(cursor, header->sizes.offset);
	if (cursor->failed || length > (uint64_t)(cursor->end - cursor->at)) {
		cursor->failed = true;
		return;
	}
	table->at = cursor->at + length;
	table->end = cursor->end;
	cursor->end = table->at;
	table->instruction = (uint8_t)take_number(cursor, 1);
	operations = take_number(cursor, 1);
	take_number(cursor, 1); /* default_is_stmt */
	table->line_base = (int8_t)take_number(cursor, 1);
	table->line_range = (uint8_t)take_number(cursor, 1);
	table->opcode_base = (uint8_t)take_number(cursor, 1);
	lengths = take(cursor, table->opcode_base ? table->opcode_base - 1u
						  : 0);
	*known = lengths && address_size == 8 && !selector_size &&
		 operations == 1 && table->line_range &&
		 table->opcode_base == sizeof standard + 1 &&
		 !memcmp(lengths, standard, sizeof standard);
}

static void take_header(struct header *header, bool *known)
{
	struct cursor *cursor = &header->cursor;
	uint64_t length = take_number(cursor, 4);

	if (length == UINT32_MAX) {
		cursor->is_64 = true;
		length = take_number(cursor, 8);
	}
	if (length > (uint64_t)(cursor->end - cursor->at) ||
	    header->sizes.offset != (cursor->is_64 ? 8 : 4)) {
		cursor->failed = true;
		return;
	}
	cursor->end = cursor->at + length;
	if (take_number(cursor, 2) != 5)
		cursor->failed = true;
	if (!cursor->failed)
		take_program(header, known);
	if (!cursor->failed)
		take_directories(header);
	if (!cursor->failed)
		take_files(header);
}

bool line_table_open(struct line_table *table,
		     const struct line_sections *sections, uint64_t offset,
		     uint8_t offset_size)
{
	struct header header = {
		.table = table, .sections = sections,
		.sizes = {.offset = offset_size, .version = 5},
	};
	bool known = false;

	table->has_files = false;
	table->directories.count = 0;
	table->files.count = 0;
	table->at = NULL;
	if (!sections->lines || offset >= sections->lines->d_size)
		return false;
	header.cursor.at = sections->lines->d_buf;
	header.cursor.end = header.cursor.at + sections->lines->d_size;
	header.cursor.at += offset;
	take_header(&header, &known);
	table->has_files = !header.cursor.failed;
	if (!table->has_files || !known)
		table->at = NULL;
	return table->has_files;
}

const char *line_table_name(const struct line_table *table, uint64_t number,
			    char *buffer, size_t size)
{
	const struct line_file *file;
	int length;

	if (number >= table->files.count)
		return NULL;
	file = &table->files.at[number];
	if (*file->name == '/')
		return file->name;
	length = snprintf(buffer, size, "%s/%s",
			  table->directories.at[file->directory], file->name);
	return length > 0 && (size_t)length < size ? buffer : NULL;
}

/* ---- the program ---- */

struct machine {
	struct line_table *table;
	struct cursor cursor;
	uint64_t address;
	uint32_t line, file;
	uint32_t first;  /* row of the sequence */
	bool in_order;   /* so are all rows up to now */
};

static void begin_sequence(struct machine *m)
{
	m->address = 0;
	m->line = 1;
	m->file = 1;
	m->first = m->table->rows.count;
}

static bool make_room(struct line_table *table)
{
	uint32_t count = table->rows.count;

	if (!MODEL_APPEND(&table->rows, ROWS))
		return false;
	table->rows.count = count;
	return true;
}

static void add_row(struct machine *m, uint32_t file)
{
	struct line_table *table = m->table;
	struct line_row *row;

	if (table->rows.count == table->rows.capacity && !make_room(table)) {
		m->cursor.failed = true;
		return;
	}
	row = &table->rows.at[table->rows.count++];
	*row = (struct line_row){
		.address = m->address, .line = m->line, .file = file,
		.number = table->rows.count - 1,
	};
	if (row->number && row[-1].address > row->address)
		m->in_order = false;
}

/* At one address, the end of a sequence is before its other rows. */
static void add_end(struct machine *m)
{
	struct line_row *rows, end;
	uint32_t i;

	add_row(m, LINE_ROW_END);
	if (m->cursor.failed)
		return;
	rows = m->table->rows.at;
	i = m->table->rows.count - 1;
	end = rows[i];
	for (; i > m->first && rows[i - 1].address == end.address; i--)
		rows[i] = rows[i - 1];
	rows[i] = end;
	if (i && rows[i - 1].address == end.address)
		m->in_order = false;
}

static void special_opcode(struct machine *m, unsigned int opcode)
{
	const struct line_table *table = m->table;

	m->address += (uint64_t)table->instruction *
		      (opcode / table->line_range);
	m->line += (uint32_t)(table->line_base +
			      (int)(opcode % table->line_range));
}

static void extended_opcode(struct machine *m)
{
	uint64_t length = take_uleb(&m->cursor);
	const unsigned char *operands = take(&m->cursor, length);

	if (!operands || !length) {
		m->cursor.failed = true;
		return;
	}
	switch (*operands) {
	case DW_LNE_end_sequence:
		add_end(m);
		begin_sequence(m);
		break;
	case DW_LNE_set_address:
		m->cursor.failed |= length != 1 + sizeof m->address;
		if (!m->cursor.failed)
			m->address = form_read_unsigned(operands + 1,
							sizeof m->address);
		break;
	case DW_LNE_define_file:
		m->cursor.failed = true;
	}
}

static void standard_opcode(struct machine *m, unsigned int opcode)
{
	const struct line_table *table = m->table;

	switch (opcode) {
	case 0:
		extended_opcode(m);
		break;
	case DW_LNS_copy:
		add_row(m, m->file);
		break;
	case DW_LNS_advance_pc:
		m->address += table->instruction * take_uleb(&m->cursor);
		break;
	case DW_LNS_advance_line:
		m->line += (uint32_t)take_sleb(&m->cursor);
		break;
	case DW_LNS_set_file:
		m->file = (uint32_t)take_uleb(&m->cursor);
		m->cursor.failed |= m->file == LINE_ROW_END;
		break;
	case DW_LNS_set_column:
	case DW_LNS_set_isa:
		take_uleb(&m->cursor);
		break;
	case DW_LNS_const_add_pc:
		m->address += (uint64_t)table->instruction *
			      ((255u - table->opcode_base) /
			       table->line_range);
		break;
	case DW_LNS_fixed_advance_pc:
		m->address += take_number(&m->cursor, 2);
		break;
	}
}

static bool row_ends(const void *row)
{
	return ((const struct line_row *)row)->file == LINE_ROW_END;
}

static int compare_rows(const void *a, const void *b)
{
	const struct line_row *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (row_ends(x) != row_ends(y))
		return row_ends(x) ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

bool line_table_run(struct line_table *table)
{
	struct machine m = {
		.table = table, .in_order = true,
		.cursor = {.at = table->at, .end = table->end},
	};

	if (!table->at)
		return false;
	table->rows.count = 0;
	begin_sequence(&m);
	while (!m.cursor.failed && m.cursor.at < m.cursor.end) {
		unsigned int opcode = *m.cursor.at++;

		if (opcode < table->opcode_base) {
			standard_opcode(&m, opcode);
		} else {
			special_opcode(&m, opcode - table->opcode_base);
			add_row(&m, m.file);
		}
	}
	if (m.cursor.failed)
		return false;
	if (!m.in_order &&
	    !runs_sort(table->rows.at, table->rows.count,
		       sizeof *table->rows.at, compare_rows, row_ends))
		qsort(table->rows.at, table->rows.count,
		      sizeof *table->rows.at, compare_rows);
	/* What is last ends something, whatever it says. */
	if (table->rows.count)
		table->rows.at[table->rows.count - 1].file = LINE_ROW_END;
	return true;
}
