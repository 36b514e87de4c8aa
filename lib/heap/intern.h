/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An append-only table of distinct entries, found by content: linear
 * hashing over reserved memory, so that an insertion moves the chain of one
 * bucket at most and the memory in use stays dense.  Finding takes no lock
 * and may miss an entry that is just being moved: inserting looks again.
 */
#ifndef HEAP_INTERN_H
#define HEAP_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/reserve.h"

struct intern_link {
	uint32_t next;   /* of entry n: the next one of its bucket, or 0 */
	uint32_t bucket; /* number n: its first entry, or 0 */
	uint32_t hash;   /* of entry n */
};

struct intern {
	struct growth entries, links;
	size_t entry_size;
	/* Of entries: the owner's, set before intern_init.  Published with
	 * release, before an entry can be found. */
	uint32_t *count;
	uint32_t buckets; /* atomic */
	uint32_t inserted; /* atomic: how often something was, to its end */
	struct lock *lock;
	uint32_t capacity;
	uint32_t (*hash)(const void *entry);
	bool (*same)(const void *a, const void *b);
};

/* LOCK is the owner's.  False without memory: then it may be tried again. */
bool intern_init(struct intern *table, struct lock *lock, size_t entry_size,
		 uint32_t capacity,
		 uint32_t (*hash)(const void *entry),
		 bool (*same)(const void *a, const void *b));
/* The number of the entry that equals KEY, or 0. */
uint32_t intern_find(const struct intern *table, const void *key);
/* The same, appended when there is none; 0 when the table is full.  Takes the
 * owner's lock. */
uint32_t intern_get(struct intern *table, const void *key);
/* The same under the owner's lock. */
uint32_t intern_insert(struct intern *table, const void *key);
/* Appends an entry that is never found.  Under the owner's lock. */
bool intern_append(struct intern *table, const void *entry);

#endif
