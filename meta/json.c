/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/json.h"

#include <stdbool.h>
#include <stddef.h>

/* The length of the UTF-8 sequence at P, or 0 if it is none (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t utf8_length(const unsigned char *p)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return length;
}

static void write_ascii(FILE *stream, unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		putc('\\', stream);
		putc(c, stream);
		break;
	case '\n':
		fputs("\\n", stream);
		break;
	case '\t':
		fputs("\\t", stream);
		break;
	default:
		if (c < 0x20 || c == 0x7f)
			fprintf(stream, "\\u%04x", c);
		else
			putc(c, stream);
	}
}

void json_write_string(FILE *stream, const char *string)
{
	const unsigned char *p = (const unsigned char *)string;

	if (!string) {
		fputs("null", stream);
		return;
	}
	putc('"', stream);
	while (*p) {
		size_t length = utf8_length(p);

		if (length == 1)
			write_ascii(stream, *p);
		else if (length)
			fwrite(p, 1, length, stream);
		else
			fputs("\\ufffd", stream);
		p += length ? length : 1;
	}
	putc('"', stream);
}
