/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenarios.h"
#include "step.h"

enum { SEGMENTS = 4096, WORD = 64, THREADS_MAX = 2000 };

static void call_thread(void *(*function)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, argument) ||
	    pthread_join(thread, NULL))
		abort();
}

/* ---- frees by others ---- */

struct objects {
	void **at;
	size_t count, stride, size;
};

static struct objects make_objects(size_t n, size_t size)
{
	struct objects objects = { .count = n * 32, .stride = WORD,
				   .size = size };

	objects.at = scenario_array(objects.count, sizeof *objects.at);
	return objects;
}

static void allocate_all(struct objects *objects)
{
	for (size_t i = 0; i < objects->count; i++)
		objects->at[i] = malloc(objects->size);
}

/* One of every word, so that there is the most to collect: all of them, and
 * some are counted. */
static void free_some(struct objects *objects, size_t first)
{
	for (size_t i = first; i < objects->count; i += objects->stride) {
		if (i % (objects->stride * 8) == first)
			step_free(objects->at[i], objects->size);
		else
			free(objects->at[i]);
		objects->at[i] = NULL;
	}
}

static void *free_first(void *argument)
{
	free_some(argument, 0);
	return NULL;
}

static void *free_rest(void *argument)
{
	for (size_t first = 1; first < WORD; first++)
		free_some(argument, first);
	return NULL;
}

static void allocate_again(struct objects *objects)
{
	for (size_t i = 0; i < objects->count / 16; i++)
		step_malloc(objects->size);
}

/* Another thread frees what this one allocated, here and there. */
void run_remote(size_t n)
{
	struct objects objects = make_objects(n, 16);

	allocate_all(&objects);
	call_thread(free_first, &objects);
	allocate_again(&objects);
}

/* Another thread frees everything: whole MiniPages come back. */
void run_flush(size_t n)
{
	struct objects objects = make_objects(n, 16);

	allocate_all(&objects);
	call_thread(free_first, &objects);
	call_thread(free_rest, &objects);
	allocate_again(&objects);
	for (size_t i = 0; i < n; i++)
		step_malloc(i % 2 ? 32768 : 1000);
}

static void *allocate_and_end(void *argument)
{
	allocate_all(argument);
	return NULL;
}

/* The thread that allocated has ended. */
void run_abandoned(size_t n)
{
	struct objects objects = make_objects(n, 16);

	call_thread(allocate_and_end, &objects);
	free_some(&objects, 0);
	allocate_again(&objects);
	free_rest(&objects);
	allocate_again(&objects);
}

/* ---- threads ---- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t ready;
	int end;
} gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

static void *first_calls(void *unused)
{
	void *object = step_malloc(100);

	(void)unused;
	step_free(object, 100);
	step_free(step_malloc(100000), 100000);
	step_malloc(30);
	pthread_mutex_lock(&gate.lock);
	gate.ready++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.end)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	return NULL;
}

/* N / 10 threads, all alive; then as many again, after they ended. */
void run_threads(size_t n)
{
	size_t count = n / 10 < THREADS_MAX ? n / 10 : THREADS_MAX;
	pthread_t *threads = scenario_array(count, sizeof *threads);
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)1 << 20);
	for (int round = 0; round < 2; round++) {
		gate.end = 0;
		gate.ready = 0;
		for (size_t i = 0; i < count; i++) {
			if (pthread_create(&threads[i], &attributes,
					   first_calls, NULL))
				abort();
			/* One at a time: nobody waits for a lock. */
			pthread_mutex_lock(&gate.lock);
			while (gate.ready <= i)
				pthread_cond_wait(&gate.changed, &gate.lock);
			pthread_mutex_unlock(&gate.lock);
		}
		pthread_mutex_lock(&gate.lock);
		gate.end = 1;
		pthread_cond_broadcast(&gate.changed);
		pthread_mutex_unlock(&gate.lock);
		for (size_t i = 0; i < count; i++)
			pthread_join(threads[i], NULL);
	}
}

static pthread_key_t key;
static size_t owned;
static __thread unsigned int rounds;

/* Runs in every round of destructors, in the last one behind the
 * allocator's own. */
static void end(void *object)
{
	if (++rounds == 1)
		step_exit_begin();
	if (rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
		pthread_setspecific(key, object);
		return;
	}
	step_exit_end(owned);
	step_free(object, 50);
	for (int i = 0; i < 100; i++)
		step_free(step_malloc(40), 40);
	step_free(step_malloc(50000), 50000);
	step_malloc(500);
}

static void *own_and_end(void *argument)
{
	size_t n = *(size_t *)argument;

	for (size_t i = 0; i < n; i++)
		malloc(16 + scenario_random(4000));
	pthread_setspecific(key, malloc(50));
	return NULL;
}

/* A thread ends that owns N objects, and others take its MiniPages up. */
void run_exit(size_t n)
{
	if (pthread_key_create(&key, end))
		abort();
	owned = n;
	for (int i = 0; i < 3; i++)
		call_thread(own_and_end, &n);
	for (size_t i = 0; i < n; i++)
		step_malloc(16 + scenario_random(4000));
}

/* ---- fork ---- */

static void *hold_objects(void *argument)
{
	size_t n = *(size_t *)argument;

	for (size_t i = 0; i < n; i++) {
		void *object = malloc(16 + scenario_random(100));

		if (scenario_random(3) == 0)
			free(object);
	}
	pthread_mutex_lock(&gate.lock);
	gate.ready++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.end)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	return NULL;
}

/* What a child does first, while other threads of its parent owned much. */
void run_fork(size_t n)
{
	void **objects = scenario_array(n, sizeof *objects);
	pthread_t threads[4];
	pid_t child;

	n *= 16;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hold_objects, &n);
	pthread_mutex_lock(&gate.lock);
	while (gate.ready < 4)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	n /= 16;
	for (size_t i = 0; i < n; i++)
		objects[i] = malloc(16 + i % 100);
	child = fork();
	if (!child) {
		for (size_t i = 0; i < n; i++)
			step_malloc(16 + i % 100);
		for (size_t i = 0; i < n; i++)
			step_free(objects[i], 16);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child)
		abort();
	pthread_mutex_lock(&gate.lock);
	gate.end = 1;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}
