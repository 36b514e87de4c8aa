/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject LIBRARY once|rest FIRST LAST PROGRAM ARGUMENT...
 *
 * Runs PROGRAM with LIBRARY preloaded, for every n from FIRST to LAST: the
 * n-th system call for memory that LIBRARY makes itself fails with ENOMEM,
 * or that one and all after it.  The library is the one that is installed:
 * a seccomp filter stops at the calls, and the parent changes their results.
 *
 * A run must end by itself with status 0, or, where the start of a program
 * is not possible without memory, with the loader's 127.  Ends when a run
 * makes fewer than n calls.
 *
 *   -a OFFSET  instead of system calls, the n-th call of the function at
 *              this address of LIBRARY returns 0 at once
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUN_SECONDS = 30, EXIT_LOADER = 127, EXIT_SKIP = 77 };
enum { BREAKPOINT = 0xcc };

static struct plan {
	const char *library;
	char **arguments;
	bool rest;      /* all after the n-th, too */
	uint64_t offset; /* of a function, or 0 */
} plan;

/* One run. */
struct run {
	unsigned long n, seen;
	uint64_t base, limit; /* of the library; 0: not yet there */
	long original;        /* the word at the breakpoint */
	pid_t main;
	int status;           /* of the main process */
};

/* ---- the child ---- */

#define TRACE(call)                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                 \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE)

static bool filter_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		TRACE(mmap),
		TRACE(mprotect),
		TRACE(madvise),
		TRACE(mremap),
		TRACE(munmap),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void start_program(void)
{
	personality(ADDR_NO_RANDOMIZE);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(EXIT_SKIP);
	raise(SIGSTOP);
	if (!filter_calls())
		_exit(EXIT_SKIP);
	setenv("LD_PRELOAD", plan.library, 1);
	execv(plan.arguments[0], plan.arguments);
	_exit(EXIT_SKIP);
}

/* ---- the parent ---- */

static void *at(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* Where the library lies in PID, once its code is there. */
static void find_library(struct run *run, pid_t pid)
{
	unsigned long from, to, base = 0, limit = 0;
	char path[64], line[4352], access[8];
	bool code = false;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof line, maps)) {
		line[strcspn(line, "\n")] = 0;
		if (!strstr(line, plan.library) ||
		    sscanf(line, "%lx-%lx %7s", &from, &to, access) != 3)
			continue;
		base = base ? base : from;
		limit = to;
		code |= access[2] == 'x';
	}
	if (maps)
		fclose(maps);
	if (!code)
		return;
	run->base = base;
	run->limit = limit;
}

static void poke(struct run *run, pid_t pid, bool breakpoint)
{
	uint64_t word = (uint64_t)run->original;

	if (breakpoint)
		word = (word & ~UINT64_C(0xff)) | BREAKPOINT;
	ptrace(PTRACE_POKETEXT, pid, at(run->base + plan.offset), at(word));
}

static bool fails_now(struct run *run)
{
	run->seen++;
	return plan.rest ? run->seen >= run->n : run->seen == run->n;
}

static void on_system_call(struct run *run, pid_t pid)
{
	struct user_regs_struct registers;

	if (!run->base) {
		find_library(run, pid);
		if (run->base && plan.offset) {
			run->original = ptrace(PTRACE_PEEKTEXT, pid,
					       at(run->base + plan.offset),
					       NULL);
			poke(run, pid, true);
		}
	}
	if (plan.offset || !run->base ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &registers) ||
	    registers.rip - run->base >= run->limit - run->base ||
	    !fails_now(run))
		return;
	registers.orig_rax = (unsigned long long)-1;
	registers.rax = (unsigned long long)-ENOMEM;
	ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

/* At the breakpoint: the function returns 0, or goes on. */
static bool on_breakpoint(struct run *run, pid_t pid)
{
	struct user_regs_struct registers;
	int status;

	if (!run->base || !plan.offset ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &registers) ||
	    registers.rip != run->base + plan.offset + 1)
		return false;
	if (fails_now(run)) {
		registers.rip = (uint64_t)ptrace(PTRACE_PEEKDATA, pid,
						 at(registers.rsp), NULL);
		registers.rsp += 8;
		registers.rax = 0;
		ptrace(PTRACE_SETREGS, pid, NULL, &registers);
		return true;
	}
	registers.rip--;
	ptrace(PTRACE_SETREGS, pid, NULL, &registers);
	poke(run, pid, false);
	ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
	waitpid(pid, &status, __WALL);
	poke(run, pid, true);
	return true;
}

/* The stop of a new thread or process, a signal, or an event: which signal
 * to deliver. */
static int on_stop(struct run *run, pid_t pid, int status)
{
	int event = status >> 16, number = WSTOPSIG(status);

	if (event == PTRACE_EVENT_SECCOMP)
		on_system_call(run, pid);
	if (number == SIGTRAP && !event && on_breakpoint(run, pid))
		return 0;
	if (event || (pid != run->main && number == SIGSTOP))
		return 0;
	return number;
}

static bool watch(struct run *run)
{
	int status;
	pid_t pid;

	alarm(RUN_SECONDS);
	errno = 0;
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			int number = on_stop(run, pid, status);

			ptrace(PTRACE_CONT, pid, NULL, at((uint64_t)number));
		} else if (pid == run->main) {
			run->status = status;
		}
	}
	alarm(0);
	return errno == ECHILD;
}

static bool run_once(struct run *run)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status;

	run->main = fork();
	if (!run->main)
		start_program();
	if (waitpid(run->main, &status, 0) != run->main || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, run->main, NULL, at((uint64_t)options)))
		exit(EXIT_SKIP);
	ptrace(PTRACE_CONT, run->main, NULL, NULL);
	return watch(run);
}

static bool judge(const struct run *run)
{
	if (WIFEXITED(run->status) && WEXITSTATUS(run->status) == EXIT_SKIP)
		exit(EXIT_SKIP);
	if (WIFEXITED(run->status) && (!WEXITSTATUS(run->status) ||
				       WEXITSTATUS(run->status) == EXIT_LOADER))
		return true;
	if (WIFSIGNALED(run->status))
		printf("n = %lu: ended by signal %d\n", run->n,
		       WTERMSIG(run->status));
	else
		printf("n = %lu: exit status %d\n", run->n,
		       WEXITSTATUS(run->status));
	return false;
}

static bool run_all(unsigned long first, unsigned long last)
{
	unsigned long failures = 0, n;

	for (n = first; n <= last; n++) {
		struct run run = { .n = n };

		if (!run_once(&run)) {
			printf("n = %lu: no end\n", n);
			return false;
		}
		failures += !judge(&run);
		if (run.seen < n)
			break;
	}
	printf("%lu runs, %lu failed\n", n > last ? last - first + 1 :
						    n - first + 1,
	       failures);
	return !failures;
}

static int misuse(void)
{
	fputs("usage: inject [-a OFFSET] LIBRARY once|rest FIRST LAST "
	      "PROGRAM ARGUMENT...\n",
	      stderr);
	return 2;
}

static void on_alarm(int number)
{
	(void)number; /* interrupts waitpid; who is left dies with us */
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int option;

	while ((option = getopt(argc, argv, "+a:")) != -1) {
		if (option != 'a')
			return misuse();
		plan.offset = strtoull(optarg, NULL, 16);
	}
	if (argc - optind < 5)
		return misuse();
	argv += optind;
	plan.library = argv[0];
	plan.rest = !strcmp(argv[1], "rest");
	plan.arguments = argv + 4;
	sigaction(SIGALRM, &action, NULL);
	return run_all(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10)) ?
		       0 :
		       1;
}
