/* SPDX-License-Identifier: Apache-2.0 */
/* What an adversary does to an allocator, each with a number N that says
 * how much there is: objects, free blocks, MiniPages, threads, sites. */
#ifndef LATENCY_SCENARIOS_H
#define LATENCY_SCENARIOS_H

#include <stddef.h>

struct scenario {
	const char *name;
	void (*run)(size_t n);
	const char *what;
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* scenarios_objects.c */
void run_churn(size_t n);
void run_fresh(size_t n);
void run_fill(size_t n);
void run_last(size_t n);
void run_recycle(size_t n);
void run_calloc(size_t n);
void run_aligned(size_t n);
void run_realloc(size_t n);
void run_sites(size_t n);
void run_wrappers(size_t n);
void run_no_file(size_t n);
/* scenarios_big.c */
void run_big_free(size_t n);
void run_big_grow(size_t n);
void run_big_huge(size_t n);
void run_big_purge(size_t n);
void run_big_realloc(size_t n);
/* scenarios_threads.c */
void run_remote(size_t n);
void run_flush(size_t n);
void run_abandoned(size_t n);
void run_threads(size_t n);
void run_exit(size_t n);
void run_fork(size_t n);

/* A number below LIMIT, always the same ones. */
size_t scenario_random(size_t limit);
/* An array of N zeroed elements, not of the allocator. */
void *scenario_array(size_t n, size_t size);

#endif
