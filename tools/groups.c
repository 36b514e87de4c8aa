/* SPDX-License-Identifier: Apache-2.0 */
#include "groups.h"

#include <stdlib.h>
#include <string.h>

#include "allotype/metafile.h"
#include "complain.h"

/* Site ids are records' 32 bits less some; a torn read must not ask for an
 * array of all of them. */
enum { SITE_MAX = 1 << 26 };

static bool make_room(struct site_tallies *sites, uint32_t site)
{
	uint32_t capacity = sites->capacity ? sites->capacity : 1024;

	if (site >= SITE_MAX)
		return false;
	while (capacity <= site)
		capacity *= 2;
	sites->tallies = check_memory(realloc(sites->tallies,
			capacity * sizeof *sites->tallies));
	memset(sites->tallies + sites->capacity, 0,
	       (capacity - sites->capacity) * sizeof *sites->tallies);
	sites->capacity = capacity;
	return true;
}

void site_tallies_add(struct site_tallies *sites, uint32_t site, uint64_t size)
{
	if (site >= sites->capacity && !make_room(sites, site))
		return;
	sites->tallies[site].objects++;
	sites->tallies[site].bytes += size;
	sites->total.objects++;
	sites->total.bytes += size;
}

void site_tallies_deinit(struct site_tallies *sites)
{
	free(sites->tallies);
}

static uint32_t *find_slot(const struct groups *groups, const char *key)
{
	uint64_t hash = allotype_hash_end(allotype_hash_bytes(
		allotype_hash_begin(0), key, strlen(key)));
	size_t slot = hash & (groups->table_size - 1);

	while (groups->table[slot] &&
	       strcmp(groups->groups[groups->table[slot] - 1].key, key))
		slot = (slot + 1) & (groups->table_size - 1);
	return &groups->table[slot];
}

static void grow(struct groups *groups)
{
	size_t size = groups->table_size ? 2 * groups->table_size : 256;

	free(groups->table);
	groups->table = check_memory(calloc(size, sizeof *groups->table));
	groups->table_size = size;
	groups->groups = check_memory(realloc(groups->groups,
			size / 2 * sizeof *groups->groups));
	for (size_t n = 0; n < groups->count; n++)
		*find_slot(groups, groups->groups[n].key) = (uint32_t)n + 1;
}

void groups_add(struct groups *groups, const char *key,
		const struct tally *tally)
{
	uint32_t *slot;
	struct group *group;

	if (2 * groups->count >= groups->table_size)
		grow(groups);
	slot = find_slot(groups, key);
	if (!*slot) {
		group = &groups->groups[groups->count++];
		*group = (struct group){ check_memory(strdup(key)), { 0, 0 } };
		*slot = (uint32_t)groups->count;
	}
	group = &groups->groups[*slot - 1];
	group->tally.objects += tally->objects;
	group->tally.bytes += tally->bytes;
}

static int compare(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (a->tally.bytes != b->tally.bytes)
		return a->tally.bytes < b->tally.bytes ? 1 : -1;
	return strcmp(a->key, b->key);
}

void groups_sort(struct groups *groups)
{
	if (groups->count)
		qsort(groups->groups, groups->count, sizeof *groups->groups,
		      compare);
}

void groups_deinit(struct groups *groups)
{
	for (size_t n = 0; n < groups->count; n++)
		free(groups->groups[n].key);
	free(groups->groups);
	free(groups->table);
}
