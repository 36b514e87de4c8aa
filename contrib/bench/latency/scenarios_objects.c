/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scenarios.h"
#include "step.h"

enum { SIZES = 12, SEGMENT_MANY = 4096 };

static const size_t sizes[SIZES] = { 1,    16,   24,   64,    100,   256,
				     1000, 1024, 4096, 10000, 20000, 32768 };

size_t scenario_random(size_t limit)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state % limit);
}

void *scenario_array(size_t n, size_t size)
{
	void *array = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (array == MAP_FAILED)
		abort();
	return array;
}

static size_t random_size(void)
{
	switch (scenario_random(16)) {
	case 0:
		return 1 + scenario_random(1 << 20);
	case 1:
	case 2:
		return 1 + scenario_random(STEP_BIG);
	default:
		return 1 + scenario_random(512);
	}
}

/* N objects of all sizes, which come and go. */
void run_churn(size_t n)
{
	void **objects = scenario_array(n, sizeof *objects);
	size_t *size = scenario_array(n, sizeof *size);

	for (size_t i = 0; i < 6 * n; i++) {
		size_t at = scenario_random(n);

		if (objects[at])
			step_free(objects[at], size[at]);
		size[at] = random_size();
		objects[at] = step_malloc(size[at]);
	}
}

/* N objects that stay, of sizes in turn. */
void run_fresh(size_t n)
{
	for (size_t i = 0; i < n; i++)
		step_malloc(sizes[i % SIZES]);
}

/* The smallest objects: the MiniPages with the most segments. */
void run_fill(size_t n)
{
	for (size_t i = 0; i < 5 * n; i++)
		step_malloc(16);
}

/* Frees of all objects of a size, in an order of some kind: the last of a
 * MiniPage is among them. */
static void free_all(void **objects, size_t n, size_t size, size_t stride)
{
	for (size_t first = 0; first < stride; first++)
		for (size_t i = first; i < n; i += stride)
			step_free(objects[i], size);
}

void run_last(size_t n)
{
	void **objects = scenario_array(n, sizeof *objects);

	for (int round = 0; round < 3; round++) {
		size_t size = round == 2 ? 32768 : 2048;

		for (size_t i = 0; i < n; i++)
			objects[i] = step_malloc(size);
		free_all(objects, n, size, round ? 7 : 1);
	}
}

/* MiniPages of one class become those of another, and back. */
void run_recycle(size_t n)
{
	size_t count = n * 20 + 3 * SEGMENT_MANY;
	size_t large = count * 16 / 32768;
	void **objects = scenario_array(count, sizeof *objects);

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < count; i++)
			objects[i] = i % SEGMENT_MANY < 8 ? step_malloc(16) :
							    malloc(16);
		for (size_t i = 0; i < count; i++)
			if (i % SEGMENT_MANY > SEGMENT_MANY - 8)
				step_free(objects[i], 16);
			else
				free(objects[i]);
		for (size_t i = 0; i < large; i++)
			objects[i] = step_malloc(32768);
		free_all(objects, large, 32768, 3);
	}
}

void run_calloc(size_t n)
{
	void **objects = scenario_array(n, sizeof *objects);

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			size_t size = i % 50 ? sizes[i % SIZES] : 200000;

			objects[i] = step_calloc(1, size);
			if (!objects[i])
				abort();
			memset(objects[i], 1, size);
		}
		for (size_t i = 0; i < n; i++)
			free(objects[i]);
	}
}

void run_aligned(size_t n)
{
	void **objects = scenario_array(n, sizeof *objects);

	for (size_t i = 0; i < n; i++) {
		size_t align = (size_t)16 << i % 14;

		objects[i] = step_aligned(align, align * (1 + i % 3));
	}
	for (size_t i = 0; i < n; i++)
		step_free(objects[i], (size_t)16 << i % 14);
}

void run_realloc(size_t n)
{
	void *object = NULL;
	size_t size = 0;

	for (size_t i = 0; i < n; i++) {
		size_t next = 1 + (i * 97) % 30000;

		object = step_realloc(object, size, next);
		size = next;
		if (i % 16 == 0)
			object = NULL; /* that one stays */
	}
}

static void use_sites(size_t n)
{
	void **objects = scenario_array(n, sizeof *objects);

	for (size_t i = 0; i < n; i++)
		objects[i] = step_malloc_at(i, 32);
	for (size_t i = 0; i < n; i++)
		step_free_at(n - i, objects[i], 32);
}

/* N places that allocate, and as many that free. */
void run_sites(size_t n)
{
	use_sites(n);
}

/* N places that call a function that calls a function that allocates. */
void run_wrappers(size_t n)
{
	/* The first call asks for the rules of both wrappers, too. */
	free(step_wrap(32));
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < n; i++)
			step_wrapped_at(i, 32);
}

/* N places in code that was made at run time. */
void run_no_file(size_t n)
{
	if (!step_copy_sites())
		abort();
	use_sites(n);
}
