/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the runtime: one write to standard error, no allocation. */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

/* "allotype: ..." with a newline, formatted as text_format does, then abort(3)'s
 * signal: a broken invariant or a bad free. */
void report_fatal(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* The same without the end. */
void report_warning(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#ifdef ALLOTYPE_DEBUG
#define DEBUG_CHECK(condition)                                                 \
	((condition) ? (void)0 :                                               \
		       report_fatal("%s:%d: broken invariant: %s", __FILE__,   \
				    __LINE__, #condition))
#else
#define DEBUG_CHECK(condition) ((void)0)
#endif

#endif
