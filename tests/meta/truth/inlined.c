/* SPDX-License-Identifier: Apache-2.0 */
/* The unlikely part of an inlined function lies behind its caller's code. */
#include <stdlib.h>

unsigned int large;
void *volatile kept;

static inline void *take(unsigned long size)
{
	if (__builtin_expect(size > 4096, 0)) {
		large++;
		return calloc(1, size);
	}
	return malloc(size);
}

int main(int argc, char **argv)
{
	void *taken = take(argc);

	if (!taken)
		abort();
	kept = taken;
	return !argv[0];
}
