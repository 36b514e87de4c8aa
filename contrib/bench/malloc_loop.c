/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop of allocations for bench.sh: each round replaces a random one of
 * SLOTS live objects of 8 to 519 bytes, in COUNT threads.
 * Usage: malloc_loop [COUNT [ROUNDS]]
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SLOTS = 20000, MAX_THREADS = 64 };
static unsigned long rounds = 5000000;

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void *churn(void *seed)
{
	uint32_t state = (uint32_t)(uintptr_t)seed;
	char **slots = calloc(SLOTS, sizeof *slots);

	if (!slots)
		return "no memory";
	for (unsigned long round = 0; round < rounds; round++) {
		uint32_t slot = next_random(&state) % SLOTS;

		free(slots[slot]);
		slots[slot] = malloc(8 + next_random(&state) % 512);
		if (!slots[slot])
			return "no memory";
		slots[slot][0] = (char)round;
	}
	for (int slot = 0; slot < SLOTS; slot++)
		free(slots[slot]);
	free(slots);
	return NULL;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;
	pthread_t threads[MAX_THREADS];
	void *failure = NULL;

	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 10);
	if (count < 1 || count > MAX_THREADS)
		return 2;
	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, churn,
				   (void *)(uintptr_t)(i + 1)))
			return 1;
	for (int i = 0; i < count && !failure; i++)
		pthread_join(threads[i], &failure);
	if (failure)
		fprintf(stderr, "%s\n", (char *)failure);
	return failure != NULL;
}
