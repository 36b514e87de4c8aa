/* SPDX-License-Identifier: Apache-2.0 */
/* Memory to the limit of the address space and back, twice: what was freed
 * is there again.  "self" sets the limit of 256 MB itself, after a start
 * without one; else the caller has set it, of 64 MB at least. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { MB = 1 << 20, LIMIT = 256 * MB, SMALL_LIMIT = 64 * MB };
enum { EXPECT = 150 * MB, EXPECT_SMALL = 20 * MB };

struct block {
	struct block *next;
	size_t size;
};

static size_t next_size(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	switch ((*seed >> 16) % 4) {
	case 0:
		return 16 + (*seed >> 8) % 1000;
	case 1:
		return 2000 + (*seed >> 8) % 30000;
	case 2:
		return 40000 + (*seed >> 8) % 200000;
	default:
		return MB + (*seed >> 8) % (8 * MB);
	}
}

/* Allocates until there is no more; the bytes that were had. */
static size_t fill(struct block **list)
{
	size_t total = 0;
	unsigned int seed = 1;

	for (;;) {
		size_t size = next_size(&seed);
		struct block *block;

		errno = 0;
		block = malloc(size);
		if (!block)
			break;
		memset(block, 5, size);
		block->next = *list;
		block->size = size;
		*list = block;
		total += size;
	}
	return errno == ENOMEM ? total : 0;
}

static void empty(struct block **list)
{
	while (*list) {
		struct block *block = *list;

		*list = block->next;
		if (((unsigned char *)block)[block->size - 1] != 5 &&
		    block->size > sizeof *block)
			abort();
		free(block);
	}
}

static void *work(void *unused)
{
	(void)unused;
	free(malloc(100));
	return NULL;
}

int main(int argc, char **argv)
{
	struct rlimit limit = { LIMIT, LIMIT };
	struct block *list = NULL;
	size_t expect = EXPECT;
	pthread_t thread;

	free(malloc(1000));
	if (argc > 1 && !strcmp(argv[1], "self") &&
	    setrlimit(RLIMIT_AS, &limit))
		return 2;
	if (getrlimit(RLIMIT_AS, &limit))
		return 2;
	if (limit.rlim_cur <= SMALL_LIMIT)
		expect = EXPECT_SMALL;
	for (int i = 0; i < 2; i++) {
		size_t total = fill(&list);

		if (total < expect) {
			fprintf(stderr, "round %d: only %zu bytes\n", i, total);
			return 1;
		}
		empty(&list);
		/* A thread needs 8 MB of address space for its stack. */
		if (pthread_create(&thread, NULL, work, NULL))
			return 3;
		pthread_join(thread, NULL);
	}
	return 0;
}
