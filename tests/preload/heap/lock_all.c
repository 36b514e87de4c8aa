/* SPDX-License-Identifier: Apache-2.0 */
/* A program without privilege locks its memory: what the heap reserved in
 * advance does not count against the limit.  "privileged": one with it.
 * Under a limit, which it may ignore, it has little reserved; "unlimited": it
 * gets no memory behind what the heap reserved. */
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MB = 1 << 20, LIMIT = 40 * MB, LIMIT_MIN = 32 * MB };
enum { PRIVILEGED_MAX = 150 * MB, THREADS = 4, STACK = 256 << 10 };

/* The line NAME of what the kernel tells about this process, in bytes. */
static long status_bytes(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long kilobytes = -1;

	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, name, strlen(name)))
			kilobytes = atol(line + strlen(name) + 1);
	if (file)
		fclose(file);
	return kilobytes * 1024;
}

static void *use_memory(void *given)
{
	for (int i = 0; i < 100; i++) {
		char *p = malloc((size_t)i * 5000 + 1);

		if (!p)
			exit(1);
		memset(p, 1, (size_t)i * 5000 + 1);
		if (i % 3)
			free(p);
	}
	free(given);
	return malloc(1000);
}

/* Each frees what another one made. */
static void use_memory_in_threads(void)
{
	pthread_t threads[THREADS];
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], &attributes, use_memory,
				   malloc(100000)))
			exit(1);
	for (int i = 0; i < THREADS; i++) {
		void *made;

		pthread_join(threads[i], &made);
		free(made);
	}
}

static int may_lock(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[2];

	return !syscall(SYS_capget, &header, sets) &&
	       sets[0].effective >> CAP_IPC_LOCK & 1;
}

static int lock_with_privilege(rlim_t wanted)
{
	struct rlimit limit = { wanted, wanted };
	long locked, resident;

	if (!may_lock() || setrlimit(RLIMIT_MEMLOCK, &limit))
		return 77;
	if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
		perror("mlockall");
		return 1;
	}
	free(use_memory(NULL));
	use_memory_in_threads();
	locked = status_bytes("VmLck");
	resident = status_bytes("VmRSS");
	printf("resident: %ld bytes, locked: %ld\n", resident, locked);
	if (locked < 10 * MB || resident < 10 * MB)
		return 1;
	return resident > PRIVILEGED_MAX ||
	       (wanted != RLIM_INFINITY && locked > PRIVILEGED_MAX);
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
		return lock_with_privilege(MB);
	if (argc > 1 && !strcmp(argv[1], "unlimited"))
		return lock_with_privilege(RLIM_INFINITY);
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
	free(use_memory(NULL));
	use_memory_in_threads();
	return 0;
}
