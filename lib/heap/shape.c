/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of other shapes: split, resized where they are, at any multiple. */
#include "base/sys.h"
#include "heap/big.h"
#include "heap/failure.h"
#include "heap/heap.h"
#include "heap/memcheck.h"
#include "heap/object.h"
#include "heap/sample.h"
#include "heap/security.h"
#include "heap/split.h"

/* The live object at POINTER, which FUNCTION got; false when it is not of
 * this heap.  Anything else stops the program. */
static bool find_live(const char *function, const void *pointer,
		      uint64_t caller, struct object *object)
{
	enum object_state state;

	if (!pointer || !heap_init())
		return false;
	state = object_find((uintptr_t)pointer, object);
	if (state == OBJECT_LIVE)
		return !heap_refuse_class(function, pointer, caller, object);
	if (state == OBJECT_FOREIGN && heap_is_foreign(pointer))
		return false;
	object_report(function, (uintptr_t)pointer, caller, state, object);
	return false;
}

static uint32_t *record_of(const struct object *object)
{
	return &unit_records(object->page)[object->index];
}

/* ---- splitting ---- */

/* The segment becomes two parts. */
static bool split_segment(const struct object *object, uintptr_t at)
{
	const struct split_block block = {
		.base = object->base,
		.limit = object->base + object->page->size,
		.size = object->size,
		.site = allotype_record_site(object->record),
	};
	uint32_t before = object->record;
	bool done;

	lock_acquire(&region_lock);
	done = split_add(&block, at);
	/* Release: readers who see it find the parts. */
	if (done && !__atomic_compare_exchange_n(record_of(object), &before,
						 ALLOTYPE_RECORD_SPLIT, false,
						 __ATOMIC_RELEASE,
						 __ATOMIC_RELAXED)) {
		split_forget(block.base);
		done = false;
	}
	lock_release(&region_lock);
	return done;
}

static bool split_object(const struct object *object, size_t n)
{
	if (object->is_part)
		return split_again(object->base, object->base + n);
	if (object->page)
		return split_segment(object, object->base + n);
	/* A secured run has its guard page only at its end. */
	if (n % SYS_PAGE_SIZE == 0 && !heap_secured)
		return big_cut(object->region, object->base, n);
	return big_split(object->region, object->base, n);
}

static size_t round_up(size_t n)
{
	return (n + SPLIT_ALIGN - 1) & ~(size_t)(SPLIT_ALIGN - 1);
}

void *heap_split(void *pointer, size_t n, uint64_t address, bool *no_memory)
{
	struct object object;
	size_t at = round_up(n), before;

	*no_memory = false;
	if (!find_live("alloc_split", pointer, address, &object))
		return NULL;
	before = object.size;
	if (!n || at < n || at >= before)
		return NULL;
	sample_end(&object);
	if (!split_object(&object, at)) {
		*no_memory = true;
		return NULL;
	}
	if (n != at && find_live("alloc_split", pointer, address, &object)) {
		if (object.is_part)
			split_resize(object.base, n, object.part.site);
		else
			big_resize(object.region, object.base, n,
				   object.run.site);
	}
	memcheck_on_resize(pointer, before, n);
	memcheck_on_allocate((char *)pointer + at, before - at);
	memcheck_on_zeroed((char *)pointer + at, before - at);
	return (char *)pointer + at;
}

/* ---- resizing ---- */

static bool resize_segment(const struct object *object, size_t size,
			   uint32_t site)
{
	size_t capacity = object->page->size;

	if (size > capacity || capacity - size > ALLOTYPE_RECORD_SLACK_MAX)
		return false;
	__atomic_store_n(record_of(object),
			 allotype_record_live(site,
					      (uint32_t)(capacity - size)),
			 __ATOMIC_RELAXED);
	return true;
}

