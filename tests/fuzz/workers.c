/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/workers.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "fuzz/expect.h"
#include "heap/heap.h"

#ifdef FUZZ_UNDER_TSAN
enum { ROUNDS = 1 };
#else
enum { ROUNDS = PTHREAD_DESTRUCTOR_ITERATIONS };
#endif

static struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Guarded by lock, but for the thread's own at its end. */
	worker_job job; /* NULL: none, or done */
	void *argument;
	bool running, leaving;
	int rounds; /* that the destructor of its key has seen */
	worker_job last;
	void *last_argument;
} workers[WORKERS];

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Destructors run in the order of their keys, round by round: in the last
 * one this is called when the heap has seen the thread's end. */
static void end(void *argument)
{
	struct worker *worker = argument;

	if (++worker->rounds < ROUNDS)
		pthread_setspecific(key, worker);
	else if (worker->last)
		worker->last(worker->last_argument);
}

static void make_key(void)
{
	/* The heap's own key is made by this, if it was not yet. */
	heap_init();
	EXPECT(!pthread_key_create(&key, end));
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	pthread_setspecific(key, worker);
	pthread_mutex_lock(&worker->lock);
	for (;;) {
		while (!worker->job && !worker->leaving)
			pthread_cond_wait(&worker->changed, &worker->lock);
		if (worker->leaving)
			break;
		pthread_mutex_unlock(&worker->lock);
		worker->job(worker->argument);
		pthread_mutex_lock(&worker->lock);
		worker->job = NULL;
		pthread_cond_broadcast(&worker->changed);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static void start(struct worker *worker)
{
	pthread_once(&once, make_key);
	memset(worker, 0, sizeof *worker);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	worker->running = true;
	EXPECT(!pthread_create(&worker->thread, NULL, work, worker));
}

static void hand_over(struct worker *worker, worker_job job, void *argument)
{
	if (!worker->running)
		start(worker);
	pthread_mutex_lock(&worker->lock);
	worker->job = job;
	worker->argument = argument;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

static void wait_for(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	while (worker->job)
		pthread_cond_wait(&worker->changed, &worker->lock);
	pthread_mutex_unlock(&worker->lock);
}

void workers_run(unsigned int n, worker_job job, void *argument)
{
	if (!n) {
		job(argument);
		return;
	}
	hand_over(&workers[n], job, argument);
	wait_for(&workers[n]);
}

void workers_run_all(worker_job job, void *const arguments[WORKERS])
{
	for (unsigned int n = 1; n < WORKERS; n++)
		hand_over(&workers[n], job, arguments[n]);
	job(arguments[0]);
	for (unsigned int n = 1; n < WORKERS; n++)
		wait_for(&workers[n]);
}

void workers_end(unsigned int n, worker_job last, void *argument)
{
	struct worker *worker = &workers[n];

	if (!n || !worker->running)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->leaving = true;
	worker->last = last;
	worker->last_argument = argument;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	worker->running = false;
}

void workers_end_all(void)
{
	for (unsigned int n = 1; n < WORKERS; n++)
		workers_end(n, NULL, NULL);
}

void workers_forget(void)
{
	for (unsigned int n = 1; n < WORKERS; n++)
		workers[n].running = false;
}

bool workers_is_running(unsigned int n)
{
	return !n || workers[n].running;
}
