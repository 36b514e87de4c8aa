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
/* A wrapper's that knows no type, when the CFA is near rsp: nothing but
 * cfa_offset is needed to reach the caller's return address. */
#define SITE_SLOT_SHORT (SITE_SLOT_WRAPPER | SITE_SLOT_FREE)
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
	/* How far the slots to look into are from the own ones: those, or
	 * empty ones for the thread to notice that what it has cached is not
	 * true any more.  Atomic.  A distance, so that caches that are all
	 * zero can be asked. */
	uintptr_t distance;
	struct site_cache *next; /* all of them */
	bool filled;             /* own has something in it */
	uint32_t generation;     /* that own is being cleared for */
	uint32_t cleared;        /* bytes of own */
	struct site_slots own;
};

/* Whose call it is, and how far it has been followed out of wrappers: what is
 * known in the function that was returned to.  The key of the return address
 * keeps the number of the innermost typed site.  Who looks again goes on from
 * there. */
struct site_caller {
	const uint64_t *frame;
	uint64_t key, rsp, rbp;
};

static inline struct site_caller site_caller_of(const uint64_t *frame)
{
	return (struct site_caller){ frame, frame[1], (uintptr_t)(frame + 2),
				     frame[0] };
}

/* Once for every cache, before its first use. */
void site_cache_register(struct site_cache *cache);
/* Metadata came or files went: all caches must ask again. */
void site_cache_invalidate(void);

/* The record, without slack, for CALLER; the cache is filled. */
uint32_t site_cache_find_record(struct site_cache *cache,
				struct site_caller *caller);
/* The same caller's site. */
uint32_t site_cache_find(struct site_cache *cache, struct site_caller *caller);
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
	return (struct site_slots *)((uintptr_t)&cache->own +
				     __atomic_load_n(&cache->distance,
						     __ATOMIC_RELAXED));
}

/* Calls end anywhere: the low bits of return addresses are their hash. */
static inline struct site_slot *
site_cache_pair(struct site_slots *slots, uint64_t address)
{
	return &slots->sites[address & (SITE_SLOTS - 2)];
}

/* The slot of ADDRESS, or an empty or another one. */
static inline const struct site_slot *
site_cache_probe(struct site_slots *slots, uint64_t address)
{
	const struct site_slot *slot = site_cache_pair(slots, address);

	return slot + (slot->key != address &&
		       slot->key != (address | SITE_SLOT_SHORT));
}

/* The record, without slack, for the caller whose return address is at START,
 * if the cache knows it and the wrappers that it may be in, by short slots: no
 * stack ends so soon above a call. */
static inline __attribute__((always_inline)) bool
site_cache_find_fast(const struct site_cache *cache, const uint64_t *start,
		     uint32_t *record)
{
	struct site_slots *slots = site_cache_slots(cache);
	const struct site_slot *slot = site_cache_pair(slots, *start);
	const uint64_t *returned = start;
	uint64_t address = *start;

	if (__builtin_expect(slot->key == address, 1)) {
		*record = slot->record;
		return true;
	}
	slot = site_cache_probe(slots, address);
	while (slot->key == (address | SITE_SLOT_SHORT)) {
		returned = (const uint64_t *)((const char *)returned +
					      slot->cfa_offset);
		if ((uintptr_t)returned >= (uintptr_t)start + SITE_NEAR)
			return false;
		address = *returned;
		slot = site_cache_probe(slots, address);
	}
	*record = slot->record;
	/* Whatever was there on the stack: it is no slot of a free. */
	return slot->key == address && *record & ALLOTYPE_RECORD_LIVE;
}

/* As site_cache_find_fast, by any slots of wrappers whose frames are short. */
bool site_cache_find_near(const struct site_cache *cache,
			  struct site_caller *caller, uint32_t *record);

/* The index of the site that frees, if the cache knows it. */
static inline bool site_cache_find_free_fast(const struct site_cache *cache,
					     uint64_t address, uint32_t *index)
{
	const struct site_slot *slot =
		site_cache_pair(site_cache_slots(cache), address);
	uint64_t key = address | SITE_SLOT_FREE;

	if (__builtin_expect(slot->key != key, 0) &&
	    __builtin_expect((++slot)->key != key, 0))
		return false;
	*index = slot->record;
	return true;
}

#endif
