/* SPDX-License-Identifier: Apache-2.0 */
/* vfork, posix_spawn, popen and system while other threads allocate: the
 * children share our memory until they exec, and leave it as it was. */
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { WORKERS = 2, ROUNDS = 40, SLOTS = 128, CODE = 5 };

static char *slots[SLOTS];
static int stop;

static void *work(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		size_t size;
		char *p;

		state = state * 6364136223846793005u + 1442695040888963407u;
		size = 1 + (state >> 40) % ((state >> 20) % 40 ? 400 : 90000);
		p = malloc(size);
		if (!p)
			abort();
		p[0] = p[size - 1] = 'x';
		p = __atomic_exchange_n(&slots[(state >> 33) % SLOTS], p,
					__ATOMIC_ACQ_REL);
		if (p && p[0] != 'x')
			abort();
		free(p);
	}
	return NULL;
}

static char *const command[] = { (char *)"sh", (char *)"-c",
				 (char *)"exit 5", NULL };

static int wait_for(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int by_vfork(void)
{
	pid_t child = vfork();

	if (!child) {
		execv("/bin/sh", command);
		_exit(99);
	}
	return wait_for(child);
}

/* The exec fails, in the child that shares our memory. */
static int by_failing_vfork(void)
{
	pid_t child = vfork();

	if (!child) {
		execv("/nonexistent/program", command);
		_exit(CODE);
	}
	return wait_for(child);
}

static int by_spawn(void)
{
	pid_t child;

	if (posix_spawn(&child, "/bin/sh", NULL, NULL, command, environ))
		return -1;
	return wait_for(child);
}

static int by_popen(void)
{
	char line[32] = "";
	FILE *pipe = popen("echo hello; exit 5", "r");
	int status;

	if (!pipe || !fgets(line, sizeof line, pipe) ||
	    strcmp(line, "hello\n") != 0)
		return -1;
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int by_system(void)
{
	int status = system("exit 5");

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
	static int (*const ways[])(void) = { by_vfork, by_failing_vfork,
					     by_spawn, by_popen, by_system };
	pthread_t threads[WORKERS];
	int failures = 0;

	for (uintptr_t i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			return 2;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int way = i % (sizeof ways / sizeof ways[0]);

		if (ways[way]() == CODE)
			continue;
		fprintf(stderr, "way %u failed\n", way);
		failures++;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	return failures != 0;
}
