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
#include "base/folded.h"
#include "heap/sites.h"

enum {
	SITE_SLOTS = 1024,
	FREE_SLOTS = 1024,
	VICTIM_SLOTS = 1024,
	VICTIM_WAYS = 4,
	SITE_NEAR = 512, /* bytes: the longest frame of a short step */
	SITE_NEAR_DEPTH = 4,
};

struct site_slot {
	/* The return address, with one of the marks below or none, and the
	 * number of the typed site that was stepped out of; 0: empty.  Atomic,
	 * relaxed: other threads clear it. */
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
/* Of a wrapper.  Alone when it knows no type and the CFA is near rsp: nothing
 * but cfa_offset is needed to reach the caller's return address. */
#define SITE_SLOT_WRAPPER (UINT64_C(1) << 63)
#define SITE_SLOT_LONG (SITE_SLOT_WRAPPER | UINT64_C(1) << 62)
/* Of a free that is asked for, or among the victims. */
#define SITE_SLOT_FREE (UINT64_C(1) << 62)
#define SITE_SLOT_TYPED_SHIFT 47 /* in keys: above all addresses */
#define SITE_SLOT_ADDRESS ((UINT64_C(1) << SITE_SLOT_TYPED_SHIFT) - 1)
#define SITE_SLOT_RBP 0x10000u /* base of the CFA, else rsp */
#define SITE_SLOT_NUMBER_SHIFT 17 /* in records of wrappers */

/* Of one thread, or guarded by a lock of its owner; one that is all zero has
 * nothing to find.  A key is in either slot of its pair, or among the victims
 * that others drove from there: programs with many sites have no need to
 * resolve them again and again. */
struct site_cache {
	struct site_slot sites[SITE_SLOTS];
	struct site_slot frees[FREE_SLOTS];
	struct site_slot victims[VICTIM_SLOTS];
	struct site_cache *next; /* all of them */
	bool filled;             /* something was kept, ever; atomic */
	uint32_t generation;     /* that the victims are of, or become */
	uint32_t cleared;        /* bytes of the victims */
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

/* The first of a pair among COUNT slots.  Calls take some bytes each: few return
 * to the same granule of a slot's size.  Half of the offset, which addressing
 * doubles; as a value of its own, lest compilers multiply late. */
static inline __attribute__((always_inline)) const struct site_slot *
site_cache_hash(const struct site_slot *slots, size_t count, uint64_t address)
{
	size_t half = address & (count / 2 - 1) * sizeof *slots;

	__asm__("" : "+r"(half));
	return (const struct site_slot *)((const char *)slots + 2 * half);
}

static inline const struct site_slot *
site_cache_pair(const struct site_cache *cache, uint64_t address)
{
	return site_cache_hash(cache->sites, SITE_SLOTS, address);
}

static inline const struct site_slot *
site_cache_free_pair(const struct site_cache *cache, uint64_t address)
{
	return site_cache_hash(cache->frees, FREE_SLOTS, address);
}

/* Is the key of SLOT the wrapper's at ADDRESS with a short step?  It is not
 * that of ADDRESS itself. */
static inline bool site_cache_is_short(const struct site_slot *slot,
				       uint64_t address)
{
	return !((WORD_FOLDED(slot->key) ^ address) << 1);
}

/* The record, without slack, for the caller whose return address is at START,
 * if the cache knows it and the wrappers that it may be in, by short slots: no
 * stack ends so soon above a call. */
static inline __attribute__((always_inline)) bool
site_cache_find_fast(const struct site_cache *cache, const uint64_t *start,
		     uint32_t *record)
{
	uint64_t address = *start;
	const struct site_slot *slot = site_cache_pair(cache, address);
	size_t up = 0;

	if (__builtin_expect(WORD_FOLDED(slot->key) == address, 1)) {
		*record = slot->record;
		return true;
	}
	do {
		if (!site_cache_is_short(slot, address)) {
			slot++;
			if (WORD_FOLDED(slot->key) == address)
				break;
			if (!site_cache_is_short(slot, address))
				return false;
		}
		up += (size_t)slot->cfa_offset;
		if (up >= SITE_NEAR)
			return false;
		address = *(const uint64_t *)((const char *)start + up);
		/* Nothing, which empty slots have, or the mark of a wrapper,
		 * which what is no address may have. */
		if ((int64_t)address <= 0)
			return false;
		slot = site_cache_pair(cache, address);
	} while (__builtin_expect(WORD_FOLDED(slot->key) != address, 0));
	*record = slot->record;
	return true;
}

/* As site_cache_find_fast, by any slots of wrappers whose frames are short. */
bool site_cache_find_near(const struct site_cache *cache,
			  struct site_caller *caller, uint32_t *record);

/* The index of the site that frees, if the cache knows it. */
static inline __attribute__((always_inline)) bool
site_cache_find_free_fast(const struct site_cache *cache, uint64_t address,
			  uint32_t *index)
{
	const struct site_slot *slot = site_cache_free_pair(cache, address);

	if (__builtin_expect(WORD_FOLDED(slot->key) != address, 0) &&
	    __builtin_expect(WORD_FOLDED((++slot)->key) != address, 0))
		return false;
	*index = slot->record;
	return true;
}

#endif
