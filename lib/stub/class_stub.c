/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liballotype_stub: classes of objects for a program that may or may not run
 * under the runtime.  Without it libc's heap serves them, and nothing is
 * checked or told.  What allocates ends in a jump to the runtime, so that its
 * caller is who is charged.
 */
#include "stub.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allotype/heap.h"
#include "slitter.h"

/* A class without the runtime. */
struct alloc_class {
	char *name;
	size_t size, align;
	bool zero_init;
};

static bool is_sound(const struct alloc_class_config *config)
{
	return config->size && config->size <= PTRDIFF_MAX &&
	       !(config->align & (config->align - 1));
}

STUB enum alloc_status
alloc_class_register(const struct alloc_class_config *config,
		     struct alloc_class **result)
{
	const struct allotype_api *api = stub_runtime();
	struct alloc_class *made;

	if (api)
		return api->class_register(config, result);
	if (!config || !result || !is_sound(config))
		return ALLOC_INVALID;
	made = malloc(sizeof *made);
	if (!made)
		return ALLOC_NO_MEMORY;
	*made = (struct alloc_class){
		.name = strdup(config->name ? config->name : "class"),
		.size = config->size,
		.align = config->align,
		.zero_init = config->zero_init,
	};
	if (!made->name) {
		free(made);
		return ALLOC_NO_MEMORY;
	}
	*result = made;
	return ALLOC_OK;
}

static void *allocate_plainly(const struct alloc_class *object_class)
{
	void *object;

	if (object_class->align <= 16)
		return object_class->zero_init ?
			       calloc(1, object_class->size) :
			       malloc(object_class->size);
	if (posix_memalign(&object, object_class->align, object_class->size)) {
		errno = ENOMEM;
		return NULL;
	}
	if (object_class->zero_init)
		memset(object, 0, object_class->size);
	return object;
}

STUB void *alloc_class_allocate(struct alloc_class *object_class)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		return api->class_allocate(object_class);
	return allocate_plainly(object_class);
}

STUB void alloc_class_release(struct alloc_class *object_class, void *object)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		api->class_release(object_class, object);
	else
		free(object);
}

STUB size_t alloc_class_allocate_batch(struct alloc_class *object_class,
				       void **objects, size_t count)
{
	const struct allotype_api *api = stub_runtime();
	size_t n = 0;

	if (api)
		return api->class_allocate_batch(object_class, objects, count);
	while (n < count && (objects[n] = allocate_plainly(object_class)))
		n++;
	return n;
}

STUB void alloc_class_release_batch(struct alloc_class *object_class,
				    void *const *objects, size_t count)
{
	const struct allotype_api *api = stub_runtime();

	if (api) {
		api->class_release_batch(object_class, objects, count);
		return;
	}
	for (size_t n = 0; n < count; n++)
		free(objects[n]);
}

STUB struct alloc_class *alloc_class_of(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->class_of(address) : NULL;
}

STUB const char *alloc_class_name(const struct alloc_class *object_class)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		return api->class_name(object_class);
	return object_class ? object_class->name : NULL;
}

STUB struct alloc_class *alloc_class_next(const struct alloc_class *previous)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->class_next(previous) : NULL;
}

STUB enum alloc_status
alloc_class_get_stats(const struct alloc_class *object_class,
		      struct alloc_class_stats *stats)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->class_get_stats(object_class, stats) :
		     ALLOC_NOT_PRESENT;
}

STUB bool alloc_class_trim(struct alloc_class *object_class)
{
	const struct allotype_api *api = stub_runtime();

	return api && api->class_trim(object_class);
}

STUB enum alloc_status alloc_mapper_register(const struct alloc_mapper *mapper)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->mapper_register(mapper) : ALLOC_NOT_PRESENT;
}

STUB enum alloc_status alloc_mapper_set_directory(const char *directory)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->mapper_set_directory(directory) : ALLOC_NOT_PRESENT;
}

/* ---- slitter.h ---- */

enum { SLITTER_CLASSES = 4096 };

/* By number, from 1 on; under the lock but for reading what one knows. */
static struct alloc_class *slitter_classes[SLITTER_CLASSES];
static uint32_t slitter_count = 1;
static pthread_mutex_t slitter_lock = PTHREAD_MUTEX_INITIALIZER;

static __attribute__((noreturn)) void give_up(const char *why)
{
	fprintf(stderr, "slitter: %s\n", why);
	abort();
}

STUB struct slitter_class
slitter_class_register(const struct slitter_class_config *config)
{
	struct alloc_class *made;
	struct slitter_class result;

	if (alloc_class_register(&(struct alloc_class_config){
					.name = config->name,
					.size = config->size,
					.zero_init = config->zero_init,
					.mapper = config->mapper_name,
				}, &made) != ALLOC_OK)
		give_up("a class cannot be registered");
	pthread_mutex_lock(&slitter_lock);
	if (slitter_count == SLITTER_CLASSES)
		give_up("there are too many classes");
	result.id = slitter_count++;
	slitter_classes[result.id] = made;
	pthread_mutex_unlock(&slitter_lock);
	return result;
}

static struct alloc_class *find_class(struct slitter_class class)
{
	struct alloc_class *found = class.id < SLITTER_CLASSES ?
					    slitter_classes[class.id] : NULL;

	if (!found)
		give_up("there is no such class");
	return found;
}

STUB void *slitter_allocate(struct slitter_class class)
{
	const struct allotype_api *api = stub_runtime();
	struct alloc_class *object_class = find_class(class);
	void *object;

	if (api)
		return api->class_allocate(object_class);
	object = allocate_plainly(object_class);
	if (!object)
		give_up("there is no memory");
	return object;
}

STUB void slitter_release(struct slitter_class class, void *object)
{
	alloc_class_release(find_class(class), object);
}

STUB void slitter_set_file_backed_slab_directory(const char *directory)
{
	(void)alloc_mapper_set_directory(directory);
}
