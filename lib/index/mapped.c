/* SPDX-License-Identifier: Apache-2.0 */
#include "index/mapped.h"

#include <string.h>

#include "base/report.h"
#include "base/sys.h"
#include "base/words.h"
#include "index/mappings.h"
#include "index/root.h"

enum {
	MERGE_AT = 128,     /* changes, at least, until they are merged */
	BATCH_MAX = 512,    /* merged at a time */
	FIRST_CAPACITY = 256,
};

struct lock mapped_break_lock = LOCK_INIT(LOCK_RANK_BREAK);

static struct allotype_mapping_change changes[MAPPED_SLOTS];
static uint64_t change_count; /* atomic, relaxed: states order the rest */

static struct allotype_mappings empty = {
	.generation = 1, .change_slots = MAPPED_SLOTS,
};

/* The rest belongs to the one who holds `merging` (atomic exchange). */
static uint32_t merging;
static struct snapshot {
	struct allotype_mappings *head;
	uint64_t capacity; /* entries */
} snapshots[MAPPED_SNAPSHOTS];

/* Sorted, disjoint. */
struct list {
	struct allotype_mapping *entries;
	uint64_t count;
};
/* Each change of a batch adds two entries at most. */
static struct allotype_mapping batch_entries[2 * BATCH_MAX + 2];

static struct allotype_mappings *published(void)
{
	return (struct allotype_mappings *)(uintptr_t)__atomic_load_n(
		&allotype_index.mappings, __ATOMIC_ACQUIRE);
}

void mapped_init(void)
{
	empty.changes = (uintptr_t)changes;
	empty.change_count = (uintptr_t)&change_count;
	__atomic_store_n(&allotype_index.mappings, (uintptr_t)&empty,
			 __ATOMIC_RELEASE);
}

/* ---- lists ---- */

