/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>

#include "base/sys.h"
#include "base/text.h"

enum { PATH_SIZE = 4096, LINE_SIZE = 512 };

static char directory[PATH_SIZE]; /* "" unless log_file is relative */

void log_init(void)
{
	if (options.log && options.log_file[0] && options.log_file[0] != '/' &&
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

static void write_out(const char *line, size_t size)
{
	char path[PATH_SIZE];
	long fd = -1;

	if (options.log_file[0] && make_path(path, sizeof path))
		fd = sys_open_append(path);
	if (fd < 0) {
		sys_write(2, line, size);
		return;
	}
	sys_write((int)fd, line, size);
	sys_close((int)fd);
}

void log_write(enum option_log level, const char *format, ...)
{
	static const char *const names[] = { "none", "error", "warn", "info",
					     "debug" };
	char line[LINE_SIZE];
	struct text text;
	va_list list;
	size_t size;

	if (!log_wants(level))
		return;
	text_init(&text, line, sizeof line - 1);
	text_format(&text, "allotype[%d]: %s: ", sys_pid(), names[level]);
	va_start(list, format);
	text_format_list(&text, format, list);
	va_end(list);
	size = text.length < sizeof line - 2 ? text.length : sizeof line - 2;
	line[size++] = '\n';
	write_out(line, size);
}
