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

_Static_assert(sizeof(struct site_slot) * VICTIM_SLOTS % CLEAR_STEP == 0,
	       "whole steps");

static const uint64_t stack_max = UINT64_C(1) << 30; /* likely sizes */

static struct site_cache *caches; /* guarded by sites_lock */
static uint32_t generation = 1; /* atomic: how often all became untrue */
static uint64_t main_stack_end;

void site_cache_register(struct site_cache *cache)
{
	lock_acquire(&sites_lock);
	if (!main_stack_end)
		main_stack_end = sys_main_stack_end();
	cache->next = caches;
	caches = cache;
	lock_release(&sites_lock);
}

static void clear_keys(struct site_slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		__atomic_store_n(&slots[i].key, 0, __ATOMIC_RELAXED);
}

/* A thread that keeps something while this happens looks at the generation
 * afterwards, see keep: either it sees the new one, or what it wrote was there
 * to be cleared. */
void site_cache_invalidate(void)
{
	lock_acquire(&sites_lock);
	__atomic_fetch_add(&generation, 1, __ATOMIC_SEQ_CST);
	for (struct site_cache *cache = caches; cache; cache = cache->next) {
		if (!__atomic_load_n(&cache->filled, __ATOMIC_RELAXED))
			continue;
		clear_keys(cache->sites, SITE_SLOTS);
		clear_keys(cache->frees, FREE_SLOTS);
	}
	lock_release(&sites_lock);
}

/* Forgets victims that are not true any more, a part in each call; is the cache
 * of use by now? */
static bool refresh(struct site_cache *cache)
{
	uint32_t now = __atomic_load_n(&generation, __ATOMIC_ACQUIRE);

	if (cache->generation != now) {
		cache->generation = now;
		cache->cleared = cache->filled ? 0 : sizeof cache->victims;
	}
	if (cache->cleared == sizeof cache->victims)
		return true;
	memset((char *)&cache->victims + cache->cleared, 0, CLEAR_STEP);
	cache->cleared += CLEAR_STEP;
	return false;
}

/* ---- slots ---- */

