/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap, without the names of malloc: what the entry points of preload
 * call, and what unit tests test.  Every allocation records its site and
 * its exact size.
 *
 * A caller is given by the frame of the entry point (see sites.h), a free
 * by its return address.  Functions that allocate return NULL when memory
 * is exhausted, and no handler could help (failure.h), or SIZE is beyond
 * PTRDIFF_MAX; errno is the caller's work.  Nothing here touches errno.
 */
#ifndef HEAP_HEAP_H
#define HEAP_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/minipage.h"
#include "heap/region.h"

/* The frame, the return address and where that is, of the function that says
 * this; it must not be inlined. */
#define HEAP_FRAME ((const uint64_t *)__builtin_frame_address(0))
#define HEAP_RETURN ((uint64_t)(uintptr_t)__builtin_return_address(0))
#define HEAP_RETURNED ((const uint64_t *)__builtin_dwarf_cfa() - 1)

/* Of a function that goes on where an entry point without a frame ends, and
 * says HEAP_FRAME for it: jumped to, its frame is what the entry point's would
 * be.  Compilers make such jumps when they optimise; else it is a part of the
 * entry point, which has a frame then. */
#ifdef __OPTIMIZE__
#define HEAP_JUMPED_TO __attribute__((noinline))
#else
#define HEAP_JUMPED_TO inline __attribute__((always_inline))
#endif

/*
 * Something must see every operation: an option, or what else bring_up
 * finds.  Set before the first allocation and constant then.  Every fast path
 * below misses, as thread caches hold no free segments between operations and
 * the fast paths see no region of MiniPages; the slow paths ask the flag.
 */
extern bool heap_checked;

/* Prepares the heap; the first allocation does so by itself.  Idempotent;
 * false without memory: later calls try again. */
bool heap_init(void);
/* Address of struct allotype_heap. */
uint64_t heap_published_address(void);

void *heap_allocate(size_t size, const uint64_t *frame);
/* The same for who has looked for CALLER's site before, or will. */
void *heap_allocate_for(size_t size, struct site_caller *caller);
void *heap_allocate_zeroed(size_t size, const uint64_t *frame);
/* ALIGN is a power of two. */
void *heap_allocate_aligned(size_t align, size_t size, const uint64_t *frame);
/* The same without handlers. */
void *heap_try(size_t size, const uint64_t *frame);
/* ALIGN is any number but 0. */
void *heap_allocate_multiple(size_t align, size_t size, const uint64_t *frame);
/* POINTER is not NULL and SIZE not 0; on failure POINTER stays valid, if it
 * is. */
void *heap_reallocate(void *pointer, size_t size, const uint64_t *frame);
/* POINTER may be NULL. */
void heap_free_slow(void *pointer, uint64_t address);
/* A segment or slot of KIND, which is no size class, of SIZE bytes; *ZERO says whether
 * it reads as zeros. */
void *heap_allocate_kind(unsigned int kind, size_t size, const uint64_t *frame,
			 bool *zero);
/* Frees OBJECT, which was found live; false if another thread did meanwhile. */
struct object;
bool heap_free_object(struct object *object, uint64_t address);
/* Is OBJECT, at POINTER, one of a class?  Then reports the call of FUNCTION. */
bool heap_refuse_class(const char *function, const void *pointer,
		       uint64_t address, const struct object *object);
/* Cuts the live object at POINTER behind N bytes; the second part, NULL when
 * there would be none or POINTER is of another heap, *NO_MEMORY when there is
 * none for the bookkeeping. */
void *heap_split(void *pointer, size_t n, uint64_t address, bool *no_memory);
/* Gives the live object at POINTER the new SIZE, not 0, if it can stay. */
bool heap_resize_in_place(void *pointer, size_t size, const uint64_t *frame);
/* The site of the caller with FRAME. */
uint32_t heap_caller_site(struct site_caller *caller);
/* The pair of the site ALLOCATED and that of the caller with return address
 * ADDRESS, who frees. */
uint32_t heap_free_pair(uint32_t allocated, uint64_t address);
/* Exactly what was asked for; 0 for NULL and pointers that are not live. */
size_t heap_size_slow(const void *pointer);
/* Does a live object begin there, of this heap or of libc's own? */
bool heap_is_live(const void *pointer);

/* Gives free memory back to the system; was there any? */
bool heap_trim(void);
/* The program limits its address space or locks its memory: returns what
 * was reserved in advance, and asks for little from now on. */
void heap_limit_reservations(void);
/* The program locks its memory and may: keeps inaccessible what is not used,
 * so that there is no memory behind it. */
void heap_close_reservations(void);

/* Around a fork: all locks, in rank order. */
void heap_fork_prepare(void);
void heap_fork_parent(void);
void heap_fork_child(void);

