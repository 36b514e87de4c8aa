/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that is bound to its own libc first (RTLD_DEEPBIND): memory goes
 * from it to the program, of all sizes and from another thread too. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *(*make)(size_t size);

static void take(size_t size)
{
	char *p = make(size);

	if (!p)
		abort();
	memset(p, 1, size);
	if (size % 3 == 0) {
		p = realloc(p, size + 100);
		if (!p || p[size - 1] != 1)
			abort();
	}
	free(p);
}

static void *work(void *unused)
{
	(void)unused;
	for (size_t size = 1; size < 300000; size += 1 + size / 5)
		take(size);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	void *plugin;

	if (argc < 2)
		return 2;
	plugin = dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND);
	if (!plugin) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	*(void **)&make = dlsym(plugin, "plugin_make");
	if (!make)
		return 2;
	work(NULL);
	if (pthread_create(&thread, NULL, work, NULL))
		return 2;
	pthread_join(thread, NULL);
	return 0;
}
