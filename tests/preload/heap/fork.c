/* SPDX-License-Identifier: Apache-2.0 */
/* Forks while other threads allocate and free; each child uses the heap,
 * frees what it inherited, and starts threads and a child of its own. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 3, FORKS = 40, OBJECTS = 2000, SHARED = 512 };

static int stop;
static char *shared[SHARED]; /* exchanged: freed by any thread */

static void use(unsigned int seed, int count)
{
	char *objects[64] = { 0 };

	for (int i = 0; i < count; i++) {
		size_t size;
		char **slot;

		seed = seed * 1103515245u + 12345u;
		slot = &objects[(seed >> 8) % 64];
		free(*slot);
		size = (seed >> 16) % 100 == 0 ? 200000 : (seed >> 12) % 600;
		*slot = malloc(size);
		if (!*slot)
			abort();
		memset(*slot, 1, size);
		free(__atomic_exchange_n(&shared[(seed >> 10) % SHARED],
					 strdup("shared"), __ATOMIC_ACQ_REL));
	}
	for (int i = 0; i < 64; i++)
		free(objects[i]);
}

static void *work(void *argument)
{
	unsigned int seed = (unsigned int)(uintptr_t)argument;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		use(seed++, 100);
	return NULL;
}

static void *use_once(void *argument)
{
	use((unsigned int)(uintptr_t)argument, 500);
	return NULL;
}

static int wait_for(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	return status;
}

static int be_child(char **inherited, int depth)
{
	pthread_t thread;
	pid_t child;

	for (int i = 0; i < OBJECTS; i++)
		free(inherited[i]);
	use(7, 2000);
	if (pthread_create(&thread, NULL, use_once, NULL))
		return 1;
	pthread_join(thread, NULL);
	if (!depth)
		return 0;
	child = fork();
	if (!child) {
		use(9, 500);
		_exit(0);
	}
	return wait_for(child) ? 1 : 0;
}

int main(void)
{
	static char *objects[OBJECTS];
	pthread_t threads[WORKERS];
	int failures = 0;

	for (int i = 0; i < OBJECTS; i++)
		objects[i] = strdup("inherited");
	for (uintptr_t i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(i + 1)))
			return 2;
	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (!child) {
			alarm(60);
			_exit(be_child(objects, i % 4 == 0));
		}
		failures += wait_for(child) != 0;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	if (failures)
		fprintf(stderr, "%d children failed\n", failures);
	return failures != 0;
}
