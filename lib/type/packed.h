/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and rows packed into bytes, as meta/FORMAT.md defines them: what
 * the reader decodes and the compiler encodes.
 */
#ifndef TYPE_PACKED_H
#define TYPE_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes to be read: [at, limit).  Reading at the end sets FAILED, gives 0
 * and does not advance; so does a number of more than 64 bits. */
struct packed_cursor {
	const unsigned char *at, *limit;
	bool failed;
};

static inline uint8_t packed_byte(struct packed_cursor *cursor)
{
	if (cursor->at == cursor->limit) {
		cursor->failed = true;
		return 0;
	}
	return *cursor->at++;
}

/* Seven bits a byte, the lowest first; the high bit says that more follow. */
static inline uint64_t packed_unsigned(struct packed_cursor *cursor)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte = packed_byte(cursor);

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	cursor->failed = true;
	return 0;
}

/* The sign in the lowest bit: 0, -1, 1, -2, ... are 0, 1, 2, 3, ... */
static inline int64_t packed_signed(struct packed_cursor *cursor)
{
	uint64_t value = packed_unsigned(cursor);

	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

enum { PACKED_NUMBER_MAX = 10 };

/* Writes VALUE at BYTES, which has room for PACKED_NUMBER_MAX; its size. */
static inline size_t packed_put_unsigned(unsigned char *bytes, uint64_t value)
{
	size_t size = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[size++] = (unsigned char)(value | 0x80);
	bytes[size++] = (unsigned char)value;
	return size;
}

static inline size_t packed_put_signed(unsigned char *bytes, int64_t value)
{
	return packed_put_unsigned(bytes, (uint64_t)value << 1 ^
						  (uint64_t)(value >> 63));
}

/* ---- rows of lines ---- */

enum {
	PACKED_BLOCK_ROWS = 128,
	PACKED_PLACES = 4,      /* that a block's rows know */
	/* What the first number of a row says. */
	PACKED_ROW_END = 0,	/* of a sequence; the address's step follows */
	PACKED_ROW_FILE = 1,	/* a file's number, then both steps */
	PACKED_ROW_PLACE = 1,	/* + n: at the place n before; both steps */
	/* This and the line's step, as an unsigned number; the address's. */
	PACKED_ROW_STEP = PACKED_ROW_PLACE + PACKED_PLACES,
};

/* Where a block's rows have got to: places, the last one first. */
struct packed_row {
	uint64_t address;
	struct packed_place {
		uint32_t file, line;
	} places[PACKED_PLACES];
	unsigned int kind; /* packed_step_kind of the last line's step */
	bool end; /* of a sequence: the address comes from nowhere known */
};

/* Puts place N first; the last one's when N is PACKED_PLACES - 1. */
static inline void packed_row_raise(struct packed_row *row, unsigned int n)
{
	struct packed_place place = row->places[n];

	for (; n; n--)
		row->places[n] = row->places[n - 1];
	row->places[0] = place;
}

/* What the next row's step depends on: how far the line went. */
static inline unsigned int packed_step_kind(int64_t step)
{
	if (step >= 0)
		return step > 1 ? 2 : (unsigned int)step;
	return step > -6 ? 3 : 4;
}

/* ---- functions ---- */

enum {
	PACKED_BLOCK_PIECES = 8,
	/* Bits of the first symbol. */
	PACKED_PIECE_PART = 1 << 0, /* of the function whose number follows */
	PACKED_PIECE_FILE = 1 << 1, /* a file follows: not the last one */
	PACKED_PIECE_VARIABLES = 1 << 2, /* so many variables follow */
	PACKED_PIECE_GAP = 1 << 3,  /* it does not begin where the last ends */
	PACKED_PIECE_PLAIN = 1 << 4, /* its type is no derived one */
	PACKED_MANY_VARIABLES = 4,  /* say how many bits they take */
};

/* ---- variables ---- */

enum {
	/* Bits of the first symbol. */
	PACKED_VARIABLE_RANGE = 1 << 0, /* its range is not the last one's */
	PACKED_VARIABLE_FLAGS_SHIFT = 1,
	PACKED_VARIABLE_FLAGS = 7,      /* enum allotype_meta_variable_flag */
	PACKED_VARIABLE_SAME = 1 << 4,  /* name and type of the one before */
	PACKED_VARIABLE_TYPE = 1 << 5,  /* not that of the next parameter */
	PACKED_VARIABLE_BASE_SHIFT = 6, /* enum allotype_meta_base */
};

/* Has VARIABLE_SYMBOL's variable the type that the next parameter of its
 * function has, unless it says that it has another? */
static inline bool packed_is_parameter(unsigned int variable_symbol)
{
	enum { INLINED = 2 << PACKED_VARIABLE_FLAGS_SHIFT,
	       PARAMETER = 1 << PACKED_VARIABLE_FLAGS_SHIFT };

	return (variable_symbol &
		(PARAMETER | INLINED | PACKED_VARIABLE_SAME)) == PARAMETER;
}

#endif
