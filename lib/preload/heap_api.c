/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of allotype/heap.h.  As in malloc.c, who hands its frame down
 * must not end in a tail call: finish() keeps something to do. */
#include "allotype/heap.h"

#include <errno.h>

#include "base/export.h"
#include "heap/failure.h"
#include "heap/heap.h"
#include "heap/security.h"

static inline void *finish(void *pointer)
{
	__asm__ volatile("" : "+r"(pointer));
	return pointer;
}

EXPORT_API enum alloc_failure alloc_failure_cause(void)
{
	return failure_cause();
}

EXPORT_API const char *alloc_failure_text(enum alloc_failure cause)
{
	return failure_text(cause);
}

EXPORT_API alloc_oom_handler alloc_set_oom_handler(alloc_oom_handler handler)
{
	return failure_set_handler(handler);
}

EXPORT_API alloc_oom_handler
alloc_set_thread_oom_handler(alloc_oom_handler handler)
{
	return failure_set_thread_handler(handler);
}

EXPORT_API enum alloc_status alloc_try(size_t size, void **result)
{
	void *pointer;

	if (!result)
		return ALLOC_INVALID;
	pointer = finish(heap_try(size, HEAP_FRAME));
	if (!pointer)
		return ALLOC_NO_MEMORY;
	*result = pointer;
	return ALLOC_OK;
}

EXPORT_API void *alloc_split(void *pointer, size_t n)
{
	bool no_memory;
	void *second = heap_split(pointer, n, HEAP_RETURN, &no_memory);

	if (!second)
		errno = no_memory ? ENOMEM : EINVAL;
	return second;
}

EXPORT_API bool alloc_resize_in_place(void *pointer, size_t size)
{
	return finish((void *)(uintptr_t)heap_resize_in_place(pointer, size,
							      HEAP_FRAME));
}

EXPORT_API void *alloc_aligned(size_t align, size_t size)
{
	void *pointer;

	if (!align) {
		failure_refuse(ALLOC_FAILURE_ALIGNMENT);
		errno = EINVAL;
		return NULL;
	}
	pointer = heap_allocate_multiple(align, size, HEAP_FRAME);
	if (!pointer)
		errno = ENOMEM;
	return pointer;
}

EXPORT_API size_t alloc_heap_check(void)
{
	return security_check_all();
}

EXPORT_API size_t alloc_heap_stats(struct alloc_heap_totals *total,
				   struct alloc_size_class *rows,
				   size_t capacity)
{
	return total ? heap_count(total, rows, capacity) : 0;
}
