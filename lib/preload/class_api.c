/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of objects as allotype/heap.h has them.  As in malloc.c, what
 * allocates has no frame of its own until it needs one, and then ends in a
 * jump to a function that has one.
 */
#include <errno.h>
#include <stdbool.h>

#include "allotype/heap.h"
#include "base/export.h"
#include "heap/class.h"
#include "heap/mapper.h"

static inline void *finish(void *pointer)
{
	if (__builtin_expect(!pointer, 0))
		errno = ENOMEM;
	__asm__ volatile("" : "+r"(pointer));
	return pointer;
}

static enum alloc_status status_of(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return ALLOC_OK;
	case STATUS_NO_MEMORY:
		return ALLOC_NO_MEMORY;
	default:
		return ALLOC_INVALID;
	}
}

EXPORT_API enum alloc_status
alloc_class_register(const struct alloc_class_config *config,
		     struct alloc_class **result)
{
	if (!config || !result)
		return ALLOC_INVALID;
	return status_of(class_register(config, HEAP_RETURN, result));
}

static HEAP_JUMPED_TO void *
allocate_slow(struct alloc_class *object_class)
{
	return finish(class_allocate_slow(object_class, HEAP_FRAME));
}

EXPORT_API void *alloc_class_allocate(struct alloc_class *object_class)
{
	void *object = class_allocate_fast(object_class, HEAP_RETURNED);

	if (__builtin_expect(object != NULL, 1))
		return object;
	return allocate_slow(object_class);
}

EXPORT_API void alloc_class_release(struct alloc_class *object_class, void *object)
{
	uint64_t address = HEAP_RETURN;

	if (__builtin_expect(!class_release_fast(object_class, object,
						 address), 0))
		class_release_slow(object_class, object, address);
}

EXPORT_API size_t alloc_class_allocate_batch(struct alloc_class *object_class,
					 void **objects, size_t count)
{
	const uint64_t *frame = HEAP_FRAME;

	for (size_t i = 0; i < count; i++) {
		objects[i] = class_allocate_fast(object_class, frame + 1);
		if (!objects[i])
			objects[i] = class_allocate_slow(object_class, frame);
		if (!objects[i]) {
			errno = ENOMEM;
			return i;
		}
	}
	return count;
}

EXPORT_API void alloc_class_release_batch(struct alloc_class *object_class,
				      void *const *objects, size_t count)
{
	uint64_t address = HEAP_RETURN;

	for (size_t i = 0; i < count; i++)
		if (!class_release_fast(object_class, objects[i], address))
			class_release_slow(object_class, objects[i], address);
}

EXPORT_API struct alloc_class *alloc_class_of(const void *address)
{
	return class_of((uintptr_t)address);
}

EXPORT_API const char *alloc_class_name(const struct alloc_class *object_class)
{
	return object_class ? class_name(object_class) : NULL;
}

EXPORT_API struct alloc_class *alloc_class_next(const struct alloc_class *previous)
{
	return class_by_id(previous ? class_id(previous) + 1 : 1);
}

EXPORT_API enum alloc_status
alloc_class_get_stats(const struct alloc_class *object_class,
		      struct alloc_class_stats *stats)
{
	if (!object_class || !stats)
		return ALLOC_INVALID;
	class_get_stats(object_class, stats);
	return ALLOC_OK;
}

EXPORT_API bool alloc_class_trim(struct alloc_class *object_class)
{
	return object_class && kinds_trim_kind(object_class->kind);
}

EXPORT_API enum alloc_status
alloc_mapper_register(const struct alloc_mapper *mapper)
{
	enum status status;

	if (!mapper)
		return ALLOC_INVALID;
	lock_acquire(&kinds_lock);
	status = mapper_register(mapper);
	lock_release(&kinds_lock);
	return status_of(status);
}

EXPORT_API enum alloc_status alloc_mapper_set_directory(const char *directory)
{
	bool ok;

	lock_acquire(&kinds_lock);
	ok = mapper_set_directory(directory);
	lock_release(&kinds_lock);
	return ok ? ALLOC_OK : ALLOC_INVALID;
}
