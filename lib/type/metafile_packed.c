/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a metadata file that are coded: lines, functions and their
 * variables. */
#include "type/metafile.h"

#include "allotype.h"
#include "type/coded.h"
#include "type/packed.h"

/* ---- lines ---- */

/* Of the line, as an unsigned number. */
static void row_step(struct packed_row *row, uint64_t number)
{
	int64_t step = (int64_t)(number >> 1) ^ -(int64_t)(number & 1);

	row->places[0].line += (uint32_t)step;
	row->kind = packed_step_kind(step);
}

/* The next row; false at the end of the bytes. */
static inline bool row_next(struct coded_cursor *cursor, struct packed_row *row)
{
	uint64_t what = coded_number(cursor, CODED_ROW + row->kind);

	row->end = what == PACKED_ROW_END;
	if (row->end) {
		row->kind = 0;
	} else if (what >= PACKED_ROW_STEP) {
		row_step(row, what - PACKED_ROW_STEP);
	} else if (what == PACKED_ROW_FILE) {
		packed_row_raise(row, PACKED_PLACES - 1);
		row->places[0].file =
			(uint32_t)coded_number(cursor, CODED_ROW_FILE);
		row_step(row, coded_number(cursor, CODED_ROW_PLACE));
	} else {
		packed_row_raise(row, (unsigned int)what - PACKED_ROW_PLACE);
		row_step(row, coded_number(cursor, CODED_ROW_PLACE));
	}
	row->address += coded_number(cursor, CODED_ROW_ADDRESS);
	return !cursor->failed;
}

bool metafile_line_at(const struct metafile *file, uint64_t address,
		      struct allotype_meta_line *line)
{
	struct allotype_meta_line_block block;
	struct coded_cursor cursor;
	struct packed_row row = {0}, found = { .end = true };

	if (!metafile_line_block_at(file, address, &block))
		return false;
	cursor = metafile_bits(file, ALLOTYPE_META_ROWS, block.offset);
	row.address = block.address;
	for (int i = 0; i < PACKED_BLOCK_ROWS; i++) {
		if (!row_next(&cursor, &row) || row.address > address)
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

/* ---- variables ---- */

/* The next one but for its type, if that is a parameter's; the symbol. */
static unsigned int read_variable(struct coded_cursor *cursor,
				  struct allotype_meta_variable *v)
{
	unsigned int symbol = coded_symbol(cursor, CODED_VARIABLE);
	bool is_same = symbol & PACKED_VARIABLE_SAME;
	unsigned int kind;

	v->base = symbol >> PACKED_VARIABLE_BASE_SHIFT & UINT8_MAX;
	v->flags = symbol >> PACKED_VARIABLE_FLAGS_SHIFT & PACKED_VARIABLE_FLAGS;
	kind = v->flags & ALLOTYPE_META_VARIABLE_PARAMETER;
	if (!is_same) {
		v->name = (uint32_t)coded_number(cursor,
						 CODED_VARIABLE_NAME + kind);
		/* One more, so that 0 is NONE. */
		if (!packed_is_parameter(symbol) ||
		    symbol & PACKED_VARIABLE_TYPE)
			v->type = (uint32_t)coded_number(cursor,
							 CODED_VARIABLE_TYPE) -
				  1;
	}
	if (symbol & PACKED_VARIABLE_RANGE) {
		v->low = (is_same ? v->high : v->low) +
			 (uint64_t)coded_signed(cursor,
						CODED_VARIABLE_LOW + is_same);
		v->high = v->low + coded_number(cursor, CODED_VARIABLE_SIZE);
	}
	v->offset = (int32_t)((uint32_t)v->offset +
			      (uint32_t)coded_signed(
				      cursor, CODED_VARIABLE_OFFSET + kind));
	return symbol;
}

void metafile_variables(const struct metafile *file,
			const struct metafile_function *function,
			struct metafile_variables *iterator)
{
	struct metafile_type type;

	*iterator = (struct metafile_variables){
		.cursor = metafile_bits(file, ALLOTYPE_META_FUNCTIONS, 0),
		.left = function->variable_count,
		.parameters = metafile_bits(file, ALLOTYPE_META_PARAMETERS,
					    UINT64_MAX),
		.last = { .low = function->entry, .high = function->limit,
			  .type = ALLOTYPE_META_NONE },
	};
	coded_skip(&iterator->cursor, function->variables);
	if (function->variable_count &&
	    metafile_type(file, function->type, &type) &&
	    type.kind == ALLOC_KIND_FUNCTION)
		iterator->parameters = metafile_parameters(file, &type);
}

bool metafile_variables_next(struct metafile_variables *iterator,
			     struct allotype_meta_variable *variable)
{
	unsigned int symbol;

	if (!iterator->left)
		return false;
	iterator->left--;
	symbol = read_variable(&iterator->cursor, &iterator->last);
	if (packed_is_parameter(symbol)) {
		uint32_t type = (uint32_t)coded_number(&iterator->parameters,
						       CODED_PARAMETER) -
				1;

		if (!(symbol & PACKED_VARIABLE_TYPE))
			iterator->last.type = type;
	}
	if (iterator->cursor.failed) {
		iterator->left = 0;
		return false;
	}
	*variable = iterator->last;
	return true;
}

/* ---- functions ---- */

/* Where the pieces of a block have got to. */
struct pieces {
	struct coded_cursor cursor;
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
		.cursor = metafile_bits(file, ALLOTYPE_META_FUNCTIONS,
					block.functions),
		.last = { .high = block.address },
	};
	return true;
}

/* Where the variables are that FUNCTION has, COUNT of them, and the next
 * piece. */
static void skip_variables(struct coded_cursor *cursor,
			   struct metafile_function *function, uint32_t count)
{
	struct allotype_meta_variable v = {0};
	uint64_t size = 0;

