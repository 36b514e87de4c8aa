/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/object.h"

#include "heap/kinds.h"
#include "heap/misuse.h"
#include "heap/slots.h"
#include "heap/split.h"

/* The part at or around ADDRESS of what begins at object->base. */
static enum object_state find_part(uintptr_t address, struct object *object)
{
	object->block = object->base;
	if (!split_find(object->block, address, &object->part))
		return OBJECT_UNUSED;
	object->is_part = true;
	object->base = object->part.base;
	object->size = object->part.size;
	switch (object->part.state) {
	case ALLOTYPE_PART_LIVE:
		return object->base == address ? OBJECT_LIVE : OBJECT_INSIDE;
	case ALLOTYPE_PART_FREED:
		return OBJECT_FREED;
	default:
		return OBJECT_UNUSED;
	}
}

/* Of what begins at object->base and is one object or none. */
static enum object_state state_of_record(uintptr_t address,
					 const struct object *object)
{
	if (!object->record)
		return OBJECT_UNUSED;
	if (!(object->record & ALLOTYPE_RECORD_LIVE))
		return OBJECT_FREED;
	return object->base == address ? OBJECT_LIVE : OBJECT_INSIDE;
}

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
	object->class_id = kinds_class(page->kind);
	object->index = unit_segment(page, within);
	record = unit_read_record(page, object->index);
	object->record = record;
	object->base = unit_base(page) + (uintptr_t)object->index * page->size;
	object->size = kinds_object_size(page, record);
	if (record == ALLOTYPE_RECORD_SPLIT)
		return find_part(address, object);
	return state_of_record(address, object);
}

static enum object_state find_slot(uintptr_t address, struct object *object)
{
	const struct allotype_kind *kind;

	if (!slots_find(object->region, address, &object->index))
		return OBJECT_UNUSED;
	kind = &kinds_get(object->region->published.object_kind)->published;
	object->class_id = kind->class_id;
	object->size = kind->object_size;
	object->base = slots_data(object->region, object->index);
	object->record =
		__atomic_load_n(&slots_at(object->region, object->index)->record,
				__ATOMIC_RELAXED);
	return state_of_record(address, object);
}

enum object_state object_find(uintptr_t address, struct object *object)
{
	object->page = NULL;
	object->is_part = false;
	object->base = 0;
	object->class_id = 0;
	object->region = region_find(address);
	if (!object->region)
		return OBJECT_FOREIGN;
	if (object->region->published.kind == ALLOTYPE_REGION_MINIPAGES)
		return find_segment(address, object);
	if (object->region->published.kind == ALLOTYPE_REGION_SLOTS)
		return find_slot(address, object);
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
	case BIG_SPLIT:
		return find_part(address, object);
	default:
		return OBJECT_UNUSED;
	}
}

static enum misuse_kind misuse_of(uintptr_t address, enum object_state state,
				  const struct object *object)
{
	switch (state) {
	case OBJECT_FREED:
		return object->base == address ? MISUSE_FREED :
						 MISUSE_INSIDE_FREED;
	case OBJECT_INSIDE:
		return MISUSE_INSIDE;
	case OBJECT_UNUSED:
		return MISUSE_UNUSED;
	default:
		return MISUSE_FOREIGN;
	}
}

void object_report(const char *function, uintptr_t address, uint64_t caller,
		   enum object_state state, const struct object *object)
{
	const struct misuse misuse = {
		.kind = misuse_of(address, state, object),
		.function = function,
		.pointer = address,
		.address = address,
		.caller = caller,
	};

	memcheck_on_free((void *)address);
	misuse_report(&misuse);
}
