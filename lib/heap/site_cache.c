/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/site_cache.h"

#include <string.h>

#include "base/sys.h"

enum {
	DEPTH_MAX = 32,
	FRAME_MAX = 64 * 1024, /* of a wrapper, bytes */
	/* On a stack whose end is not known: a coroutine's, a handler's. */
	FRAME_MAX_UNKNOWN = 4096,
	CLEAR_STEP = 2048, /* bytes; a divisor of what is cleared */
};

_Static_assert(sizeof(struct site_slots) % CLEAR_STEP == 0, "whole steps");

static const uint64_t stack_max = UINT64_C(1) << 30; /* likely sizes */

static struct site_cache *caches; /* guarded by sites_lock */
static uint32_t generation = 1; /* atomic: how often all became untrue */
static struct site_slots no_slots; /* never written */
static uint64_t main_stack_end;

/* CACHE has nothing to find from now on. */
static void forget(struct site_cache *cache)
{
	__atomic_store_n(&cache->distance,
			 (uintptr_t)&no_slots - (uintptr_t)&cache->own,
			 __ATOMIC_SEQ_CST);
}

void site_cache_register(struct site_cache *cache)
{
	forget(cache);
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
		forget(cache);
	lock_release(&sites_lock);
}

/* Forgets what is not true any more, a part in each call; is the cache of use
 * by now?  An invalidation in between is seen by the last look at the
 * generation, or has the last word on the slots. */
static bool refresh(struct site_cache *cache)
{
	uint32_t now = __atomic_load_n(&generation, __ATOMIC_SEQ_CST);

	if (site_cache_slots(cache) == &cache->own)
		return true;
	if (cache->generation != now) {
		cache->generation = now;
		cache->cleared = cache->filled ? 0 : sizeof cache->own;
	}
	if (cache->cleared < sizeof cache->own) {
		memset((char *)&cache->own + cache->cleared, 0, CLEAR_STEP);
		cache->cleared += CLEAR_STEP;
		return false;
	}
	cache->filled = false;
	__atomic_store_n(&cache->distance, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&generation, __ATOMIC_SEQ_CST) == now)
		return true;
	forget(cache);
	return false;
}

/* ---- slots ---- */

static uint64_t slot_address(uint64_t key)
{
	return key & SITE_SLOT_ADDRESS;
}

static uint32_t slot_typed_site(uint64_t key)
{
	return sites_of_typed_number(key >> SITE_SLOT_TYPED_SHIFT &
				     SITE_TYPED_MAX);
}

/* Is it that of a wrapper, what a slot's key has beyond the one that it is
 * asked for by? */
static bool is_wrapper_mark(uint64_t mark)
{
	return (mark | SITE_SLOT_FREE) == SITE_SLOT_SHORT;
}

/* A wrapper's slot is what is asked for by its plain address. */
static bool slot_is_of(const struct site_slot *slot, uint64_t key)
{
	uint64_t mark = slot->key ^ key;

	return !mark || (!(key & SITE_SLOT_FREE) && is_wrapper_mark(mark));
}

static bool is_short(int32_t cfa_offset)
{
	return cfa_offset >= 8 && cfa_offset <= SITE_NEAR &&
	       cfa_offset % 8 == 0;
}

static struct site_slot resolve_wrapper(uint64_t key,
					const struct site_origin *origin)
{
	uint32_t rule = (uint16_t)origin->rbp_offset;

	if (origin->base == SITE_BASE_RBP)
		rule |= SITE_SLOT_RBP;
	if (origin->is_typed && !slot_typed_site(key))
		rule |= sites_typed_number(sites_intern(slot_address(key),
							origin))
			<< SITE_SLOT_NUMBER_SHIFT;
	if (rule < SITE_SLOT_RBP && key == slot_address(key) &&
	    is_short(origin->cfa_offset))
		key |= SITE_SLOT_SHORT;
	return (struct site_slot){ .key = key | SITE_SLOT_WRAPPER,
				   .record = rule,
				   .cfa_offset = origin->cfa_offset };
}

static struct site_slot slot_of_free(uint64_t key, uint32_t site)
{
	return (struct site_slot){ .key = key,
				   .record = sites_free_index(site),
				   .site = site };
}

static struct site_slot resolve(uint64_t key)
{
	uint64_t address = slot_address(key);
	struct site_origin origin;
	uint32_t site;

	sites_find_origin(address, &origin);
	if (origin.in_wrapper && !(key & SITE_SLOT_FREE))
		return resolve_wrapper(key, &origin);
	origin.typed = key & SITE_SLOT_FREE ? 0 : slot_typed_site(key);
	site = sites_intern(address, &origin);
	return key & SITE_SLOT_FREE ?
		       slot_of_free(key, site) :
		       (struct site_slot){
			       .key = key,
			       .record = allotype_record_live(site, 0),
		       };
}

static struct site_slot *victim_set(struct site_slots *slots, uint64_t key)
{
	uint64_t hash = key ^ key >> 10 ^
			(key >> SITE_SLOT_TYPED_SHIFT & SITE_TYPED_MAX);

	return &slots->victims[hash * VICTIM_WAYS % VICTIM_SLOTS];
}

/* The slot of KEY, taken from the victims, or resolved. */
static struct site_slot take_victim(struct site_slots *slots, uint64_t key)
{
	struct site_slot *set = victim_set(slots, key), found;

	for (unsigned int way = 0; way < VICTIM_WAYS; way++) {
		if (slot_is_of(&set[way], key)) {
			found = set[way];
			set[way].key = 0;
			return found;
		}
	}
	return resolve(key);
}

