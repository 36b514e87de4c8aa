/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of liballotype-heap.a: the heap under names of its own, for
 * programs that keep another malloc (allotype/heap_static.h).  Those that the
 * runtime has, too, are its own: heap_api.c and class_api.c (static.mk).
 *
 * As in preload/malloc.c each door hands its own frame down, so none may end
 * in a tail call.
 */
#include "allotype/heap_static.h"

#include <errno.h>

#include "base/export.h"
#include "heap/heap.h"
#include "heap/lookup.h"
#include "preload/fork.h"

static inline void *finish(void *pointer)
{
	if (__builtin_expect(!pointer, 0))
		errno = ENOMEM;
	__asm__ volatile("" : "+r"(pointer));
	return pointer;
}

static HEAP_JUMPED_TO void *allocate_slow(size_t size, struct bin *bin,
				    uint32_t record)
{
	void *pointer = heap_refill_and_take(bin, size, record);

	return finish(pointer ? pointer : heap_allocate(size, HEAP_FRAME));
}

EXPORT void *allotype_malloc(size_t size)
{
	uint32_t record;
	struct bin *bin;

	if (heap_find_fast(size, HEAP_RETURNED, &bin, &record))
		return heap_take_segment(bin, size, record);
	return allocate_slow(size, bin, record);
}

EXPORT void *allotype_calloc(size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return finish(NULL);
	return finish(heap_allocate_zeroed(total, HEAP_FRAME));
}

static inline void *reallocate(void *pointer, size_t size,
			       const uint64_t *frame)
{
	if (!pointer) {
		pointer = heap_allocate_fast(size, frame + 1);
		return pointer ? pointer : finish(heap_allocate(size, frame));
	}
	if (!size) {
		heap_free(pointer, frame[1]);
		return NULL;
	}
	return finish(heap_reallocate(pointer, size, frame));
}

EXPORT void *allotype_realloc(void *pointer, size_t size)
{
	return reallocate(pointer, size, HEAP_FRAME);
}

EXPORT void *allotype_reallocarray(void *pointer, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return finish(NULL);
	return reallocate(pointer, total, HEAP_FRAME);
}

EXPORT void *allotype_aligned_alloc(size_t align, size_t size)
{
	if (!align || align & (align - 1)) {
		errno = EINVAL;
		return NULL;
	}
	return finish(heap_allocate_aligned(align, size, HEAP_FRAME));
}

EXPORT void allotype_free(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

EXPORT size_t allotype_usable_size(const void *pointer)
{
	return heap_size(pointer);
}

static const void *site_address(uint32_t id)
{
	struct allotype_site site;

	return sites_get(id, &site) ? (const void *)(uintptr_t)site.address :
				      NULL;
}

static struct allotype_object describe(const struct heap_object *found)
{
	return (struct allotype_object){
		.base = (const void *)(uintptr_t)found->base,
		.size = found->size,
		.site = site_address(found->site),
		.free_site = found->state == HEAP_STATE_FREED ?
				     site_address(found->free_site) : NULL,
	};
}

EXPORT bool allotype_find(const void *address, struct allotype_object *object)
{
	struct heap_object found;

	if (!heap_lookup(NULL, (uintptr_t)&region_heap, (uintptr_t)address,
			 &found) ||
	    found.state == HEAP_STATE_UNUSED)
		return false;
	*object = describe(&found);
	return true;
}

struct walk {
	bool (*visit)(void *context, const struct allotype_object *object);
	void *context;
};

static bool visit_found(void *context, const struct heap_object *found)
{
	const struct allotype_object object = describe(found);
	const struct walk *walk = context;

	return walk->visit(walk->context, &object);
}

EXPORT void allotype_walk(bool (*visit)(void *context,
					const struct allotype_object *object),
			  void *context)
{
	struct walk walk = { visit, context };

	heap_walk(NULL, (uintptr_t)&region_heap, visit_found, &walk);
}

EXPORT bool allotype_trim(void)
{
	return heap_trim();
}

/* Nobody knows more of sites than their addresses here. */
void heap_on_start(void)
{
	fork_register();
}

/* Of another malloc nothing is known here: its objects are nobody's. */
size_t heap_foreign_size(const void *pointer)
{
	(void)pointer;
	return SIZE_MAX;
}
