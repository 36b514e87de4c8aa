/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

struct worker {
	pthread_t thread;
	bool runs;
	unsigned int number;
	void (*work)(void *context, unsigned int thread);
	void *context;
};

unsigned int parallel_processors(void)
{
	cpu_set_t set;
	int count;

	if (sched_getaffinity(0, sizeof set, &set))
		return 1;
	count = CPU_COUNT(&set);
	if (count < 1)
		return 1;
	return count > PARALLEL_MOST ? PARALLEL_MOST : (unsigned int)count;
}

static void *worker_run(void *opaque)
{
	struct worker *worker = opaque;

	worker->work(worker->context, worker->number);
	return NULL;
}

void parallel_run(unsigned int threads,
		  void (*work)(void *context, unsigned int thread),
		  void *context)
{
	struct worker workers[PARALLEL_MOST];

	if (threads > PARALLEL_MOST)
		threads = PARALLEL_MOST;
	for (unsigned int i = 1; i < threads; i++) {
		workers[i] = (struct worker){
			.number = i, .work = work, .context = context,
		};
		workers[i].runs = !pthread_create(&workers[i].thread, NULL,
						  worker_run, &workers[i]);
	}
	work(context, 0);
	for (unsigned int i = 1; i < threads; i++)
		if (workers[i].runs)
			pthread_join(workers[i].thread, NULL);
}
