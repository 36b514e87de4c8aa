/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/class.h"

#include "base/private.h"
#include "base/sys.h"
#include "base/text.h"
#include "heap/mapper.h"
#include "heap/misuse.h"
#include "heap/object.h"
#include "heap/slots.h"

enum {
	CLASS_MAX = 1 << 16,
	TABLE_STEP = 4096,
	NAME_SIZE = 24,
	OBJECT_MAX = 64 << 20, /* bytes */
	/* Those whose memory is taken back and given again rather than
	 * filled with zeros, which takes time in proportion. */
	DISCARD_MIN = 128 << 10,
};

/* Guarded by kinds_lock; entries are published with the count. */
static struct growth table;

/* ---- registration ---- */

static bool make_table(void)
{
	if (table.base)
		return true;
	if (!growth_init(&table, RESERVE_BOOKKEEPING,
			 (reserve_is_limited() ? CLASS_MAX / 64 : CLASS_MAX) *
				 sizeof(struct alloc_class),
			 SYS_PAGE_SIZE, TABLE_STEP, false))
		return false;
	region_heap.class_size = sizeof(struct alloc_class);
	region_heap.class_count = 1;
	/* Release: readers find the size. */
	__atomic_store_n(&region_heap.classes, (uintptr_t)table.base,
			 __ATOMIC_RELEASE);
	return true;
}

/* A place for one more class, not yet in use; NULL without memory. */
static struct alloc_class *reserve_class(void)
{
	bool ok;

	lock_acquire(&region_lock);
	ok = make_table() &&
	     growth_ensure(&table, (region_heap.class_count + 1) *
					   sizeof(struct alloc_class));
	lock_release(&region_lock);
	return ok ? (struct alloc_class *)table.base + region_heap.class_count :
		    NULL;
}

static const char *copy_name(const struct alloc_class_config *config,
			     uint32_t id)
{
	char buffer[NAME_SIZE];
	struct text text;

	if (config->name)
		return private_copy_string(config->name, strlen(config->name));
	text_init(&text, buffer, sizeof buffer);
	text_format(&text, "class %u", id);
	return private_copy_string(buffer, text.length);
}

/* The alignment that objects of SIZE bytes can need. */
static size_t natural_align(size_t size)
{
	return size % CLASS_ALIGN ? CLASS_ALIGN / 2 : CLASS_ALIGN;
}

/* How far apart objects lie; 0 if that makes no sense.  Large ones begin at
 * pages. */
static size_t slot_size(const struct alloc_class_config *config)
{
	size_t align = config->align ? config->align :
				       natural_align(config->size);

	if (!config->size || config->size > OBJECT_MAX || align & (align - 1))
		return 0;
	if (align < CLASS_ALIGN / 2)
		align = CLASS_ALIGN / 2;
	if (align > ALLOTYPE_UNIT_SIZE / 2)
		return 0;
	if (config->size <= CLASS_ALIGN && align <= CLASS_ALIGN)
		return CLASS_ALIGN;
	if (config->size > CLASS_SIZE_MAX && align < SYS_PAGE_SIZE)
		align = SYS_PAGE_SIZE;
	return (config->size + align - 1) & ~(align - 1);
}

/* Fills ENTRY, class ID; under kinds_lock. */
static bool fill(struct alloc_class *entry, uint32_t id,
		 const struct alloc_class_config *config,
		 struct mapper *mapper, uint64_t address)
{
	struct allotype_kind description = {
		.object_size = config->size,
		.segment_size = (uint32_t)slot_size(config),
		.class_id = id,
	};
	const char *name = copy_name(config, id), *type = NULL;

	if (config->type_name)
		type = private_copy_string(config->type_name,
					   strlen(config->type_name));
	if (!name || (config->type_name && !type) ||
	    !kinds_create(&description, mapper, &entry->kind))
		return false;
	entry->zero_init = config->zero_init;
	entry->published = (struct allotype_class){
		.name = (uintptr_t)name,
		.object_size = config->size,
		.type_name = (uintptr_t)type,
		.type = (uintptr_t)config->type,
		.return_address = address,
	};
	return true;
}

