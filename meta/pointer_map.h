/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from pointers (DIE addresses, interned strings) to indexes. */
#ifndef META_POINTER_MAP_H
#define META_POINTER_MAP_H

#include <stdbool.h>
#include <stdint.h>

#define POINTER_MAP_NONE UINT32_MAX

struct pointer_map_entry {
	const void *key; /* NULL: free */
	uint32_t value;
};
/* Zero-initialised is empty. */
struct pointer_map {
	struct pointer_map_entry *entries;
	uint32_t count, mask;
};

void pointer_map_deinit(struct pointer_map *map);
/* POINTER_MAP_NONE when KEY is not there. */
uint32_t pointer_map_find(const struct pointer_map *map, const void *key);
/* KEY is not NULL; an old value is replaced.  False: memory exhausted. */
bool pointer_map_set(struct pointer_map *map, const void *key, uint32_t value);

#endif
