/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liballotype_stub: allotype/heap.h for a program that may or may not run
 * under the runtime.  Without it, what libc's heap can do is done, and the
 * rest refused.
 */
#include "stub.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

STUB enum alloc_failure alloc_failure_cause(void)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->failure_cause() : ALLOC_FAILURE_UNKNOWN;
}

STUB const char *alloc_failure_text(enum alloc_failure cause)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->failure_text(cause) : "the runtime is not present";
}

STUB alloc_oom_handler alloc_set_oom_handler(alloc_oom_handler handler)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->set_oom_handler(handler) : NULL;
}

STUB alloc_oom_handler alloc_set_thread_oom_handler(alloc_oom_handler handler)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->set_thread_oom_handler(handler) : NULL;
}

STUB enum alloc_status alloc_try(size_t size, void **result)
{
	const struct allotype_api *api = stub_runtime();
	int saved = errno;
	void *pointer;

	if (api)
		return api->try_allocate(size, result);
	if (!result)
		return ALLOC_INVALID;
	pointer = malloc(size);
	errno = saved;
	if (!pointer)
		return ALLOC_NO_MEMORY;
	*result = pointer;
	return ALLOC_OK;
}

STUB void *alloc_split(void *pointer, size_t n)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		return api->split(pointer, n);
	errno = ENOSYS;
	return NULL;
}

STUB bool alloc_resize_in_place(void *pointer, size_t size)
{
	const struct allotype_api *api = stub_runtime();

	return api && api->resize_in_place(pointer, size);
}

STUB void *alloc_aligned(size_t align, size_t size)
{
	const struct allotype_api *api = stub_runtime();
	void *pointer = NULL;
	int error = EINVAL;

	if (api)
		return api->aligned(align, size);
	if (align & (align - 1)) {
		errno = ENOSYS;
		return NULL;
	}
	if (align)
		error = posix_memalign(&pointer, align < 16 ? 16 : align, size);
	if (error)
		errno = error;
	return error ? NULL : pointer;
}

STUB void *alloc_sbrk(intptr_t increment)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->program_break(increment) : sbrk(increment);
}

STUB size_t alloc_heap_check(void)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->heap_check() : 0;
}

STUB size_t alloc_heap_stats(struct alloc_heap_totals *total,
			     struct alloc_size_class *rows, size_t capacity)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		return api->heap_stats(total, rows, capacity);
	if (total)
		*total = (struct alloc_heap_totals){ .allocations = 0 };
	return 0;
}

STUB int alloc_profile_write(const char *path)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->profile_write(path) : ENOTSUP;
}

STUB int alloc_profile_write_fd(int fd)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->profile_write_fd(fd) : ENOTSUP;
}
