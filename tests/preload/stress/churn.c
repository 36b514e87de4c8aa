/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand threads, made and ended in batches.  Each allocates, frees
 * what others left, hands on what it made, and exits with some of it live:
 * neither data nor bookkeeping grows with their number. */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	THREADS = 10000,
	BATCH = 50,
	SETTLED = 2000, /* threads after which nothing may grow */
	SLOTS = 1024,
	OBJECTS = 60,
	/* Bytes.  How many threads live at a time, each with MiniPages of its
	 * own, differs from batch to batch. */
	GROWTH_MAX = 48 << 20,
	PRIVATE_MAX = 8 << 20,
	BOOKS_MAX = 4 << 20, /* bytes, with what is the program's own */
};

struct object {
	size_t size;
	unsigned char data[];
};

static struct object *slots[SLOTS];
static char stack_space; /* sizes below are over and above this header */

static void check_and_free(struct object *object)
{
	if (!object)
		return;
	if (object->size && object->data[object->size - 1] != object->size % 251)
		abort();
	free(object);
}

static struct object *make(uint32_t random)
{
	size_t size = random % 40 == 0 ? random % 50000 : random % 700;
	struct object *object = malloc(sizeof *object + size);

	if (!object)
		abort();
	object->size = size;
	if (size)
		object->data[size - 1] = (unsigned char)(size % 251);
	return object;
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void *work(void *argument)
{
	uint64_t state = (uintptr_t)argument;
	struct object *own[OBJECTS];

	for (int i = 0; i < OBJECTS; i++)
		own[i] = make(next_random(&state));
	for (int i = 0; i < OBJECTS; i++) {
		uint32_t slot = next_random(&state) % SLOTS;

		/* What this replaces was mostly made by an ended thread. */
		if (i % 2)
			own[i] = __atomic_exchange_n(&slots[slot], own[i],
						     __ATOMIC_ACQ_REL);
		check_and_free(own[i]);
	}
	return NULL;
}

static void run_batch(int first)
{
	pthread_t threads[BATCH];
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (int i = 0; i < BATCH; i++)
		if (pthread_create(&threads[i], &attributes, work,
				   &stack_space + first + i))
			abort();
	for (int i = 0; i < BATCH; i++)
		pthread_join(threads[i], NULL);
	pthread_attr_destroy(&attributes);
}

struct footprint {
	size_t data, private_memory;
};

static size_t private_bytes(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	size_t total = 0, size;
	char line[256];

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "Private_Dirty: %zu kB", &size) == 1)
			total = size * 1024;
	if (file)
		fclose(file);
	return total;
}

static struct footprint measure(void)
{
	struct mallinfo2 info;

	/* What is free, but kept for a while, is not in question. */
	malloc_trim(0);
	info = mallinfo2();
	return (struct footprint){ info.arena + info.hblkhd, private_bytes() };
}

static void print_footprint(const char *when, struct footprint footprint)
{
	printf("%s: %zu bytes committed to data, %zu private\n", when,
	       footprint.data, footprint.private_memory);
}

int main(void)
{
	struct footprint settled = { 0, 0 }, last;
	int failed;

	for (int done = 0; done < THREADS; done += BATCH) {
		if (done == SETTLED)
			settled = measure();
		run_batch(done);
	}
	last = measure();
	print_footprint("settled", settled);
	print_footprint("last", last);
	/* Pages of data are touched one by one, for long; the rest of what is
	 * private must stay small. */
	failed = last.data > settled.data + GROWTH_MAX ||
		 last.private_memory > settled.private_memory + PRIVATE_MAX ||
		 last.private_memory > last.data + BOOKS_MAX;
	for (int i = 0; i < SLOTS; i++)
		check_and_free(slots[i]);
	return failed;
}
