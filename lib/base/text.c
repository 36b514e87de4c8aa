/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

void text_init(struct text *text, char *buffer, size_t capacity)
{
	text->buffer = buffer;
	text->capacity = capacity;
	text->length = 0;
	if (capacity)
		buffer[0] = '\0';
}

void text_append_char(struct text *text, char c)
{
	if (text->length + 1 < text->capacity) {
		text->buffer[text->length] = c;
		text->buffer[text->length + 1] = '\0';
	}
	text->length++;
}

void text_append_bytes(struct text *text, const char *bytes, size_t size)
{
	if (text->length + 1 < text->capacity) {
		size_t room = text->capacity - text->length - 1;
		size_t n = size < room ? size : room;

		memcpy(text->buffer + text->length, bytes, n);
		text->buffer[text->length + n] = '\0';
	}
	text->length += size;
}

void text_append(struct text *text, const char *string)
{
	text_append_bytes(text, string, strlen(string));
}

static void append_number(struct text *text, uint64_t value, unsigned base)
{
	char digits[24];
	size_t at = sizeof digits;

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	text_append_bytes(text, digits + at, sizeof digits - at);
}

void text_append_decimal(struct text *text, uint64_t value)
{
	append_number(text, value, 10);
}

void text_append_signed(struct text *text, int64_t value)
{
	if (value < 0)
		text_append_char(text, '-');
	append_number(text, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

void text_append_hex(struct text *text, uint64_t value)
{
	text_append(text, "0x");
	append_number(text, value, 16);
}

/* Formats one directive; P points behind its length modifiers, WIDE says
 * whether they asked for 64 bits. */
static void format_directive(struct text *text, char directive, int wide,
			     va_list *list)
{
	const char *string;
	uint64_t value;

	switch (directive) {
	case 's':
		string = va_arg(*list, const char *);
		text_append(text, string ? string : "?");
		break;
	case 'c':
		text_append_char(text, (char)va_arg(*list, int));
		break;
	case 'd':
		text_append_signed(text, wide ? va_arg(*list, long long) :
						va_arg(*list, int));
		break;
	case 'u':
	case 'x':
		value = wide ? va_arg(*list, unsigned long long) :
			       va_arg(*list, unsigned int);
		append_number(text, value, directive == 'u' ? 10 : 16);
		break;
	case 'p':
		text_append_hex(text, (uintptr_t)va_arg(*list, void *));
		break;
	default:
		text_append_char(text, directive);
	}
}

void text_format_list(struct text *text, const char *format, va_list list)
{
	va_list copy;

	va_copy(copy, list);
	for (const char *p = format; *p; p++) {
		int wide = 0;

		if (*p != '%') {
			text_append_char(text, *p);
			continue;
		}
		while (p[1] == 'l' || p[1] == 'z') {
			wide = 1;
			p++;
		}
		if (!p[1])
			break;
		format_directive(text, *++p, wide, &copy);
	}
	va_end(copy);
}

void text_format(struct text *text, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	text_format_list(text, format, list);
	va_end(list);
}
