/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in the wire format of Protocol Buffers, built in a buffer of the
 * caller's.  What does not fit is cut off and marks the message as failed.
 */
#ifndef QUERY_PROTOBUF_H
#define QUERY_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct protobuf {
	uint8_t *bytes;
	size_t capacity, size;
	bool failed;
};

static inline void protobuf_init(struct protobuf *message, void *buffer,
				 size_t capacity)
{
	message->bytes = buffer;
	message->capacity = capacity;
	message->size = 0;
	message->failed = false;
}

static inline void protobuf_add_bytes(struct protobuf *message,
				      const void *bytes, size_t size)
{
	if (size > message->capacity - message->size) {
		message->failed = true;
		return;
	}
	memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
}

static inline void protobuf_add_varint(struct protobuf *message,
				       uint64_t value)
{
	uint8_t bytes[10];
	size_t size = 0;

	do {
		bytes[size++] = (uint8_t)((value & 0x7f) |
					  (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	protobuf_add_bytes(message, bytes, size);
}

/* A number; 0 is what an absent field means, and left out. */
static inline void protobuf_add_number(struct protobuf *message,
				       unsigned int field, uint64_t value)
{
	if (!value)
		return;
	protobuf_add_varint(message, field << 3);
	protobuf_add_varint(message, value);
}

/* A string, bytes, a message or packed numbers: there even when empty. */
static inline void protobuf_add_block(struct protobuf *message,
				      unsigned int field, const void *bytes,
				      size_t size)
{
	protobuf_add_varint(message, field << 3 | 2);
	protobuf_add_varint(message, size);
	protobuf_add_bytes(message, bytes, size);
}

static inline void protobuf_add_message(struct protobuf *message,
					unsigned int field,
					const struct protobuf *part)
{
	protobuf_add_block(message, field, part->bytes, part->size);
	message->failed |= part->failed;
}

#endif
