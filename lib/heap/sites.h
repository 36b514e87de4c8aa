/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation sites: the global table, which gives every site an id, for
 * ever.  Threads find ids through their caches (site_cache.h).
 */
#ifndef HEAP_SITES_H
#define HEAP_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/export.h"
#include "base/lock.h"

/* What somebody above knows about a return address. */
struct site_origin {
	uint32_t file;   /* serial of its allotype_file; 0: none */
	uint64_t offset; /* link-time address in that file */
	uint32_t flags;  /* enum allotype_site_flag */
	uint32_t typed;  /* as in struct allotype_site; not the resolver's */
	bool is_typed;   /* a wrapper that knows the type, not its caller */
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

extern struct lock sites_lock; /* rank LOCK_RANK_SITES; insertion, and caches */

/* Once, after region_init; false without memory. */
bool sites_init(void);
/* Caches must ask again afterwards: see site_cache_invalidate. */
void sites_set_resolver(sites_resolver resolver);
/* A resolver will come: what is found until then is not worth keeping. */
void sites_await_resolver(void);
extern bool sites_awaited HIDDEN; /* atomic, relaxed */
static inline bool sites_are_final(void)
{
	return !__atomic_load_n(&sites_awaited, __ATOMIC_RELAXED);
}
/* Address of struct allotype_site_table. */
uint64_t sites_published_address(void);

/* What is known about ADDRESS, by the resolver or as a bare address. */
void sites_find_origin(uint64_t address, struct site_origin *origin);

/* The id of a site, new or not; 0 when the table is full.  ADDRESS is its
 * return address now; sites with a file are one if file, offset, flags and
 * typed are, others if the address is. */
uint32_t sites_intern(uint64_t address, const struct site_origin *origin);
/* The site of return address ADDRESS itself, in a wrapper or not.  Frees are
 * charged so. */
uint32_t sites_find_direct(uint64_t address);
/* The id, never 0, of a pair; 1, "unknown", when the table is full. */
uint32_t sites_intern_pair(uint32_t allocated, uint32_t freed);
/* The index of a site that frees, not 0; 0 when there are too many. */
uint32_t sites_free_index(uint32_t site);
/* Sites in wrappers that know the type have numbers, too: 0 when there are too
 * many.  The site of a number. */
#define SITE_TYPED_MAX 0x7fff
uint32_t sites_typed_number(uint32_t site);
uint32_t sites_of_typed_number(uint32_t number);
/* The record of a segment with the live record BEFORE that site FREED frees,
 * whose index is FREE_INDEX, 0 for none. */
uint32_t sites_freed_record(uint32_t before, uint32_t freed,
			    uint32_t free_index);
/* Bytes of bookkeeping in use. */
size_t sites_book_bytes(void);
bool sites_get(uint32_t id, struct allotype_site *site);
bool sites_get_pair(uint32_t id, struct allotype_site_pair *pair);

#endif
