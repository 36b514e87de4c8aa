/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/site_cache.h"

#include <string.h>

#include "base/sys.h"

enum {
	DEPTH_MAX = 32,
	FRAME_MAX = 64 * 1024, /* of a wrapper, bytes */
	/* On a stack whose end is not known: a coroutine's, a handler's. */
	FRAME_MAX_UNKNOWN = 4096,
};

static const uint64_t stack_max = UINT64_C(1) << 30; /* likely sizes */

static struct site_cache *caches; /* guarded by sites_lock */
static uint32_t generation = 1; /* atomic: how often all became untrue */
static struct site_slots no_slots; /* never written */
static uint64_t main_stack_end;

void site_cache_register(struct site_cache *cache)
{
	__atomic_store_n(&cache->slots, &no_slots, __ATOMIC_RELAXED);
	lock_acquire(&sites_lock);
	if (!main_stack_end)
		main_stack_end = sys_main_stack_end();
	cache->next = caches;
	caches = cache;
	lock_release(&sites_lock);
}

void site_cache_invalidate(void)
{
	lock_acquire(&sites_lock);
	__atomic_fetch_add(&generation, 1, __ATOMIC_SEQ_CST);
	for (struct site_cache *cache = caches; cache; cache = cache->next)
		__atomic_store_n(&cache->slots, &no_slots, __ATOMIC_SEQ_CST);
	lock_release(&sites_lock);
}

/* Forgets what is not true any more.  An invalidation in between is seen by
 * the second look at the generation, or has the last word on the slots. */
static void refresh(struct site_cache *cache)
{
	uint32_t before;

	if (site_cache_slots(cache) == &cache->own)
		return;
	do {
		before = __atomic_load_n(&generation, __ATOMIC_SEQ_CST);
		memset(&cache->own, 0, sizeof cache->own);
		__atomic_store_n(&cache->slots, &cache->own, __ATOMIC_SEQ_CST);
	} while (__atomic_load_n(&generation, __ATOMIC_SEQ_CST) != before);
}

/* ---- sites that allocate ---- */

static void fill_slot(struct site_slot *slot, uint64_t address)
{
	struct site_origin origin;

	sites_find_origin(address, &origin);
	slot->cfa_offset = origin.cfa_offset;
	if (origin.in_wrapper) {
		slot->key = address | SITE_SLOT_WRAPPER;
		slot->record = (uint16_t)origin.rbp_offset;
		if (origin.base == SITE_BASE_RBP)
			slot->record |= SITE_SLOT_RBP;
	} else {
		slot->key = address;
		slot->record = allotype_record_live(
			sites_intern(address, &origin), 0);
	}
}

/* The cache's slot of ADDRESS, filled, and made the first of its pair. */
static const struct site_slot *find_slot(struct site_cache *cache,
					 uint64_t address)
{
	struct site_slot *pair = &cache->own.sites[site_cache_hash(address) &
						   (SITE_SLOTS - 2)];
	struct site_slot found = pair[1];

	if ((pair[0].key & ~SITE_SLOT_WRAPPER) == address)
		return &pair[0];
	if ((found.key & ~SITE_SLOT_WRAPPER) != address)
		fill_slot(&found, address);
	pair[1] = pair[0];
	pair[0] = found;
	return &pair[0];
}

struct walk {
	uint64_t address, rsp, rbp; /* in the function that was returned to */
};

/* The highest address that a frame above RSP can reach.  The stack of the
 * main thread ends below what the kernel put there, any other below its
 * thread control block; metadata that lies must not lead beyond. */
static uint64_t frame_limit(uint64_t rsp)
{
	uint64_t end = main_stack_end, most = rsp + FRAME_MAX;

	if (end - rsp > stack_max)
		end = sys_thread_pointer();
	if (end - rsp > stack_max)
		return rsp + FRAME_MAX_UNKNOWN;
	return most < end ? most : end;
}

/* Steps out of a wrapper by the rule in SLOT; false if that makes no sense.
 * Stacks grow down, and wrappers have small frames. */
static bool step_out(struct walk *walk, const struct site_slot *slot)
{
	uint64_t base = slot->record & SITE_SLOT_RBP ? walk->rbp : walk->rsp;
	uint64_t cfa = base + (uint64_t)(int64_t)slot->cfa_offset;
	int16_t rbp_offset = (int16_t)(slot->record & 0xffff);
	uint64_t saved = cfa + (uint64_t)(int64_t)rbp_offset;

	if (cfa % 8 || cfa < walk->rsp + 8 || cfa > frame_limit(walk->rsp))
		return false;
	if (rbp_offset) {
		if (saved < walk->rsp || saved > cfa - 16)
			return false;
		walk->rbp = *(const uint64_t *)(uintptr_t)saved;
	}
	walk->address = *(const uint64_t *)(uintptr_t)(cfa - 8);
	walk->rsp = cfa;
	return true;
}

/* The site of a wrapper that cannot be stepped out of. */
static uint32_t charge_wrapper(uint64_t address)
{
	struct site_origin origin;

	sites_find_origin(address, &origin);
	origin.flags |= ALLOTYPE_SITE_IN_WRAPPER;
	return sites_intern(address, &origin);
}

uint32_t site_cache_find(struct site_cache *cache, const uint64_t *frame)
{
	struct walk walk = { frame[1], (uintptr_t)(frame + 2), frame[0] };
	uint64_t inner = walk.address;

	refresh(cache);
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const struct site_slot *slot = find_slot(cache, walk.address);

		if (!(slot->key & SITE_SLOT_WRAPPER))
			return allotype_record_site(slot->record);
		inner = walk.address;
		if (!step_out(&walk, slot))
			break;
	}
	return charge_wrapper(inner);
}

/* ---- sites that free ---- */

uint32_t site_cache_find_free(struct site_cache *cache, uint64_t address)
{
	struct free_slot *slot =
		&cache->own.frees[site_cache_hash(address) & (FREE_SLOTS - 1)];
	uint32_t index;

	refresh(cache);
	if (slot->address == address)
		return slot->index;
	index = sites_free_index(sites_find_direct(address));
	if (index)
		*slot = (struct free_slot){ address, index, 0 };
	return index;
}
