/* SPDX-License-Identifier: Apache-2.0 */
/* Live heap objects, counted: by site while walking, by a key in the end. */
#ifndef TOOLS_GROUPS_H
#define TOOLS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally {
	uint64_t objects, bytes;
};

/* Counts by site id: an array, for there is one addition an object. */
struct site_tallies {
	struct tally *tallies;
	uint32_t capacity;
	struct tally total;
};
void site_tallies_add(struct site_tallies *sites, uint32_t site,
		      uint64_t size);
void site_tallies_deinit(struct site_tallies *sites);

struct group {
	char *key;
	struct tally tally;
};

struct groups {
	struct group *groups;
	size_t count;
	uint32_t *table; /* open addressing; index + 1 */
	size_t table_size;
};
void groups_add(struct groups *groups, const char *key,
		const struct tally *tally);
/* The largest first; equal ones by key.  Nothing may be added afterwards. */
void groups_sort(struct groups *groups);
void groups_deinit(struct groups *groups);

#endif
