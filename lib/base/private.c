/* SPDX-License-Identifier: Apache-2.0 */
#include "base/private.h"

#include <stdint.h>
#include <string.h>

#include "base/sys.h"

enum { CHUNK_SIZE = 64 * 1024, ALIGN = 16 };

struct lock private_lock = LOCK_INIT(LOCK_RANK_PRIVATE);
static char *chunk;      /* guarded by private_lock, as is the next */
static size_t chunk_left;

static size_t round_up(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

void *private_allocate(size_t size)
{
	void *result = NULL;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = round_up(size, ALIGN);
	if (size > CHUNK_SIZE / 4)
		return sys_allocate(round_up(size, SYS_PAGE_SIZE));
	lock_acquire(&private_lock);
	if (chunk_left < size) {
		char *fresh = sys_allocate(CHUNK_SIZE);

		if (!fresh)
			goto out;
		chunk = fresh;
		chunk_left = CHUNK_SIZE;
	}
	result = chunk;
	chunk += size;
	chunk_left -= size;
out:
	lock_release(&private_lock);
	return result;
}

char *private_copy_string(const char *string, size_t length)
{
	char *copy = private_allocate(length + 1);

	if (copy)
		memcpy(copy, string, length);
	return copy;
}
