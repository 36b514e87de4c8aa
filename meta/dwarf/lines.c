/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>

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

void reader_lines(struct reader *reader)
{
	uint32_t first = reader->model->lines.count, number = MODEL_NONE;
	const char *last = NULL;
	Dwarf_Lines *rows;
	size_t count;

	if (dwarf_getsrclines(&reader->cu_die, &rows, &count))
		return;
	for (size_t i = 0; i < count && !reader->exhausted; i++) {
		Dwarf_Line *row = dwarf_onesrcline(rows, i);
		struct model_line line = {.file = MODEL_NONE};
		Dwarf_Addr address;
		bool end = false;
		int source_line = 0;

		if (!row || dwarf_lineaddr(row, &address))
			continue;
		line.address = address + reader->info->bias;
		dwarf_lineendsequence(row, &end);
		if (!end) {
			dwarf_lineno(row, &source_line);
			line.line = source_line > 0 ? (uint32_t)source_line : 0;
			line.file = row_file(reader, row, &last, &number);
		}
		/* Sequences of dropped sections begin at 0. */
		if (!end &&
		    (!reader_address_is_loaded(reader, line.address, true) ||
		     !line.line))
			continue;
		row_add(reader, first, &line);
	}
}
