/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/intern.h"

#include <string.h>

#include "base/sys.h"

enum { FIRST_BUCKETS = 64, STEP = 16 * 1024, CHAIN_MAX = 64 };

static char *entry_at(const struct intern *table, uint32_t n)
{
	return table->entries.base + (size_t)n * table->entry_size;
}

static struct intern_link *link_at(const struct intern *table, uint32_t n)
{
	return (struct intern_link *)table->links.base + n;
}

/* The bucket of HASH among BUCKETS, of which those that were not split yet
 * serve two values (W. Litwin, Linear hashing, 1980). */
static uint32_t bucket_of(uint32_t hash, uint32_t buckets)
{
	uint32_t low = 1u << (31 - __builtin_clz(buckets));
	uint32_t bucket = hash & (2 * low - 1);

	return bucket < buckets ? bucket : bucket - low;
}

bool intern_init(struct intern *table, struct lock *lock, size_t entry_size,
		 uint32_t capacity,
		 uint32_t (*hash)(const void *entry),
		 bool (*same)(const void *a, const void *b))
{
	table->entry_size = entry_size;
	table->capacity = capacity;
	table->hash = hash;
	table->same = same;
	table->buckets = FIRST_BUCKETS;
	table->lock = lock;
	if ((!table->entries.base &&
	     !growth_init(&table->entries, RESERVE_BOOKKEEPING,
			  capacity * entry_size, SYS_PAGE_SIZE, STEP, false)) ||
	    (!table->links.base &&
	     !growth_init(&table->links, RESERVE_BOOKKEEPING,
			  capacity * sizeof(struct intern_link), SYS_PAGE_SIZE,
			  STEP, false)))
		return false;
	growth_watch(&table->entries, lock);
	growth_watch(&table->links, lock);
	return growth_ensure(&table->links,
			     FIRST_BUCKETS * sizeof(struct intern_link));
}

/* The entry of HASH that equals KEY, or 0; *SEEN_ALL says whether 0 means that
 * there was none in its whole chain. */
static uint32_t find(const struct intern *table, uint32_t hash,
		     const void *key, bool *seen_all)
{
	/* Acquire: pairs with the releases of intern_insert and split. */
	uint32_t buckets = __atomic_load_n(&table->buckets, __ATOMIC_ACQUIRE);
	uint32_t bucket = bucket_of(hash, buckets);
	uint32_t n = __atomic_load_n(&link_at(table, bucket)->bucket,
				     __ATOMIC_ACQUIRE);

	for (int i = 0; n && i < CHAIN_MAX; i++) {
		const struct intern_link *link = link_at(table, n);

		if (link->hash == hash && table->same(entry_at(table, n), key))
			return n;
		n = __atomic_load_n(&link->next, __ATOMIC_ACQUIRE);
	}
	*seen_all = !n;
	return 0;
}

uint32_t intern_find(const struct intern *table, const void *key)
{
	bool seen_all;

	return find(table, table->hash(key), key, &seen_all);
}

/* Puts entry N in front of BUCKET's chain. */
static void push(struct intern *table, uint32_t bucket, uint32_t n)
{
	uint32_t *head = &link_at(table, bucket)->bucket;

	__atomic_store_n(&link_at(table, n)->next, *head, __ATOMIC_RELEASE);
	__atomic_store_n(head, n, __ATOMIC_RELEASE);
}

/* Adds a bucket and deals the chain that it shared out anew. */
static void split(struct intern *table)
{
	uint32_t fresh = table->buckets;
	uint32_t old = fresh - (1u << (31 - __builtin_clz(fresh)));
	uint32_t n = link_at(table, old)->bucket;

	__atomic_store_n(&link_at(table, old)->bucket, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&table->buckets, fresh + 1, __ATOMIC_RELEASE);
	while (n) {
		const struct intern_link *link = link_at(table, n);
		uint32_t next = link->next;

		push(table, bucket_of(link->hash, fresh + 1), n);
		n = next;
	}
}

bool intern_append(struct intern *table, const void *entry)
{
	uint32_t n = *table->count;

	if (n == table->capacity ||
	    !growth_ensure(&table->entries, (n + 1) * table->entry_size) ||
	    !growth_ensure(&table->links,
			   (n + 1) * sizeof(struct intern_link)))
		return false;
	memcpy(entry_at(table, n), entry, table->entry_size);
	__atomic_store_n(table->count, n + 1, __ATOMIC_RELEASE);
	return true;
}

/* KEY is not there. */
static uint32_t insert_new(struct intern *table, uint32_t hash,
			   const void *key)
{
	uint32_t n = *table->count;

	if (!intern_append(table, key))
		return 0;
	link_at(table, n)->hash = hash;
	push(table, bucket_of(hash, table->buckets), n);
	/* Buckets never outnumber entries: their links are there. */
	if (n > table->buckets)
		split(table);
	/* Release: pairs with the acquire in intern_get. */
	__atomic_store_n(&table->inserted, table->inserted + 1,
			 __ATOMIC_RELEASE);
	return n;
}

uint32_t intern_insert(struct intern *table, const void *key)
{
	uint32_t hash = table->hash(key);
	uint32_t n = link_at(table, bucket_of(hash, table->buckets))->bucket;

	for (; n; n = link_at(table, n)->next)
		if (link_at(table, n)->hash == hash &&
		    table->same(entry_at(table, n), key))
			return n;
	return insert_new(table, hash, key);
}

uint32_t intern_get(struct intern *table, const void *key)
{
	uint32_t inserted = __atomic_load_n(&table->inserted,
					    __ATOMIC_ACQUIRE);
	uint32_t hash = table->hash(key), n;
	bool seen_all;

	n = find(table, hash, key, &seen_all);
	if (n)
		return n;
	lock_acquire(table->lock);
	/* What was not found is not there, unless something was inserted, and
	 * others moved, since. */
	n = seen_all && table->inserted == inserted ?
		    insert_new(table, hash, key) :
		    intern_insert(table, key);
	lock_release(table->lock);
	return n;
}
