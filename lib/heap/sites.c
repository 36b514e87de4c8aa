/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/sites.h"

#include <string.h>
#include <sys/auxv.h>

#include "base/sys.h"
#include "heap/intern.h"
#include "heap/region.h"

enum {
	SITE_CAPACITY = 1 << 20,
	SITE_CAPACITY_LIMITED = 1 << 16,
	PAIR_CAPACITY = 1 << 23,
	PAIR_CAPACITY_LIMITED = 1 << 18,
	DEPTH_MAX = 32,
	FRAME_MAX = 64 * 1024, /* of a wrapper, bytes */
	/* On a stack whose end is not known: a coroutine's, a handler's. */
	FRAME_MAX_UNKNOWN = 4096,
};

static const uint64_t stack_max = UINT64_C(1) << 30; /* likely sizes */

struct lock sites_lock = LOCK_INIT(LOCK_RANK_SITES);
uint32_t sites_generation = 1;

/* The counts grow under sites_lock and are published with release. */
static struct allotype_site_table published;
static struct intern sites, pairs;
static uint64_t main_stack_end; /* fixed at initialisation */
static sites_resolver resolver; /* atomic: release here, acquire at use */

static struct allotype_site *site_entries(void)
{
	return (struct allotype_site *)(uintptr_t)published.entries;
}

static struct allotype_site_pair *pair_entries(void)
{
	return (struct allotype_site_pair *)(uintptr_t)published.pairs;
}

static uint64_t mix(uint64_t hash)
{
	hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93ULL;
	hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93ULL;
	return hash ^ (hash >> 32);
}

static uint64_t hash_site(const void *entry)
{
	const struct allotype_site *site = entry;
	uint64_t key = site->file ? site->offset : site->address;

	return mix(key + ((uint64_t)site->file << 40) +
		   ((uint64_t)site->flags << 56));
}

static bool same_site(const void *left, const void *right)
{
	const struct allotype_site *a = left, *b = right;

	if (a->file != b->file || a->flags != b->flags)
		return false;
	return a->file ? a->offset == b->offset : a->address == b->address;
}

static uint64_t hash_pair(const void *entry)
{
	const struct allotype_site_pair *pair = entry;

	return mix((uint64_t)pair->allocated << 32 | pair->freed);
}

static bool same_pair(const void *left, const void *right)
{
	return !memcmp(left, right, sizeof(struct allotype_site_pair));
}

bool sites_init(void)
{
	bool small = reserve_is_limited();
	const struct allotype_site unknown = { 0 };
	const struct allotype_site_pair none = { 0, 0 };

	main_stack_end = getauxval(AT_EXECFN);
	published.capacity = small ? SITE_CAPACITY_LIMITED : SITE_CAPACITY;
	published.pair_capacity = small ? PAIR_CAPACITY_LIMITED : PAIR_CAPACITY;
	if (!intern_init(&sites, sizeof unknown, published.capacity, hash_site,
			 same_site) ||
	    !intern_init(&pairs, sizeof none, published.pair_capacity,
			 hash_pair, same_pair))
		return false;
	published.entries = (uintptr_t)sites.entries.base;
	published.pairs = (uintptr_t)pairs.entries.base;
	/* Id 0 of both, and pair 1, of two unknown sites. */
	intern_append(&sites, &unknown);
	intern_append(&pairs, &none);
	sites_intern_pair(0, 0);
	published.count = sites.count;
	region_heap.sites = (uintptr_t)&published;
	return true;
}

uint64_t sites_published_address(void)
{
	return (uintptr_t)&published;
}

void sites_invalidate(void)
{
	__atomic_fetch_add(&sites_generation, 1, __ATOMIC_RELAXED);
}

void sites_set_resolver(sites_resolver function)
{
	__atomic_store_n(&resolver, function, __ATOMIC_RELEASE);
	sites_invalidate();
}

uint32_t sites_intern(uint64_t address, const struct site_origin *origin)
{
	struct allotype_site site = { address, origin->offset, origin->file,
				      origin->flags };
	uint32_t id = intern_find(&sites, &site);

	if (id)
		return id;
	lock_acquire(&sites_lock);
	id = intern_insert(&sites, &site);
	__atomic_store_n(&published.count, sites.count, __ATOMIC_RELEASE);
	lock_release(&sites_lock);
	return id;
}

