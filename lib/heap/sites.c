/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/sites.h"

#include <string.h>

#include "allotype/heap_layout.h"
#include "base/sys.h"
#include "heap/intern.h"
#include "heap/region.h"

enum {
	SITE_CAPACITY = ALLOTYPE_SITE_SAMPLED, /* the last id is not one */
	SITE_CAPACITY_LIMITED = 1 << 16,
	PAIR_CAPACITY = 1 << 23,
	PAIR_CAPACITY_LIMITED = 1 << 14,
	NUMBERED_SITE_MAX = 1 << 16, /* only sites below get a number */
};

struct lock sites_lock = LOCK_INIT(LOCK_RANK_SITES);

/* The counts grow under sites_lock and are published with release. */
static struct allotype_site_table published;
static struct intern sites = { .count = &published.count };
static struct intern pairs = { .count = &published.pair_count };
/* The sites that free, by index, and the index of each, by site. */
static uint32_t free_sites[ALLOTYPE_FREE_INDEX_MAX + 1];
static uint16_t free_indices[NUMBERED_SITE_MAX]; /* atomic */
/* Those in wrappers that know the type, likewise. */
static uint32_t typed_sites[SITE_TYPED_MAX + 1];
static uint16_t typed_numbers[NUMBERED_SITE_MAX]; /* atomic */
static uint32_t typed_count = 1;
bool sites_awaited;
static sites_resolver resolver; /* atomic: release here, acquire at use */

static struct allotype_site *site_entries(void)
{
	return (struct allotype_site *)(uintptr_t)published.entries;
}

static struct allotype_site_pair *pair_entries(void)
{
	return (struct allotype_site_pair *)(uintptr_t)published.pairs;
}

static uint32_t mix(uint64_t hash)
{
	hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93ULL;
	hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93ULL;
	return (uint32_t)(hash ^ (hash >> 32));
}

static uint32_t hash_site(const void *entry)
{
	const struct allotype_site *site = entry;
	uint64_t key = site->file ? site->offset : site->address;

	return mix(key + ((uint64_t)site->file << 40) +
		   ((uint64_t)site->flags << 56) +
		   site->typed * UINT64_C(0x9e3779b97f4a7c15));
}

static bool same_site(const void *left, const void *right)
{
	const struct allotype_site *a = left, *b = right;

	/* What differs most comes first: chains may be long. */
	return a->offset == b->offset && a->flags == b->flags &&
	       a->file == b->file && a->typed == b->typed &&
	       (a->file || a->address == b->address);
}

static uint32_t hash_pair(const void *entry)
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

	published.capacity = small ? SITE_CAPACITY_LIMITED : SITE_CAPACITY;
	published.pair_capacity = small ? PAIR_CAPACITY_LIMITED : PAIR_CAPACITY;
	if (!intern_init(&sites, &sites_lock, sizeof unknown,
			 published.capacity, hash_site, same_site) ||
	    !intern_init(&pairs, &sites_lock, sizeof none,
			 published.pair_capacity, hash_pair, same_pair))
		return false;
	published.entries = (uintptr_t)sites.entries.base;
	published.pairs = (uintptr_t)pairs.entries.base;
	published.free_sites = (uintptr_t)free_sites;
	published.free_count = 1;
	/* Id 0 of both, and pair 1, of two unknown sites. */
	if ((!published.count && !intern_append(&sites, &unknown)) ||
	    (!published.pair_count && !intern_append(&pairs, &none)))
		return false;
	sites_intern_pair(0, 0);
	if (published.pair_count < 2)
		return false;
	region_heap.sites = (uintptr_t)&published;
	return true;
}

uint64_t sites_published_address(void)
{
	return (uintptr_t)&published;
}

void sites_set_resolver(sites_resolver function)
{
	__atomic_store_n(&resolver, function, __ATOMIC_RELEASE);
	__atomic_store_n(&sites_awaited, false, __ATOMIC_RELAXED);
}

void sites_await_resolver(void)
{
	__atomic_store_n(&sites_awaited, true, __ATOMIC_RELAXED);
}

uint32_t sites_intern(uint64_t address, const struct site_origin *origin)
{
	struct allotype_site site = { address, origin->offset, origin->file,
				      origin->flags, origin->typed, 0 };

	return intern_get(&sites, &site);
}

uint32_t sites_intern_pair(uint32_t allocated, uint32_t freed)
{
	struct allotype_site_pair pair = { allocated, freed };
	uint32_t id = intern_get(&pairs, &pair);

	return id ? id : 1;
}

/* The place of SITE in LIST, which COUNT entries of at most MOST are used of,
 * from the memory of places by site; 0: it has none. */
static uint32_t number_of(uint32_t site, uint16_t *numbers, uint32_t *list,
			  uint32_t *count, uint32_t most)
{
	uint32_t number;

	if (site >= NUMBERED_SITE_MAX)
		return 0;
	/* Acquire: with the release below, the list has the number's entry. */
	number = __atomic_load_n(&numbers[site], __ATOMIC_ACQUIRE);
	if (number)
		return number;
	lock_acquire(&sites_lock);
	number = __atomic_load_n(&numbers[site], __ATOMIC_RELAXED);
	if (!number && *count <= most) {
		number = *count;
		list[number] = site;
		__atomic_store_n(count, number + 1, __ATOMIC_RELEASE);
		__atomic_store_n(&numbers[site], (uint16_t)number,
				 __ATOMIC_RELEASE);
	}
	lock_release(&sites_lock);
	return number;
}

uint32_t sites_free_index(uint32_t site)
{
	return number_of(site, free_indices, free_sites,
			 &published.free_count, ALLOTYPE_FREE_INDEX_MAX);
}

uint32_t sites_typed_number(uint32_t site)
{
	return number_of(site, typed_numbers, typed_sites, &typed_count,
			 SITE_TYPED_MAX);
}

uint32_t sites_of_typed_number(uint32_t number)
{
	return typed_sites[number];
}

uint32_t sites_freed_record(uint32_t before, uint32_t freed,
			    uint32_t free_index)
{
	if (free_index && allotype_record_is_plain(before))
		return allotype_record_freed(before, free_index);
	return ALLOTYPE_RECORD_PAIR |
	       sites_intern_pair(allotype_record_site(before), freed);
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

void sites_find_origin(uint64_t address, struct site_origin *origin)
{
	/* Pairs with the release in sites_set_resolver. */
	sites_resolver ask = __atomic_load_n(&resolver, __ATOMIC_ACQUIRE);

	memset(origin, 0, sizeof *origin);
	if (ask && ask(address, origin))
		return;
	memset(origin, 0, sizeof *origin);
	origin->flags = ALLOTYPE_SITE_DIRECT;
}

uint32_t sites_find_direct(uint64_t address)
{
	struct site_origin origin;

	sites_find_origin(address, &origin);
	return sites_intern(address, &origin);
}

size_t sites_book_bytes(void)
{
	size_t total;

	lock_acquire(&sites_lock);
	total = sites.entries.used + sites.links.used + pairs.entries.used +
		pairs.links.used;
	lock_release(&sites_lock);
	return total;
}
