/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Valgrind's memcheck, told of every object (--enable-valgrind).  In any
 * other build nothing of this is left in the code.
 *
 * Under memcheck heap_checked is set.  What is no live object is out of
 * bounds for the program, a red zone behind each object included, and no
 * bookkeeping holds the address of an object, which would be a reference to
 * memcheck's search for leaks.
 */
#ifndef HEAP_MEMCHECK_H
#define HEAP_MEMCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef ALLOTYPE_VALGRIND
#include <valgrind/memcheck.h>

enum { MEMCHECK_RED_ZONE = 16 };

extern bool memcheck_is_running __attribute__((visibility("hidden")));

/* Once, before anything else of the heap: true under memcheck. */
bool memcheck_init(void);

static inline bool memcheck_is_on(void)
{
	return __builtin_expect(memcheck_is_running, 0);
}

/* SIZE bytes at ADDRESS became part of the heap, and hold no object. */
static inline void memcheck_on_memory(void *address, size_t size)
{
	if (memcheck_is_on())
		(void)VALGRIND_MAKE_MEM_NOACCESS(address, size);
}

static inline void memcheck_on_allocate(void *pointer, size_t size)
{
	if (memcheck_is_on() && pointer)
		VALGRIND_MALLOCLIKE_BLOCK(pointer, size, MEMCHECK_RED_ZONE, 0);
}

/* All of the live object reads as zeros, and is meant to. */
static inline void memcheck_on_zeroed(void *pointer, size_t size)
{
	if (memcheck_is_on())
		(void)VALGRIND_MAKE_MEM_DEFINED(pointer, size);
}

/* The object stays where it is; what is new of it is not initialised. */
static inline void memcheck_on_resize(void *pointer, size_t old, size_t size)
{
	if (memcheck_is_on())
		VALGRIND_RESIZEINPLACE_BLOCK(pointer, old, size,
					     MEMCHECK_RED_ZONE);
}

/* The object is about to be freed, or nobody's object is: memcheck tells. */
static inline void memcheck_on_free(void *pointer)
{
	if (memcheck_is_on())
		VALGRIND_FREELIKE_BLOCK(pointer, MEMCHECK_RED_ZONE);
}
#else
static inline bool memcheck_init(void)
{
	return false;
}

static inline bool memcheck_is_on(void)
{
	return false;
}

static inline void memcheck_on_memory(void *address, size_t size)
{
	(void)address, (void)size;
}

static inline void memcheck_on_allocate(void *pointer, size_t size)
{
	(void)pointer, (void)size;
}

static inline void memcheck_on_zeroed(void *pointer, size_t size)
{
	(void)pointer, (void)size;
}

static inline void memcheck_on_resize(void *pointer, size_t old, size_t size)
{
	(void)pointer, (void)old, (void)size;
}

static inline void memcheck_on_free(void *pointer)
{
	(void)pointer;
}

enum { MEMCHECK_RED_ZONE = 0 };
#endif

/* Bytes behind every object that are no object's. */
static inline size_t memcheck_red_zone(void)
{
	return memcheck_is_on() ? MEMCHECK_RED_ZONE : 0;
}

/* The first unit, or page, of a region that is used: the address of the
 * region itself must not be an object's. */
static inline uint64_t memcheck_first(void)
{
	return memcheck_is_on();
}

/* An address as bookkeeping keeps it, and back. */
static inline uint64_t memcheck_disguise(uint64_t address)
{
	return memcheck_is_on() ? ~address : address;
}

#endif
