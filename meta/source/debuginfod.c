/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* debuginfod_find_debuginfo(3). */
struct library {
	void *handle;
	void *(*begin)(void);
	int (*find_source)(void *client, const unsigned char *build_id,
			   int build_id_size, const char *name, char **path);
	void (*end)(void *client);
};

struct debuginfod {
	struct library library;
	void *client;
	const uint8_t *build_id; /* the caller's */
	size_t build_id_size;
	bool is_silent;          /* servers do not answer */
};

static bool library_load(struct library *library)
{
	library->handle = dlopen("libdebuginfod.so.1", RTLD_LAZY | RTLD_LOCAL);
	if (!library->handle)
		return false;
	*(void **)&library->begin =
		dlsym(library->handle, "debuginfod_begin");
	*(void **)&library->find_source =
		dlsym(library->handle, "debuginfod_find_source");
	*(void **)&library->end = dlsym(library->handle, "debuginfod_end");
	return library->begin && library->find_source && library->end;
}

struct debuginfod *debuginfod_create(const uint8_t *build_id, size_t size)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	struct debuginfod *d;

	if (!urls || !*urls || !size)
		return NULL;
	d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->build_id = build_id;
	d->build_id_size = size;
	if (library_load(&d->library))
		d->client = d->library.begin();
	if (d->client)
		return d;
	debuginfod_destroy(d);
	return NULL;
}

void debuginfod_destroy(struct debuginfod *debuginfod)
{
	if (!debuginfod)
		return;
	if (debuginfod->client)
		debuginfod->library.end(debuginfod->client);
	if (debuginfod->library.handle)
		dlclose(debuginfod->library.handle);
	free(debuginfod);
}

char *debuginfod_source(struct debuginfod *debuginfod, const char *name)
{
	char *path = NULL;
	int fd;

	if (debuginfod->is_silent || name[0] != '/')
		return NULL;
	fd = debuginfod->library.find_source(
		debuginfod->client, debuginfod->build_id,
		(int)debuginfod->build_id_size, name, &path);
	if (fd >= 0) {
		close(fd);
		return path;
	}
	debuginfod->is_silent = fd != -ENOENT;
	return NULL;
}
