/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of objects (allotype/heap.h), without their exported names.  A
 * class is a kind of MiniPages, its objects segments with records as any; a
 * thread counts what it allocates and releases in its bin of the kind.
 *
 * As in heap.h, callers are given by their frame or return address, and
 * nothing here touches errno.
 */
#ifndef HEAP_CLASS_H
#define HEAP_CLASS_H

#include <string.h>

#include "allotype/heap.h"
#include "base/status.h"
#include "heap/heap.h"
#include "heap/kinds.h"

struct alloc_class {
	struct allotype_class published;
	uint32_t kind;
	bool zero_init;
	uint64_t released_by_others; /* atomic: by threads without a bin */
} __attribute__((aligned(64)));

/* STATUS_BAD_INPUT or STATUS_NO_MEMORY.  ADDRESS is the return address of the
 * caller. */
enum status class_register(const struct alloc_class_config *config,
			   uint64_t address, struct alloc_class **result);
/* Ids count from 1; NULL for others. */
struct alloc_class *class_by_id(uint32_t id);
uint32_t class_id(const struct alloc_class *object_class);

void *class_allocate_slow(struct alloc_class *object_class,
			  const uint64_t *frame);
/* OBJECT may be NULL. */
void class_release_slow(struct alloc_class *object_class, void *object,
			uint64_t address);
const char *class_name(const struct alloc_class *object_class);
/* The class of whose memory ADDRESS is, or NULL. */
struct alloc_class *class_of(uintptr_t address);
void class_get_stats(const struct alloc_class *object_class,
		     struct alloc_class_stats *stats);

/* Is it sure that this segment of a class reads as zeros? */
static inline bool class_is_zero(const struct cached *segment)
{
	uintptr_t offset = segment->data - kinds_base;

	return !__atomic_load_n(segment->record, __ATOMIC_RELAXED) &&
	       offset < __atomic_load_n(&kinds_bytes, __ATOMIC_RELAXED) &&
	       kinds_descriptors[offset >> ALLOTYPE_UNIT_SHIFT].zero;
}

/* As heap_allocate_fast. */
static inline __attribute__((always_inline)) void *
class_allocate_fast(struct alloc_class *object_class,
		    const uint64_t *returned)
{
	struct heap_thread *self = heap_thread_self;
	struct kind_bin *own = thread_kind_bin(self, object_class->kind);
	uint32_t record;
	bool zero;
	void *data;

	if (__builtin_expect(!own, 0) ||
	    __builtin_expect(own->bin.top == own->bin.bottom, 0) ||
	    __builtin_expect(!site_cache_find_fast(&self->sites, returned,
						   &record), 0))
		return NULL;
	thread_count(&own->allocated);
	zero = class_is_zero(own->bin.top - 1);
	data = heap_take_segment(&own->bin, own->bin.size, record);
	if (object_class->zero_init && !zero)
		memset(data, 0, object_class->published.object_size);
	return data;
}

/* As heap_free_fast. */
static inline __attribute__((always_inline)) bool
class_release_fast(struct alloc_class *object_class, void *object,
		   uint64_t address)
{
	uintptr_t offset = (uintptr_t)object - kinds_base;
	struct heap_thread *self = heap_thread_self;
	uint32_t index, by, *record;
	struct kind_bin *own;
	minipage *page;

	if (__builtin_expect(!site_cache_find_free_fast(&self->sites, address,
							&by), 0))
		return false;
	page = heap_page_at(kinds_descriptors, &kinds_bytes, offset);
	if (!page || !heap_owns(self, page) ||
	    __builtin_expect(!unit_begins_segment(page, (uint32_t)offset,
						  &index), 0) ||
	    __builtin_expect(page->kind != object_class->kind, 0))
		return false;
	record = &unit_records(page)[index];
	if (__builtin_expect(!heap_mark_freed(record, by), 0))
		return false;
	own = thread_kind_bin(self, object_class->kind);
	thread_count(&own->released);
	heap_put_segment(&own->bin, page, index, object, record);
	return true;
}

#endif
