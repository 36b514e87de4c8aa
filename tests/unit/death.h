/* SPDX-License-Identifier: Apache-2.0 */
/* Death tests: what misuse of the heap says as it stops the program. */
#ifndef TESTS_UNIT_DEATH_H
#define TESTS_UNIT_DEATH_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs ACTION in a child, which must die of SIGABRT.  What it says begins with
 * FIRST and has THEN further on. */
static inline void expect_death(void (*action)(void), const char *first,
				const char *then)
{
	char text[1024] = "";
	size_t length = 0;
	int pipes[2], status;
	ssize_t size;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		dup2(pipes[1], 2);
		action();
		_exit(0);
	}
	close(pipes[1]);
	while ((size = read(pipes[0], text + length,
			    sizeof text - 1 - length)) > 0)
		length += (size_t)size;
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_ptr_equal(strstr(text, first), text);
	assert_non_null(strstr(text + strlen(first), then));
}

#endif
