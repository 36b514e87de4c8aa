/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads that steps are handed to.  Worker 0 is the calling thread;
 * the others start with their first job.  One job at a time and waited for,
 * a sequence is the same in every run, whoever executes its steps.
 */
#ifndef FUZZ_WORKERS_H
#define FUZZ_WORKERS_H

#include <stdbool.h>

enum { WORKERS = 4 };

typedef void (*worker_job)(void *argument);

/* Executes JOB by worker N and waits for its end. */
void workers_run(unsigned int n, worker_job job, void *argument);
/* Executes JOB by all workers at once, each with its own element of
 * ARGUMENTS, and waits for all of them. */
void workers_run_all(worker_job job, void *const arguments[WORKERS]);
/* Ends worker N's thread.  What is called as LAST, if anything, runs in it
 * behind the heap's own destructor of the thread. */
void workers_end(unsigned int n, worker_job last, void *argument);
void workers_end_all(void);
/* In a fork child: the threads are gone, and the caller is worker 0. */
void workers_forget(void);
/* Is worker N the caller, or has it a thread? */
bool workers_is_running(unsigned int n);

#endif
