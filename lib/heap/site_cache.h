/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread's way from a return address to its site: a cache of ids, of the
 * rules that step from a wrapper to its caller, and of the sites that free.
 *
 * A caller is given by its frame: the address of the saved rbp, below the
 * return address, as __builtin_frame_address(0) of the entry point says it.
 */
#ifndef HEAP_SITE_CACHE_H
#define HEAP_SITE_CACHE_H

#include "allotype/heap_layout.h"
#include "heap/sites.h"

enum { SITE_SLOTS = 1024, FREE_SLOTS = 256 };

struct site_slot {
	/* The return address; of a wrapper, with SITE_SLOT_WRAPPER; 0: empty */
	uint64_t key;
	/* The record of a live segment without slack.  Of a wrapper: how to
	 * step out, rbp_offset in 16 bits and SITE_SLOT_RBP. */
	uint32_t record;
	int32_t cfa_offset;
};
#define SITE_SLOT_WRAPPER (UINT64_C(1) << 63)
#define SITE_SLOT_RBP 0x10000u /* base of the CFA, else rsp */

struct free_slot {
	uint64_t address; /* return address of the free; 0: empty */
	uint32_t index;   /* of allotype_site_table.free_sites, not 0 */
	uint32_t pad;
};

/* A return address may be in either slot of its pair; the fast path looks
 * at the first only. */
struct site_slots {
	struct site_slot sites[SITE_SLOTS];
	struct free_slot frees[FREE_SLOTS];
};

/* Of one thread, or guarded by a lock of its owner. */
struct site_cache {
	/* The own ones, or empty ones for the thread to notice that what it
	 * has cached is not true any more.  Atomic. */
	struct site_slots *slots;
	struct site_cache *next; /* all of them */
	struct site_slots own;
};

/* Once for every cache, before its first use. */
void site_cache_register(struct site_cache *cache);
/* Metadata came or files went: all caches must ask again. */
void site_cache_invalidate(void);

/* The site of the caller with this FRAME; the cache is filled. */
uint32_t site_cache_find(struct site_cache *cache, const uint64_t *frame);
/* The index of the site that frees, by its return address, likewise; 0 if
 * it has none. */
uint32_t site_cache_find_free(struct site_cache *cache, uint64_t address);

static inline size_t site_cache_hash(uint64_t address)
{
	return (size_t)(address ^ address >> 11);
}

static inline const struct site_slots *
site_cache_slots(const struct site_cache *cache)
{
	return __atomic_load_n(&cache->slots, __ATOMIC_RELAXED);
}

/* The record, without slack, for the caller with return address ADDRESS, if
 * the cache knows it and it is in no wrapper. */
static inline bool site_cache_find_fast(const struct site_cache *cache,
					uint64_t address, uint32_t *record)
{
	const struct site_slot *slot =
		&site_cache_slots(cache)->sites[site_cache_hash(address) &
						(SITE_SLOTS - 2)];

	*record = slot->record;
	return slot->key == address;
}

/* The index of the site that frees, if the cache knows it. */
static inline bool site_cache_find_free_fast(const struct site_cache *cache,
					     uint64_t address, uint32_t *index)
{
	const struct free_slot *slot =
		&site_cache_slots(cache)->frees[site_cache_hash(address) &
						(FREE_SLOTS - 1)];

	*index = slot->index;
	return slot->address == address;
}

#endif
