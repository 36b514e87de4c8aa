/* SPDX-License-Identifier: Apache-2.0 */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((format(printf, 1, 0)))
static void print_line(const char *format, va_list list)
{
	char line[1024];

	/* One write: the line stays whole beside the target's output. */
	vsnprintf(line, sizeof line, format, list);
	fflush(stdout);
	fprintf(stderr, "allotype: %s\n", line);
}

void complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	print_line(format, list);
	va_end(list);
}

int complain_usage(const char *command, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	print_line(format, list);
	va_end(list);
	fprintf(stderr, "Try `allotype help%s%s'.\n", command ? " " : "",
		command ? command : "");
	return EXIT_USAGE;
}

void *check_memory(void *pointer)
{
	if (!pointer) {
		fputs("allotype: out of memory\n", stderr);
		exit(EXIT_NO_ANSWER);
	}
	return pointer;
}