static uint64_t load_key(const struct site_slot *slot)
{
	return __atomic_load_n(&slot->key, __ATOMIC_RELAXED);
}

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
	return mark == SITE_SLOT_WRAPPER || mark == SITE_SLOT_LONG;
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
	bool short_step;

	if (origin->base == SITE_BASE_RBP)
		rule |= SITE_SLOT_RBP;
	if (origin->is_typed && !slot_typed_site(key))
		rule |= sites_typed_number(sites_intern(slot_address(key),
							origin))
			<< SITE_SLOT_NUMBER_SHIFT;
	short_step = rule < SITE_SLOT_RBP && key == slot_address(key) &&
		     is_short(origin->cfa_offset);
	key |= short_step ? SITE_SLOT_WRAPPER : SITE_SLOT_LONG;
	return (struct site_slot){ .key = key,
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

static struct site_slot *victim_set(struct site_cache *cache, uint64_t key)
{
	uint64_t hash = key ^ key >> 10 ^
			(key >> SITE_SLOT_TYPED_SHIFT & SITE_TYPED_MAX);

	return &cache->victims[hash * VICTIM_WAYS % VICTIM_SLOTS];
}

/* The slot of KEY, taken from the victims, or resolved. */
static struct site_slot take_victim(struct site_cache *cache, uint64_t key)
{
	struct site_slot *set = victim_set(cache, key), found;

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
static void put_victim(struct site_cache *cache, const struct site_slot *slot)
{
	uint64_t marks = slot->key & SITE_SLOT_WRAPPER ? SITE_SLOT_LONG : 0;
	struct site_slot *set = victim_set(cache, slot->key & ~marks);

	for (unsigned int way = VICTIM_WAYS - 1; way > 0; way--)
		set[way] = set[way - 1];
	set[0] = *slot;
}

/* A call of realloc allocates and frees, at one address: what is cached of the
 * one tells the other's site. */
static bool slot_of_realloc(const struct site_cache *cache, uint64_t key,
			    struct site_slot *slot)
{
	const struct site_slot *pair = site_cache_pair(cache, key);

	if (!(key & SITE_SLOT_FREE))
		return false;
	for (int i = 0; i < 2; i++) {
		uint32_t site = allotype_record_site(pair[i].record);

		if (load_key(&pair[i]) != slot_address(key))
			continue;
		*slot = slot_of_free(key, site);
		return true;
	}
	return false;
}

/* The pair that the fast paths look for KEY in.  Those of frees have no mark
 * there: they are the only ones. */
static struct site_slot *pair_of(struct site_cache *cache, uint64_t key)
{
	return (struct site_slot *)(key & SITE_SLOT_FREE ?
					    site_cache_free_pair(cache, key) :
					    site_cache_pair(cache, key));
}

/* What is in SLOT of the pair of KEY. */
static struct site_slot load_slot(const struct site_slot *slot, uint64_t key)
{
	struct site_slot held = { .key = load_key(slot),
				  .record = slot->record,
				  .cfa_offset = slot->cfa_offset };

	if (held.key)
		held.key |= key & SITE_SLOT_FREE;
	return held;
}

static void store_slot(struct site_slot *slot, const struct site_slot *held,
		       uint64_t key)
{
	slot->record = held->record;
	slot->cfa_offset = held->cfa_offset;
	/* Before any later look at the generation. */
	__atomic_exchange_n(&slot->key, held->key & ~(key & SITE_SLOT_FREE),
			    __ATOMIC_SEQ_CST);
}

/* NEW becomes the first of the PAIR of KEY, unless all that was found out
 * became untrue meanwhile. */
static void keep(struct site_cache *cache, uint64_t key,
		 struct site_slot *pair, const struct site_slot *new)
{
	struct site_slot first = load_slot(&pair[0], key);
	struct site_slot last = load_slot(&pair[1], key);

	__atomic_store_n(&cache->filled, true, __ATOMIC_RELAXED);
	if (last.key)
		put_victim(cache, &last);
	store_slot(&pair[1], &first, key);
	store_slot(&pair[0], new, key);
	if (__atomic_load_n(&generation, __ATOMIC_SEQ_CST) !=
	    cache->generation)
		clear_keys(pair, 2);
}

/* The slot of KEY, which is in neither of its PAIR: it becomes the first, but
 * for a free without an index, which the fast path must not find. */
static struct site_slot find_other_slot(struct site_cache *cache, uint64_t key,
					struct site_slot *pair)
{
	struct site_slot found;

	if (!slot_of_realloc(cache, key, &found))
		found = cache->filled ? take_victim(cache, key) : resolve(key);
	if (key & SITE_SLOT_FREE && !found.record) {
		__atomic_store_n(&cache->filled, true, __ATOMIC_RELAXED);
		put_victim(cache, &found);
	} else {
		keep(cache, key, pair, &found);
	}
	return found;
}

/* The slot of KEY.  Until sites are final nothing stays, as it would have to be
 * forgotten. */
static struct site_slot find_slot(struct site_cache *cache, uint64_t key)
{
	struct site_slot *pair = pair_of(cache, key), held;

	if (!refresh(cache) || !sites_are_final())
		return resolve(key);
	for (int i = 0; i < 2; i++) {
		held = load_slot(&pair[i], key);
		if (slot_is_of(&held, key))
			return held;
	}
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
	for (int depth = 0; depth < SITE_NEAR_DEPTH; depth++) {
		const struct site_slot *slot =
			site_cache_pair(cache, caller->key);
		uint64_t mark = load_key(slot) ^ caller->key;

		if (mark && !is_wrapper_mark(mark))
			mark = load_key(++slot) ^ caller->key;
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
