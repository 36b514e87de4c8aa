/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a debug section, read from front to back. */
#ifndef META_DWARF_CURSOR_H
#define META_DWARF_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes not read yet.  A read past the end fails for good. */
struct cursor {
	const unsigned char *at, *end;
	bool failed;
	bool is_64; /* DWARF's 64-bit format */
};

static inline const unsigned char *take(struct cursor *cursor, uint64_t size)
{
	const unsigned char *bytes = cursor->at;

	if (cursor->failed || size > (uint64_t)(cursor->end - cursor->at)) {
		cursor->failed = true;
		return NULL;
	}
	cursor->at += size;
	return bytes;
}

/* A little-endian number of SIZE bytes; 0 on failure. */
static inline uint64_t take_number(struct cursor *cursor, unsigned int size)
{
	const unsigned char *bytes = take(cursor, size);
	uint64_t value = 0;

	for (unsigned int i = 0; bytes && i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static inline uint64_t take_uleb(struct cursor *cursor)
{
	uint64_t value = 0;

	/* Most are small. */
	if (!cursor->failed && cursor->at < cursor->end && *cursor->at < 0x80)
		return *cursor->at++;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint64_t byte = take_number(cursor, 1);

		value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	cursor->failed = true;
	return 0;
}

static inline int64_t take_sleb(struct cursor *cursor)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint64_t byte = take_number(cursor, 1);

		value |= (byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (byte & 0x40 && shift + 7 < 64)
			value |= ~0ULL << (shift + 7);
		return (int64_t)value;
	}
	cursor->failed = true;
	return 0;
}

#endif
