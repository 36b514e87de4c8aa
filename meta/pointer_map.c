/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/pointer_map.h"

#include <stdlib.h>

#include "allotype/metafile.h"

enum { FIRST_SIZE = 256 };

void pointer_map_deinit(struct pointer_map *map)
{
	free(map->entries);
	*map = (struct pointer_map){0};
}

static struct pointer_map_entry *map_slot(const struct pointer_map *map,
					  const void *key)
{
	uint64_t hash = allotype_hash_end((uintptr_t)key);
	uint32_t i = (uint32_t)hash & map->mask;

	while (map->entries[i].key && map->entries[i].key != key)
		i = (i + 1) & map->mask;
	return &map->entries[i];
}

uint32_t pointer_map_find(const struct pointer_map *map, const void *key)
{
	const struct pointer_map_entry *entry;

	if (!map->entries)
		return POINTER_MAP_NONE;
	entry = map_slot(map, key);
	return entry->key ? entry->value : POINTER_MAP_NONE;
}

static bool map_grow(struct pointer_map *map)
{
	struct pointer_map old = *map;
	uint32_t size = old.entries ? (old.mask + 1) * 2 : FIRST_SIZE;

	map->entries = calloc(size, sizeof *map->entries);
	if (!map->entries) {
		map->entries = old.entries;
		return false;
	}
	map->mask = size - 1;
	for (uint32_t i = 0; old.entries && i <= old.mask; i++)
		if (old.entries[i].key)
			*map_slot(map, old.entries[i].key) = old.entries[i];
	free(old.entries);
	return true;
}

bool pointer_map_set(struct pointer_map *map, const void *key, uint32_t value)
{
	struct pointer_map_entry *entry;

	if ((!map->entries || map->count >= map->mask / 3 * 2) &&
	    !map_grow(map))
		return false;
	entry = map_slot(map, key);
	if (!entry->key)
		map->count++;
	*entry = (struct pointer_map_entry){key, value};
	return true;
}
