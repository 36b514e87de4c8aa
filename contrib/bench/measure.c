/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure [-p LIBRARY] [-o FILE] [-u] COMMAND [ARGUMENT...]
 *
 * Runs COMMAND with LIBRARY preloaded and appends one line to FILE (default:
 * standard error): CPU time in microseconds (user, system), peak RSS in KB,
 * RSS in KB when COMMAND ended, minor page faults.
 *
 * Time and faults are COMMAND's and those of the children it waited for.
 * Peak RSS is the largest VmHWM of COMMAND and its descendants, read from
 * /proc while each stands at its end under ptrace: ru_maxrss of a child
 * starts from what its parent had before exec.  Threads are not traced, so
 * starting and ending them costs what it always does.  With -u nothing is
 * traced and both sizes are 0: for commands that start many processes.
 *
 * The exit status is COMMAND's, 128 + its signal, or 127 when measuring
 * itself failed.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct figures {
	struct rusage usage;
	long peak_kb;
	long end_kb;
	int status; /* as wait4 gives it */
};

static void fail(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(127);
}

/* The number after NAME in /proc/PID/FILE, 0 when there is none. */
static long proc_number(pid_t pid, const char *file, const char *name)
{
	char path[64], line[256];
	long number = 0;
	size_t length = strlen(name);

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	FILE *stream = fopen(path, "r");
	if (!stream)
		return 0;
	while (fgets(line, sizeof(line), stream)) {
		if (strncmp(line, name, length) != 0)
			continue;
		number = strtol(line + length, NULL, 10);
		break;
	}
	fclose(stream);
	return number;
}

/* PID stands at its end: its memory is still whole. */
static void note_end(pid_t pid, pid_t command, struct figures *figures)
{
	/* VmHWM counts in batches, the walk of smaps_rollup exactly. */
	long peak = proc_number(pid, "status", "VmHWM:");
	long end = proc_number(pid, "smaps_rollup", "Rss:");

	if (peak > figures->peak_kb)
		figures->peak_kb = peak;
	if (pid == command)
		figures->end_kb = end;
}

/* Lets a stopped process go on, with the signal it was to get. */
static void resume(pid_t pid, int status)
{
	int event = status >> 16;
	int signal = WSTOPSIG(status);
	bool group_stop = event == PTRACE_EVENT_STOP && signal != SIGTRAP;

	if (group_stop)
		ptrace(PTRACE_LISTEN, pid, 0, 0);
	else
		ptrace(PTRACE_CONT, pid, 0, event ? 0 : signal);
}

static void wait_for_end(pid_t command, struct figures *figures)
{
	struct rusage usage;
	int status;

	for (;;) {
		pid_t pid = wait4(-1, &status, __WALL, &usage);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			fail("wait4");
		if (WIFSTOPPED(status)) {
			if (status >> 16 == PTRACE_EVENT_EXIT)
				note_end(pid, command, figures);
			resume(pid, status);
		} else if (pid == command) {
			figures->usage = usage;
			figures->status = status;
			return;
		}
	}
}

static void trace(pid_t command)
{
	long options = PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK |
		       PTRACE_O_TRACEVFORK;

	if (ptrace(PTRACE_SEIZE, command, 0, options) != 0)
		fail("ptrace");
}

/* In the child: waits until the parent is ready, then becomes COMMAND. */
static void become(char **command, const char *library, int gate[2])
{
	char go;

	close(gate[1]);
	if (read(gate[0], &go, 1) != 1)
		_exit(127);
	close(gate[0]);
	if (library && setenv("LD_PRELOAD", library, 1) != 0)
		_exit(127);
	execvp(command[0], command);
	fprintf(stderr, "measure: %s: %s\n", command[0], strerror(errno));
	_exit(127);
}

static long microseconds(struct timeval time)
{
	return time.tv_sec * 1000000L + time.tv_usec;
}

static void report(const struct figures *figures, const char *file)
{
	FILE *stream = file ? fopen(file, "a") : stderr;

	if (!stream)
		fail(file);
	fprintf(stream, "%ld %ld %ld %ld %ld\n",
		microseconds(figures->usage.ru_utime),
		microseconds(figures->usage.ru_stime), figures->peak_kb,
		figures->end_kb, figures->usage.ru_minflt);
	if (file && fclose(stream) != 0)
		fail(file);
}

int main(int argc, char **argv)
{
	const char *library = NULL, *file = NULL;
	bool untraced = false;
	struct figures figures = { .peak_kb = 0 };
	int option, gate[2];

	while ((option = getopt(argc, argv, "+p:o:u")) != -1) {
		if (option == 'p')
			library = optarg;
		else if (option == 'o')
			file = optarg;
		else if (option == 'u')
			untraced = true;
		else
			return 127;
	}
	if (optind == argc) {
		fprintf(stderr,
			"usage: %s [-p LIBRARY] [-o FILE] [-u] COMMAND...\n",
			argv[0]);
		return 127;
	}
	if (pipe(gate) != 0)
		fail("pipe");
	pid_t command = fork();
	if (command < 0)
		fail("fork");
	if (command == 0)
		become(argv + optind, library, gate);
	close(gate[0]);
	if (!untraced)
		trace(command);
	if (write(gate[1], "", 1) != 1)
		fail("write");
	close(gate[1]);
	wait_for_end(command, &figures);
	report(&figures, file);
	return WIFEXITED(figures.status) ? WEXITSTATUS(figures.status)
					 : 128 + WTERMSIG(figures.status);
}
