/* SPDX-License-Identifier: Apache-2.0 */
/* After its start the program may map, protect, advise, wait, write and
 * exit; any other system call kills it. */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALLOW(call)                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                 \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int forbid(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		ALLOW(mmap),
		ALLOW(munmap),
		ALLOW(mprotect),
		ALLOW(madvise),
		ALLOW(mremap),
		ALLOW(futex),
		ALLOW(write),
		ALLOW(exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void use(void)
{
	static char *objects[5000];

	for (int i = 0; i < 5000; i++) {
		size_t size = (size_t)i * (i % 50 ? 10 : 100);

		objects[i] = realloc(malloc(size / 2 + 1), size + 1);
		if (!objects[i])
			_exit(1);
		memset(objects[i], 1, size);
	}
	for (int i = 0; i < 5000; i++)
		free(objects[i]);
}

int main(void)
{
	use(); /* the heap starts before it is locked in */
	if (forbid())
		return 77;
	for (int i = 0; i < 3; i++)
		use();
	_exit(0);
}
