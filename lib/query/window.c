/* SPDX-License-Identifier: Apache-2.0 */
#include "query/window.h"

#include <string.h>

#include "base/sys.h"

enum { BYTES = 16 * 4096 };

struct window {
	const struct space *space;
	uint64_t base;  /* of the bytes that are there; pages */
	uint64_t size;  /* 0: none */
	uint64_t missing; /* a page that could not be read; 1: none */
	unsigned char bytes[BYTES];
};

static uint64_t allocated_size(void)
{
	return (sizeof(struct window) + SYS_PAGE_SIZE - 1) &
	       ~(SYS_PAGE_SIZE - 1);
}

struct window *window_create(const struct space *space)
{
	struct window *window = sys_allocate(allocated_size());

	if (window) {
		window->space = space;
		window->missing = 1;
	}
	return window;
}

void window_destroy(struct window *window)
{
	if (window)
		sys_release(window, allocated_size());
}

/* Moves the window to PAGE: all of it, or that page alone. */
static bool move(struct window *window, uint64_t page)
{
	static const uint32_t sizes[] = { BYTES, SYS_PAGE_SIZE };

	if (page == window->missing)
		return false;
	window->base = page;
	for (int i = 0; i < 2; i++) {
		window->size = sizes[i];
		if (page <= UINT64_MAX - sizes[i] &&
		    space_probe(window->space, page, window->bytes, sizes[i]))
			return true;
	}
	window->size = 0;
	window->missing = page;
	return false;
}

/* The bytes of the page of ADDRESS from there on that are wanted. */
static uint64_t copy_some(struct window *window, uint64_t address,
			  void *buffer, uint64_t size)
{
	uint64_t page = address & ~(uint64_t)(SYS_PAGE_SIZE - 1), room;

	if ((address < window->base || address - window->base >= window->size) &&
	    !move(window, page))
		return 0;
	room = window->size - (address - window->base);
	if (size > room)
		size = room;
	memcpy(buffer, window->bytes + (address - window->base), size);
	return size;
}

bool window_copy(struct window *window, uint64_t address, void *buffer,
		 uint64_t size)
{
	uint64_t done = 0, part;

	if (size > SYS_PAGE_SIZE || address > UINT64_MAX - size)
		return false;
	for (; done < size; done += part) {
		part = copy_some(window, address + done,
				 (unsigned char *)buffer + done, size - done);
		if (!part)
			return false;
	}
	return true;
}

bool window_read(struct window *window, uint64_t address, uint64_t *word)
{
	return window_copy(window, address, word, sizeof *word);
}
