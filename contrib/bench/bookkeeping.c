/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bookkeeping [SIZE [COUNT]]: what an allocator needs for an object beyond
 * the object.  Allocates COUNT (default 2,000,000) objects of SIZE bytes
 * (default 32), writes to all of each, and prints by how many resident bytes
 * an object the process grew, less SIZE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resident.h"

int main(int argc, char **argv)
{
	size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 32;
	size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000000;

	if (size == 0 || count == 0)
		return 2;
	free(malloc(size)); /* whatever is made once is made now */
	long before = resident_kb();
	for (size_t i = 0; i < count; i++) {
		char *object = malloc(size);

		if (!object)
			return 1;
		memset(object, 1, size);
	}
	long after = resident_kb();
	if (before == 0 || after <= before)
		return 1;
	printf("%.3f\n", (double)(after - before) * 1024 / (double)count -
				 (double)size);
	return 0;
}
