/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "scenarios.h"
#include "step.h"

enum { KB = 1024, MB = 1024 * 1024 };

/* Half of N blocks of all lengths are free: every fit, split and merge. */
void run_big_free(size_t n)
{
	void **blocks = scenario_array(n, sizeof *blocks);
	size_t *size = scenario_array(n, sizeof *size);

	for (size_t i = 0; i < n; i++) {
		size[i] = 33 * (size_t)KB + scenario_random(MB);
		blocks[i] = step_malloc(size[i]);
	}
	for (size_t i = 0; i < n; i += 2) {
		step_free(blocks[i], size[i]);
		blocks[i] = NULL;
	}
	for (size_t i = 0; i < 2 * n; i++) {
		size_t at = scenario_random(n);

		if (blocks[at])
			step_free(blocks[at], size[at]);
		size[at] = 33 * (size_t)KB + scenario_random(MB);
		blocks[at] = step_malloc(size[at]);
	}
	for (size_t i = 0; i < n; i++)
		if (blocks[i])
			step_free(blocks[i], size[i]);
}

/* Ever more memory, in steps of every length. */
void run_big_grow(size_t n)
{
	for (size_t i = 0; i < n; i++)
		step_malloc(33 * (size_t)KB + (i % 7) * (i % 5) * 100 * KB);
}

/* Blocks far larger than any step by which the heap grows. */
void run_big_huge(size_t n)
{
	size_t size = n * 200 * KB; /* 200 MB to 1.6 GB */
	void *blocks[6];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 6; i++)
			blocks[i] = step_malloc(size + (size_t)i * MB);
		for (int i = 0; i < 6; i++)
			step_free(blocks[(i + round) % 6], size);
	}
}

/* Free memory that was written to, beyond what the heap keeps. */
void run_big_purge(size_t n)
{
	size_t count = n / 10;
	void **blocks = scenario_array(count, sizeof *blocks);

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < count; i++) {
			blocks[i] = step_malloc(MB);
			memset(blocks[i], 1, 4096);
		}
		for (size_t i = 0; i < count; i++)
			step_free(blocks[i], MB);
	}
}

/* One block grows, with others in its way. */
void run_big_realloc(size_t n)
{
	void *block = NULL;
	size_t size = 0;

	for (size_t i = 0; i < n / 4; i++) {
		size_t next = size + 100 * (size_t)KB;

		block = step_realloc(block, size, next);
		size = next;
		if (i % 8 == 0)
			step_malloc(40 * (size_t)KB);
	}
	while (size > 200 * (size_t)KB) {
		block = step_realloc(block, size, size / 2);
		size /= 2;
	}
}
