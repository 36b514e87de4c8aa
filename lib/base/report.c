/* SPDX-License-Identifier: Apache-2.0 */
#include "base/report.h"

#include <stdarg.h>

#include "base/sys.h"
#include "base/text.h"

__attribute__((format(printf, 1, 0)))
static void write_message(const char *format, va_list list)
{
	char buffer[1024];
	struct text text;
	size_t size;

	text_init(&text, buffer, sizeof buffer - 1);
	text_append(&text, "allotype: ");
	text_format_list(&text, format, list);
	size = text.length < sizeof buffer - 2 ? text.length :
						 sizeof buffer - 2;
	buffer[size++] = '\n';
	sys_write(2, buffer, size);
}

void report_fatal(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_message(format, list);
	va_end(list);
	sys_abort();
}

void report_warning(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_message(format, list);
	va_end(list);
}