struct heap_stats {
	size_t reserved_bytes; /* committed for data */
	size_t live_bytes;     /* capacity of live objects */
	size_t big_bytes;      /* of them, in big allocations */
	size_t big_count;
	size_t free_count;     /* free MiniPages and runs */
	size_t kept_bytes;     /* free, but still in memory */
};
void heap_get_stats(struct heap_stats *stats);

/* alloc_heap_stats: fills *TOTAL, and up to CAPACITY rows; how many rows there
 * are. */
size_t heap_count(struct alloc_heap_totals *total, struct alloc_size_class *rows,
		  size_t capacity);

/* Logs what the heap did, at the end of the process. */
void heap_log_state(void);

/* Checks every invariant of the bookkeeping while no other thread uses the
 * heap; a broken one is fatal.  For tests. */
void heap_check(void);

/* What a layer above may define: called once, after the heap came up. */
void heap_on_start(void) __attribute__((weak));
/* The usable size of an object of another heap, libc's own; SIZE_MAX for any
 * other pointer.  And its end. */
size_t heap_foreign_size(const void *pointer) __attribute__((weak));
void heap_foreign_free(void *pointer) __attribute__((weak));

static inline bool heap_is_foreign(const void *pointer)
{
	return heap_foreign_size && heap_foreign_size(pointer) != SIZE_MAX;
}

/* Takes a free segment of BIN, which has one at hand, for an object of SIZE
 * bytes with the live RECORD of its site. */
static inline __attribute__((always_inline)) void *
heap_take_segment(struct bin *bin, size_t size, uint32_t record)
{
	const struct cached *entry = --bin->top;

	bin_count(bin);
	__atomic_store_n(entry->record, record + (bin->size - (uint32_t)size),
			 __ATOMIC_RELAXED);
	if (!entry->data)
		__builtin_unreachable();
	return (void *)entry->data;
}

/* SELF's *BIN for SIZE bytes; false if those are too many. */
static inline __attribute__((always_inline)) bool
heap_find_bin(struct heap_thread *self, size_t size, struct bin **bin)
{
	*bin = NULL;
	if (__builtin_expect(size <= CLASS_TABLE_MAX, 1))
		*bin = thread_small_bin(self, size);
	else if (size <= CLASS_SIZE_MAX)
		*bin = thread_class_bin(self, class_of_size(size));
	else
		return false;
	return true;
}

/* The way of nearly all allocations: no lock, no call, nothing atomic.
 * RETURNED is where the return address is.  The *BIN, which has a segment at
 * hand, and the *RECORD for heap_take_segment.  False sends the caller to
 * heap_allocate, and to heap_refill_and_take before if *BIN is not NULL. */
static inline __attribute__((always_inline)) bool
heap_find_fast(size_t size, const uint64_t *returned, struct bin **bin,
	       uint32_t *record)
{
	struct heap_thread *self = heap_thread_self;

	if (__builtin_expect(!site_cache_find_fast(&self->sites, returned,
						   record), 0)) {
		*bin = NULL;
		*record = 0;
		return false;
	}
	return heap_find_bin(self, size, bin) &&
	       __builtin_expect((*bin)->top != (*bin)->bottom, 1);
}

/* Takes a segment from the empty BIN of the calling thread after a short
 * refill; NULL if that does not do, or BIN is NULL. */
void *heap_refill_and_take(struct bin *bin, size_t size, uint32_t record);

static inline __attribute__((always_inline)) void *
heap_allocate_fast(size_t size, const uint64_t *returned)
{
	uint32_t record;
	struct bin *bin;

	return heap_find_fast(size, returned, &bin, &record) ?
		       heap_take_segment(bin, size, record) :
		       NULL;
}

/* The MiniPage that OFFSET, of BYTES whose DESCRIPTORS these are, lies in; NULL
 * beyond them. */
static inline __attribute__((always_inline)) minipage *
heap_page_at(minipage *descriptors, const size_t *bytes, uintptr_t offset)
{
	return __builtin_expect(offset < WORD_FOLDED(*bytes), 1) ?
		       &descriptors[offset >> ALLOTYPE_UNIT_SHIFT] :
		       NULL;
}

static inline __attribute__((always_inline)) bool
heap_owns(const struct heap_thread *self, const minipage *page)
{
	return __builtin_expect(WORD_FOLDED(page->owner) == (uintptr_t)self, 1);
}

/* Marks the segment with this RECORD freed by the site with index BY; false
 * when that takes longer or it is not live. */
static inline __attribute__((always_inline)) bool
heap_mark_freed(uint32_t *record, uint32_t by)
{
	uint32_t before = __atomic_load_n(record, __ATOMIC_RELAXED);

	if (__builtin_expect(!allotype_record_is_plain(before), 0))
		return false;
	__atomic_store_n(record, allotype_record_freed(before, by),
			 __ATOMIC_RELAXED);
	return true;
}

