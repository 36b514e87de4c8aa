/* SPDX-License-Identifier: Apache-2.0 */
/* A program without privilege locks its memory: what the heap reserved in
 * advance does not count against the limit.  "privileged": one with it, which
 * gets no memory behind what the heap reserved. */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MB = 1 << 20, LIMIT = 40 * MB, LIMIT_MIN = 32 * MB };
enum { PRIVILEGED_MAX = 150 * MB };

static long resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size, resident = -1;

	if (file && fscanf(file, "%ld %ld", &size, &resident) != 2)
		resident = -1;
	if (file)
		fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

static void use_memory(void)
{
	for (int i = 0; i < 100; i++) {
		char *p = malloc((size_t)i * 5000 + 1);

		if (!p)
			exit(1);
		memset(p, 1, (size_t)i * 5000 + 1);
		if (i % 3)
			free(p);
	}
}

static int lock_with_privilege(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_MEMLOCK, &limit) ||
	    mlockall(MCL_CURRENT | MCL_FUTURE))
		return 77;
	use_memory();
	printf("resident: %ld bytes\n", resident_bytes());
	return resident_bytes() > PRIVILEGED_MAX;
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { 0 };

	memset(malloc(100000), 1, 100000);
	if (argc > 1 && !strcmp(argv[1], "privileged"))
		return lock_with_privilege();
	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return 77;
	/* Who has the privilege may raise it. */
	if (limit.rlim_max < LIMIT_MIN)
		limit.rlim_max = LIMIT;
	limit.rlim_cur = limit.rlim_max < LIMIT ? limit.rlim_max : LIMIT;
	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		return 77;
	if (syscall(SYS_capset, &header, none))
		return 77;
	if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
		perror("mlockall");
		return 1;
	}
	use_memory();
	return 0;
}