static bool resize_object(const struct object *object, size_t size,
			  uint32_t site)
{
	uint32_t mark;
	bool done;

	if (object->is_part) {
		if (size > object->part.limit - object->base)
			return false;
		split_resize(object->base, size, site);
		return true;
	}
	mark = sample_mark(object, site);
	done = security_covers(object) ? security_resize(object, size, mark) :
	       object->page	       ? resize_segment(object, size, mark) :
					 big_resize(object->region,
						    object->base, size, mark);
	if (done)
		sample_resize(object, size, site);
	return done;
}

bool heap_resize_in_place(void *pointer, size_t size, const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);
	struct object object;

	if (!find_live("alloc_resize_in_place", pointer, frame[1], &object) ||
	    !size)
		return false;
	if (!resize_object(&object, size, heap_caller_site(&caller)))
		return false;
	memcheck_on_resize(pointer, object.size, size);
	return true;
}

/* ---- any multiple ---- */

/* The least common multiple of ALIGN and the heap's own; 0: too large. */
static size_t step_of(size_t align)
{
	unsigned int have = (unsigned int)__builtin_ctzll(align | CLASS_ALIGN);
	size_t step;

	return __builtin_mul_overflow(align, (size_t)CLASS_ALIGN >> have,
				      &step) ? 0 : step;
}

/* Makes the object at BASE, which has more room, one of SIZE bytes that
 * begins SKIP bytes further on; the address of that, or 0 without memory. */
static uintptr_t cut_out(uintptr_t base, size_t skip, size_t size,
			 uint32_t site)
{
	struct object object;
	size_t at = skip ? skip : round_up(size | 1);

	object_find(base, &object);
	if (!skip && !heap_secured && (object.page ? resize_segment(&object, size, site) :
				    big_resize(object.region, base, size,
					       site)))
		return base;
	/* A part can have more room than a record can tell. */
	if (!(object.page ? split_segment(&object, base + at) :
			    big_split(object.region, base, at)))
		return 0;
	split_discard(skip ? base : base + at);
	split_resize(base + skip, size, site);
	return base + skip;
}

/* Gives SKIP bytes, whole pages, at the front of the run at BASE back, and
 * what it needs not to hold SIZE bytes behind them. */
static bool drop_pages(const struct object *object, size_t skip, size_t size,
		       uint32_t site)
{
	uintptr_t base = object->base;

	if (skip && !big_cut(object->region, base, skip))
		return false;
	if (skip)
		big_free(object->region, base, 0);
	return big_resize(object->region, base + skip, size, site);
}

/* The same as cut_out, of any object. */
static uintptr_t shape(uintptr_t base, size_t skip, size_t size, uint32_t site)
{
	size_t pages = skip & ~(SYS_PAGE_SIZE - 1);
	struct object object;

	if (object_find(base, &object) != OBJECT_LIVE)
		return 0;
	sample_end(&object);
	if (!heap_secured && !object.page && pages + SYS_PAGE_SIZE < object.size) {
		if (!drop_pages(&object, pages, skip - pages + size, site))
			return 0;
		base += pages;
		skip -= pages;
	}
	return cut_out(base, skip, size, site);
}

void *heap_allocate_multiple(size_t align, size_t size, const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);
	size_t step, total;
	uintptr_t data, result;

	if (!(align & (align - 1)))
		return heap_allocate_aligned(align, size, frame);
	step = step_of(align);
	if (!step || __builtin_add_overflow(size, step, &total)) {
		failure_refuse(ALLOC_FAILURE_SIZE);
		return NULL;
	}
	do {
		data = (uintptr_t)heap_allocate_for(total, &caller);
		if (!data)
			return NULL;
		result = shape(data, (step - data % step) % step, size,
			       heap_caller_site(&caller));
		if (!result)
			heap_free_slow((void *)data, frame[1]);
	} while (!result && failure_retry(size));
	if (result) {
		memcheck_on_free((void *)data);
		memcheck_on_allocate((void *)result, size);
	}
	return (void *)result;
}
