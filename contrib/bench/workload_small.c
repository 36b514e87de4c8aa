/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of one thread with small objects. */
#include "resident.h"
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A random one of SLOTS live objects gives way to one of another size. */
static void run_small(void)
{
	enum { SLOTS = 20000, ROUNDS = 10000000 };
	uint64_t seed = 1;
	char **slots = calloc(SLOTS, sizeof(*slots));

	if (!slots)
		die("no memory");
	for (unsigned long left = scaled(ROUNDS); left; left--) {
		char **slot = &slots[random_below(&seed, SLOTS)];
		size_t size = random_size(&seed);

		free(*slot);
		*slot = malloc(size);
		if (!*slot)
			die("no memory");
		touch(*slot, size);
	}
	for (int i = 0; i < SLOTS; i++)
		free(slots[i]);
	free(slots);
}

struct node {
	struct node *next;
	uint64_t value[5];
};

/* A list of equal objects; every other one goes and comes back. */
static void run_equal(void)
{
	enum { NODES = 200000, ROUNDS = 80 };
	struct node *head = NULL;

	for (int i = 0; i < NODES; i++) {
		struct node *node = xmalloc(sizeof(*node));

		node->value[0] = (uint64_t)i;
		node->next = head;
		head = node;
	}
	for (unsigned long left = scaled(ROUNDS); left; left--) {
		for (struct node *n = head; n && n->next; n = n->next) {
			struct node *gone = n->next;

			n->next = gone->next;
			free(gone);
		}
		for (struct node *n = head; n; n = n->next->next) {
			struct node *node = xmalloc(sizeof(*node));

			node->value[0] = left;
			node->next = n->next;
			n->next = node;
		}
	}
	while (head) {
		struct node *next = head->next;

		free(head);
		head = next;
	}
}

/* As many objects as fit; then all of them freed: in the order they came, the
 * other way round, and in any order. */
static void run_burst(void)
{
	enum { OBJECTS = 800000, ROUNDS = 4 };
	uint64_t seed = 2;
	char **objects = xmalloc(OBJECTS * sizeof(*objects));

	for (unsigned long round = 0; round < scaled(ROUNDS); round++) {
		for (size_t i = 0; i < OBJECTS; i++) {
			size_t size = 16 + random_below(&seed, 112);

			objects[i] = xmalloc(size);
			touch(objects[i], size);
		}
		if (round % 3 == 2) {
			for (size_t i = OBJECTS - 1; i > 0; i--) {
				size_t other = random_below(&seed, i + 1);
				char *object = objects[i];

				objects[i] = objects[other];
				objects[other] = object;
			}
		}
		for (size_t i = 0; i < OBJECTS; i++)
			free(objects[round % 3 == 1 ? OBJECTS - 1 - i : i]);
	}
	free(objects);
}

/*
 * A long life in small: fill up to a peak, free nine tenths of it here and
 * there, idle, go on with other sizes.  Prints what stayed resident when idle.
 */
static void run_fragmentation(void)
{
	enum { OBJECTS = 400000, KEPT = 10, CHURN = 1500000, LIVES = 3 };
	uint64_t seed = 3;
	char **objects = calloc(OBJECTS, sizeof(*objects));

	if (!objects)
		die("no memory");
	for (unsigned long life = 0; life < scaled(LIVES); life++) {
		for (size_t i = 0; i < OBJECTS; i++) {
			size_t size = 16 + random_below(&seed, 80 << life % 3);

			if (objects[i])
				continue;
			objects[i] = xmalloc(size);
			memset(objects[i], 1, size);
		}
		for (size_t i = 0; i < OBJECTS; i++) {
			if (random_below(&seed, KEPT) == 0)
				continue;
			free(objects[i]);
			objects[i] = NULL;
		}
		usleep(300000);
		free(xmalloc(64)); /* an allocator without a thread */
		if (life == 0)
			printf("idle_kb %ld\n", resident_kb());
		for (unsigned long left = CHURN; left; left--) {
			char **slot = &objects[random_below(&seed, OBJECTS / 8)];
			size_t size = random_size(&seed);

			free(*slot);
			*slot = xmalloc(size);
			touch(*slot, size);
		}
	}
	for (size_t i = 0; i < OBJECTS; i++)
		free(objects[i]);
	free(objects);
}

const struct workload small_workloads[] = {
	{ "small", "random small sizes replace each other", run_small },
	{ "equal", "many objects of one size", run_equal },
	{ "burst", "allocate all, then free all", run_burst },
	{ "fragmentation", "peak, free most, idle, go on", run_fragmentation },
	{ NULL, NULL, NULL },
};
