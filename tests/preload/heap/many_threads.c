/* SPDX-License-Identifier: Apache-2.0 */
/* A thousand threads alive at once, each with objects of its own. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 1000, OBJECTS = 40 };

static pthread_barrier_t barrier;

static void *work(void *unused)
{
	char *objects[OBJECTS];

	(void)unused;
	for (int i = 0; i < OBJECTS; i++) {
		objects[i] = malloc(16 + i * 13);
		if (!objects[i])
			abort();
		memset(objects[i], i, 16 + i * 13);
	}
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < OBJECTS; i++) {
		if (objects[i][15 + i * 13] != i)
			abort();
		free(objects[i]);
	}
	return NULL;
}

int main(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attributes;

	pthread_barrier_init(&barrier, NULL, THREADS);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], &attributes, work, NULL))
			abort();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
