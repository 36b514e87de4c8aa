/* SPDX-License-Identifier: Apache-2.0 */
/* A live process: memory through process_vm_readv, or /proc/PID/mem where a
 * kernel lacks that. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "complain.h"
#include "target/debugger.h"
#include "target/registers.h"
#include "target/target.h"

struct process {
	int memory; /* descriptor of /proc/PID/mem; -1: not needed so far */
};

static bool read_file(struct target *target, uint64_t address, void *buffer,
		      size_t size)
{
	struct process *process = target->own;
	char path[64];

	if (process->memory < 0) {
		snprintf(path, sizeof path, "/proc/%d/mem", target->pid);
		process->memory = open(path, O_RDONLY | O_CLOEXEC);
	}
	return process->memory >= 0 &&
	       pread(process->memory, buffer, size, (off_t)address) ==
		       (ssize_t)size;
}

static bool process_read(const struct space *space, uint64_t address,
			 void *buffer, size_t size)
{
	struct target *target = (struct target *)((uintptr_t)space -
			offsetof(struct target, source));
	struct iovec here = { buffer, size };
	struct iovec there = { (void *)(uintptr_t)address, size };
	ssize_t n = process_vm_readv(target->pid, &here, 1, &there, 1, 0);

	if (n < 0 && (errno == ENOSYS || errno == EPERM))
		return debugger_is_connected() ?
			       debugger_read(address, buffer, size) :
			       read_file(target, address, buffer, size);
	return n == (ssize_t)size;
}

static enum status process_registers(struct target *target, int tid,
				     struct unwind_frame *frame)
{
	return debugger_is_connected() ?
		       debugger_registers(tid, frame) :
		       registers_read(target->pid, tid, frame);
}

static void process_close(struct target *target)
{
	struct process *process = target->own;

	if (process->memory >= 0)
		close(process->memory);
	free(process);
}

static const struct target_operations process_operations = {
	.registers = process_registers,
	.close = process_close,
};

static enum status explain_no_maps(int pid, int error)
{
	if (error == ENOENT || error == ESRCH)
		complain("there is no process %d", pid);
	else if (error == EACCES || error == EPERM)
		complain("process %d may not be looked into: it belongs to "
			 "another user, or is set-user-ID", pid);
	else
		complain("process %d cannot be read: %s", pid,
			 strerror(error));
	return STATUS_SYSTEM;
}

/* One byte of it: /proc/PID/maps may be readable where memory is not. */
static enum status check_access(struct target *target)
{
	unsigned char byte;
	uint64_t address = target->mappings[0].base;

	for (size_t n = 0; n < target->mapping_count; n++) {
		address = target->mappings[n].base;
		if (target->source.read(&target->source, address, &byte, 1))
			return STATUS_OK;
		if (errno == EPERM || errno == EACCES)
			break;
	}
	return explain_no_maps(target->pid, errno == EACCES ? EPERM : errno);
}

enum status process_open(struct target *target, int pid)
{
	struct process *process;

	if (maps_read(pid, &target->mappings, &target->mapping_count))
		return explain_no_maps(pid, errno);
	if (!target->mapping_count) {
		complain("process %d has no memory: it has ended, or is part "
			 "of the kernel", pid);
		return STATUS_NOT_FOUND;
	}
	process = check_memory(calloc(1, sizeof *process));
	process->memory = -1;
	target->own = process;
	target->pid = pid;
	target->source.read = process_read;
	target->operations = &process_operations;
	return check_access(target);
}
