/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded text formatting without stdio, malloc or locale: safe in signal
 * handlers and before main.  A text never overflows its buffer; `length`
 * goes on counting what would have been written, as snprintf does.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *buffer;    /* NUL-terminated as soon as capacity > 0 */
	size_t capacity; /* bytes, the NUL included */
	size_t length;   /* of the whole text, the NUL excluded */
};

/* BUFFER of CAPACITY bytes is the caller's; capacity 0 only counts. */
void text_init(struct text *text, char *buffer, size_t capacity);
void text_append(struct text *text, const char *string);
void text_append_bytes(struct text *text, const char *bytes, size_t size);
void text_append_char(struct text *text, char c);
void text_append_decimal(struct text *text, uint64_t value);
void text_append_signed(struct text *text, int64_t value);
void text_append_hex(struct text *text, uint64_t value); /* with 0x */

/* %s (NULL prints "?"), %c, %d (int), %u (unsigned), %zu, %llu, %lld, %p
 * (as 0x...), %x, %llx, %%; nothing else, no widths. */
void text_format(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_format_list(struct text *text, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));

#endif
