/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of several threads. */
#include "workload.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { THREADS = 4 };

static void start(pthread_t *thread, void *(*body)(void *), void *argument)
{
	if (pthread_create(thread, NULL, body, argument) != 0)
		die("no thread");
}

/* Runs BODY in COUNT threads, each with its own element of ARGUMENTS. */
static void run_threads(void *(*body)(void *), void *arguments, size_t stride,
			int count)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < count; i++)
		start(&threads[i], body, (char *)arguments + (size_t)i * stride);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/*
 * A server: each thread serves a desk of objects for a while, then hands the
 * desk to a new thread, which frees what others have allocated.
 */
enum { DESK_OBJECTS = 2000 };
struct desk {
	char *objects[DESK_OBJECTS];
	uint64_t seed;
	unsigned long turns;
};

static void *serve(void *argument)
{
	struct desk *desk = argument;

	for (unsigned long left = desk->turns; left; left--) {
		size_t i = random_below(&desk->seed, DESK_OBJECTS);
		size_t size = 16 + random_below(&desk->seed, 496);

		free(desk->objects[i]);
		desk->objects[i] = xmalloc(size);
		touch(desk->objects[i], size);
	}
	return NULL;
}

static void run_server(void)
{
	enum { GENERATIONS = 50, TURNS = 40000 };
	struct desk *desks = calloc(THREADS, sizeof(*desks));

	if (!desks)
		die("no memory");
	for (int i = 0; i < THREADS; i++) {
		desks[i].seed = (uint64_t)i + 1;
		desks[i].turns = TURNS;
	}
	for (unsigned long left = scaled(GENERATIONS); left; left--)
		run_threads(serve, desks, sizeof(*desks), THREADS);
	for (int i = 0; i < THREADS; i++)
		for (int object = 0; object < DESK_OBJECTS; object++)
			free(desks[i].objects[object]);
	free(desks);
}

/* Batches of objects on the way from a producer to a consumer. */
enum { BATCH = 512, BATCHES = 16 };
struct channel {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char **batches[BATCHES];
	unsigned int first, count;
	unsigned long to_send;
	uint64_t seed;
};

static void channel_send(struct channel *channel, char **batch)
{
	pthread_mutex_lock(&channel->lock);
	while (channel->count == BATCHES)
		pthread_cond_wait(&channel->changed, &channel->lock);
	channel->batches[(channel->first + channel->count++) % BATCHES] = batch;
	pthread_cond_signal(&channel->changed);
	pthread_mutex_unlock(&channel->lock);
}

static char **channel_receive(struct channel *channel)
{
	pthread_mutex_lock(&channel->lock);
	while (channel->count == 0)
		pthread_cond_wait(&channel->changed, &channel->lock);
	char **batch = channel->batches[channel->first];
	channel->first = (channel->first + 1) % BATCHES;
	channel->count--;
	pthread_cond_signal(&channel->changed);
	pthread_mutex_unlock(&channel->lock);
	return batch;
}

static void *produce(void *argument)
{
	struct channel *channel = argument;

	for (unsigned long left = channel->to_send; left; left--) {
		char **batch = xmalloc(BATCH * sizeof(*batch));

		for (int i = 0; i < BATCH; i++) {
			size_t size = random_size(&channel->seed);

			batch[i] = xmalloc(size);
			touch(batch[i], size);
		}
		channel_send(channel, batch);
	}
	channel_send(channel, NULL);
	return NULL;
}

static void *consume(void *argument)
{
	char **batch;

	while ((batch = channel_receive(argument))) {
		for (int i = 0; i < BATCH; i++)
			free(batch[i]);
		free(batch);
	}
	return NULL;
}

static void run_producer(void)
{
	enum { CHANNELS = 2, SENT = 4000 };
	struct channel channels[CHANNELS] = { 0 };
	pthread_t consumers[CHANNELS];

	for (int i = 0; i < CHANNELS; i++) {
		channels[i].to_send = scaled(SENT);
		channels[i].seed = (uint64_t)i + 1;
		pthread_mutex_init(&channels[i].lock, NULL);
		pthread_cond_init(&channels[i].changed, NULL);
		start(&consumers[i], consume, &channels[i]);
	}
	run_threads(produce, channels, sizeof(*channels), CHANNELS);
	for (int i = 0; i < CHANNELS; i++)
		pthread_join(consumers[i], NULL);
}

/*
 * False sharing.  Active: threads that allocate at the same time must not be
 * given parts of one cache line.  Passive: an object freed by a thread that
 * had it from another must not draw that thread into the other's lines.
 */
struct writer {
	char *object; /* from the main thread; NULL for the active kind */
	unsigned long objects;
};

static void *write_objects(void *argument)
{
	enum { WRITES = 1000, SIZE = 8 };
	struct writer *writer = argument;

	free(writer->object);
	for (unsigned long left = writer->objects; left; left--) {
		volatile char *object = xmalloc(SIZE);

		for (int i = 0; i < WRITES; i++)
			object[i % SIZE]++;
		free((char *)object);
	}
	return NULL;
}

static void run_false_sharing(bool passive)
{
	enum { OBJECTS = 100000 };
	struct writer writers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		writers[i].object = passive ? xmalloc(8) : NULL;
		writers[i].objects = scaled(OBJECTS);
	}
	run_threads(write_objects, writers, sizeof(*writers), THREADS);
}

static void run_active(void)
{
	run_false_sharing(false);
}

static void run_passive(void)
{
	run_false_sharing(true);
}

/* Threads that live shortly, and leave some objects to the main thread. */
enum { LEFT = 20 };
struct visitor {
	char *left[LEFT];
	uint64_t seed;
};

static void *visit(void *argument)
{
	enum { OBJECTS = 400 };
	struct visitor *visitor = argument;
	char *objects[OBJECTS];

	for (int i = 0; i < OBJECTS; i++) {
		size_t size = random_size(&visitor->seed);

		objects[i] = xmalloc(size);
		touch(objects[i], size);
	}
	for (int i = 0; i < OBJECTS; i++) {
		if (i % (OBJECTS / LEFT) == 0)
			visitor->left[i / (OBJECTS / LEFT)] = objects[i];
		else
			free(objects[i]);
	}
	return NULL;
}

static void run_churn(void)
{
	enum { ROUNDS = 2500 };
	struct visitor visitors[THREADS] = { 0 };

	for (int i = 0; i < THREADS; i++)
		visitors[i].seed = (uint64_t)i + 1;
	for (unsigned long left = scaled(ROUNDS); left; left--) {
		run_threads(visit, visitors, sizeof(*visitors), THREADS);
		for (int i = 0; i < THREADS; i++)
			for (int object = 0; object < LEFT; object++)
				free(visitors[i].left[object]);
	}
}

const struct workload thread_workloads[] = {
	{ "server", "threads hand their objects on", run_server },
	{ "producer", "one thread allocates, another frees", run_producer },
	{ "active", "false sharing, active", run_active },
	{ "passive", "false sharing, passive", run_passive },
	{ "churn", "short-lived threads", run_churn },
	{ NULL, NULL, NULL },
};
