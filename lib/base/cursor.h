/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounds-checked cursor over bytes that come from a file or from another
 * process.  A read that does not fit returns 0, does not advance, and marks
 * the cursor as failed for good: check `failed` once, at the end.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *start, *at, *limit;
	uint64_t address; /* of start, where the bytes came from */
	bool failed;
};

static inline void cursor_init(struct cursor *cursor, const void *bytes,
			       size_t size, uint64_t address)
{
	cursor->start = cursor->at = bytes;
	cursor->limit = cursor->start + size;
	cursor->address = address;
	cursor->failed = false;
}

static inline size_t cursor_left(const struct cursor *cursor)
{
	return cursor->failed ? 0 : (size_t)(cursor->limit - cursor->at);
}

/* Where the next byte came from. */
static inline uint64_t cursor_address(const struct cursor *cursor)
{
	return cursor->address + (uint64_t)(cursor->at - cursor->start);
}

/* SIZE bytes, or NULL. */
static inline const uint8_t *cursor_bytes(struct cursor *cursor, uint64_t size)
{
	const uint8_t *bytes = cursor->at;

	if (cursor->failed || size > (uint64_t)(cursor->limit - cursor->at)) {
		cursor->failed = true;
		return NULL;
	}
	cursor->at += size;
	return bytes;
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
	const uint8_t *byte = cursor_bytes(cursor, 1);

	return byte ? *byte : 0;
}

static inline uint16_t cursor_u16(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_bytes(cursor, sizeof(uint16_t));
	uint16_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof value);
	return value;
}

static inline uint32_t cursor_u32(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_bytes(cursor, sizeof(uint32_t));
	uint32_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof value);
	return value;
}

static inline uint64_t cursor_u64(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_bytes(cursor, sizeof(uint64_t));
	uint64_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof value);
	return value;
}

/* LEB128 (DWARF 5 section 7.6); bits past the 64th are dropped. */
static inline uint64_t cursor_uleb128(struct cursor *cursor)
{
	uint64_t value = 0;

	for (unsigned int shift = 0;; shift += 7) {
		uint8_t byte = cursor_u8(cursor);

		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
}

static inline int64_t cursor_sleb128(struct cursor *cursor)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	uint8_t byte;

	do {
		byte = cursor_u8(cursor);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && (byte & 0x40))
		value |= ~(uint64_t)0 << shift;
	return (int64_t)value;
}

/* A NUL-terminated string; NULL when there is no NUL. */
static inline const char *cursor_string(struct cursor *cursor)
{
	const void *start = cursor->at;
	const uint8_t *end = memchr(start, '\0', cursor_left(cursor));

	if (!end) {
		cursor->failed = true;
		return NULL;
	}
	cursor->at = end + 1;
	return start;
}

#endif
