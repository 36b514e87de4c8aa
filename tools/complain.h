/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the allotype command, and what its exit statuses mean. */
#ifndef TOOLS_COMPLAIN_H
#define TOOLS_COMPLAIN_H

enum exit_status {
	EXIT_ANSWERED = 0,
	EXIT_NO_ANSWER = 1, /* the target, or an address, has no answer */
	EXIT_USAGE = 2,     /* the command line makes no sense */
};

/* One line on standard error, "allotype: ..." */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, with a hint at the help of COMMAND (NULL: of all).  Returns
 * EXIT_USAGE. */
int complain_usage(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Ends the command when memory is exhausted. */
void *check_memory(void *pointer);

#endif
