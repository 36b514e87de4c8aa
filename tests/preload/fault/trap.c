/* SPDX-License-Identifier: Apache-2.0 */
#include "trap.h"

#include <errno.h>
#include <link.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

static unsigned long armed, count; /* atomic, as threads make calls */
static bool all_after;

/* An own instruction, which the filter lets pass. */
__attribute__((noinline)) static long call(long number, const greg_t *with)
{
	register long r10 __asm__("r10") = with[REG_R10];
	register long r8 __asm__("r8") = with[REG_R8];
	register long r9 __asm__("r9") = with[REG_R9];
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(with[REG_RDI]), "S"(with[REG_RSI]),
			   "d"(with[REG_RDX]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static void on_call(int signal, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	unsigned long n = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);

	(void)signal;
	if (armed && (n == armed || (all_after && n > armed)))
		registers[REG_RAX] = -ENOMEM;
	else
		registers[REG_RAX] = call(info->si_syscall, registers);
}

struct range {
	uint64_t address, base, limit;
};

static int find_range(struct dl_phdr_info *info, size_t size, void *context)
{
	struct range *range = context;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uint64_t base = info->dlpi_addr + header->p_vaddr;

		if (header->p_type != PT_LOAD ||
		    range->address - base >= header->p_memsz)
			continue;
		range->base = base;
		range->limit = base + header->p_memsz;
		return 1;
	}
	return 0;
}

#define LOAD(field)                                                            \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_HIGH                                                              \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                     \
		 offsetof(struct seccomp_data, instruction_pointer) + 4)
#define IS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static bool filter(const struct range *range)
{
	uint32_t low = (uint32_t)range->base, end = (uint32_t)range->limit;
	struct sock_filter program[] = {
		LOAD(nr),
		IS(SYS_mmap, 5),
		IS(SYS_mprotect, 4),
		IS(SYS_madvise, 3),
		IS(SYS_mremap, 2),
		IS(SYS_munmap, 1),
		ALLOW,
		LOAD_HIGH,
		IS((uint32_t)(range->base >> 32), 1),
		ALLOW,
		LOAD(instruction_pointer),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, low, 1, 0),
		ALLOW,
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end, 0, 1),
		ALLOW,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog list = { sizeof program / sizeof *program, program };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &list);
}

bool trap_install(const void *address)
{
	struct sigaction action = {
		.sa_sigaction = on_call,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};
	struct range range = { .address = (uintptr_t)address };

	return dl_iterate_phdr(find_range, &range) &&
	       !(range.base >> 32 ^ range.limit >> 32) &&
	       !sigaction(SIGSYS, &action, NULL) && filter(&range);
}

void trap_arm(unsigned long n, bool rest)
{
	all_after = rest;
	__atomic_store_n(&count, 0, __ATOMIC_RELAXED);
	armed = n;
}

unsigned long trap_count(void)
{
	return __atomic_load_n(&count, __ATOMIC_RELAXED);
}
