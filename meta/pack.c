/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/pack.h"

#include <stdlib.h>

#include "type/packed.h"

enum {
	ROW_SIZE_MAX = 1 + 3 * PACKED_NUMBER_MAX,
	PIECE_SIZE_MAX = 1 + 7 * PACKED_NUMBER_MAX,
	VARIABLE_SIZE_MAX = 1 + 5 * PACKED_NUMBER_MAX
};

/* ---- variables ---- */

void pack_variables_begin(struct pack_variables *pack, struct image *image,
			  const struct metafile_function *function)
{
	*pack = (struct pack_variables){
		.image = image,
		.last = {.low = function->low,
			 .high = function->high,
			 .type = ALLOTYPE_META_NONE},
		.first = image->sections[ALLOTYPE_META_VARIABLES].count,
	};
}

uint32_t pack_variables_size(const struct pack_variables *pack)
{
	return pack->image->sections[ALLOTYPE_META_VARIABLES].count -
	       pack->first;
}

void pack_variable(struct pack_variables *pack,
		   const struct allotype_meta_variable *v)
{
	const struct allotype_meta_variable *last = &pack->last;
	unsigned char bytes[VARIABLE_SIZE_MAX];
	size_t size = 1;

	bytes[0] = (unsigned char)(v->base |
				   v->flags << PACKED_VARIABLE_FLAGS_SHIFT);
	if (v->name == last->name && v->type == last->type) {
		bytes[0] |= PACKED_VARIABLE_SAME;
	} else {
		size += packed_put_unsigned(bytes + size, v->name);
		size += packed_put_unsigned(bytes + size,
					    (uint32_t)(v->type + 1));
	}
	if (v->low == last->low && v->high == last->high) {
		bytes[0] |= PACKED_VARIABLE_RANGE;
	} else {
		size += packed_put_signed(bytes + size,
					  (int64_t)(v->low - last->low));
		size += packed_put_unsigned(bytes + size, v->high - v->low);
	}
	size += packed_put_signed(bytes + size, v->offset);
	image_bytes(pack->image, ALLOTYPE_META_VARIABLES, bytes, size);
	pack->last = *v;
}

/* ---- functions ---- */

/* What every piece begins with; the size. */
static size_t pack_piece(const struct pack_pieces *pack, unsigned char *bytes,
			 unsigned int code, uint64_t low, uint64_t high)
{
	size_t size = 1;

	bytes[0] = (unsigned char)code;
	size += packed_put_unsigned(bytes + size, low - pack->last.high);
	size += packed_put_unsigned(bytes + size, high - low);
	return size;
}

static void begin_block(struct pack_pieces *pack, uint64_t low)
{
	const struct image_section *sections = pack->image->sections;
	struct allotype_meta_code_block *block;

	if (pack->count++ % PACKED_BLOCK_PIECES)
		return;
	block = image_append(pack->image, ALLOTYPE_META_CODE, sizeof *block);
	if (!block)
		return;
	block->address = low;
	block->functions = sections[ALLOTYPE_META_FUNCTIONS].count;
	block->variables = pack->variables;
	pack->last = (struct metafile_function){.high = low};
}

void pack_part(struct pack_pieces *pack, uint64_t low, uint64_t high,
	       uint32_t number)
{
	unsigned char bytes[PIECE_SIZE_MAX];
	size_t size;

	begin_block(pack, low);
	size = pack_piece(pack, bytes, PACKED_PIECE_PART, low, high);
	size += packed_put_unsigned(bytes + size, number);
	image_bytes(pack->image, ALLOTYPE_META_FUNCTIONS, bytes, size);
	pack->last.high = high;
}

static int64_t step(uint32_t to, uint32_t from)
{
	return (int64_t)to - (int64_t)from;
}

void pack_function(struct pack_pieces *pack, const struct metafile_function *f)
{
	unsigned char bytes[PIECE_SIZE_MAX];
	unsigned int code = 0;
	size_t size;

	begin_block(pack, f->low);
	if (f->file != pack->last.file)
		code |= PACKED_PIECE_FILE;
	if (f->variables_size)
		code |= PACKED_PIECE_VARIABLES;
	size = pack_piece(pack, bytes, code, f->low, f->high);
	size += packed_put_signed(bytes + size, step(f->name, pack->last.name));
	size += packed_put_unsigned(bytes + size, (uint32_t)(f->type + 1));
	if (code & PACKED_PIECE_FILE)
		size += packed_put_unsigned(bytes + size,
					    (uint32_t)(f->file + 1));
	size += packed_put_signed(bytes + size, step(f->line, pack->last.line));
	if (code & PACKED_PIECE_VARIABLES)
		size += packed_put_unsigned(bytes + size, f->variables_size);
	image_bytes(pack->image, ALLOTYPE_META_FUNCTIONS, bytes, size);
	pack->variables += f->variables_size;
	pack->last = *f;
}

/* ---- lines ---- */

/* Steps that may be in the table of steps, and which are. */
enum { STEP_ADDRESSES = 64, STEP_LINES = 128, STEP_LEAST = -STEP_LINES / 2 };
enum { STEPS = STEP_ADDRESSES * STEP_LINES };

struct steps {
	uint32_t saved[STEPS]; /* bytes, if it is */
	uint8_t codes[STEPS];  /* 0: it is not */
};

/* The number of a step, or STEPS. */
static unsigned int step_number(uint64_t address_step, int64_t line_step)
{
	if (address_step >= STEP_ADDRESSES || line_step < STEP_LEAST ||
	    line_step >= STEP_LEAST + STEP_LINES)
		return STEPS;
	return (unsigned int)address_step * STEP_LINES +
	       (unsigned int)(line_step - STEP_LEAST);
}

