/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin comes and goes, with what its constructor allocates, while other
 * threads allocate and ask.  What it made and left has its exact bounds and
 * its content when the plugin's code is gone. */
#include <allotype.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 400, WORKERS = 2, SLOTS = 256 };

static char *slots[SLOTS];
static int stop;

static void check_and_free(char *p)
{
	struct alloc_info info;

	if (!p)
		return;
	if (alloc_get_info(p, &info) != ALLOC_OK || info.base != p ||
	    info.size != strlen(p) + 1) {
		fprintf(stderr, "a wrong answer for \"%.20s\"\n", p);
		abort();
	}
	free(p);
}

static void put(unsigned int slot, char *p)
{
	check_and_free(__atomic_exchange_n(&slots[slot % SLOTS], p,
					   __ATOMIC_ACQ_REL));
}

static void *work(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;
	char text[400];

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		size_t length;

		state = state * 6364136223846793005u + 1442695040888963407u;
		length = (state >> 40) % sizeof text;
		memset(text, 'w', length);
		text[length ? length - 1 : 0] = '\0';
		put((unsigned int)(state >> 33), strdup(text));
	}
	return NULL;
}

static void round_trip(const char *path, unsigned int round)
{
	void *plugin = dlopen(path, RTLD_NOW);
	char *(*make)(size_t);
	char *p;

	if (!plugin) {
		fprintf(stderr, "%s\n", dlerror());
		abort();
	}
	*(void **)&make = dlsym(plugin, "plugin_make");
	for (unsigned int i = 0; i < 20; i++) {
		size_t size = 2 + (round * 31 + i * 7) % 900;

		p = make(size);
		memset(p, 'p', size - 1);
		p[size - 1] = '\0';
		put(round * 20 + i, p);
	}
	dlclose(plugin);
}

int main(int argc, char **argv)
{
	pthread_t threads[WORKERS];

	if (argc < 2)
		return 2;
	for (uintptr_t i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			return 2;
	for (unsigned int i = 0; i < ROUNDS; i++)
		round_trip(argv[1], i);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < SLOTS; i++)
		check_and_free(slots[i]);
	return 0;
}
