/* SPDX-License-Identifier: Apache-2.0 */
#include "query/collected.h"

#include "base/sys.h"
#include "base/words.h"
#include "query/site.h"
#include "type/types.h"

enum {
	FIRST_SIZE = 1 << 16,
	SLOTS_PER_OBJECT = 2,
	OBJECT_SIZE = sizeof(struct collected_object),
	COST = OBJECT_SIZE + SLOTS_PER_OBJECT * sizeof(uint32_t),
};

/*
 * Objects in the order in which they came, then open-addressed slots, of
 * objects' numbers plus one.  All is written word by word while the version
 * is odd.  A reader that began before sees a mixture, or zeros once the
 * memory was given back, and drops it because the version has changed.
 */
struct collected_table {
	uint64_t capacity; /* of objects; 0: given back */
	uint64_t count;
	struct collected_object objects[];
};

static uint64_t capacity_of(uint64_t size)
{
	return (size - sizeof(struct collected_table)) / COST;
}

static uint32_t *slots_of(const struct collected_table *table,
			  uint64_t capacity)
{
	return (uint32_t *)(uintptr_t)&table->objects[capacity];
}

static uint64_t first_slot(uint64_t base, uint64_t slots)
{
	/* The golden ratio spreads what differs in the middle bits only. */
	return (base >> 4) * UINT64_C(0x9e3779b97f4a7c15) % slots;
}

/* The number of the object at BASE plus one, or 0; *SLOT is its slot, or
 * where it would be. */
static uint32_t find_number(const struct collected_table *table,
			    uint64_t capacity, uint64_t base, uint32_t **slot)
{
	uint64_t slots = capacity * SLOTS_PER_OBJECT;
	uint64_t at = first_slot(base, slots);

	for (uint64_t probes = 0; probes < slots; probes++) {
		uint32_t number;

		*slot = &slots_of(table, capacity)[at];
		number = __atomic_load_n(*slot, __ATOMIC_RELAXED);
		/* A reader may see anything. */
		if (!number || number > capacity)
			return 0;
		if (__atomic_load_n(&table->objects[number - 1].base,
				    __ATOMIC_RELAXED) == base)
			return number;
		at = at + 1 == slots ? 0 : at + 1;
	}
	return 0;
}

/* ---- the writer ---- */

void collected_begin(struct collected *self)
{
	__atomic_store_n(&self->version, self->version + 1, __ATOMIC_RELAXED);
	/* Release: whoever sees what is written from now on sees the odd
	 * version when it looks again. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	self->lack = ALLOC_OK;
}

void collected_end(struct collected *self)
{
	/* Release: with the acquire in recall. */
	__atomic_store_n(&self->version, self->version + 1, __ATOMIC_RELEASE);
}

void collected_clear(struct collected *self, uint64_t memory)
{
	uint64_t size = self->size < memory ? self->size : memory;

	self->memory_max = memory;
	if (!self->table)
		return;
	/* The addresses stay: readers may be there. */
	sys_discard(self->table, self->size);
	if (size >= FIRST_SIZE)
		__atomic_store_n(&self->table->capacity, capacity_of(size),
				 __ATOMIC_RELAXED);
}

static void insert(struct collected_table *table,
		   const struct collected_object *object)
{
	uint32_t *slot;

	if (find_number(table, table->capacity, object->base, &slot))
		return;
	words_store(&table->objects[table->count], object, sizeof *object);
	table->count++;
	__atomic_store_n(slot, (uint32_t)table->count, __ATOMIC_RELAXED);
}

static bool grow(struct collected *self)
{
	struct collected_table *old = self->table, *table;
	uint64_t size = old ? self->size * 2 : FIRST_SIZE;

	if (size > self->memory_max || capacity_of(size) >= UINT32_MAX) {
		self->lack = ALLOC_NO_SPACE;
		return false;
	}
	table = sys_allocate(size);
	if (!table) {
		self->lack = ALLOC_NO_MEMORY;
		return false;
	}
	__atomic_store_n(&table->capacity, capacity_of(size),
			 __ATOMIC_RELAXED);
	for (uint64_t i = 0; old && i < old->count; i++)
		insert(table, &old->objects[i]);
	/* Release: with the acquire in recall. */
	__atomic_store_n(&self->table, table, __ATOMIC_RELEASE);
	if (old)
		sys_discard(old, self->size);
	self->size = size;
	return true;
}

void collected_add(struct collected *self,
		   const struct collected_object *object)
{
	struct collected_table *table = self->table;

	if ((table && table->count < table->capacity) || grow(self))
		insert(self->table, object);
}

struct collected_object *collected_find(const struct collected *self,
					uint64_t base)
{
	struct collected_table *table = self->table;
	uint32_t number, *slot;

	if (!table || !table->capacity)
		return NULL;
	number = find_number(table, table->capacity, base, &slot);
	return number ? &table->objects[number - 1] : NULL;
}

void collected_change(struct collected_object *found,
		      const struct collected_object *object)
{
	words_store(found, object, sizeof *object);
}

struct collected_object *collected_at(const struct collected *self,
				      uint64_t index)
{
	return self->table && index < self->table->count ?
		       &self->table->objects[index] : NULL;
}

/* ---- readers ---- */

static bool recall(const struct collected *self, uint64_t base,
		   struct collected_object *object)
{
	/* Acquire: with the releases in collected_end and grow. */
	uint64_t version = __atomic_load_n(&self->version, __ATOMIC_ACQUIRE);
	const struct collected_table *table =
		__atomic_load_n(&self->table, __ATOMIC_ACQUIRE);
	uint64_t capacity;
	uint32_t number, *slot;

	if (version % 2 || !table)
		return false;
	capacity = __atomic_load_n(&table->capacity, __ATOMIC_RELAXED);
	number = capacity ? find_number(table, capacity, base, &slot) : 0;
	if (!number)
		return false;
	words_load(object, &table->objects[number - 1], sizeof *object);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&self->version, __ATOMIC_RELAXED) == version;
}

void collected_refine(const struct collected *self, struct query_leaf *leaf)
{
	struct query_site_type type = { .status = ALLOC_OK };
	struct collected_object object;
	const struct alloc_type *whole;
	uint64_t count;

	if (!recall(self, leaf->base, &object) || object.base != leaf->base ||
	    object.size != leaf->info.size || object.site != leaf->site)
		return;
	type.type = whole = object.type;
	type.offset = object.offset;
	type.confidence = object.confidence;
	type.single = object.single;
	query_site_fit(&type, object.size, &count);
	if (count > 1)
		whole = types_array(object.type, count);
	query_leaf_set_type(leaf, whole, object.evidence, object.confidence);
	leaf->type_offset = object.offset;
}
