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
	PACKED_BLOCK_ROWS = 64,
	/* What the first byte of a row says. */
	PACKED_ROW_END = 0,	/* of a sequence; the address's step follows */
	PACKED_ROW_STEP = 1,	/* steps of address and line follow */
	PACKED_ROW_OTHER = 2,	/* the same, in the file before this one */
	PACKED_ROW_FILE = 3,	/* a file's number, then the same */
	PACKED_ROW_SHORT = 4,	/* from here on: both steps in one byte */
	PACKED_LINE_LEAST = -5, /* steps of the line in one byte */
	PACKED_LINE_STEPS = 14,
	PACKED_ADDRESS_STEPS = (256 - PACKED_ROW_SHORT) / PACKED_LINE_STEPS,
};

/* Where a block's rows have got to.  OTHER is the file before this one, each
 * with its own last line. */
struct packed_row {
	uint64_t address;
	struct packed_place {
		uint32_t file, line;
	} here, other;
	bool end; /* of a sequence: the address comes from nowhere known */
};

/* ---- variables ---- */

enum {
	PACKED_VARIABLE_BASE = 3,       /* bits: enum allotype_meta_base */
	PACKED_VARIABLE_FLAGS_SHIFT = 2,
	PACKED_VARIABLE_FLAGS = 7,      /* enum allotype_meta_variable_flag */
	PACKED_VARIABLE_SAME = 1 << 5,  /* name and type of the one before */
	PACKED_VARIABLE_RANGE = 1 << 6, /* range of the one before */
};

#endif
