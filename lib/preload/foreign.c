/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of libc's own malloc, which a library that was loaded with
 * RTLD_DEEPBIND may hand to the program.  They are recognised by the layout
 * of glibc's malloc (a chunk's size and flags stand before its data), read
 * through the kernel, so that a wild pointer cannot fault here.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/sys.h"
#include "heap/heap.h"

enum {
	CHUNK_HEAD = 16,
	CHUNK_MIN = 32,
	CHUNK_IS_MAPPED = 2,
	CHUNK_NOT_MAIN = 4,
	CHUNK_FLAGS = 7,
	ARENA_SIZE = 64 << 20,
};

struct chunk {
	uint64_t previous_size; /* of a mapped one: bytes before it */
	uint64_t size;          /* and CHUNK_FLAGS */
};

/* What stands at the start of each heap of an arena but the main one. */
struct arena_head {
	uint64_t arena, previous, size;
};

static bool read_safely(uintptr_t address, void *buffer, size_t size)
{
	struct iovec local = { buffer, size };
	struct iovec remote = { (void *)address, size };

	return sys_call(SYS_process_vm_readv, sys_pid(), (long)&local, 1,
			(long)&remote, 1, 0) == (long)size;
}

/* Bytes of libc's main arena, which ends at the break. */
static size_t main_arena_size(void)
{
	struct mallinfo2 (*next)(void) = NULL;

	*(void **)&next = dlsym(RTLD_NEXT, "mallinfo2");
	return next ? next().arena : 0;
}

static bool is_in_main_arena(uintptr_t chunk, uint64_t size)
{
	uintptr_t limit = (uintptr_t)sys_call(SYS_brk, 0, 0, 0, 0, 0, 0);
	size_t arena = main_arena_size();

	return chunk < limit && limit - chunk <= arena &&
	       size <= limit - chunk;
}

static bool is_in_arena(uintptr_t chunk, uint64_t size)
{
	uintptr_t base = chunk & ~(uintptr_t)(ARENA_SIZE - 1);
	struct arena_head head;

	return read_safely(base, &head, sizeof head) &&
	       head.arena >> 26 == base >> 26 && head.size <= ARENA_SIZE &&
	       chunk - base + size <= head.size;
}

static bool is_mapped_alone(uintptr_t chunk, const struct chunk *head,
			    uint64_t size)
{
	return head->previous_size <= chunk &&
	       (chunk - head->previous_size) % SYS_PAGE_SIZE == 0 &&
	       (size + head->previous_size) % SYS_PAGE_SIZE == 0 &&
	       size >= SYS_PAGE_SIZE;
}

size_t heap_foreign_size(const void *pointer)
{
	uintptr_t chunk = (uintptr_t)pointer - CHUNK_HEAD;
	struct chunk head;
	uint64_t size;

	if ((uintptr_t)pointer % 16 ||
	    !read_safely(chunk, &head, sizeof head))
		return SIZE_MAX;
	size = head.size & ~(uint64_t)CHUNK_FLAGS;
	if (size < CHUNK_MIN || size % 16 || size > PTRDIFF_MAX)
		return SIZE_MAX;
	if (head.size & CHUNK_IS_MAPPED)
		return is_mapped_alone(chunk, &head, size) ?
			       size - CHUNK_HEAD : SIZE_MAX;
	if (head.size & CHUNK_NOT_MAIN ? is_in_arena(chunk, size) :
					 is_in_main_arena(chunk, size))
		return size - sizeof head.size;
	return SIZE_MAX;
}

void heap_foreign_free(void *pointer)
{
	void (*next)(void *) = NULL;

	*(void **)&next = dlsym(RTLD_NEXT, "free");
	if (next)
		next(pointer);
}
