/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random_report [OPERATIONS [SEED]]: allocates and frees at random over all
 * sizes from 8 bytes to 4 MiB and prints what it cost, as CSV.  A row is one
 * kind of operation on sizes up to a power of two:
 *
 *   operation,size_limit,count,mean_ns,median_ns,p99_ns,maximum_ns
 *
 * Times are the clock's, of single calls, with the clock's own cost taken
 * off; the first touch of a page is not part of them.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "workload.h"

enum {
	SLOTS = 4096,
	SIZE_BITS_MIN = 4, /* up to 16 bytes */
	SIZE_BITS_MAX = 22, /* up to 4 MiB */
	CLASSES = SIZE_BITS_MAX - SIZE_BITS_MIN + 1,
	NS_MAX = 4096, /* counted one by one up to here */
};

enum operation { OPERATION_MALLOC, OPERATION_FREE, OPERATION_COUNT };
static const char *const operation_names[] = { "malloc", "free" };

struct series {
	unsigned long count;
	uint64_t sum, maximum;
	uint32_t histogram[NS_MAX]; /* the last one: that much or more */
};
static struct series all[OPERATION_COUNT][CLASSES];

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t clock_cost(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 10000; i++) {
		uint64_t before = now(), cost = now() - before;

		if (cost < least)
			least = cost;
	}
	return least;
}

/* Sizes up to 16 are class 0, up to 32 class 1, and so on. */
static int size_class(size_t size)
{
	int bits = 64 - __builtin_clzll(size - 1);

	return bits < SIZE_BITS_MIN ? 0 : bits - SIZE_BITS_MIN;
}

static void note(enum operation operation, size_t size, uint64_t ns,
		 uint64_t cost)
{
	struct series *series = &all[operation][size_class(size)];

	ns = ns > cost ? ns - cost : 0;
	series->count++;
	series->sum += ns;
	if (ns > series->maximum)
		series->maximum = ns;
	series->histogram[ns < NS_MAX ? ns : NS_MAX - 1]++;
}

/* The time that PERMILLE of the operations did not exceed. */
static unsigned int quantile(const struct series *series, unsigned int permille)
{
	unsigned long seen = 0;
	unsigned int ns = 0;

	for (; ns < NS_MAX - 1; ns++) {
		seen += series->histogram[ns];
		if (seen * 1000 >= series->count * permille)
			break;
	}
	return ns;
}

static void report(void)
{
	printf("operation,size_limit,count,mean_ns,median_ns,p99_ns,maximum_ns\n");
	for (int operation = 0; operation < OPERATION_COUNT; operation++) {
		for (int class = 0; class < CLASSES; class++) {
			const struct series *s = &all[operation][class];

			if (!s->count)
				continue;
			printf("%s,%lu,%lu,%.1f,%u,%u,%llu\n",
			       operation_names[operation],
			       1ul << (class + SIZE_BITS_MIN), s->count,
			       (double)s->sum / (double)s->count,
			       quantile(s, 500), quantile(s, 990),
			       (unsigned long long)s->maximum);
		}
	}
}

struct slot {
	char *object;
	size_t size;
};

static void slot_free(struct slot *slot, uint64_t cost)
{
	uint64_t before = now();

	free(slot->object);
	uint64_t after = now();
	note(OPERATION_FREE, slot->size, after - before, cost);
	slot->object = NULL;
}

static void slot_fill(struct slot *slot, uint64_t *seed, uint64_t cost)
{
	/* As many small classes as large ones, but few live large objects. */
	unsigned int bits = (unsigned int)random_below(seed, CLASSES);
	size_t limit = (size_t)1 << (bits + SIZE_BITS_MIN);

	slot->size = limit / 2 + 1 + random_below(seed, limit / 2);
	uint64_t before = now();
	slot->object = malloc(slot->size);
	uint64_t after = now();
	if (!slot->object) {
		fprintf(stderr, "no memory\n");
		exit(1);
	}
	note(OPERATION_MALLOC, slot->size, after - before, cost);
	touch(slot->object, slot->size);
}

int main(int argc, char **argv)
{
	unsigned long operations = argc > 1 ? strtoul(argv[1], NULL, 10)
					    : 1000000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 1;
	static struct slot slots[SLOTS];
	uint64_t cost = clock_cost();

	for (unsigned long left = operations; left; left--) {
		struct slot *slot = &slots[random_below(&seed, SLOTS)];

		if (slot->object)
			slot_free(slot, cost);
		else
			slot_fill(slot, &seed, cost);
	}
	report();
	return 0;
}