/* Index of the first entry that ends above ADDRESS. */
static uint64_t list_first_above(const struct list *list, uint64_t address)
{
	uint64_t first = 0, count = list->count;

	while (count) {
		uint64_t half = count / 2;

		if (list->entries[first + half].limit <= address) {
			first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return first;
}

/* What is left of MAPPING from BASE to LIMIT. */
static struct allotype_mapping cut(const struct allotype_mapping *mapping,
				   uint64_t base, uint64_t limit)
{
	struct allotype_mapping part = *mapping;

	if (part.flags & ALLOTYPE_MAPPING_FILE)
		part.offset += base - part.base;
	part.base = base;
	part.limit = limit;
	return part;
}

/* MAPPING takes the place of whatever lies in its range. */
static void list_overlay(struct list *list,
			 const struct allotype_mapping *mapping)
{
	struct allotype_mapping parts[3];
	uint64_t first = list_first_above(list, mapping->base), last = first;
	uint64_t count = 0;

	while (last < list->count &&
	       list->entries[last].base < mapping->limit)
		last++;
	if (first < last && list->entries[first].base < mapping->base)
		parts[count++] = cut(&list->entries[first],
				     list->entries[first].base, mapping->base);
	parts[count++] = *mapping;
	if (first < last && list->entries[last - 1].limit > mapping->limit)
		parts[count++] = cut(&list->entries[last - 1], mapping->limit,
				     list->entries[last - 1].limit);
	memmove(&list->entries[first + count], &list->entries[last],
		(list->count - last) * sizeof *list->entries);
	memcpy(&list->entries[first], parts, count * sizeof *parts);
	list->count = list->count - (last - first) + count;
}

static void list_protect(struct list *list,
			 const struct allotype_mapping *change)
{
	uint64_t i = list_first_above(list, change->base);

	for (; i < list->count && list->entries[i].base < change->limit; i++) {
		struct allotype_mapping *entry = &list->entries[i];

		struct allotype_mapping changed = *entry;

		if (change->base <= entry->base &&
		    change->limit >= entry->limit) {
			changed.protection = change->protection;
			changed.flags &= ~(uint32_t)ALLOTYPE_MAPPING_MIXED;
		} else if (entry->protection != change->protection) {
			changed.flags |= ALLOTYPE_MAPPING_MIXED;
		}
		words_store(entry, &changed, sizeof changed);
	}
}

/* A reader who was overtaken may be in the memory of LIST. */
static void list_append(struct list *list, struct allotype_mapping mapping)
{
	words_store(&list->entries[list->count++], &mapping, sizeof mapping);
}

/* NEWER over OLDER, into RESULT, which has room for 2 * newer + older. */
static void list_merge(const struct list *older, const struct list *newer,
		       struct list *result)
{
	uint64_t from = 0, i = 0;

	result->count = 0;
	for (uint64_t k = 0; k <= newer->count; k++) {
		const struct allotype_mapping *next =
			k < newer->count ? &newer->entries[k] : NULL;
		uint64_t until = next ? next->base : UINT64_MAX;

		/* The older ones between two newer ones, cut to fit. */
		for (; i < older->count; i++) {
			const struct allotype_mapping *old = &older->entries[i];
			uint64_t base = old->base > from ? old->base : from;
			uint64_t limit =
				old->limit < until ? old->limit : until;

			if (old->base >= until)
				break;
			if (base < limit)
				list_append(result, cut(old, base, limit));
			if (old->limit > until)
				break;
		}
		if (next && !(next->flags & ALLOTYPE_MAPPING_GONE))
			list_append(result, *next);
		from = next ? next->limit : from;
	}
}

static void check_list(const struct list *list)
{
	for (uint64_t i = 0; i < list->count; i++) {
		DEBUG_CHECK(list->entries[i].base < list->entries[i].limit);
		DEBUG_CHECK(i == 0 || list->entries[i - 1].limit <=
					      list->entries[i].base);
	}
}

/* ---- merging ---- */

/* The changes from FIRST on that can be merged together, to LIST: all
 * mappings, up to a change of protection; or that one.  Returns the number
 * of the first that is left. */
static uint64_t collect(uint64_t first, uint64_t count, struct list *list,
			struct allotype_mapping *protect)
{
	uint64_t limit = count < first + BATCH_MAX ? count : first + BATCH_MAX;
	uint64_t i;

	list->count = 0;
	protect->limit = 0;
	for (i = first; i < limit; i++) {
		struct allotype_mapping_change *change =
			&changes[i % MAPPED_SLOTS];
		uint64_t number = (i + 1) * 4;
		uint64_t pending = number + ALLOTYPE_CHANGE_PENDING;
		uint64_t state =
			__atomic_load_n(&change->state, __ATOMIC_ACQUIRE);

		/* Its thread will not come back, or has unmapped something
		 * for a very long time. */
		if (state == pending && count - i > MAPPED_SLOTS / 2 &&
		    __atomic_compare_exchange_n(
			    &change->state, &pending,
			    number + ALLOTYPE_CHANGE_READY, false,
			    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			state = number + ALLOTYPE_CHANGE_READY;
		if (state == number + ALLOTYPE_CHANGE_VOID)
			continue;
		if (state != number + ALLOTYPE_CHANGE_READY)
			break;
		if (change->mapping.flags & ALLOTYPE_MAPPING_PROTECTED) {
			if (list->count)
				break;
			*protect = change->mapping;
			return i + 1;
		}
		list_overlay(list, &change->mapping);
	}
	return i;
}

/* The snapshot to write next, with room for COUNT entries; NULL without
 * memory.  One that is too small is left behind: a reader may be in it, and
 * as they double, all of them together cost no more than the last. */
static struct allotype_mappings *next_snapshot(uint64_t generation,
					       uint64_t count)
{
	struct snapshot *snapshot = &snapshots[generation % MAPPED_SNAPSHOTS];
	uint64_t capacity = snapshot->capacity ? snapshot->capacity :
						 FIRST_CAPACITY;
	void *fresh;

	while (capacity < count)
		capacity *= 2;
	if (capacity == snapshot->capacity)
		return snapshot->head;
	fresh = sys_allocate((sizeof *snapshot->head +
			      capacity * sizeof(struct allotype_mapping) +
			      SYS_PAGE_SIZE - 1) &
			     ~(SYS_PAGE_SIZE - 1));
	if (!fresh)
		return NULL;
	snapshot->head = fresh;
	snapshot->capacity = capacity;
	return snapshot->head;
}

/* Publishes a snapshot of OLD and the changes up to the one before NEXT. */
static bool publish(const struct allotype_mappings *old,
		    const struct list *batch,
		    const struct allotype_mapping *protect, uint64_t next)
{
	/* Entries are only read. */
	struct list older = { (struct allotype_mapping *)old->entries,
			      old->count };
	struct allotype_mappings *head =
		next_snapshot(old->generation + 1,
			      old->count + 2 * batch->count + 1);
	struct allotype_mappings fresh;
	struct list result;

	if (!head)
		return false;
	/* Readers of this memory are told by the newest generation. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	result.entries = head->entries;
	list_merge(&older, batch, &result);
	if (protect->limit)
		list_protect(&result, protect);
	check_list(&result);
	fresh = (struct allotype_mappings){
		.generation = old->generation + 1,
		.count = result.count,
		.first_change = next,
		.changes = old->changes,
		.change_slots = MAPPED_SLOTS,
		.change_count = old->change_count,
	};
	words_store(head, &fresh, sizeof fresh);
	__atomic_store_n(&allotype_index.mappings, (uintptr_t)head,
			 __ATOMIC_RELEASE);
	return true;
}

/* More changes than slots: what is known is no longer known. */
static void forget(const struct allotype_mappings *old)
{
	struct allotype_mappings none = *old;
	const struct list nothing = { batch_entries, 0 };
	const struct allotype_mapping no_protect = { .limit = 0 };

	none.count = 0;
	publish(&none, &nothing, &no_protect,
		__atomic_load_n(&change_count, __ATOMIC_ACQUIRE));
}

static void merge_locked(void)
{
	struct list batch = { batch_entries, 0 };
	struct allotype_mapping protect;

	for (;;) {
		const struct allotype_mappings *old = published();
		uint64_t count =
			__atomic_load_n(&change_count, __ATOMIC_ACQUIRE);
		uint64_t first = old->first_change, next;

		if (count - first > MAPPED_SLOTS) {
			forget(old);
			return;
		}
		next = collect(first, count, &batch, &protect);
		if (next == first || !publish(old, &batch, &protect, next))
			return;
	}
}

static void merge_if_due(uint64_t number)
{
	const struct allotype_mappings *head = published();
	uint64_t due;

	if (!head)
		return;
	due = MERGE_AT + head->count / 8;
	if (due > MAPPED_SLOTS / 4)
		due = MAPPED_SLOTS / 4;
	if (number - head->first_change < due ||
	    __atomic_exchange_n(&merging, 1, __ATOMIC_ACQUIRE))
		return;
	merge_locked();
	__atomic_store_n(&merging, 0, __ATOMIC_RELEASE);
}

/* ---- changes ---- */

static bool has_room(uint64_t number)
{
	const struct allotype_mappings *head = published();

	return number - (head ? head->first_change : 0) < MAPPED_SLOTS;
}

/* Returns the change's number. */
static uint64_t append(const struct allotype_mapping *mapping,
		       enum allotype_change_state state)
{
	uint64_t number =
		__atomic_fetch_add(&change_count, 1, __ATOMIC_ACQ_REL);
	struct allotype_mapping_change *change =
		&changes[number % MAPPED_SLOTS];

	if (has_room(number)) {
		__atomic_store_n(&change->state,
				 (number + 1) * 4 + ALLOTYPE_CHANGE_WRITING,
				 __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_RELEASE);
		words_store(&change->mapping, mapping, sizeof *mapping);
		__atomic_store_n(&change->state, (number + 1) * 4 + state,
				 __ATOMIC_RELEASE);
	}
	return number;
}

void mapped_add(const struct allotype_mapping *mapping)
{
	if (mapping->base < mapping->limit)
		merge_if_due(append(mapping, ALLOTYPE_CHANGE_READY));
}

uint64_t mapped_unmap_begin(uint64_t base, uint64_t limit)
{
	const struct allotype_mapping gone = {
		.base = base, .limit = limit, .flags = ALLOTYPE_MAPPING_GONE,
	};

	return append(&gone, ALLOTYPE_CHANGE_PENDING);
}

void mapped_unmap_end(uint64_t ticket, bool unmapped)
{
	uint64_t pending = (ticket + 1) * 4 + ALLOTYPE_CHANGE_PENDING;

	__atomic_compare_exchange_n(&changes[ticket % MAPPED_SLOTS].state,
				    &pending,
				    (ticket + 1) * 4 +
					    (unmapped ? ALLOTYPE_CHANGE_READY :
							ALLOTYPE_CHANGE_VOID),
				    false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	merge_if_due(ticket);
}

void mapped_protect(uint64_t base, uint64_t limit, int protection)
{
	struct allotype_mapping change, seen;

	if (base >= limit ||
	    !mappings_find(NULL, &allotype_index, base, &seen) ||
	    (seen.protection == (uint32_t)protection &&
	     !(seen.flags & ALLOTYPE_MAPPING_MIXED)))
		return;
	change = (struct allotype_mapping){
		.base = base,
		.limit = limit,
		.protection = (uint32_t)protection,
		.flags = ALLOTYPE_MAPPING_PROTECTED,
	};
	merge_if_due(append(&change, ALLOTYPE_CHANGE_READY));
}

void mapped_fork_child(void)
{
	__atomic_store_n(&merging, 0, __ATOMIC_RELAXED);
}
