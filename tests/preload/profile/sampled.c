/* SPDX-License-Identifier: Apache-2.0 */
/* Allocates by known chains, also in threads and in a child of fork, each of
 * which writes a profile: sampled.py reads them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allotype/heap.h"

enum { WORKERS = 3, KEPT = 20000, PAIRS = 40000, DEEP = 100 };

struct ferret {
	long age;
	double weight[4];
};

static void *kept[WORKERS + 2][KEPT];

#define NOINLINE __attribute__((noinline))
#define KEEP(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

static NOINLINE struct ferret *make_ferret(void)
{
	struct ferret *ferret = malloc(sizeof *ferret);

	KEEP(ferret);
	return ferret;
}

static NOINLINE void fill_burrow(void **burrow)
{
	for (int i = 0; i < KEPT; i++)
		burrow[i] = make_ferret();
}

static NOINLINE void come_and_go(void)
{
	for (int i = 0; i < PAIRS; i++) {
		struct ferret *ferret = make_ferret();

		free(ferret);
	}
}

static void *work(void *burrow)
{
	fill_burrow(burrow);
	come_and_go();
	return NULL;
}

static NOINLINE void *dig(int depth)
{
	void *bottom = depth ? dig(depth - 1) : malloc(300000);

	KEEP(bottom);
	return bottom;
}

/* A frame that is told by rbp, and callees of libc. */
static NOINLINE char *print(int n)
{
	char *line = NULL, *room = __builtin_alloca((size_t)n);

	KEEP(room);
	if (asprintf(&line, "%0500d", n) < 0)
		abort();
	return line;
}

static NOINLINE void in_child(const char *path)
{
	for (int i = 0; i < KEPT; i += 2)
		free(kept[WORKERS][i]);
	come_and_go();
	_exit(alloc_profile_write(path));
}

int main(int count, char *arguments[])
{
	pthread_t threads[WORKERS];
	void *deep = dig(DEEP);
	char *line = print(17);
	int status;

	if (count < 3 || !deep || !line)
		return 2;
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, work, kept[i]))
			return 3;
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	fill_burrow(kept[WORKERS]);
	if (!fork())
		in_child(arguments[2]);
	if (wait(&status) < 0 || status)
		return 4;
	return alloc_profile_write(arguments[1]);
}
