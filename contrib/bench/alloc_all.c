/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alloc_all [BYTES]: for each size from 8 bytes on, in steps of a sixteenth,
 * up to 1 MiB: allocates BYTES (default 4 MiB, more than any allocator's page
 * of one size class) of objects of that size, then frees them.  Prints CSV:
 *
 *   size,objects,malloc_ns,free_ns,usable_size,resident_kb
 *
 * The two times are means of the clock's; usable_size is what malloc says it
 * gave; resident_kb is by how much the process grew while all were live.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resident.h"

enum { SIZE_MIN = 8, SIZE_MAX_TRIED = 1 << 20 };

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void try_size(char **objects, size_t count, size_t size)
{
	long resident = resident_kb();
	uint64_t started = now();

	for (size_t i = 0; i < count; i++) {
		objects[i] = malloc(size);
		if (!objects[i]) {
			fprintf(stderr, "no memory\n");
			exit(1);
		}
		objects[i][0] = 1;
	}
	uint64_t allocated = now();
	for (size_t i = 0; i < count; i++)
		memset(objects[i], 1, size);
	size_t usable = malloc_usable_size(objects[0]);
	resident = resident_kb() - resident;
	uint64_t freeing = now();
	for (size_t i = 0; i < count; i++)
		free(objects[i]);
	uint64_t freed = now();
	printf("%zu,%zu,%.1f,%.1f,%zu,%ld\n", size, count,
	       (double)(allocated - started) / (double)count,
	       (double)(freed - freeing) / (double)count, usable, resident);
}

int main(int argc, char **argv)
{
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 4 << 20;
	char **objects = calloc(bytes / SIZE_MIN + 1, sizeof(*objects));

	if (!objects)
		return 1;
	printf("size,objects,malloc_ns,free_ns,usable_size,resident_kb\n");
	for (size_t size = SIZE_MIN; size <= SIZE_MAX_TRIED;
	     size += size < 128 ? 8 : size / 16)
		try_size(objects, bytes / size + 1, size);
	free(objects);
	return 0;
}
