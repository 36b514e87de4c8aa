/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap alone, to link statically: liballotype-heap.a (pkg-config
 * allotype-heap).  It replaces nothing: a program uses it beside libc's
 * malloc, or beside a preloaded liballotype.so, and it never calls malloc
 * itself.  Every object records who allocated it, and its exact size.
 *
 * Thread-safe, and usable in a child of fork(2); not in signal handlers,
 * unless a function says so.  An object is freed here, by any thread, and
 * never by libc's free, nor the other way round: a pointer that is not one
 * of a live object of this heap stops the program with a line that says what
 * is wrong.  Options come from ALLOTYPE_OPTIONS.  Sizes are in bytes.
 *
 * Since 0.2.
 */
#ifndef ALLOTYPE_HEAP_STATIC_H
#define ALLOTYPE_HEAP_STATIC_H

#include <stdbool.h>
#include <stddef.h>

#include "allotype/heap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- allocation: NULL, and errno ENOMEM, without memory ---- */

/* SIZE bytes at a multiple of 16; a distinct object for 0. */
void *allotype_malloc(size_t size);
/* COUNT times SIZE bytes, all of them 0. */
void *allotype_calloc(size_t count, size_t size);
/* Makes the object at POINTER SIZE bytes long, moving it if need be; on
 * failure it stays as it is.  As malloc for NULL, as free for a SIZE of 0,
 * and NULL then. */
void *allotype_realloc(void *pointer, size_t size);
/* The same for COUNT times SIZE bytes. */
void *allotype_reallocarray(void *pointer, size_t count, size_t size);
/* SIZE bytes at a multiple of ALIGN, a power of two; else EINVAL. */
void *allotype_aligned_alloc(size_t align, size_t size);
/* NULL is allowed. */
void allotype_free(void *pointer);

/* ---- what is there ---- */

/* The size asked for; 0 for NULL, and for what is not a live object of this
 * heap. */
size_t allotype_usable_size(const void *pointer);

/* The object that holds an address. */
struct allotype_object {
	const void *base;
	size_t size;           /* asked for; of a freed object: its room */
	const void *site;      /* return address of who allocated it, or NULL */
	const void *free_site; /* of who freed it; NULL: it is live */
};
/* False: ADDRESS lies in no object, live or freed, of this heap.  For signal
 * handlers, too. */
bool allotype_find(const void *address, struct allotype_object *object);

/* Calls VISIT for every live object until it returns false.  What other
 * threads allocate and free meanwhile is visited or not. */
void allotype_walk(bool (*visit)(void *context,
				 const struct allotype_object *object),
		   void *context);

/* Gives free memory back to the system; was there any? */
bool allotype_trim(void);

/* ---- what the heap has besides ---- */

/*
 * These are what allotype/heap.h, with the types and the contracts, says of
 * alloc_try, alloc_split and so on, which are not there without the runtime.
 * Nor are the type of a class, of which nothing can tell here, and profiles:
 * allotype_walk has what goes into one.
 */
enum alloc_status allotype_try(size_t size, void **result);
void *allotype_split(void *pointer, size_t n);
bool allotype_resize_in_place(void *pointer, size_t size);
void *allotype_aligned(size_t align, size_t size);

enum alloc_failure allotype_failure_cause(void);
const char *allotype_failure_text(enum alloc_failure cause);
alloc_oom_handler allotype_set_oom_handler(alloc_oom_handler handler);
alloc_oom_handler allotype_set_thread_oom_handler(alloc_oom_handler handler);

size_t allotype_heap_stats(struct alloc_heap_totals *total,
			   struct alloc_size_class *rows, size_t capacity);
size_t allotype_heap_check(void);

enum alloc_status
allotype_class_register(const struct alloc_class_config *config,
			struct alloc_class **result);
void *allotype_class_allocate(struct alloc_class *object_class);
void allotype_class_release(struct alloc_class *object_class, void *object);
size_t allotype_class_allocate_batch(struct alloc_class *object_class,
				     void **objects, size_t count);
void allotype_class_release_batch(struct alloc_class *object_class,
				  void *const *objects, size_t count);
struct alloc_class *allotype_class_of(const void *address);
const char *allotype_class_name(const struct alloc_class *object_class);
struct alloc_class *allotype_class_next(const struct alloc_class *previous);
enum alloc_status
allotype_class_get_stats(const struct alloc_class *object_class,
			 struct alloc_class_stats *stats);
bool allotype_class_trim(struct alloc_class *object_class);

enum alloc_status allotype_mapper_register(const struct alloc_mapper *mapper);
enum alloc_status allotype_mapper_set_directory(const char *directory);

#ifdef __cplusplus
}
#endif
#endif
