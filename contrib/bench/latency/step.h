/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the instructions of single calls of the allocator: the processor's
 * trap flag stops after each, and a handler in the same process counts.
 * Exact, and the same in every run, for whatever allocator is preloaded.
 *
 * As a stop costs some 10 us, not every call is counted.  A first process
 * takes every call's time, a second one, which does the same, counts the
 * slowest ones and some of every other duration.
 *
 * Filling or copying what the caller gets (calloc, realloc) is counted
 * apart.  A repeated string instruction counts once for each 32 bytes.
 */
#ifndef LATENCY_STEP_H
#define LATENCY_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	STEP_BIG = 32768,  /* bytes: beyond it an allocation is big */
	STEP_TRACE_MAX = 1 << 16, /* instructions: no call is counted longer */
	STEP_CALLS_MAX = 1 << 20,
	STEP_NAME_MAX = 24,
	STEP_KINDS = 3,
};

enum step_kind { STEP_SMALL, STEP_LARGE, STEP_EXIT };

/* The worst call of a kind. */
struct step_worst {
	uint32_t instructions, system_calls, calls;
	uint32_t size, caller_size;
	char name[STEP_NAME_MAX];   /* the function with most instructions */
	char caller[STEP_NAME_MAX]; /* the one with most system calls */
	uint64_t trace[STEP_TRACE_MAX]; /* addresses, of the worst */
};

/* Shared by the processes of one run, and their children. */
struct step_results {
	uint32_t calls; /* so far */
	bool counting;  /* the chosen ones, else their time is taken */
	bool ended;     /* all went well */
	uint32_t cycles[STEP_CALLS_MAX];
	bool chosen[STEP_CALLS_MAX];
	struct step_worst worst[STEP_KINDS];
};

/* Once, in the process whose calls are counted. */
bool step_init(struct step_results *results);
/* Chooses about COUNT of the calls whose time was taken. */
void step_choose(struct step_results *results, size_t count);

void *step_malloc(size_t size);
void *step_calloc(size_t count, size_t size);
void *step_aligned(size_t align, size_t size);
/* OLD_SIZE and SIZE say to whom the call is charged: bytes of the object. */
void *step_realloc(void *pointer, size_t old_size, size_t size);
void step_free(void *pointer, size_t size);

/* The same through call site N of STEP_SITES different ones: in the
 * program's file, or, after step_copy_sites, in memory of no file. */
enum { STEP_SITES = 16384 };
void *step_malloc_at(size_t site, size_t size);
void step_free_at(size_t site, void *pointer, size_t size);
/* Through a function that wraps malloc, not counted; and counted. */
void *step_wrap(size_t size);
void *step_wrapped_at(size_t site, size_t size);
bool step_copy_sites(void);

/* Between the two, in a thread that ends, the instructions of the
 * allocator's own file are counted. */
void step_exit_begin(void);
void step_exit_end(size_t size);

#endif
