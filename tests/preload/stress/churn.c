/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand threads, made and ended in batches.  Each allocates, frees
 * what others left, hands on what it made, and exits with some of it live:
 * neither data nor bookkeeping grows with their number. */
#include <allotype/heap.h>
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
	EVERY = 1000, /* threads from one malloc_trim to the next */
	SLOTS = 1024,
	OBJECTS = 60,
	GROWTH_MAX = 4 << 20, /* bytes */
	BOOKS_GROWTH_MAX = 768 << 10, /* bytes */
	OTHERS_MAX = 4 << 20, /* bytes: books, and what is the program's own */
};

struct object {
	size_t size;
	unsigned char data[];
};

static struct object *slots[SLOTS];
/* All of a batch live at once, so that all batches need the same. */
static pthread_barrier_t batch_is_there;
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
	pthread_barrier_wait(&batch_is_there);
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

	pthread_barrier_init(&batch_is_there, NULL, BATCH);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (int i = 0; i < BATCH; i++)
		if (pthread_create(&threads[i], &attributes, work,
				   &stack_space + first + i))
			abort();
	for (int i = 0; i < BATCH; i++)
		pthread_join(threads[i], NULL);
	pthread_attr_destroy(&attributes);
	pthread_barrier_destroy(&batch_is_there);
}

struct footprint {
	size_t data, private_memory, books;
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
	struct alloc_heap_totals total;
	struct mallinfo2 info;

	/* What is free, but kept for a while, is not in question. */
	malloc_trim(0);
	info = mallinfo2();
	alloc_heap_stats(&total, NULL, 0);
	return (struct footprint){ info.arena + info.hblkhd, private_bytes(),
				   total.bookkeeping_bytes };
}

static void print_footprint(const char *when, struct footprint footprint)
{
	printf("%s: %zu bytes committed to data, %zu private, %zu of books\n",
	       when, footprint.data, footprint.private_memory,
	       footprint.books);
}

int main(void)
{
	struct footprint settled = { 0 }, last;
	int failed;

	for (int done = 0; done < THREADS; done += BATCH) {
		if (done % EVERY == 0)
			last = measure();
		if (done == SETTLED)
			settled = last;
		run_batch(done);
	}
	last = measure();
	print_footprint("settled", settled);
	print_footprint("last", last);
	/* Pages of data are touched one by one, for long; what is private
	 * beside them must stay small. */
	failed = last.data > settled.data + GROWTH_MAX ||
		 last.books > settled.books + BOOKS_GROWTH_MAX ||
		 last.private_memory > last.data + OTHERS_MAX;
	for (int i = 0; i < SLOTS; i++)
		check_and_free(slots[i]);
	return failed;
}
