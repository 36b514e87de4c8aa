/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/pack.h"

#include "type/packed.h"

/* ---- variables ---- */

void pack_variables(struct pack_pieces *pack)
{
	pack->variable = (struct allotype_meta_variable){
		.low = pack->last.low,
		.high = pack->last.high,
		.type = ALLOTYPE_META_NONE,
	};
	pack->begin = coder_size(pack->coder);
}

void pack_variables_end(struct pack_pieces *pack)
{
	uint64_t size = coder_size(pack->coder) - pack->begin;

	if (!pack_is_measuring(pack) ||
	    pack->last.variable_count < PACKED_MANY_VARIABLES)
		return;
	pack->sizes[pack->count - 1] = (uint32_t)size;
	coder_number(pack->coder, CODED_VARIABLES_SIZE, size);
}

bool pack_is_measuring(const struct pack_pieces *pack)
{
	return coder_is_counting(pack->coder) &&
	       coder_has_codes(pack->coder, CODED_VARIABLE);
}

/* What V has that the last one has not. */
static unsigned int variable_symbol(const struct allotype_meta_variable *v,
				    const struct allotype_meta_variable *last)
{
	unsigned int symbol =
		(unsigned int)v->base << PACKED_VARIABLE_BASE_SHIFT |
		(unsigned int)v->flags << PACKED_VARIABLE_FLAGS_SHIFT;

	if (v->low != last->low || v->high != last->high)
		symbol |= PACKED_VARIABLE_RANGE;
	if (v->name == last->name && v->type == last->type)
		symbol |= PACKED_VARIABLE_SAME;
	return symbol;
}

bool pack_is_parameter(const struct pack_pieces *pack,
		       const struct allotype_meta_variable *v)
{
	return packed_is_parameter(variable_symbol(v, &pack->variable));
}

static void pack_range(struct coder *coder,
		       const struct allotype_meta_variable *v,
		       const struct allotype_meta_variable *last, bool is_same)
{
	coder_signed(coder, CODED_VARIABLE_LOW + is_same,
		     (int64_t)(v->low - (is_same ? last->high : last->low)));
	coder_number(coder, CODED_VARIABLE_SIZE, v->high - v->low);
}

void pack_variable(struct pack_pieces *pack,
		   const struct allotype_meta_variable *v, uint32_t expected)
{
	const struct allotype_meta_variable *last = &pack->variable;
	unsigned int symbol = variable_symbol(v, last);
	unsigned int kind = v->flags & ALLOTYPE_META_VARIABLE_PARAMETER;
	bool is_same = symbol & PACKED_VARIABLE_SAME;

	if (packed_is_parameter(symbol) && v->type != expected)
		symbol |= PACKED_VARIABLE_TYPE;
	coder_symbol(pack->coder, CODED_VARIABLE, symbol);
	if (!is_same)
		coder_number(pack->coder, CODED_VARIABLE_NAME + kind, v->name);
	if (!is_same && (!packed_is_parameter(symbol) ||
			 symbol & PACKED_VARIABLE_TYPE))
		coder_number(pack->coder, CODED_VARIABLE_TYPE,
			     (uint32_t)(v->type + 1));
	if (symbol & PACKED_VARIABLE_RANGE)
		pack_range(pack->coder, v, last, is_same);
	coder_signed(pack->coder, CODED_VARIABLE_OFFSET + kind,
		     (int64_t)v->offset - last->offset);
	pack->variable = *v;
}

/* ---- functions ---- */

static void begin_block(struct pack_pieces *pack, uint64_t low)
{
	struct allotype_meta_code_block *block;

	if (pack->count++ % PACKED_BLOCK_PIECES)
		return;
	pack->last = (struct metafile_function){.high = low};
	if (coder_is_counting(pack->coder))
		return;
	block = image_append(pack->image, ALLOTYPE_META_CODE, sizeof *block);
	if (!block)
		return;
	block->address = low;
	block->functions = coder_align(pack->coder);
}

/* What every piece begins with. */
static void pack_piece(struct pack_pieces *pack, unsigned int symbol,
		       uint64_t low, uint64_t high)
{
	uint64_t gap;

	begin_block(pack, low);
	gap = low - pack->last.high;
	if (gap)
		symbol |= PACKED_PIECE_GAP;
	coder_symbol(pack->coder, CODED_PIECE, symbol);
	if (gap)
		coder_number(pack->coder, CODED_PIECE_GAP, gap);
	coder_number(pack->coder, CODED_PIECE_SIZE, high - low);
}

void pack_part(struct pack_pieces *pack, uint64_t low, uint64_t high,
	       uint32_t number)
{
	pack_piece(pack, PACKED_PIECE_PART, low, high);
	coder_number(pack->coder, CODED_PIECE_WHOLE, number);
	pack->last.high = high;
}

