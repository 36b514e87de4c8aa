/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/slots.h"

#include "base/sys.h"
#include "heap/failure.h"
#include "heap/heap.h"
#include "heap/kinds.h"
#include "heap/mapper.h"
#include "heap/object.h"

enum {
	GRANULE = 1 << ALLOTYPE_GRANULE_SHIFT,
	UNIT = ALLOTYPE_UNIT_SIZE,
	/* What is committed at once at most, but for a single slot. */
	STEP_MAX = 4 << 20,
	/* What is reserved at once at most, but likewise. */
	REGION_SIZE_MAX = 256 << 20,
	REGION_LIMITED_MAX = 4 << 20,
	/* The number of a slot: its region's index, and its own. */
	INDEX_BITS = 16,
};

_Static_assert(REGION_MAX <= 1 << (32 - INDEX_BITS), "regions are numbered");
_Static_assert(REGION_SIZE_MAX / (UNIT / 2) < 1 << INDEX_BITS,
	       "and so are their slots");

/* Bytes of all kinds; atomic, as each has a lock of its own. */
static size_t live_bytes, kept_bytes;

static void add(size_t *count, size_t bytes)
{
	__atomic_fetch_add(count, bytes, __ATOMIC_RELAXED);
}

static size_t round_up(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

/* ---- numbers and stacks of slots ---- */

static uint32_t number_of(const struct region *region, uint32_t index)
{
	return region->published.index << INDEX_BITS | index;
}

static struct region *region_of(uint32_t number)
{
	return &region_table[number >> INDEX_BITS];
}

static uint32_t index_of(uint32_t number)
{
	return number & ((1u << INDEX_BITS) - 1);
}

static struct allotype_slot *slot_of(uint32_t number)
{
	return slots_at(region_of(number), index_of(number));
}

static void push(uint32_t *stack, uint32_t number)
{
	slot_of(number)->next = *stack;
	*stack = number;
}

static uint32_t pop(uint32_t *stack)
{
	uint32_t number = *stack;

	*stack = slot_of(number)->next;
	slot_of(number)->next = 0;
	return number;
}

bool slots_find(const struct region *region, uintptr_t address,
		uint32_t *index)
{
	const struct allotype_region *published = &region->published;
	uintptr_t offset = address - published->base - UNIT, n;

	if (address - published->base < UNIT)
		return false;
	n = offset / published->slot_size;
	/* Acquire: pairs with the release in commit_slots. */
	if (n >= __atomic_load_n(&published->used, __ATOMIC_ACQUIRE))
		return false;
	*index = (uint32_t)n;
	return true;
}

/* ---- memory ---- */

/* How many slots REGION has room for. */
static uint64_t capacity(const struct region *region)
{
	const struct allotype_region *published = &region->published;

	return (published->limit - published->base - UNIT) /
	       published->slot_size;
}

/* Makes the next COUNT slots of KIND's region usable: one call of the mapper.
 * Under kinds_lock. */
static bool commit_slots(struct kind *kind, uint64_t count)
{
	const struct alloc_mapper *operations = &kind->mapper->operations;
	struct region *region = kind->region;
	char *base = region->data.base + region->data.committed;
	size_t size = round_up(UNIT + (kind->limit + count) *
					      region->published.slot_size,
			       UNIT) - region->data.committed;

	/* The last slots may lie in what is there already. */
	if (size) {
		reserve_count_call();
		if (!operations->commit(operations->context, base, size))
			return false;
		memcheck_on_memory(base, size);
	}
	if (size && operations->shared) {
		region->shared = true;
		sys_keep_from_children(base, size);
	}
	region->data.committed += size;
	kind->mapped += size;
	kind->limit += count;
	/* Release: what is counted can be read. */
	__atomic_store_n(&region->published.used, kind->limit,
			 __ATOMIC_RELEASE);
	return true;
}

static bool reserve_region(struct kind *kind, unsigned int number, size_t want)
{
	const struct alloc_mapper *operations = &kind->mapper->operations;
	uint32_t slot = kind->published.segment_size;
	size_t size = round_up(2 * UNIT + (want < slot ? slot : want), GRANULE);
	struct region *region;
	void *base = operations->reserve(operations->context, size, GRANULE);

	if (!base)
		return false;
	lock_acquire(&region_lock);
	region = region_create_slots(base, size, slot, number);
	lock_release(&region_lock);
	if (!region) {
		operations->release(operations->context, base, size);
		return false;
	}
	kind->region = region;
	kind->next = kind->limit = 0;
	return true;
}

/* As much again as there is, up to LARGEST. */
static size_t as_much_again(const struct kind *kind, size_t largest)
{
	return kind->mapped < largest ? kind->mapped : largest;
}

/* Makes at least one more slot usable.  Under kinds_lock. */
static bool grow(struct kind *kind, unsigned int number)
{
	size_t largest = reserve_is_limited() ? REGION_LIMITED_MAX :
						REGION_SIZE_MAX;
	uint64_t room, count;

	if ((!kind->region || kind->limit == capacity(kind->region)) &&
	    !reserve_region(kind, number, as_much_again(kind, largest)) &&
	    !reserve_region(kind, number, 0))
		return false;
	room = capacity(kind->region) - kind->limit;
	count = as_much_again(kind, STEP_MAX) / kind->published.segment_size;
	if (count > room)
		count = room;
	return (count > 1 && commit_slots(kind, count)) ||
	       commit_slots(kind, 1);
}

/* A slot that was never used; 0 without memory. */
static uint32_t take_fresh(struct kind *kind, unsigned int number)
{
	bool ok = true;

	if (!kind->region || kind->next == kind->limit) {
		lock_acquire(&kinds_lock);
		ok = grow(kind, number);
		lock_release(&kinds_lock);
	}
	return ok ? number_of(kind->region, (uint32_t)kind->next++) : 0;
}

/* May a slot get memory that has none (heap_limit)? */
static bool limit_allows(const struct kind *kind)
{
	bool ok;

	lock_acquire(&region_lock);
	ok = failure_limit_allows(kind->published.segment_size);
	lock_release(&region_lock);
	return ok;
}

static uint32_t take(struct kind *kind, unsigned int number, bool *zero)
{
	size_t size = kind->published.segment_size;
	uint32_t taken;

	*zero = !kind->kept;
	if (kind->kept) {
		kind->dirty--;
		add(&kept_bytes, -size);
		taken = pop(&kind->kept);
	} else if (!limit_allows(kind)) {
		return 0;
	} else {
		taken = kind->clean ? pop(&kind->clean) :
				      take_fresh(kind, number);
	}
	if (taken) {
		kind->used++;
		add(&live_bytes, size);
	}
	return taken;
}

/* ---- objects ---- */

static void set_record(uint32_t number, uint32_t record)
{
	__atomic_store_n(&slot_of(number)->record, record, __ATOMIC_RELAXED);
}

void *slots_allocate(unsigned int kind, uint32_t site, bool *zero)
{
	struct lock *lock = minipage_class_lock(kind);
	uint32_t number;

	lock_acquire(lock);
	number = take(kinds_get(kind), kind, zero);
	if (number)
		set_record(number, allotype_record_live(site, 0));
	lock_release(lock);
	return number ? (void *)slots_data(region_of(number), index_of(number)) :
			NULL;
}

bool slots_free(const struct object *object, uint32_t after)
{
	unsigned int number = object->region->published.object_kind;
	struct lock *lock = minipage_class_lock(number);
	uint32_t slot = number_of(object->region, object->index);
	struct kind *kind = kinds_get(number);
	bool done;

	lock_acquire(lock);
	done = slot_of(slot)->record == object->record;
	if (done)
		set_record(slot, after);
	if (done && !object->region->lost) {
		push(&kind->kept, slot);
		kind->used--;
		kind->dirty++;
		add(&live_bytes, -(size_t)kind->published.segment_size);
		add(&kept_bytes, kind->published.segment_size);
	}
	lock_release(lock);
	return done;
}

/* Under kinds_lock. */
static bool discard(const struct kind *kind, void *data)
{
	const struct alloc_mapper *operations = &kind->mapper->operations;

	if (!operations->decommit)
		return false;
	reserve_count_call();
	return operations->decommit(operations->context, data,
				    kind->published.segment_size);
}

bool slots_discard(unsigned int kind, void *data)
{
	bool done;

	if (!kinds_has_slots(kind))
		return false;
	lock_acquire(&kinds_lock);
	done = discard(kinds_get(kind), data);
	lock_release(&kinds_lock);
	return done;
}

bool slots_trim(unsigned int number)
{
	struct lock *lock = minipage_class_lock(number);
	struct kind *kind = kinds_get(number);
	bool any = false;

	lock_acquire(lock);
	lock_acquire(&kinds_lock);
	while (kind->kept) {
		uint32_t slot = kind->kept;

		if (!discard(kind, (void *)slots_data(region_of(slot),
						      index_of(slot))))
			break;
		push(&kind->clean, pop(&kind->kept));
		kind->dirty--;
		add(&kept_bytes, -(size_t)kind->published.segment_size);
		any = true;
	}
	lock_release(&kinds_lock);
	lock_release(lock);
	return any;
}

/* ---- counts ---- */

void slots_count(struct slots_counts *counts)
{
	counts->live_bytes = __atomic_load_n(&live_bytes, __ATOMIC_RELAXED);
	counts->kept_bytes = __atomic_load_n(&kept_bytes, __ATOMIC_RELAXED);
}

size_t slots_committed(void)
{
	struct slots_counts counts;

	slots_count(&counts);
	return counts.live_bytes + counts.kept_bytes;
}

/* How many slots STACK has, all of them free; more than LIMIT if it is
 * broken. */
static uint64_t check_stack(uint32_t stack, unsigned int kind, uint64_t limit)
{
	uint64_t count = 0;

	for (; stack && count <= limit; stack = slot_of(stack)->next, count++)
		if (region_of(stack)->published.object_kind != kind ||
		    slot_of(stack)->record & ALLOTYPE_RECORD_LIVE)
			return limit + 1;
	return count;
}

bool slots_check(unsigned int number)
{
	const struct kind *kind = kinds_get(number);
	uint64_t live = 0, used = 0, fresh = kind->limit - kind->next;

	for (uint32_t i = 1; i < region_heap.region_count; i++) {
		const struct region *region = &region_table[i];

		if (region->published.kind != ALLOTYPE_REGION_SLOTS ||
		    region->published.object_kind != number || region->lost)
			continue;
		used += region->published.used;
		for (uint32_t n = 0; n < region->published.used; n++)
			live += slots_at(region, n)->record >> 31;
	}
	return kind->used == live && used >= live + fresh &&
	       check_stack(kind->kept, number, used) == kind->dirty &&
	       check_stack(kind->clean, number, used) ==
		       used - fresh - live - kind->dirty;
}

/* ---- fork ---- */

void slots_lose(struct region *region)
{
	sys_fence(region->data.base + UNIT, region->data.committed - UNIT);
	region->lost = true;
}

void slots_forget(struct kind *kind)
{
	size_t size = kind->published.segment_size;

	add(&live_bytes, -(size * kind->used));
	add(&kept_bytes, -(size * kind->dirty));
	*kind = (struct kind){
		.published = kind->published,
		.mapper = kind->mapper,
	};
}