	if (count >= PACKED_MANY_VARIABLES)
		size = coded_number(cursor, CODED_VARIABLES_SIZE);
	function->variables = cursor->at;
	function->variable_count = count;
	if (count >= PACKED_MANY_VARIABLES) {
		coded_skip(cursor, size);
		return;
	}
	while (count--)
		read_variable(cursor, &v);
}

static void read_function(struct coded_cursor *cursor, unsigned int symbol,
			  struct metafile_function *f)
{
	uint64_t type;

	f->entry = f->low;
	f->limit = f->high;
	f->name += (uint32_t)coded_signed(cursor, CODED_PIECE_NAME);
	type = coded_number(cursor, CODED_PIECE_TYPE);
	/* Plain: one more, so that 0 is NONE. */
	f->type = (uint32_t)(symbol & PACKED_PIECE_PLAIN ? (type - 1) * 2
							 : type * 2 + 1);
	if (symbol & PACKED_PIECE_PLAIN && !type)
		f->type = ALLOTYPE_META_NONE;
	if (symbol & PACKED_PIECE_FILE)
		f->file = (uint32_t)coded_number(cursor, CODED_PIECE_FILE) - 1;
	f->line += (uint32_t)coded_signed(cursor, CODED_PIECE_LINE);
}

/* The next piece; false at the end of the bytes. */
static bool pieces_next(struct pieces *pieces)
{
	struct coded_cursor *cursor = &pieces->cursor;
	struct metafile_function *f = &pieces->last;
	unsigned int symbol = coded_symbol(cursor, CODED_PIECE);
	uint64_t count = 0;

	f->low = f->high;
	if (symbol & PACKED_PIECE_GAP)
		f->low += coded_number(cursor, CODED_PIECE_GAP);
	f->high = f->low + coded_number(cursor, CODED_PIECE_SIZE);
	f->is_part = symbol & PACKED_PIECE_PART;
	if (f->is_part) {
		pieces->part_of =
			(uint32_t)coded_number(cursor, CODED_PIECE_WHOLE);
		return !cursor->failed;
	}
	read_function(cursor, symbol, f);
	if (symbol & PACKED_PIECE_VARIABLES)
		count = coded_number(cursor, CODED_PIECE_VARIABLES);
	skip_variables(cursor, f, (uint32_t)count);
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