uint32_t sites_intern_pair(uint32_t allocated, uint32_t freed)
{
	struct allotype_site_pair pair = { allocated, freed };
	uint32_t id = intern_find(&pairs, &pair);

	if (id)
		return id;
	lock_acquire(&sites_lock);
	id = intern_insert(&pairs, &pair);
	__atomic_store_n(&published.pair_count, pairs.count, __ATOMIC_RELEASE);
	lock_release(&sites_lock);
	return id ? id : 1;
}

bool sites_get(uint32_t id, struct allotype_site *site)
{
	if (!id || id >= __atomic_load_n(&published.count, __ATOMIC_ACQUIRE))
		return false;
	*site = site_entries()[id];
	return true;
}

bool sites_get_pair(uint32_t id, struct allotype_site_pair *pair)
{
	if (!id ||
	    id >= __atomic_load_n(&published.pair_count, __ATOMIC_ACQUIRE))
		return false;
	*pair = pair_entries()[id];
	return true;
}

/* What is known about ADDRESS, by the resolver or as a bare address. */
static void find_origin(uint64_t address, struct site_origin *origin)
{
	/* Pairs with the release in sites_set_resolver. */
	sites_resolver ask = __atomic_load_n(&resolver, __ATOMIC_ACQUIRE);

	memset(origin, 0, sizeof *origin);
	if (ask && ask(address, origin))
		return;
	memset(origin, 0, sizeof *origin);
	origin->flags = ALLOTYPE_SITE_DIRECT;
}

/* The cache's slot of ADDRESS, filled. */
static const struct site_slot *fill_slot(struct site_cache *cache,
					 uint64_t address)
{
	struct site_slot *slot =
		&cache->slots[sites_hash(address) % SITE_SLOTS];
	struct site_origin origin;

	if (slot->address == address)
		return slot;
	find_origin(address, &origin);
	slot->address = address;
	slot->cfa_offset = origin.cfa_offset;
	if (origin.in_wrapper) {
		slot->value = SITE_SLOT_WRAPPER | (uint16_t)origin.rbp_offset;
		if (origin.base == SITE_BASE_RBP)
			slot->value |= SITE_SLOT_RBP;
	} else {
		slot->value = sites_intern(address, &origin);
	}
	return slot;
}

/* The site of a wrapper that cannot be stepped out of. */
static uint32_t charge_wrapper(uint64_t address)
{
	struct site_origin origin;

	find_origin(address, &origin);
	origin.flags |= ALLOTYPE_SITE_IN_WRAPPER;
	return sites_intern(address, &origin);
}

static void refresh(struct site_cache *cache)
{
	uint32_t now = __atomic_load_n(&sites_generation, __ATOMIC_RELAXED);

	if (cache->generation == now)
		return;
	if (cache->generation) /* else it is new, and zeroed */
		memset(cache, 0, sizeof *cache);
	cache->generation = now;
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
		__asm__("mov %%fs:0, %0" : "=r"(end));
	if (end - rsp > stack_max)
		return rsp + FRAME_MAX_UNKNOWN;
	return most < end ? most : end;
}

/* Steps out of a wrapper by the rule in SLOT; false if that makes no sense.
 * Stacks grow down, and wrappers have small frames. */
static bool step_out(struct walk *walk, const struct site_slot *slot)
{
	uint64_t base = slot->value & SITE_SLOT_RBP ? walk->rbp : walk->rsp;
	uint64_t cfa = base + (uint64_t)(int64_t)slot->cfa_offset;
	int16_t rbp_offset = (int16_t)(slot->value & 0xffff);
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

uint32_t sites_find(struct site_cache *cache, const uint64_t *frame)
{
	struct walk walk = { frame[1], (uintptr_t)(frame + 2), frame[0] };
	uint64_t inner = walk.address;

	refresh(cache);
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const struct site_slot *slot = fill_slot(cache, walk.address);

		if (!(slot->value & SITE_SLOT_WRAPPER))
			return slot->value;
		inner = walk.address;
		if (!step_out(&walk, slot))
			break;
	}
	return charge_wrapper(inner);
}

uint32_t sites_find_direct(uint64_t address)
{
	struct site_origin origin;

	find_origin(address, &origin);
	return sites_intern(address, &origin);
}

uint32_t sites_find_pair(struct site_cache *cache, uint64_t address,
			 uint32_t site)
{
	struct pair_slot *slot =
		&cache->pairs[sites_hash(address ^ (uint64_t)site << 40) %
			      PAIR_SLOTS];

	refresh(cache);
	if (slot->address != address || slot->site != site) {
		slot->address = address;
		slot->site = site;
		slot->pair = sites_intern_pair(site, sites_find_direct(address));
	}
	return slot->pair;
}
