/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With security=on: a fault in the heap's own memory - a guard page, a big
 * object that was freed - tells its story before the program dies of it.
 *
 * The handler is there from the start until it has been called or the program
 * sets its own, which is never interposed and finds ours as the old one.  It
 * gives way to what was there before and returns, so that the instruction
 * faults again and the program, its core file and its debugger see the fault
 * as without us.
 */
#include "preload/faults.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "base/sys.h"
#include "heap/misuse.h"
#include "heap/region.h"
#include "heap/security.h"

enum { PAGE_FAULT_WRITE = 2 }; /* error code of the processor: a write */

static struct sigaction before;

static void tell(uintptr_t address, const ucontext_t *context)
{
	const greg_t *registers = context->uc_mcontext.gregs;
	const struct misuse misuse = {
		.kind = registers[REG_ERR] & PAGE_FAULT_WRITE ?
				MISUSE_FAULT_WRITE : MISUSE_FAULT_READ,
		.pointer = address,
		.address = address,
		.caller = (uint64_t)registers[REG_RIP],
	};

	misuse_tell_only(&misuse);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	uintptr_t address = (uintptr_t)info->si_addr;

	sigaction(number, &before, NULL);
	if (info->si_code <= 0) {
		/* Somebody sent it: nothing would happen again. */
		sys_call(SYS_rt_tgsigqueueinfo, sys_pid(), sys_tid(), number,
			 (long)info, 0, 0);
	} else if (info->si_code == SEGV_ACCERR && region_find(address)) {
		tell(address, context);
	}
	errno = saved;
}

void faults_init(void)
{
	struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};

	if (!heap_secured || sigaction(SIGSEGV, NULL, &before) ||
	    before.sa_handler != SIG_DFL)
		return;
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
}
