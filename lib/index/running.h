/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the list of threads (allotype_index.threads), and what the kernel
 * put at the top of the first one's stack.  Lock-free and async-signal-safe;
 * memory comes from mmap alone.  The node of a thread that has ended serves
 * a later one, so the list is as long as there were threads at a time.
 */
#ifndef INDEX_RUNNING_H
#define INDEX_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/index.h"

struct running_thread {
	struct allotype_thread thread;
	/* For the door of pthread_create: what the new thread is to do. */
	void *(*start)(void *argument);
	void *argument;
	uint64_t stack_size; /* asked for; 0: unknown */
};

/* Registers the calling thread as the first one of the process, and its
 * argument vector, environment and auxiliary vector; ARGV is as the kernel
 * put it on the stack.  After loaded_update. */
void running_init(int argc, char **argv);

/* A node for a thread that is about to start; NULL without memory.  Either
 * the thread begins and ends with it, or it is given back. */
struct running_thread *running_claim(void);
void running_give_back(struct running_thread *node);
/* In the thread itself. */
void running_begin(struct running_thread *node);
void running_end(struct running_thread *node);

/* Registers the calling thread if nobody has: one that was not started
 * through our door.  Asks the kernel for its stack.  True when it was new. */
bool running_meet(void);

/* In a fork child: the calling thread is the only one. */
void running_fork_child(void);

#endif
