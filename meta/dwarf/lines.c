/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <elf.h>
#include <string.h>

static void sections_find(struct reader *reader)
{
	struct line_sections *sections = &reader->line_sections;
	Elf *elf = dwarf_getelf(reader->info->dwarf);

	sections->lines = reader_section(elf, ".debug_line");
	sections->line_strings = reader_section(elf, ".debug_line_str");
	sections->strings = reader_section(elf, ".debug_str");
	reader->lines_sought = true;
}

static void table_open(struct reader *reader, Dwarf_Die *die)
{
	Dwarf *dwarf = reader->info->dwarf;
	Dwarf_Attribute attr;
	Dwarf_Word offset;
	uint8_t offset_size;
	Dwarf_Die unit;

	if (!reader->lines_sought)
		sections_find(reader);
	reader->line_table.of = die->cu;
	reader->line_table.has_files = false;
	/* Units of other files have other sections. */
	if (reader->info->byte_order == ELFDATA2LSB &&
	    dwarf_cu_getdwarf(die->cu) == dwarf &&
	    dwarf_diecu(die, &unit, NULL, &offset_size) &&
	    die_attribute(&unit, DW_AT_stmt_list, &attr) &&
	    !dwarf_formudata(&attr, &offset))
		line_table_open(&reader->line_table, &reader->line_sections,
				offset, offset_size);
}

struct line_table *reader_line_table(struct reader *reader, Dwarf_Die *die)
{
	if (reader->line_table.of != die->cu)
		table_open(reader, die);
	return reader->line_table.has_files ? &reader->line_table : NULL;
}

/* The row's file in the model.  Rows of one file share libdw's string. */
static uint32_t row_file(struct reader *reader, Dwarf_Line *row,
			 const char **last, uint32_t *number)
{
	const char *name = dwarf_linesrc(row, NULL, NULL);

	if (name != *last) {
		*last = name;
		*number = name ? reader_file_named(reader, name) : MODEL_NONE;
	}
	return *number;
}

/* A row that says what the one before it says is left out; so is, at one
 * address, all but the last. */
static void row_add(struct reader *reader, uint32_t first,
		    const struct model_line *row)
{
	struct model *model = reader->model;
	struct model_line *last = NULL;

	if (model->lines.count > first)
		last = &model->lines.at[model->lines.count - 1];
	if (!row->line && (!last || !last->line))
		return;
	if (last && last->line && last->address == row->address) {
		*last = *row;
		return;
	}
	if (last && last->line == row->line && last->file == row->file)
		return;
	last = MODEL_APPEND(&model->lines, 1);
	if (last)
		*last = *row;
	else
		reader->exhausted = true;
}

/* SOURCE_LINE of 0: the end of a sequence. */
static void row_take(struct reader *reader, uint32_t first, uint64_t address,
		     uint32_t file, uint32_t source_line, bool end)
{
	struct model_line line = {
		.address = address + reader->info->bias, .file = file,
		.line = source_line,
	};

	/* Sequences of dropped sections begin at 0. */
	if (end || (reader_address_is_loaded(reader, line.address, true) &&
		    line.line))
		row_add(reader, first, &line);
}

/* As libdw reads them. */
static void lines_slowly(struct reader *reader)
{
	uint32_t first = reader->model->lines.count, number = MODEL_NONE;
	const char *last = NULL;
	Dwarf_Lines *rows;
	size_t count;

	if (dwarf_getsrclines(&reader->cu_die, &rows, &count))
		return;
	for (size_t i = 0; i < count && !reader->exhausted; i++) {
		Dwarf_Line *row = dwarf_onesrcline(rows, i);
		uint32_t file = MODEL_NONE;
		Dwarf_Addr address;
		bool end = false;
		int line = 0;

		if (!row || dwarf_lineaddr(row, &address))
			continue;
		dwarf_lineendsequence(row, &end);
		if (!end) {
			dwarf_lineno(row, &line);
			file = row_file(reader, row, &last, &number);
		}
		row_take(reader, first, address, file,
			 line > 0 ? (uint32_t)line : 0, end);
	}
}

void reader_lines(struct reader *reader)
{
	struct line_table *table = reader_line_table(reader, &reader->cu_die);
	uint32_t first = reader->model->lines.count;

	if (!table || !line_table_run(table)) {
		lines_slowly(reader);
		return;
	}
	for (uint32_t i = 0; i < table->rows.count && !reader->exhausted;
	     i++) {
		const struct line_row *row = &table->rows.at[i];

		if (row->file == LINE_ROW_END)
			row_take(reader, first, row->address, MODEL_NONE, 0,
				 true);
		else
			row_take(reader, first, row->address,
				 reader_file(reader, &reader->cu_die,
					     row->file),
				 row->line <= INT32_MAX ? row->line : 0,
				 false);
	}
}

void reader_checksums(struct reader *reader)
{
	struct line_table *table = reader_line_table(reader, &reader->cu_die);

	for (uint32_t i = 0; table && i < table->files.count; i++) {
		const unsigned char *md5 = table->files.at[i].md5;
		uint32_t number = MODEL_NONE;

		if (md5)
			number = reader_file(reader, &reader->cu_die, i);
		if (number == MODEL_NONE)
			continue;
		memcpy(reader->model->files.at[number].md5, md5, 16);
		reader->model->files.at[number].has_md5 = true;
	}
}
