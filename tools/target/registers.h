/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a thread of another process.
 *
 * A thread that waits in a system call which a stop would make fail (EINTR
 * from epoll_wait and its like, see signal(7)) is left alone: the kernel
 * says its stack pointer and pc, and the rest stays unknown.  So is one that
 * a debugger holds.  Any other is stopped for as long as it takes to read
 * its registers, and goes on as if nothing had happened.
 */
#ifndef TARGET_REGISTERS_H
#define TARGET_REGISTERS_H

#include <sys/user.h>

#include "base/status.h"
#include "index/unwind.h"

/* NOT_FOUND: no such thread, or not allowed.  Silent. */
enum status registers_read(int pid, int tid, struct unwind_frame *frame);
/* What the kernel's layout means in DWARF's numbers. */
void registers_convert(const struct user_regs_struct *from,
		       struct unwind_frame *frame);

#endif
