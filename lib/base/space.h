/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An address space to look into.  The readers of the heap, the index and
 * the stacks are written once against this interface and compiled twice:
 * for the runtime, where a view is a plain pointer and costs nothing, and
 * with ALLOTYPE_REMOTE for the tools, where it is a checked copy out of
 * another process or a core file.
 *
 * Inside the process (space == NULL) the caller has made sure that the
 * address is readable: it follows published nodes only, or has checked a
 * stack's bounds.
 */
#ifndef BASE_SPACE_H
#define BASE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef ALLOTYPE_REMOTE
#include "base/sys.h"
#endif

struct space {
	/* Copies SIZE bytes at ADDRESS to BUFFER; all of them, or false. */
	bool (*read)(const struct space *space, uint64_t address, void *buffer,
		     size_t size);
};

/* A view of SIZE bytes at ADDRESS, through BUFFER if need be; NULL when
 * they cannot be read (never inside the process). */
static inline const void *space_view(const struct space *space,
				     uint64_t address, void *buffer,
				     size_t size)
{
#ifdef ALLOTYPE_REMOTE
	return space->read(space, address, buffer, size) ? buffer : NULL;
#else
	(void)space, (void)buffer, (void)size;
	return (const void *)(uintptr_t)address;
#endif
}

static inline bool space_read(const struct space *space, uint64_t address,
			      void *buffer, size_t size)
{
#ifdef ALLOTYPE_REMOTE
	return space->read(space, address, buffer, size);
#else
	(void)space;
	memcpy(buffer, (const void *)(uintptr_t)address, size);
	return true;
#endif
}

/* As space_read, of memory of the program that may not be there, or go in
 * that moment.  Inside the process a system call. */
static inline bool space_probe(const struct space *space, uint64_t address,
			       void *buffer, size_t size)
{
#ifdef ALLOTYPE_REMOTE
	return space->read(space, address, buffer, size);
#else
	(void)space;
	return sys_probe(address, buffer, size) == (long)size;
#endif
}

/* The typed form: const struct t *v = SPACE_VIEW(space, address, &buffer). */
#define SPACE_VIEW(space, address, buffer)                                     \
	((const __typeof__(*(buffer)) *)space_view((space), (address),         \
						   (buffer), sizeof *(buffer)))

#endif
