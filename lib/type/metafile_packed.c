/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a metadata file that are packed: lines, functions and their
 * variables. */
#include "type/metafile.h"

#include "type/packed.h"

/* ---- lines ---- */

static void row_step(struct packed_cursor *cursor, struct packed_row *row)
{
	row->address += packed_unsigned(cursor);
	row->places[0].line += (uint32_t)packed_signed(cursor);
}

/* A step that is not there ends the bytes. */
static void row_short(const struct metafile *file, struct packed_cursor *cursor,
		      struct packed_row *row, unsigned int number)
{
	struct allotype_meta_step step;

	if (!metafile_entry(file, ALLOTYPE_META_STEPS, number, &step)) {
		cursor->failed = true;
		return;
	}
	row->address += step.address;
	row->places[0].line += (uint32_t)step.line;
}

static void row_long(struct packed_cursor *cursor, struct packed_row *row,
		     unsigned int step)
{
	row->address += step;
	row->places[0].line +=
		(uint32_t)((int)packed_byte(cursor) + PACKED_LONG_LEAST);
}

/* The next row; false at the end of the bytes. */
static bool row_next(const struct metafile *file, struct packed_cursor *cursor,
		     struct packed_row *row)
{
	unsigned int code = packed_byte(cursor);

	row->end = code == PACKED_ROW_END;
	if (code == PACKED_ROW_END) {
		row->address += packed_unsigned(cursor);
	} else if (code == PACKED_ROW_STEP) {
		row_step(cursor, row);
	} else if (code == PACKED_ROW_FILE) {
		packed_row_raise(row, PACKED_PLACES - 1);
		row->places[0].file = (uint32_t)packed_unsigned(cursor);
		row_step(cursor, row);
	} else if (code < PACKED_ROW_SHORT) {
		packed_row_raise(row, code - PACKED_ROW_PLACE);
		row_step(cursor, row);
	} else if (code < PACKED_ROW_LONG) {
		row_short(file, cursor, row, code - PACKED_ROW_SHORT);
	} else {
		row_long(cursor, row, code - PACKED_ROW_LONG);
	}
	return !cursor->failed;
}

bool metafile_line_at(const struct metafile *file, uint64_t address,
		      struct allotype_meta_line *line)
{
	struct allotype_meta_line_block block;
	struct packed_cursor cursor;
	struct packed_row row = {0}, found = { .end = true };

	if (!metafile_line_block_at(file, address, &block))
		return false;
	cursor = metafile_bytes(file, ALLOTYPE_META_ROWS, block.offset,
				UINT64_MAX);
	row.address = block.address;
	for (int i = 0; i < PACKED_BLOCK_ROWS; i++) {
		if (!row_next(file, &cursor, &row) || row.address > address)
			break;
		found = row;
	}
	if (found.end || !found.places[0].line)
		return false;
	*line = (struct allotype_meta_line){ found.address,
					     found.places[0].file,
					     found.places[0].line };
	return true;
}

/* ---- functions ---- */

/* Where the pieces of a block have got to. */
struct pieces {
	struct packed_cursor cursor;
	struct metafile_function last;
	uint32_t part_of;    /* number; if last.is_part */
};

/* The first of block NUMBER; false: there is none. */
static bool pieces_begin(const struct metafile *file, uint32_t number,
			 struct pieces *pieces)
{
	struct allotype_meta_code_block block;

	if (!metafile_entry(file, ALLOTYPE_META_CODE, number, &block))
		return false;
	*pieces = (struct pieces){
		.cursor = metafile_bytes(file, ALLOTYPE_META_FUNCTIONS,
					 block.functions, UINT64_MAX),
		.last = { .high = block.address,
			  .variables = block.variables },
	};
	return true;
}

static void read_function(struct packed_cursor *cursor, unsigned int code,
			  struct metafile_function *f)
{
	f->entry = f->low;
	f->limit = f->high;
	f->name += (uint32_t)packed_signed(cursor);
	/* One more, so that 0 is NONE. */
	f->type = (uint32_t)packed_unsigned(cursor) - 1;
	if (code & PACKED_PIECE_FILE)
		f->file = (uint32_t)packed_unsigned(cursor) - 1;
	f->line += (uint32_t)packed_signed(cursor);
	f->variables += f->variables_size;
	f->variables_size = code & PACKED_PIECE_VARIABLES ?
				    (uint32_t)packed_unsigned(cursor) :
				    0;
}

/* The next piece; false at the end of the bytes. */
static bool pieces_next(struct pieces *pieces)
{
	struct packed_cursor *cursor = &pieces->cursor;
	struct metafile_function *f = &pieces->last;
	unsigned int code = packed_byte(cursor);

	f->low = f->high + packed_unsigned(cursor);
	f->high = f->low + packed_unsigned(cursor);
	f->is_part = code & PACKED_PIECE_PART;
	if (f->is_part)
		pieces->part_of = (uint32_t)packed_unsigned(cursor);
	else
		read_function(cursor, code, f);
	return !cursor->failed;
}

/* Piece NUMBER as it stands in the file. */
static bool piece_at(const struct metafile *file, uint32_t number,
		     struct pieces *pieces)
{
	if (!pieces_begin(file, number / PACKED_BLOCK_PIECES, pieces))
		return false;
	for (uint32_t i = 0; i <= number % PACKED_BLOCK_PIECES; i++)
		if (!pieces_next(pieces))
			return false;
	return true;
}

/* What a part says is its function's. */
static bool complete(const struct metafile *file, const struct pieces *pieces,
		     struct metafile_function *function)
{
	struct pieces whole;

	if (!pieces->last.is_part) {
		*function = pieces->last;
		return true;
	}
	if (!piece_at(file, pieces->part_of, &whole) || whole.last.is_part)
		return false;
	*function = whole.last;
	function->low = pieces->last.low;
	function->high = pieces->last.high;
	function->is_part = true;
	return true;
}

bool metafile_function(const struct metafile *file, uint32_t number,
		       struct metafile_function *function)
{
	struct pieces pieces;

	return piece_at(file, number, &pieces) &&
	       complete(file, &pieces, function);
}

bool metafile_function_at(const struct metafile *file, uint64_t address,
			  struct metafile_function *function)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_CODE, address);
	struct pieces pieces;

	if (!n || !pieces_begin(file, n - 1, &pieces))
		return false;
	for (int i = 0; i < PACKED_BLOCK_PIECES; i++) {
		if (!pieces_next(&pieces) || pieces.last.low > address)
			return false;
		if (address < pieces.last.high)
			return complete(file, &pieces, function);
	}
	return false;
}

/* ---- variables ---- */

void metafile_variables(const struct metafile *file,
			const struct metafile_function *function,
			struct metafile_variables *iterator)
{
	*iterator = (struct metafile_variables){
		.cursor = metafile_bytes(file, ALLOTYPE_META_VARIABLES,
					 function->variables,
					 (uint64_t)function->variables +
						 function->variables_size),
		.last = { .low = function->entry, .high = function->limit,
			  .type = ALLOTYPE_META_NONE },
	};
}

bool metafile_variables_next(struct metafile_variables *iterator,
			     struct allotype_meta_variable *variable)
{
	struct packed_cursor *cursor = &iterator->cursor;
	struct allotype_meta_variable *v = &iterator->last;
	uint8_t code;

	if (cursor->failed || cursor->at == cursor->limit)
		return false;
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
	if (cursor->failed)
		return false;
	*variable = *v;
	return true;
}
