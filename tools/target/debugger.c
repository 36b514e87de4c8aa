/* SPDX-License-Identifier: Apache-2.0 */
#include "target/debugger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int answers = -1, questions = -1;

enum status debugger_connect(const char *pipes)
{
	int from, to, length = 0;

	if (sscanf(pipes, "%d,%d%n", &from, &to, &length) != 2 ||
	    pipes[length] || from < 0 || to < 0)
		return STATUS_MISUSE;
	answers = from;
	questions = to;
	return STATUS_OK;
}

bool debugger_is_connected(void)
{
	return questions >= 0;
}

static bool read_all(void *buffer, size_t size)
{
	char *to = buffer;

	while (size) {
		ssize_t n = read(answers, to, size);

		if (n <= 0)
			return false;
		to += n;
		size -= (size_t)n;
	}
	return true;
}

static bool ask(const char *question, void *buffer, size_t size)
{
	size_t length = strlen(question);
	char verdict;

	return write(questions, question, length) == (ssize_t)length &&
	       read_all(&verdict, 1) && verdict == 'y' &&
	       read_all(buffer, size);
}

bool debugger_read(uint64_t address, void *buffer, size_t size)
{
	char question[64];

	snprintf(question, sizeof question, "memory %" PRIx64 " %zu\n",
		 address, size);
	return ask(question, buffer, size);
}

enum status debugger_registers(int tid, struct unwind_frame *frame)
{
	char question[64];

	memset(frame, 0, sizeof *frame);
	snprintf(question, sizeof question, "registers %d\n", tid);
	if (!ask(question, frame->registers, sizeof frame->registers))
		return STATUS_NOT_FOUND;
	frame->valid = (1u << UNWIND_REGISTERS) - 1;
	return STATUS_OK;
}
