/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of the runtime (options log and log_file): a line is one write(2)
 * at the moment it is made, without allocating.  The file is opened for each
 * line and closed again, as programs close descriptors that they do not know;
 * when it cannot be opened the line goes to standard error.  Never used on
 * fast paths; errno stays.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/options.h"

/* After options_init: a relative log_file is meant from where we are now. */
void log_init(void);

static inline bool log_wants(enum option_log level)
{
	return __builtin_expect(options.log >= (unsigned int)level, 0);
}

/* "allotype[PID]: LEVEL: ..." with a newline, formatted as text_format does,
 * if LEVEL is wanted. */
void log_write(enum option_log level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* LINE, about a mistake of the program that it survives: to log_file as an
 * error, whatever the level is, or as report_warning without one. */
void log_report(const char *line);

#endif
