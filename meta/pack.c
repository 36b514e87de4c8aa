/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/pack.h"

#include "type/packed.h"

enum { ROW_SIZE_MAX = 1 + 3 * PACKED_NUMBER_MAX,
       VARIABLE_SIZE_MAX = 1 + 5 * PACKED_NUMBER_MAX };

/* ---- variables ---- */

void pack_variables_begin(struct pack_variables *pack, struct image *image)
{
	size_t size = image->sections[ALLOTYPE_META_VARIABLES].size;

	*pack = (struct pack_variables){.image = image,
					.first = (uint32_t)size};
}

void pack_variable(struct pack_variables *pack,
		   const struct allotype_meta_variable *v)
{
	const struct allotype_meta_variable *last = &pack->last;
	unsigned char bytes[VARIABLE_SIZE_MAX];
	bool first = !pack->count;
	size_t size = 1;

	bytes[0] = (unsigned char)(v->base |
				   v->flags << PACKED_VARIABLE_FLAGS_SHIFT);
	if (!first && v->name == last->name && v->type == last->type) {
		bytes[0] |= PACKED_VARIABLE_SAME;
	} else {
		size += packed_put_unsigned(bytes + size, v->name);
		size += packed_put_unsigned(bytes + size,
					    (uint32_t)(v->type + 1));
	}
	if (!first && v->low == last->low && v->high == last->high) {
		bytes[0] |= PACKED_VARIABLE_RANGE;
	} else {
		size += packed_put_signed(bytes + size,
					  (int64_t)(v->low - last->low));
		size += packed_put_unsigned(bytes + size, v->high - v->low);
	}
	size += packed_put_signed(bytes + size, v->offset);
	image_bytes(pack->image, ALLOTYPE_META_VARIABLES, bytes, size);
	pack->last = *v;
	pack->count++;
}

/* ---- lines ---- */

static bool fits_short(uint64_t address_step, int64_t line_step)
{
	return address_step < PACKED_ADDRESS_STEPS &&
	       line_step >= PACKED_LINE_LEAST &&
	       line_step < PACKED_LINE_LEAST + PACKED_LINE_STEPS;
}

static void swap_places(struct packed_row *row)
{
	struct packed_place place = row->here;

	row->here = row->other;
	row->other = place;
}

/* Encodes LINE behind what ROW says; the size. */
static size_t pack_row(unsigned char *bytes, struct packed_row *row,
		       const struct model_line *line)
{
	uint64_t address_step = line->address - row->address;
	int64_t line_step;
	size_t size = 1;

	row->address = line->address;
	if (!line->line) {
		bytes[0] = PACKED_ROW_END;
		return size + packed_put_unsigned(bytes + size, address_step);
	}
	bytes[0] = PACKED_ROW_STEP;
	if (line->file != row->here.file) {
		swap_places(row);
		bytes[0] = PACKED_ROW_OTHER;
	}
	if (line->file != row->here.file) {
		bytes[0] = PACKED_ROW_FILE;
		size += packed_put_unsigned(bytes + size, line->file);
		row->here.file = line->file;
	}
	line_step = (int64_t)line->line - (int64_t)row->here.line;
	row->here.line = line->line;
	if (bytes[0] == PACKED_ROW_STEP && fits_short(address_step, line_step)) {
		bytes[0] = (unsigned char)(PACKED_ROW_SHORT +
					   address_step * PACKED_LINE_STEPS +
					   (uint64_t)(line_step -
						      PACKED_LINE_LEAST));
		return size;
	}
	size += packed_put_unsigned(bytes + size, address_step);
	return size + packed_put_signed(bytes + size, line_step);
}

void pack_lines(struct image *image, const struct model_line *lines,
		uint32_t count)
{
	const struct image_section *rows =
		&image->sections[ALLOTYPE_META_ROWS];
	struct packed_row row = {0};

	for (uint32_t i = 0; i < count; i++) {
		unsigned char bytes[ROW_SIZE_MAX];
		size_t size;

		if (i % PACKED_BLOCK_ROWS == 0) {
			struct allotype_meta_line_block *block =
				image_append(image, ALLOTYPE_META_LINES,
					     sizeof *block);

			if (!block)
				return;
			block->address = lines[i].address;
			block->offset = (uint32_t)rows->size;
			row = (struct packed_row){.address = block->address};
		}
		size = pack_row(bytes, &row, &lines[i]);
		image_bytes(image, ALLOTYPE_META_ROWS, bytes, size);
	}
}
