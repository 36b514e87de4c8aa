/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation sites.  The global table gives every site an id, for ever; a
 * cache of the thread maps a return address to its id, or to the rule that
 * steps from a wrapper to its caller.
 *
 * A caller is given by its frame: the address of the saved rbp, below the
 * return address, as __builtin_frame_address(0) of the entry point says it.
 */
#ifndef HEAP_SITES_H
#define HEAP_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/lock.h"

/* What somebody above knows about a return address. */
struct site_origin {
	uint32_t file;   /* serial of its allotype_file; 0: none */
	uint64_t offset; /* link-time address in that file */
	uint32_t flags;  /* enum allotype_site_flag */
	/* Charge the caller: CFA = base + cfa_offset, where base is rbp or
	 * the rsp after our return; the return address is at CFA - 8, the
	 * caller's rbp at CFA + rbp_offset, unchanged if that is 0. */
	bool in_wrapper;
	int32_t cfa_offset;
	int16_t rbp_offset;
	uint8_t base; /* enum site_base, as enum allotype_meta_base */
};
enum site_base { SITE_BASE_RSP, SITE_BASE_RBP };

/* False when nothing is known.  Called without locks of the heap; must not
 * allocate from it. */
typedef bool (*sites_resolver)(uint64_t return_address,
			       struct site_origin *origin);

enum { SITE_SLOTS = 1024, PAIR_SLOTS = 1024 };

struct site_slot {
	uint64_t address; /* return address; 0: empty */
	uint32_t value;   /* site id, or SITE_SLOT_WRAPPER and its rule */
	int32_t cfa_offset;
};
#define SITE_SLOT_WRAPPER 0x80000000u
#define SITE_SLOT_RBP 0x10000u /* base; below it, rbp_offset in 16 bits */

struct pair_slot {
	uint64_t address; /* return address of the free; 0: empty */
	uint32_t site;    /* of the allocation */
	uint32_t pair;
};

/* Of one thread, or guarded by a lock of its owner. */
struct site_cache {
	uint32_t generation; /* of the metadata it was filled with */
	struct site_slot slots[SITE_SLOTS];
	struct pair_slot pairs[PAIR_SLOTS];
};

extern struct lock sites_lock; /* rank LOCK_RANK_SITES; insertion only */
extern uint32_t sites_generation; /* atomic, relaxed */

/* Once, after region_init; false without memory. */
bool sites_init(void);
void sites_set_resolver(sites_resolver resolver);
/* Metadata came or files went: caches must ask again. */
void sites_invalidate(void);
/* Address of struct allotype_site_table. */
uint64_t sites_published_address(void);

/* The id of a site, new or not; 0 when the table is full.  ADDRESS is its
 * return address now; sites with a file are one if file, offset and flags
 * are, others if the address is. */
uint32_t sites_intern(uint64_t address, const struct site_origin *origin);
/* The id, never 0, of a pair; 1, "unknown", when the table is full. */
uint32_t sites_intern_pair(uint32_t allocated, uint32_t freed);
bool sites_get(uint32_t id, struct allotype_site *site);
bool sites_get_pair(uint32_t id, struct allotype_site_pair *pair);

/* The site of return address ADDRESS itself, in a wrapper or not, without a
 * cache.  Frees are charged so. */
uint32_t sites_find_direct(uint64_t address);

/* The site of the caller with this FRAME, by the cache, which is filled. */
uint32_t sites_find(struct site_cache *cache, const uint64_t *frame);
/* The pair of SITE and a free whose return address is ADDRESS, likewise. */
uint32_t sites_find_pair(struct site_cache *cache, uint64_t address,
			 uint32_t site);

static inline size_t sites_hash(uint64_t key)
{
	return (size_t)(key * 0x9e3779b97f4a7c15ull >> 32);
}

static inline bool sites_cache_is_current(const struct site_cache *cache)
{
	return cache->generation ==
	       __atomic_load_n(&sites_generation, __ATOMIC_RELAXED);
}

/* The site that an entry point with this FRAME was called for, if the cache
 * knows it to be in no wrapper. */
static inline bool sites_find_fast(const struct site_cache *cache,
				   const uint64_t *frame, uint32_t *site)
{
	uint64_t address = frame[1];
	const struct site_slot *slot =
		&cache->slots[sites_hash(address) % SITE_SLOTS];

	*site = slot->value;
	return slot->address == address &&
	       !(slot->value & SITE_SLOT_WRAPPER) &&
	       sites_cache_is_current(cache);
}

/* The pair of SITE and a free whose return address is ADDRESS, if the cache
 * knows it. */
static inline bool sites_find_pair_fast(const struct site_cache *cache,
					uint64_t address, uint32_t site,
					uint32_t *pair)
{
	const struct pair_slot *slot =
		&cache->pairs[sites_hash(address ^ (uint64_t)site << 40) %
			      PAIR_SLOTS];

	*pair = slot->pair;
	return slot->address == address && slot->site == site &&
	       sites_cache_is_current(cache);
}

#endif
