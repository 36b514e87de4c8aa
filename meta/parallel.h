/* SPDX-License-Identifier: Apache-2.0 */
/* Work on several threads. */
#ifndef META_PARALLEL_H
#define META_PARALLEL_H

#define PARALLEL_MOST 8

/* As many threads as this process may run at once, at most PARALLEL_MOST. */
unsigned int parallel_processors(void);

/* Calls WORK once on each of THREADS threads, numbered from 0, and returns
 * when all have: thread 0 is the calling one.  Where no thread is to be had,
 * fewer run: work is shared out by asking for more, not by number. */
void parallel_run(unsigned int threads,
		  void (*work)(void *context, unsigned int thread),
		  void *context);

#endif
