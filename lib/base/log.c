/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>

#include "base/report.h"
#include "base/sys.h"
#include "base/text.h"

enum { PATH_SIZE = 4096, LINE_SIZE = 512, REPORT_SIZE = 2048 };

static char directory[PATH_SIZE]; /* "" unless log_file is relative */

void log_init(void)
{
	if (options.log_file[0] && options.log_file[0] != '/' &&
	    sys_failed(sys_getcwd(directory, sizeof directory)))
		directory[0] = '\0';
}

/* The path of the file, with the process id where it says %p. */
static bool make_path(char *path, size_t size)
{
	struct text text;

	text_init(&text, path, size);
	if (directory[0]) {
		text_append(&text, directory);
		text_append_char(&text, '/');
	}
	for (const char *at = options.log_file; *at; at++) {
		if (at[0] == '%' && at[1] == 'p') {
			text_append_decimal(&text, (uint64_t)sys_pid());
			at++;
		} else {
			text_append_char(&text, *at);
		}
	}
	return text.length < size;
}

/* Writes the line TEXT to the file, or to standard error without one.  The
 * newline takes the place of the NUL. */
static void write_out(const struct text *text)
{
	size_t size = text->length < text->capacity ? text->length :
						      text->capacity - 1;
	char path[PATH_SIZE];
	long fd = -1;

	text->buffer[size++] = '\n';
	if (options.log_file[0] && make_path(path, sizeof path))
		fd = sys_open_append(path);
	sys_write(fd < 0 ? 2 : (int)fd, text->buffer, size);
	if (fd >= 0)
		sys_close((int)fd);
}

static void begin(struct text *text, char *buffer, size_t size,
		  const char *level)
{
	text_init(text, buffer, size);
	text_format(text, "allotype[%d]: %s: ", sys_pid(), level);
}

void log_write(enum option_log level, const char *format, ...)
{
	static const char *const names[] = { "none", "error", "warn", "info",
					     "debug" };
	char line[LINE_SIZE];
	struct text text;
	va_list list;

	if (!log_wants(level))
		return;
	begin(&text, line, sizeof line, names[level]);
	va_start(list, format);
	text_format_list(&text, format, list);
	va_end(list);
	write_out(&text);
}

void log_report(const char *line)
{
	char buffer[REPORT_SIZE];
	struct text text;

	if (!options.log_file[0]) {
		report_warning("%s", line);
		return;
	}
	begin(&text, buffer, sizeof buffer, "error");
	text_append(&text, line);
	write_out(&text);
}