static int64_t step(uint32_t to, uint32_t from)
{
	return (int64_t)to - (int64_t)from;
}

void pack_function(struct pack_pieces *pack, const struct metafile_function *f)
{
	struct coder *coder = pack->coder;
	bool is_derived = f->type != ALLOTYPE_META_NONE && f->type & 1;
	unsigned int symbol = is_derived ? 0 : PACKED_PIECE_PLAIN;
	/* At the beginning of a block, nothing is known. */
	bool is_first = pack->count % PACKED_BLOCK_PIECES == 0;

	if (f->file != (is_first ? 0 : pack->last.file))
		symbol |= PACKED_PIECE_FILE;
	if (f->variable_count)
		symbol |= PACKED_PIECE_VARIABLES;
	pack_piece(pack, symbol, f->low, f->high);
	coder_signed(coder, CODED_PIECE_NAME, step(f->name, pack->last.name));
	coder_number(coder, CODED_PIECE_TYPE,
		     is_derived ? f->type >> 1 :
		     f->type == ALLOTYPE_META_NONE ? 0 : (f->type >> 1) + 1);
	if (symbol & PACKED_PIECE_FILE)
		coder_number(coder, CODED_PIECE_FILE, (uint32_t)(f->file + 1));
	coder_signed(coder, CODED_PIECE_LINE, step(f->line, pack->last.line));
	if (f->variable_count)
		coder_number(coder, CODED_PIECE_VARIABLES, f->variable_count);
	if (f->variable_count >= PACKED_MANY_VARIABLES &&
	    !coder_is_counting(coder))
		coder_number(coder, CODED_VARIABLES_SIZE,
			     pack->sizes[pack->count - 1]);
	pack->last = *f;
}

/* ---- lines ---- */

static void pack_step(struct coder *coder, struct packed_row *row,
		      unsigned int context, unsigned int base, uint32_t line)
{
	int64_t step = (int64_t)line - (int64_t)row->places[0].line;

	coder_number(coder, context,
		     base + ((uint64_t)step << 1 ^ (uint64_t)(step >> 63)));
	row->places[0].line = line;
	row->kind = packed_step_kind(step);
}

/* Makes LINE's file the first of the places and packs its line. */
static void pack_place(struct coder *coder, struct packed_row *row,
		       const struct model_line *line)
{
	unsigned int context = CODED_ROW + row->kind, n = 0;

	while (n < PACKED_PLACES && row->places[n].file != line->file)
		n++;
	if (!n) {
		pack_step(coder, row, context, PACKED_ROW_STEP, line->line);
		return;
	}
	if (n < PACKED_PLACES) {
		packed_row_raise(row, n);
		coder_number(coder, context, PACKED_ROW_PLACE + n);
	} else {
		packed_row_raise(row, PACKED_PLACES - 1);
		row->places[0].file = line->file;
		coder_number(coder, context, PACKED_ROW_FILE);
		coder_number(coder, CODED_ROW_FILE, line->file);
	}
	pack_step(coder, row, CODED_ROW_PLACE, 0, line->line);
}

static void pack_row(struct coder *coder, struct packed_row *row,
		     const struct model_line *line)
{
	if (line->line) {
		pack_place(coder, row, line);
	} else {
		coder_number(coder, CODED_ROW + row->kind, PACKED_ROW_END);
		row->kind = 0;
	}
	coder_number(coder, CODED_ROW_ADDRESS, line->address - row->address);
	row->address = line->address;
}

static void begin_rows(struct image *image, struct coder *coder,
		       uint64_t address)
{
	struct allotype_meta_line_block *block;

	if (coder_is_counting(coder))
		return;
	block = image_append(image, ALLOTYPE_META_LINES, sizeof *block);
	if (!block)
		return;
	block->address = address;
	block->offset = coder_align(coder);
}

static void pack_rows(struct image *image, struct coder *coder,
		      const struct model_line *lines, uint32_t count)
{
	struct packed_row row = {0};

	for (uint32_t i = 0; i < count; i++) {
		if (i % PACKED_BLOCK_ROWS == 0) {
			row = (struct packed_row){.address = lines[i].address};
			begin_rows(image, coder, row.address);
		}
		pack_row(coder, &row, &lines[i]);
	}
	coder_align(coder);
}

void pack_lines(struct image *image, const struct model_line *lines,
		uint32_t count)
{
	struct coder *coder = coder_create(image, ALLOTYPE_META_ROWS,
					   CODED_OF_ROWS, CODED_OF_TEXT);

	if (!coder)
		return;
	pack_rows(image, coder, lines, count);
	coder_choose(coder, CODED_OF_TEXT);
	pack_rows(image, coder, lines, count);
	coder_destroy(coder);
}