enum status class_register(const struct alloc_class_config *config,
			   uint64_t address, struct alloc_class **result)
{
	enum status status = STATUS_NO_MEMORY;
	struct alloc_class *entry;
	struct mapper *mapper;
	size_t slot = slot_size(config);

	if (!slot)
		return STATUS_BAD_INPUT;
	if (!heap_init())
		return STATUS_NO_MEMORY;
	lock_acquire(&kinds_lock);
	mapper = mapper_find(config->mapper);
	entry = mapper ? reserve_class() : NULL;
	if (!mapper)
		status = STATUS_BAD_INPUT;
	else if (entry && fill(entry, region_heap.class_count, config, mapper,
			       address)) {
		/* Release: the entry is there. */
		__atomic_store_n(&region_heap.class_count,
				 region_heap.class_count + 1, __ATOMIC_RELEASE);
		*result = entry;
		status = STATUS_OK;
	}
	lock_release(&kinds_lock);
	return status;
}

/* ---- who is who ---- */

struct alloc_class *class_by_id(uint32_t id)
{
	/* Acquire: with the release in class_register. */
	if (!id ||
	    id >= __atomic_load_n(&region_heap.class_count, __ATOMIC_ACQUIRE))
		return NULL;
	return (struct alloc_class *)table.base + id;
}

uint32_t class_id(const struct alloc_class *object_class)
{
	return (uint32_t)(object_class -
			  (const struct alloc_class *)table.base);
}

const char *class_name(const struct alloc_class *object_class)
{
	return (const char *)(uintptr_t)object_class->published.name;
}

struct alloc_class *class_of(uintptr_t address)
{
	struct object object;

	if (!heap_init())
		return NULL;
	object_find(address, &object);
	return class_by_id(object.class_id);
}

/* ---- allocation ---- */

/* Fills an OBJECT with zeros, or has its memory replaced. */
static void clear(struct alloc_class *object_class, void *object)
{
	size_t size = object_class->published.object_size;

	if (size < DISCARD_MIN || !slots_discard(object_class->kind, object))
		memset(object, 0, size);
	else
		memcheck_on_zeroed(object, size);
}

void *class_allocate_slow(struct alloc_class *object_class,
			  const uint64_t *frame)
{
	bool zero;
	uint32_t slot = kinds_get(object_class->kind)->published.segment_size;
	void *data = heap_allocate_kind(object_class->kind, slot, frame, &zero);

	if (data && object_class->zero_init && !zero)
		clear(object_class, data);
	else if (data && zero)
		memcheck_on_zeroed(data, slot);
	return data;
}

static void count_release(struct alloc_class *object_class)
{
	struct heap_thread *self = thread_own();
	struct kind_bin *own = NULL;

	if (self)
		own = thread_make_kind_bin(self, object_class->kind);
	if (own)
		thread_count(&own->released);
	else
		__atomic_fetch_add(&object_class->released_by_others, 1,
				   __ATOMIC_RELAXED);
}

void class_release_slow(struct alloc_class *object_class, void *object,
			uint64_t address)
{
	uintptr_t at = (uintptr_t)object;
	const struct alloc_class *actual;
	enum object_state state;
	struct object found;

	if (!object)
		return;
	state = object_find(at, &found);
	actual = class_by_id(found.class_id);
	if (state == OBJECT_LIVE && actual != object_class) {
		misuse_report_class("release", object, address,
				    class_name(object_class),
				    actual ? class_name(actual) : NULL);
		return;
	}
	if (state == OBJECT_LIVE && !heap_free_object(&found, address))
		state = OBJECT_FREED;
	if (state == OBJECT_LIVE)
		count_release(object_class);
	else
		object_report("release", at, address, state, &found);
}

void class_get_stats(const struct alloc_class *object_class,
		     struct alloc_class_stats *stats)
{
	const struct kind *kind = kinds_get(object_class->kind);

	memset(stats, 0, sizeof *stats);
	stats->object_size = object_class->published.object_size;
	stats->slot_size = kind->published.segment_size;
	thread_sum_kind(object_class->kind, &stats->allocated,
			&stats->released);
	stats->released += __atomic_load_n(&object_class->released_by_others,
					   __ATOMIC_RELAXED);
	/* A release may be seen before its allocation. */
	if (stats->allocated > stats->released)
		stats->live = stats->allocated - stats->released;
	stats->mapped_bytes = kinds_mapped_bytes(object_class->kind);
}
