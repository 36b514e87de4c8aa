/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/object.h"

#include "base/report.h"

static enum object_state find_segment(uintptr_t address, struct object *object)
{
	const struct allotype_region *region = &object->region->published;
	uint64_t n = (address - region->base) >> ALLOTYPE_UNIT_SHIFT;
	uint32_t within, record;
	minipage *page;

	/* Acquire: pairs with the release in unit.c. */
	if (n >= __atomic_load_n(&region->used, __ATOMIC_ACQUIRE))
		return OBJECT_UNUSED;
	page = (minipage *)(uintptr_t)region->descriptors + n;
	if (!page->records)
		return OBJECT_UNUSED;
	within = (uint32_t)(address & (ALLOTYPE_UNIT_SIZE - 1));
	object->page = page;
	object->index = unit_segment(page, within);
	record = __atomic_load_n(&unit_records(page)[object->index],
				 __ATOMIC_RELAXED);
	object->record = record;
	object->base = page->base + (uintptr_t)object->index * page->size;
	object->size = page->size - allotype_record_slack(record);
	if (!record)
		return OBJECT_UNUSED;
	if (!(record & ALLOTYPE_RECORD_LIVE))
		return OBJECT_FREED;
	return object->base == address ? OBJECT_LIVE : OBJECT_INSIDE;
}

enum object_state object_find(uintptr_t address, struct object *object)
{
	object->page = NULL;
	object->base = 0;
	object->region = region_find(address);
	if (!object->region)
		return OBJECT_FOREIGN;
	if (object->region->published.kind == ALLOTYPE_REGION_MINIPAGES)
		return find_segment(address, object);
	switch (big_find(object->region, address, &object->run,
			 &object->base)) {
	case BIG_LIVE:
		object->size = object->run.size;
		return OBJECT_LIVE;
	case BIG_INSIDE:
		object->size = object->run.size;
		return OBJECT_INSIDE;
	case BIG_FREED:
		return OBJECT_FREED;
	default:
		return OBJECT_UNUSED;
	}
}

void object_report(const char *function, uintptr_t address,
		   enum object_state state, const struct object *object)
{
	void *pointer = (void *)address, *base = (void *)object->base;

	switch (state) {
	case OBJECT_FREED:
		if (object->base == address)
			report_fatal("double free: %s of %p, which is free "
				     "already", function, pointer);
		report_fatal("%s of %p, inside the freed object at %p",
			     function, pointer, base);
	case OBJECT_INSIDE:
		report_fatal("%s inside an object: %p lies %zu bytes into the "
			     "%zu bytes at %p", function, pointer,
			     (size_t)(address - object->base), object->size,
			     base);
	case OBJECT_UNUSED:
		report_fatal("%s of %p, heap memory that was never allocated",
			     function, pointer);
	default:
		report_fatal("%s of %p, which is not of the heap", function,
			     pointer);
	}
}