/* SLOT was driven from its pair; the oldest of the set is forgotten. */
static void put_victim(struct site_slots *slots, const struct site_slot *slot)
{
	uint64_t marks = slot->key & SITE_SLOT_WRAPPER ? SITE_SLOT_SHORT : 0;
	struct site_slot *set = victim_set(slots, slot->key & ~marks);

	for (unsigned int way = VICTIM_WAYS - 1; way > 0; way--)
		set[way] = set[way - 1];
	set[0] = *slot;
}

/* A call of realloc allocates and frees, at one address: what is cached of the
 * one tells the other's site. */
static bool slot_of_realloc(const struct site_slot *pair, uint64_t key,
			    struct site_slot *slot)
{
	if (!(key & SITE_SLOT_FREE))
		return false;
	for (int i = 0; i < 2; i++) {
		uint32_t site = allotype_record_site(pair[i].record);

		if (pair[i].key != slot_address(key))
			continue;
		*slot = slot_of_free(key, site);
		return true;
	}
	return false;
}

/* The slot of KEY, which is in neither of its PAIR: it becomes the first, but
 * for a free without an index, which the fast path must not find. */
static struct site_slot find_other_slot(struct site_cache *cache, uint64_t key,
					struct site_slot *pair)
{
	struct site_slot found;

	if (!slot_of_realloc(pair, key, &found))
		found = cache->filled ? take_victim(&cache->own, key) :
					resolve(key);
	if (key & SITE_SLOT_FREE && !found.record) {
		put_victim(&cache->own, &found);
		cache->filled = true;
		return found;
	}
	if (pair[1].key)
		put_victim(&cache->own, &pair[1]);
	pair[1] = pair[0];
	pair[0] = found;
	cache->filled = true;
	return found;
}

/* The slot of KEY.  Until sites are final nothing stays, as it would have to be
 * forgotten. */
static struct site_slot find_slot(struct site_cache *cache, uint64_t key)
{
	struct site_slot *pair = site_cache_pair(&cache->own, key);

	if (!refresh(cache) || !sites_are_final())
		return resolve(key);
	if (slot_is_of(&pair[0], key))
		return pair[0];
	if (slot_is_of(&pair[1], key))
		return pair[1];
	return find_other_slot(cache, key, pair);
}

/* ---- stepping out of wrappers ---- */

/* Steps out of a wrapper by the rule in its SLOT; false if that makes no sense
 * or leads beyond LIMIT.  Stacks grow down. */
static bool step_out(struct site_caller *caller, const struct site_slot *slot,
		     uint64_t limit)
{
	uint64_t base = slot->record & SITE_SLOT_RBP ? caller->rbp : caller->rsp;
	uint64_t cfa = base + (uint64_t)(int64_t)slot->cfa_offset;
	int16_t rbp_offset = (int16_t)(slot->record & 0xffff);
	uint64_t saved = cfa + (uint64_t)(int64_t)rbp_offset;
	uint64_t typed = caller->key >> SITE_SLOT_TYPED_SHIFT;

	if (cfa % 8 || cfa < caller->rsp + 8 || cfa > limit)
		return false;
	if (rbp_offset) {
		if (saved < caller->rsp || saved > cfa - 16)
			return false;
		caller->rbp = *(const uint64_t *)(uintptr_t)saved;
	}
	if (!typed)
		typed = slot->record >> SITE_SLOT_NUMBER_SHIFT;
	caller->key = (*(const uint64_t *)(uintptr_t)(cfa - 8) &
		     SITE_SLOT_ADDRESS) | typed << SITE_SLOT_TYPED_SHIFT;
	caller->rsp = cfa;
	return true;
}

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

/* The site of a wrapper that cannot be stepped out of. */
static uint32_t charge_wrapper(uint64_t key)
{
	uint64_t address = slot_address(key);
	struct site_origin origin;

	sites_find_origin(address, &origin);
	origin.flags |= ALLOTYPE_SITE_IN_WRAPPER;
	origin.typed = slot_typed_site(key);
	return sites_intern(address, &origin);
}

bool site_cache_find_near(const struct site_cache *cache,
			  struct site_caller *caller, uint32_t *record)
{
	struct site_slots *slots = site_cache_slots(cache);

	for (int depth = 0; depth < SITE_NEAR_DEPTH; depth++) {
		const struct site_slot *slot =
			site_cache_pair(slots, caller->key);
		uint64_t mark = slot->key ^ caller->key;

		if (mark && !is_wrapper_mark(mark))
			mark = (++slot)->key ^ caller->key;
		*record = slot->record;
		if (!mark)
			return true;
		if (!is_wrapper_mark(mark) ||
		    !step_out(caller, slot, caller->rsp + SITE_NEAR))
			return false;
	}
	return false;
}

uint32_t site_cache_find_record(struct site_cache *cache,
				struct site_caller *caller)
{
	uint64_t inner = caller->key;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		struct site_slot slot;

		inner = caller->key;
		slot = find_slot(cache, inner);
		if (!(slot.key & SITE_SLOT_WRAPPER))
			return slot.record;
		if (!step_out(caller, &slot, frame_limit(caller->rsp)))
			break;
	}
	return allotype_record_live(charge_wrapper(inner), 0);
}

uint32_t site_cache_find(struct site_cache *cache, struct site_caller *caller)
{
	return allotype_record_site(site_cache_find_record(cache, caller));
}

struct site_freer site_cache_find_freer(struct site_cache *cache,
					uint64_t address)
{
	struct site_slot slot = find_slot(cache, address | SITE_SLOT_FREE);

	return (struct site_freer){ slot.site, slot.record };
}