/* Puts that segment, which begins at POINTER, into its BIN.  What goes on the
 * stack is likely to be written to soon. */
static inline __attribute__((always_inline)) void
heap_put_segment(struct bin *bin, minipage *page, uint32_t index, void *pointer,
		 uint32_t *record)
{
	if (__builtin_expect(bin->top < bin->limit, 1)) {
		*bin->top++ = (struct cached){ (uintptr_t)pointer, record };
		__builtin_prefetch(pointer, 1);
	} else {
		minipage_free_local(page, index);
	}
}

/* Frees what POINTER is said to be, in PAGE of the primary region, which is
 * another thread's or nobody's; BY is the index of the site at ADDRESS. */
void heap_free_of_others(void *pointer, uint64_t address, minipage *page,
			 uint32_t by);

/* As heap_allocate_fast, for frees; false sends the caller to
 * heap_free_slow. */
static inline __attribute__((always_inline)) bool
heap_free_fast(void *pointer, uint64_t address)
{
	uintptr_t offset = (uintptr_t)pointer - region_minipage_base;
	struct heap_thread *self = heap_thread_self;
	uint32_t index, by, *record;
	minipage *page;

	if (__builtin_expect(!site_cache_find_free_fast(&self->sites, address,
							&by), 0))
		return false;
	page = heap_page_at(region_minipage_descriptors,
			    &region_minipage_bytes, offset);
	if (!page)
		return false;
	if (!heap_owns(self, page)) {
		heap_free_of_others(pointer, address, page, by);
		return true;
	}
	if (__builtin_expect(!unit_begins_segment(page, (uint32_t)offset,
						  &index), 0))
		return false;
	record = &unit_records(page)[index];
	if (__builtin_expect(!heap_mark_freed(record, by), 0))
		return false;
	heap_put_segment(thread_class_bin(self, page->kind), page, index,
			 pointer, record);
	return true;
}

/* The MiniPage of what lies in the primary region. */
static inline minipage *heap_page_fast(const void *pointer)
{
	return &region_minipage_descriptors[
		((uintptr_t)pointer - region_minipage_base) >>
		ALLOTYPE_UNIT_SHIFT];
}

/* The plain record of the object at POINTER, if it lies in the primary region
 * of MiniPages, and its segment's size; NULL when that must be looked up. */
static inline uint32_t *heap_record_fast(const void *pointer, uint32_t *size)
{
	uintptr_t offset = (uintptr_t)pointer - region_minipage_base;
	const minipage *page;
	uint32_t index, record;

	if (__builtin_expect(offset >=
			     __atomic_load_n(&region_minipage_bytes,
					     __ATOMIC_RELAXED), 0))
		return NULL;
	page = &region_minipage_descriptors[offset >> ALLOTYPE_UNIT_SHIFT];
	if (__builtin_expect(!page->records, 0) ||
	    __builtin_expect(!unit_begins_segment(page, (uint32_t)offset,
						  &index), 0))
		return NULL;
	record = __atomic_load_n(&unit_records(page)[index], __ATOMIC_RELAXED);
	if (__builtin_expect(!allotype_record_is_plain(record), 0))
		return NULL;
	*size = page->size;
	return &unit_records(page)[index];
}

static inline size_t heap_size(const void *pointer)
{
	uint32_t size, *record = heap_record_fast(pointer, &size);

	if (__builtin_expect(!record, 0))
		return heap_size_slow(pointer);
	return size - allotype_record_slack(
			      __atomic_load_n(record, __ATOMIC_RELAXED));
}

/* The bin with a segment at hand for SIZE bytes, if need be after a short
 * refill, and the *RECORD of CALLER, who may be in any wrapper with a short
 * frame; or NULL. */
static inline struct bin *
heap_find_near(size_t size, struct site_caller *caller, uint32_t *record)
{
	struct heap_thread *self = heap_thread_self;
	struct bin *bin;

	if (size > CLASS_SIZE_MAX)
		return NULL;
	bin = &self->bins[class_of_size(size)];
	if (!bin->page ||
	    !site_cache_find_near(&self->sites, caller, record) ||
	    (bin->top == bin->bottom && !minipage_reload(self, bin)))
		return NULL;
	return bin;
}

/* As heap_allocate_fast, with such a bin. */
static inline void *heap_allocate_near(size_t size,
				       struct site_caller *caller)
{
	uint32_t record;
	struct bin *bin = heap_find_near(size, caller, &record);

	return bin ? heap_take_segment(bin, size, record) : NULL;
}

static inline void heap_free(void *pointer, uint64_t address)
{
	if (!heap_free_fast(pointer, address))
		heap_free_slow(pointer, address);
}

#endif
