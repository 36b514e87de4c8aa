/* SPDX-License-Identifier: Apache-2.0 */
#include "target/registers.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STOP_TRIES = 2000, STOP_PAUSE_NS = 100000 };

static void set_register(struct unwind_frame *frame, unsigned int number,
			 uint64_t value)
{
	frame->registers[number] = value;
	frame->valid |= 1u << number;
}

void registers_convert(const struct user_regs_struct *from,
		       struct unwind_frame *frame)
{
	const unsigned long long values[UNWIND_REGISTERS] = {
		from->rax, from->rdx, from->rcx, from->rbx, from->rsi,
		from->rdi, from->rbp, from->rsp, from->r8, from->r9,
		from->r10, from->r11, from->r12, from->r13, from->r14,
		from->r15, from->rip,
	};

	memset(frame, 0, sizeof *frame);
	for (unsigned int n = 0; n < UNWIND_REGISTERS; n++)
		set_register(frame, n, values[n]);
}

/* Reading from a socket with a timeout, or from inotify, ends with EINTR. */
static bool descriptor_minds_stop(int pid, uint64_t descriptor)
{
	char path[64], name[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/fd/%" PRIu64, pid, descriptor);
	n = readlink(path, name, sizeof name - 1);
	if (n < 0)
		return true;
	name[n] = '\0';
	return !strncmp(name, "socket:", 7) ||
	       !strcmp(name, "anon_inode:inotify");
}

/* System calls that end with EINTR when their thread is stopped and goes
 * on, though no handler ran: signal(7), "Interruption of system calls and
 * library functions by stop signals". */
static bool call_minds_stop(int pid, long number, uint64_t argument)
{
	switch (number) {
	case SYS_read:
	case SYS_write:
		return descriptor_minds_stop(pid, argument);
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
	case SYS_io_getevents:
	case SYS_io_pgetevents:
	case SYS_semop:
	case SYS_semtimedop:
	case SYS_rt_sigtimedwait:
	case SYS_msgrcv:
	case SYS_msgsnd:
	case SYS_recvfrom: /* with a timeout on the socket, as are the next */
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_accept:
	case SYS_accept4:
	case SYS_connect:
		return true;
	default:
		return false;
	}
}

/* /proc/PID/task/TID/syscall: "number arguments... sp pc", "-1 sp pc", or
 * "running". */
static bool read_call(int pid, int tid, long *number, uint64_t *argument,
		      struct unwind_frame *frame)
{
	char path[64], line[256] = "";
	uint64_t sp, pc;
	FILE *file;
	int fields;

	snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof line, file))
		line[0] = '\0';
	fclose(file);
	*argument = 0;
	if (sscanf(line, "%ld %" SCNx64, number, argument) < 1)
		return false;
	if (*number == -1)
		fields = sscanf(line, "-1 %" SCNx64 " %" SCNx64, &sp, &pc);
	else
		fields = sscanf(line, "%*d %*s %*s %*s %*s %*s %*s %" SCNx64
				" %" SCNx64, &sp, &pc);
	if (fields != 2)
		return false;
	memset(frame, 0, sizeof *frame);
	set_register(frame, UNWIND_RSP, sp);
	set_register(frame, UNWIND_PC, pc);
	return true;
}

/* Waits for the stop that PTRACE_INTERRUPT asked for, or one that came
 * before it; *SIGNAL is what must be delivered when the thread goes on. */
static bool wait_stop(int tid, int *signal)
{
	struct timespec pause = { 0, STOP_PAUSE_NS };

	for (int n = 0; n < STOP_TRIES; n++) {
		int state;
		pid_t got = waitpid(tid, &state, __WALL | WNOHANG);

		if (got < 0 || (got == tid && !WIFSTOPPED(state)))
			return false;
		if (got == tid) {
			bool event = state >> 16 == PTRACE_EVENT_STOP;

			*signal = event ? 0 : WSTOPSIG(state);
			return true;
		}
		nanosleep(&pause, NULL);
	}
	return false;
}

/* If the thread does not stop (it sleeps deep in the kernel), it is let go
 * when this process ends, which is soon. */
static bool read_stopped(int tid, struct unwind_frame *frame)
{
	struct user_regs_struct registers;
	int signal = 0;
	bool ok;

	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL))
		return false;
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) ||
	    !wait_stop(tid, &signal)) {
		ptrace(PTRACE_DETACH, tid, NULL, NULL);
		return false;
	}
	ok = !ptrace(PTRACE_GETREGS, tid, NULL, &registers);
	ptrace(PTRACE_DETACH, tid, NULL, (void *)(intptr_t)signal);
	if (ok)
		registers_convert(&registers, frame);
	return ok;
}

enum status registers_read(int pid, int tid, struct unwind_frame *frame)
{
	struct unwind_frame partial;
	uint64_t argument;
	long call = -1;
	bool waits = read_call(pid, tid, &call, &argument, &partial);

	if (!(waits && call_minds_stop(pid, call, argument)) &&
	    read_stopped(tid, frame))
		return STATUS_OK;
	if (!waits)
		return STATUS_NOT_FOUND;
	*frame = partial;
	return STATUS_OK;
}
