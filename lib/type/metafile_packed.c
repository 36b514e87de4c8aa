/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a metadata file that are packed: lines and variables. */
#include "type/metafile.h"

#include "type/packed.h"

/* Bytes [FROM, LIMIT) of a section of bytes; none of them when out of it. */
static struct packed_cursor section_bytes(const struct metafile *file,
					  enum allotype_meta_section_id id,
					  uint64_t from, uint64_t limit)
{
	const struct allotype_meta_section *section =
		&file->header->sections[id];
	const unsigned char *bytes = file->data + section->offset;

	if (limit > section->size)
		limit = section->size;
	if (from > limit)
		from = limit;
	return (struct packed_cursor){ bytes + from, bytes + limit, false };
}

/* ---- lines ---- */

static void row_step(struct packed_cursor *cursor, struct packed_row *row)
{
	row->address += packed_unsigned(cursor);
	row->here.line += (uint32_t)packed_signed(cursor);
}

static void row_swap(struct packed_row *row)
{
	struct packed_place place = row->here;

	row->here = row->other;
	row->other = place;
}

/* The next row; false at the end of the bytes. */
static bool row_next(struct packed_cursor *cursor, struct packed_row *row)
{
	uint8_t code = packed_byte(cursor);

	row->end = code == PACKED_ROW_END;
	switch (code) {
	case PACKED_ROW_END:
		row->address += packed_unsigned(cursor);
		break;
	case PACKED_ROW_FILE:
		row_swap(row);
		row->here.file = (uint32_t)packed_unsigned(cursor);
		row_step(cursor, row);
		break;
	case PACKED_ROW_OTHER:
		row_swap(row);
		row_step(cursor, row);
		break;
	case PACKED_ROW_STEP:
		row_step(cursor, row);
		break;
	default:
		code -= PACKED_ROW_SHORT;
		row->address += code / PACKED_LINE_STEPS;
		row->here.line += (uint32_t)(code % PACKED_LINE_STEPS +
					     PACKED_LINE_LEAST);
	}
	return !cursor->failed;
}

bool metafile_line_at(const struct metafile *file, uint64_t address,
		      struct allotype_meta_line *line)
{
	const struct allotype_meta_line_block *block =
		metafile_line_block_at(file, address);
	struct packed_cursor cursor;
	struct packed_row row = {0}, found = { .end = true };

	if (!block)
		return false;
	cursor = section_bytes(file, ALLOTYPE_META_ROWS, block->offset,
			       UINT64_MAX);
	row.address = block->address;
	for (int i = 0; i < PACKED_BLOCK_ROWS; i++) {
		if (!row_next(&cursor, &row) || row.address > address)
			break;
		found = row;
	}
	if (found.end || !found.here.line)
		return false;
	*line = (struct allotype_meta_line){ found.address, found.here.file,
					     found.here.line };
	return true;
}

/* ---- variables ---- */

void metafile_variables(const struct metafile *file,
			const struct allotype_meta_function *function,
			struct metafile_variables *iterator)
{
	*iterator = (struct metafile_variables){
		.cursor = section_bytes(file, ALLOTYPE_META_VARIABLES,
					function->first_variable, UINT64_MAX),
		.left = function->variable_count,
	};
}

bool metafile_variables_next(struct metafile_variables *iterator,
			     struct allotype_meta_variable *variable)
{
	struct packed_cursor *cursor = &iterator->cursor;
	struct allotype_meta_variable *v = &iterator->last;
	uint8_t code;

	if (!iterator->left)
		return false;
	iterator->left--;
	code = packed_byte(cursor);
	v->base = code & PACKED_VARIABLE_BASE;
	v->flags = code >> PACKED_VARIABLE_FLAGS_SHIFT & PACKED_VARIABLE_FLAGS;
	if (!(code & PACKED_VARIABLE_SAME)) {
		v->name = (uint32_t)packed_unsigned(cursor);
		/* One more, so that 0 is NONE. */
		v->type = (uint32_t)packed_unsigned(cursor) - 1;
	}
	if (!(code & PACKED_VARIABLE_RANGE)) {
		v->low += (uint64_t)packed_signed(cursor);
		v->high = v->low + packed_unsigned(cursor);
	}
	v->offset = (int32_t)packed_signed(cursor);
	if (cursor->failed) {
		iterator->left = 0;
		return false;
	}
	*variable = *v;
	return true;
}
