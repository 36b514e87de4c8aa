/* SPDX-License-Identifier: Apache-2.0 */
/* A program without privilege locks its memory: what the heap reserved in
 * advance does not count against the limit. */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MB = 1 << 20, LIMIT = 40 * MB, LIMIT_MIN = 32 * MB };

int main(void)
{
	struct rlimit limit;
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { 0 };

	memset(malloc(100000), 1, 100000);
	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return 77;
	limit.rlim_cur = limit.rlim_max < LIMIT ? limit.rlim_max : LIMIT;
	if (limit.rlim_cur < LIMIT_MIN || setrlimit(RLIMIT_MEMLOCK, &limit))
		return 77;
	if (syscall(SYS_capset, &header, none))
		return 77;
	if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
		perror("mlockall");
		return 1;
	}
	for (int i = 0; i < 100; i++) {
		char *p = malloc((size_t)i * 500);

		if (!p)
			return 1;
		memset(p, 1, (size_t)i * 500);
		if (i % 3)
			free(p);
	}
	return 0;
}
