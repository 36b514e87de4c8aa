/* SPDX-License-Identifier: Apache-2.0 */
/* realloc: where it is if it can be, else by a copy. */
#include <string.h>

#include "heap/big.h"
#include "heap/failure.h"
#include "heap/heap.h"
#include "heap/memcheck.h"
#include "heap/object.h"
#include "heap/placement.h"
#include "heap/sample.h"
#include "heap/security.h"
#include "heap/split.h"

/* Does a segment of CAPACITY stay when its object becomes SIZE bytes? */
static bool stays(size_t capacity, size_t size)
{
	return size + memcheck_red_zone() <= capacity && size >= capacity / 2 &&
	       capacity - size <= ALLOTYPE_RECORD_SLACK_MAX;
}

/* May an object on PAGE become one of SITE? */
static bool stays_at_site(const minipage *page, uint32_t site)
{
	return !placement_is_by_site() ||
	       placement_kind(site, class_of_size(page->size)) == page->kind;
}

static bool resize_part(const struct object *object, size_t size,
			uint32_t site)
{
	size_t room = object->part.limit - object->base;

	if (size > room || size < room / 2)
		return false;
	split_resize(object->base, size, site);
	return true;
}

static bool resize_segment(const struct object *object, size_t size,
			   uint32_t site)
{
	uint32_t mark = sample_mark(object, site);

	if (!stays(object->page->size, size) ||
	    !stays_at_site(object->page, site))
		return false;
	if (security_covers(object)) {
		if (!security_resize(object, size, mark))
			return false;
	} else {
		memcheck_on_resize((void *)object->base, object->size, size);
		__atomic_store_n(&unit_records(object->page)[object->index],
				 allotype_record_live(mark,
						      object->page->size -
							      (uint32_t)size),
				 __ATOMIC_RELAXED);
	}
	sample_resize(object, size, site);
	return true;
}

/* For samples the end of one allocation and another one.  Its address now, or
 * NULL. */
static void *resize_run(struct object *object, size_t size, uint32_t site,
			const uint64_t *frame)
{
	void *data = (void *)object->base;

	sample_end(object);
	if (security_covers(object)) {
		if (!security_fits_pages(object, size) ||
		    !security_resize(object, size, site))
			return NULL;
	} else if (size <= CLASS_SIZE_MAX || memcheck_is_on()) {
		return NULL;
	} else if (!big_resize(object->region, object->base, size, site)) {
		data = big_move(object->region, object->base, size, site,
				heap_free_pair(object->run.site, frame[1]));
	}
	if (data && sample_period)
		sample_consider(data, size, true, frame);
	return data;
}

static void *resize(struct object *object, size_t size,
		    struct site_caller *caller)
{
	uint32_t site = heap_caller_site(caller);
	bool done;

	if (!object->page && !object->is_part)
		return resize_run(object, size, site, caller->frame);
	done = object->is_part ? resize_part(object, size, site) :
				 resize_segment(object, size, site);
	return done ? (void *)object->base : NULL;
}

/* The small object of OLD bytes moves, if there is a segment at hand. */
static void *move_fast(void *pointer, size_t old, size_t size,
		       struct site_caller *caller)
{
	void *data = heap_allocate_fast(size, caller->frame + 1);

	if (!data)
		data = heap_allocate_near(size, caller);
	if (!data)
		return NULL;
	memcpy(data, pointer, size < old ? size : old);
	heap_free(pointer, caller->frame[1]);
	return data;
}

/* As heap_reallocate, of a small object; NULL when that takes longer. */
static void *reallocate_fast(void *pointer, size_t size,
			     struct site_caller *caller)
{
	struct heap_thread *self = heap_thread_self;
	uint32_t capacity, live, *record = heap_record_fast(pointer, &capacity);

	if (!record)
		return NULL;
	live = __atomic_load_n(record, __ATOMIC_RELAXED);
	/* Another thread may have freed it just now. */
	if (!allotype_record_is_plain(live))
		return NULL;
	if (!stays(capacity, size))
		return move_fast(pointer,
				 capacity - allotype_record_slack(live), size,
				 caller);
	if (!site_cache_find_fast(&self->sites, caller->frame + 1, &live) &&
	    !site_cache_find_near(&self->sites, caller, &live))
		return NULL;
	__atomic_store_n(record, live + (capacity - (uint32_t)size),
			 __ATOMIC_RELAXED);
	return pointer;
}

/* An object of another heap becomes one of ours. */
static void *take_over(void *pointer, size_t size, struct site_caller *caller)
{
	size_t old = heap_foreign_size(pointer);
	void *data = heap_allocate_for(size, caller);

	if (!data)
		return NULL;
	memcpy(data, pointer, size < old ? size : old);
	heap_foreign_free(pointer);
	return data;
}

void *heap_reallocate(void *pointer, size_t size, const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);
	struct object object;
	enum object_state state;
	void *data = reallocate_fast(pointer, size, &caller);

	if (data)
		return data;
	if (size > PTRDIFF_MAX) {
		failure_refuse(ALLOC_FAILURE_SIZE);
		return NULL;
	}
	if (!heap_init())
		return NULL;
	state = object_find((uintptr_t)pointer, &object);
	if (state == OBJECT_FOREIGN && heap_is_foreign(pointer))
		return take_over(pointer, size, &caller);
	if (state != OBJECT_LIVE) {
		object_report("realloc", (uintptr_t)pointer, frame[1], state,
			      &object);
		return NULL;
	}
	if (heap_refuse_class("realloc", pointer, frame[1], &object))
		return NULL;
	security_check(&object, "realloc", frame[1]);
	data = resize(&object, size, &caller);
	if (data)
		return data;
	data = heap_allocate_for(size, &caller);
	if (!data)
		return NULL;
	memcpy(data, pointer, size < object.size ? size : object.size);
	if (!heap_free_object(&object, frame[1]))
		object_report("realloc", (uintptr_t)pointer, frame[1],
			      OBJECT_FREED, &object);
	return data;
}
