/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/placement.h"

#include "base/sys.h"
#include "heap/kinds.h"
#include "heap/mapper.h"
#include "heap/thread.h"

/*
 * A hash table of pairs that are never removed: a slot has the key, a pair's
 * number plus 1, above 32 bits of its kind; 0: empty.  Written once, under
 * kinds_lock, with release; read with acquire by anybody.
 */
enum { SLOT_COUNT = 1 << 17, SLOT_LIMITED_COUNT = 1 << 13 };

static uint64_t *slots; /* published with slot_count */
static uint32_t slot_count, used; /* under kinds_lock but for the first */

/* Where KEY is, or where it belongs. */
static uint64_t *find_slot(uint64_t key, uint32_t count, uint64_t *content)
{
	uint64_t hash = key * 0x9e3779b97f4a7c15ull >> 32;

	for (;; hash++) {
		uint64_t *slot = &slots[hash & (count - 1)];

		*content = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
		if (!*content || *content >> 32 == key)
			return slot;
	}
}

/* Under kinds_lock. */
static bool make_table(void)
{
	uint32_t count = reserve_is_limited() ? SLOT_LIMITED_COUNT :
						SLOT_COUNT;

	if (slot_count)
		return true;
	slots = sys_allocate(count * sizeof *slots);
	if (!slots)
		return false;
	__atomic_store_n(&slot_count, count, __ATOMIC_RELEASE);
	return true;
}

/* Under kinds_lock. */
static unsigned int insert(uint64_t key, uint32_t site, unsigned int size_class)
{
	const struct allotype_kind description = {
		.segment_size = class_size(size_class),
		.site = site,
	};
	unsigned int kind;
	uint64_t content, *slot;

	if (!make_table())
		return size_class;
	slot = find_slot(key, slot_count, &content);
	if (content)
		return (uint32_t)content;
	if (used >= slot_count / 4 * 3 ||
	    !kinds_create(&description, &mapper_default, &kind))
		return size_class;
	used++;
	__atomic_store_n(slot, key << 32 | kind, __ATOMIC_RELEASE);
	return kind;
}

unsigned int placement_kind(uint32_t site, unsigned int size_class)
{
	uint64_t key = (uint64_t)site * CLASS_COUNT + size_class + 1, content;
	uint32_t count = __atomic_load_n(&slot_count, __ATOMIC_ACQUIRE);
	unsigned int kind;

	if (count) {
		find_slot(key, count, &content);
		if (content)
			return (uint32_t)content;
	}
	lock_acquire(&kinds_lock);
	kind = insert(key, site, size_class);
	lock_release(&kinds_lock);
	return kind;
}
