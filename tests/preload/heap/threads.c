/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that are freed by other threads than their own, through a shared
 * table, and a thousand short threads, some of whose objects outlive them. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, WORKERS = 4, STEPS = 200000, SHORT = 1000, BATCH = 50 };

struct object {
	size_t size;
	unsigned char fill;
	unsigned char data[];
};

static struct object *slots[SLOTS];

static void check(struct object *object)
{
	if (!object)
		return;
	for (size_t i = 0; i < object->size; i++) {
		if (object->data[i] != object->fill) {
			fprintf(stderr, "an object was overwritten\n");
			abort();
		}
	}
	free(object);
}

static struct object *make(uint32_t random)
{
	size_t size = random % 64 == 0 ? random % 70000 : random % 300;
	struct object *object = malloc(sizeof *object + size);

	if (!object)
		abort();
	object->size = size;
	object->fill = (unsigned char)(random >> 16);
	memset(object->data, object->fill, size);
	return object;
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void exchange(uint64_t *state)
{
	uint32_t random = next_random(state);
	struct object *object = make(next_random(state));

	check(__atomic_exchange_n(&slots[random % SLOTS], object,
				  __ATOMIC_ACQ_REL));
}

static void *work(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;

	for (int i = 0; i < STEPS; i++)
		exchange(&state);
	return NULL;
}

static void *work_shortly(void *argument)
{
	uint64_t state = (uintptr_t)argument + 77;

	for (int i = 0; i < BATCH; i++)
		exchange(&state);
	return NULL;
}

static void run(void *(*function)(void *), int count, int at_once)
{
	pthread_t threads[BATCH];
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 128 * 1024);
	for (int done = 0; done < count; done += at_once) {
		for (int i = 0; i < at_once; i++)
			if (pthread_create(&threads[i], &attributes, function,
					   (void *)(uintptr_t)(done + i)))
				abort();
		for (int i = 0; i < at_once; i++)
			pthread_join(threads[i], NULL);
	}
}

int main(void)
{
	run(work, WORKERS, WORKERS);
	run(work_shortly, SHORT, BATCH);
	run(work, WORKERS, WORKERS);
	for (int i = 0; i < SLOTS; i++)
		check(slots[i]);
	return 0;
}