/* The steps in two bytes, if they fit; the size, else 0. */
static size_t pack_long(unsigned char *bytes, uint64_t address_step,
			int64_t line_step)
{
	if (address_step >= PACKED_LONG_ADDRESS_STEPS ||
	    line_step < PACKED_LONG_LEAST ||
	    line_step >= PACKED_LONG_LEAST + PACKED_LONG_STEPS)
		return 0;
	bytes[0] = (unsigned char)(PACKED_ROW_LONG + address_step);
	bytes[1] = (unsigned char)(line_step - PACKED_LONG_LEAST);
	return 2;
}

/* The steps of a row at the last place; the size. */
static size_t pack_steps(unsigned char *bytes, struct steps *steps,
			 uint64_t address_step, int64_t line_step)
{
	unsigned int number = step_number(address_step, line_step);
	size_t size;

	if (number < STEPS && steps->codes[number]) {
		bytes[0] = steps->codes[number];
		return 1;
	}
	size = pack_long(bytes, address_step, line_step);
	if (!size) {
		bytes[0] = PACKED_ROW_STEP;
		size = 1 + packed_put_unsigned(bytes + 1, address_step);
		size += packed_put_signed(bytes + size, line_step);
	}
	if (number < STEPS)
		steps->saved[number] += (uint32_t)size - 1;
	return size;
}

/* Makes LINE's file the first of the places; the size of what says so. */
static size_t pack_place(unsigned char *bytes, struct packed_row *row,
			 uint32_t file)
{
	for (unsigned int i = 0; i < PACKED_PLACES; i++) {
		if (row->places[i].file != file)
			continue;
		packed_row_raise(row, i);
		bytes[0] = (unsigned char)(i ? PACKED_ROW_PLACE + i
					     : PACKED_ROW_STEP);
		return 1;
	}
	packed_row_raise(row, PACKED_PLACES - 1);
	row->places[0].file = file;
	bytes[0] = PACKED_ROW_FILE;
	return 1 + packed_put_unsigned(bytes + 1, file);
}

/* Encodes LINE behind what ROW says; the size. */
static size_t pack_row(unsigned char *bytes, struct packed_row *row,
		       struct steps *steps, const struct model_line *line)
{
	uint64_t address_step = line->address - row->address;
	int64_t line_step;
	size_t size;

	row->address = line->address;
	if (!line->line) {
		bytes[0] = PACKED_ROW_END;
		return 1 + packed_put_unsigned(bytes + 1, address_step);
	}
	size = pack_place(bytes, row, line->file);
	line_step = (int64_t)line->line - (int64_t)row->places[0].line;
	row->places[0].line = line->line;
	if (bytes[0] == PACKED_ROW_STEP)
		return pack_steps(bytes, steps, address_step, line_step);
	size += packed_put_unsigned(bytes + size, address_step);
	return size + packed_put_signed(bytes + size, line_step);
}

struct step_use {
	uint32_t saved, number;
};

static int step_order(const void *a, const void *b)
{
	const struct step_use *x = a, *y = b;

	if (x->saved != y->saved)
		return x->saved > y->saved ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Writes the steps of those rows that would save most, and numbers them. */
static void choose_steps(struct image *image, struct steps *steps)
{
	struct step_use uses[STEPS];
	uint32_t count = 0;

	for (uint32_t i = 0; i < STEPS; i++)
		if (steps->saved[i] > sizeof(struct allotype_meta_step) / 2)
			uses[count++] = (struct step_use){steps->saved[i], i};
	qsort(uses, count, sizeof *uses, step_order);
	for (uint32_t i = 0; i < count && i < PACKED_STEPS_MAX; i++) {
		struct allotype_meta_step *step = image_append(
			image, ALLOTYPE_META_STEPS, sizeof *step);

		if (!step)
			return;
		step->address = uses[i].number / STEP_LINES;
		step->line = (int32_t)(uses[i].number % STEP_LINES) + STEP_LEAST;
		steps->codes[uses[i].number] = (uint8_t)(PACKED_ROW_SHORT + i);
	}
}

/* Says what steps there are, without packing anything. */
static void count_steps(struct steps *steps, const struct model_line *lines,
			uint32_t count)
{
	struct packed_row row = {0};

	for (uint32_t i = 0; i < count; i++) {
		unsigned char bytes[ROW_SIZE_MAX];

		if (i % PACKED_BLOCK_ROWS == 0)
			row = (struct packed_row){.address = lines[i].address};
		pack_row(bytes, &row, steps, &lines[i]);
	}
}

static void pack_rows(struct image *image, struct steps *steps,
		      const struct model_line *lines, uint32_t count)
{
	const struct image_section *rows = &image->sections[ALLOTYPE_META_ROWS];
	struct packed_row row = {0};

	for (uint32_t i = 0; i < count; i++) {
		unsigned char bytes[ROW_SIZE_MAX];
		size_t size;

		if (i % PACKED_BLOCK_ROWS == 0) {
			struct allotype_meta_line_block *block = image_append(
				image, ALLOTYPE_META_LINES, sizeof *block);

			if (!block)
				return;
			block->address = lines[i].address;
			block->offset = (uint32_t)rows->size;
			row = (struct packed_row){.address = block->address};
		}
		size = pack_row(bytes, &row, steps, &lines[i]);
		image_bytes(image, ALLOTYPE_META_ROWS, bytes, size);
	}
}

void pack_lines(struct image *image, const struct model_line *lines,
		uint32_t count)
{
	struct steps *steps = calloc(1, sizeof *steps);

	if (!steps) {
		image->exhausted = true;
		return;
	}
	count_steps(steps, lines, count);
	choose_steps(image, steps);
	pack_rows(image, steps, lines, count);
	free(steps);
}
