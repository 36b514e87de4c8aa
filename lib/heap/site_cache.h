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

enum {
	SITE_SLOTS = 1024,
	VICTIM_SLOTS = 1024,
	VICTIM_WAYS = 4,
	SITE_NEAR = 512, /* bytes: the longest frame of a short step */
	SITE_NEAR_DEPTH = 4,
};

struct site_slot {
	/* The return address, with one of the marks below or none, and the
	 * number of the typed site that was stepped out of; 0: empty */
	uint64_t key;
	/* The record of a live segment without slack.  Of a wrapper: how to
	 * step out, rbp_offset in 16 bits, SITE_SLOT_RBP, and the number of
	 * its site if that is typed.  Of a free: the index in
	 * allotype_site_table.free_sites; 0, and only among the victims, when
	 * it has none. */
	uint32_t record;
	union {
		int32_t cfa_offset; /* of a wrapper */
		uint32_t site;      /* of a free */
	};
};
#define SITE_SLOT_WRAPPER (UINT64_C(1) << 63)
#define SITE_SLOT_FREE (UINT64_C(1) << 62)
#define SITE_SLOT_TYPED_SHIFT 47 /* in keys: above all addresses */
#define SITE_SLOT_ADDRESS ((UINT64_C(1) << SITE_SLOT_TYPED_SHIFT) - 1)
#define SITE_SLOT_RBP 0x10000u /* base of the CFA, else rsp */
#define SITE_SLOT_NUMBER_SHIFT 17 /* in records of wrappers */

/* A key is in either slot of its pair, or among the victims that others drove
 * from there: programs with many sites have no need to resolve them again and
 * again. */
struct site_slots {
	struct site_slot sites[SITE_SLOTS];
	struct site_slot victims[VICTIM_SLOTS];
};

/* Of one thread, or guarded by a lock of its owner. */
struct site_cache {
	/* The own ones, or empty ones for the thread to notice that what it
	 * has cached is not true any more.  Atomic. */
	struct site_slots *slots;
	struct site_cache *next; /* all of them */
	bool filled;             /* own has something in it */
	uint32_t generation;     /* that own is being cleared for */
	uint32_t cleared;        /* bytes of own */
	struct site_slots own;
};

/* Once for every cache, before its first use. */
void site_cache_register(struct site_cache *cache);
/* Metadata came or files went: all caches must ask again. */
void site_cache_invalidate(void);

/* The record, without slack, for the caller with this FRAME; the cache is
 * filled. */
uint32_t site_cache_find_record(struct site_cache *cache,
				const uint64_t *frame);
/* The same caller's site. */
uint32_t site_cache_find(struct site_cache *cache, const uint64_t *frame);
/* Who frees, by its return address, likewise: its site, and the index of that,
 * or 0 if it has none. */
struct site_freer {
	uint32_t site, index;
};
struct site_freer site_cache_find_freer(struct site_cache *cache,
					uint64_t address);

static inline struct site_slots *
site_cache_slots(const struct site_cache *cache)
{
	return __atomic_load_n(&cache->slots, __ATOMIC_RELAXED);
}

/* Calls end anywhere: the low bits of return addresses are their hash. */
static inline struct site_slot *site_cache_pair(struct site_slots *slots,
						uint64_t address)
{
	return &slots->sites[address & (SITE_SLOTS - 2)];
}

static inline bool site_cache_find_key(const struct site_cache *cache,
				       uint64_t address, uint64_t key,
				       uint32_t *record)
{
	const struct site_slot *slot =
		site_cache_pair(site_cache_slots(cache), address);

	if (__builtin_expect(slot->key != key, 0))
		slot++;
	*record = slot->record;
	return slot->key == key;
}

/* The record, without slack, for the caller with return address ADDRESS, if
 * the cache knows it and it is in no wrapper. */
static inline bool site_cache_find_fast(const struct site_cache *cache,
					uint64_t address, uint32_t *record)
{
	return site_cache_find_key(cache, address, address, record);
}

/* A way out of wrappers: in the function that was returned to.  The key of the
 * return address keeps the number of the innermost typed site. */
struct site_walk {
	uint64_t key, rsp, rbp;
};

static inline struct site_walk site_walk_begin(const uint64_t *frame)
{
	return (struct site_walk){ frame[1], (uintptr_t)(frame + 2), frame[0] };
}

/* Steps out of a wrapper by the rule in its SLOT; false if that makes no sense
 * or leads beyond LIMIT.  Stacks grow down. */
static inline bool site_walk_step(struct site_walk *walk,
				  const struct site_slot *slot, uint64_t limit)
{
	uint64_t base = slot->record & SITE_SLOT_RBP ? walk->rbp : walk->rsp;
	uint64_t cfa = base + (uint64_t)(int64_t)slot->cfa_offset;
	int16_t rbp_offset = (int16_t)(slot->record & 0xffff);
	uint64_t saved = cfa + (uint64_t)(int64_t)rbp_offset;
	uint64_t typed = walk->key >> SITE_SLOT_TYPED_SHIFT;

	if (cfa % 8 || cfa < walk->rsp + 8 || cfa > limit)
		return false;
	if (rbp_offset) {
		if (saved < walk->rsp || saved > cfa - 16)
			return false;
		walk->rbp = *(const uint64_t *)(uintptr_t)saved;
	}
	if (!typed)
		typed = slot->record >> SITE_SLOT_NUMBER_SHIFT;
	walk->key = (*(const uint64_t *)(uintptr_t)(cfa - 8) &
		     SITE_SLOT_ADDRESS) | typed << SITE_SLOT_TYPED_SHIFT;
	walk->rsp = cfa;
	return true;
}

/* As site_cache_find_fast, for the caller with this FRAME, who may be in
 * wrappers, if the cache knows those too and their frames are short: no stack
 * ends so soon above a call. */
static inline bool site_cache_find_near(const struct site_cache *cache,
					const uint64_t *frame,
					uint32_t *record)
{
	struct site_slots *slots = site_cache_slots(cache);
	struct site_walk walk = site_walk_begin(frame);

	for (int depth = 0; depth < SITE_NEAR_DEPTH; depth++) {
		const struct site_slot *slot =
			site_cache_pair(slots, walk.key);

		slot += (slot->key & ~SITE_SLOT_WRAPPER) != walk.key;
		*record = slot->record;
		if (slot->key == walk.key)
			return true;
		if (slot->key != (walk.key | SITE_SLOT_WRAPPER) ||
		    !site_walk_step(&walk, slot, walk.rsp + SITE_NEAR))
			return false;
	}
	return false;
}

/* The index of the site that frees, if the cache knows it. */
static inline bool site_cache_find_free_fast(const struct site_cache *cache,
					     uint64_t address, uint32_t *index)
{
	return site_cache_find_key(cache, address, address | SITE_SLOT_FREE,
				   index);
}

#endif
