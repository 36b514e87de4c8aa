/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the workloads share: seeded random numbers, sizes as programs ask for
 * them, allocation that cannot fail, and the scale of a run.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

struct workload {
	const char *name;
	const char *summary;
	void (*run)(void);
};

/* Each ends with an entry without a name. */
extern const struct workload small_workloads[];
extern const struct workload thread_workloads[];
extern const struct workload large_workloads[];

/* COUNT at the scale of this run (percent, at least 1). */
unsigned long scaled(unsigned long count);

/* xorshift64*; STATE must not be 0. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static inline size_t random_below(uint64_t *state, size_t limit)
{
	return (size_t)((random_next(state) >> 32) * limit >> 32);
}

/* From 8 to 1023 bytes, each power of two half as likely as the one below
 * from 32 on: the sizes of usual programs. */
size_t random_size(uint64_t *state);

/* malloc and realloc behind a function, as programs have them; they end the
 * program when memory runs out. */
void *xmalloc(size_t size);
void *xrealloc(void *memory, size_t size);

/* Writes to the first and the last byte, as little as an owner does. */
static inline void touch(char *memory, size_t size)
{
	memory[0] = 1;
	memory[size - 1] = 1;
}

void die(const char *why) __attribute__((noreturn));

#endif
