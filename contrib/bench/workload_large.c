/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of growing and of large memory. */
#include "workload.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

struct vector {
	char *bytes;
	size_t used, room;
};

/* Appends COUNT bytes; STEP is what room grows by, 0: as much again. */
static void vector_append(struct vector *vector, size_t count, size_t step)
{
	if (vector->room - vector->used < count) {
		if (step)
			vector->room += step > count ? step : count;
		else
			vector->room = 2 * vector->room + count;
		vector->bytes = xrealloc(vector->bytes, vector->room);
	}
	memset(vector->bytes + vector->used, 1, count);
	vector->used += count;
}

/* Grows a few vectors in turns to LIMIT bytes each. */
static void grow(size_t limit, size_t count, size_t step)
{
	enum { VECTORS = 3 };
	struct vector vectors[VECTORS] = { { 0 } };

	while (vectors[VECTORS - 1].used < limit)
		for (int i = 0; i < VECTORS; i++)
			vector_append(&vectors[i], count, step);
	for (int i = 0; i < VECTORS; i++)
		free(vectors[i].bytes);
}

/* Vectors that double, from a few bytes to tens of MB. */
static void run_double(void)
{
	enum { ROUNDS = 10, SMALL = 4000 };

	for (unsigned long left = scaled(ROUNDS); left; left--) {
		for (int i = 0; i < SMALL; i++)
			grow(2000, 40, 0);
		grow(20 << 20, 256, 0);
	}
}

/* Strings and buffers that grow by a little: to some KB by 16 bytes, to a MB
 * by a page, to tens of MB by 64 KB. */
static void run_steps(void)
{
	enum { ROUNDS = 2, SMALL = 400 };

	for (unsigned long left = scaled(ROUNDS); left; left--) {
		for (int i = 0; i < SMALL; i++)
			grow(4000, 16, 16);
		grow(1 << 20, 512, 4096);
		grow(24 << 20, 8192, 64 << 10);
	}
}

/* From 64 KiB to 32 MiB, each doubling half as likely as the one below. */
static size_t large_size(uint64_t *seed)
{
	uint64_t bits = random_next(seed);
	unsigned int shift =
		(unsigned int)__builtin_ctzll(bits >> 48 | 1 << 8);
	size_t step = (size_t)(64 << 10) << shift;

	return step + (size_t)((bits & 0xffffffff) * step >> 32);
}

/* Large blocks, every page of them written to. */
static void run_large(void)
{
	enum { SLOTS = 24, ROUNDS = 12000 };
	char *slots[SLOTS] = { NULL };
	uint64_t seed = 5;

	for (unsigned long left = scaled(ROUNDS); left; left--) {
		char **slot = &slots[random_below(&seed, SLOTS)];
		size_t size = large_size(&seed);

		free(*slot);
		*slot = xmalloc(size);
		for (size_t offset = 0; offset < size; offset += PAGE)
			(*slot)[offset] = 1;
	}
	for (int i = 0; i < SLOTS; i++)
		free(slots[i]);
}

const struct workload large_workloads[] = {
	{ "double", "vectors that grow by doubling", run_double },
	{ "steps", "buffers that grow by small steps", run_steps },
	{ "large", "blocks of 64 KiB to 32 MiB, touched", run_large },
	{ NULL, NULL, NULL },
};
