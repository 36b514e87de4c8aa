/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload NAME [PERCENT]: one pattern of allocation, 0.3 to 1 s of CPU time
 * under glibc at 100 percent.  Seeds are fixed: two runs do the same.
 */
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long scale = 100;

static const struct workload *const groups[] = {
	small_workloads,
	thread_workloads,
	large_workloads,
};
enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

void die(const char *why)
{
	fprintf(stderr, "workload: %s\n", why);
	exit(1);
}

unsigned long scaled(unsigned long count)
{
	unsigned long result = count * scale / 100;

	return result ? result : 1;
}

size_t random_size(uint64_t *state)
{
	uint64_t bits = random_next(state);
	/* Eight bits: how many are zero at the end, at most five. */
	unsigned int shift = (unsigned int)__builtin_ctzll(bits >> 56 | 32);
	size_t step = (size_t)32 << shift;

	size_t least = shift ? step / 2 : 8;

	return least + (size_t)((bits & 0xffffffff) * (step - least) >> 32);
}

__attribute__((noinline)) void *xmalloc(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		die("no memory");
	return memory;
}

__attribute__((noinline)) void *xrealloc(void *memory, size_t size)
{
	memory = realloc(memory, size);
	if (!memory)
		die("no memory");
	return memory;
}

static const struct workload *find(const char *name)
{
	for (int group = 0; group < GROUPS; group++)
		for (const struct workload *w = groups[group]; w->name; w++)
			if (strcmp(w->name, name) == 0)
				return w;
	return NULL;
}

static int usage(void)
{
	fprintf(stderr, "usage: workload NAME [PERCENT]\n\n");
	for (int group = 0; group < GROUPS; group++)
		for (const struct workload *w = groups[group]; w->name; w++)
			fprintf(stderr, "  %-14s %s\n", w->name, w->summary);
	return 2;
}

int main(int argc, char **argv)
{
	const struct workload *workload = argc > 1 ? find(argv[1]) : NULL;

	if (!workload)
		return usage();
	if (argc > 2)
		scale = strtoul(argv[2], NULL, 10);
	workload->run();
	return 0;
}
