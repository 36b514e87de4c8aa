/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/pool.h"

#include <stdlib.h>
#include <string.h>

#include "allotype/metafile.h"

enum { CHUNK_SIZE = 256 * 1024, FIRST_STRINGS = 1024 };

struct pool_chunk {
	struct pool_chunk *next;
	size_t used, size;
	char bytes[];
};

static uint32_t string_hash(const char *string, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	return (uint32_t)allotype_hash_end(
		allotype_hash_bytes(hash, string, size));
}

struct model_pool *pool_create(void)
{
	struct model_pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		return NULL;
	pool->strings = calloc(FIRST_STRINGS, sizeof *pool->strings);
	if (!pool->strings) {
		free(pool);
		return NULL;
	}
	pool->string_mask = FIRST_STRINGS - 1;
	return pool;
}

void pool_forget(struct model_pool *pool)
{
	free(pool->ranges);
	free(pool->types.slots);
	free(pool->subprograms.slots);
	pool->ranges = NULL;
	pool->types.slots = NULL;
	pool->subprograms.slots = NULL;
}

void pool_destroy(struct model_pool *pool)
{
	struct pool_chunk *next;

	if (!pool)
		return;
	pool_forget(pool);
	for (struct pool_chunk *c = pool->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	free(pool->strings);
	free(pool);
}

static char *chunk_allocate(struct model_pool *pool, size_t size)
{
	struct pool_chunk *chunk = pool->chunks;
	size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

	if (!chunk || chunk->size - chunk->used < size) {
		chunk = malloc(sizeof *chunk + room);
		if (!chunk)
			return NULL;
		chunk->next = pool->chunks;
		chunk->used = 0;
		chunk->size = room;
		pool->chunks = chunk;
	}
	chunk->used += size;
	return chunk->bytes + chunk->used - size;
}

/* The slot that holds the string, or the free one where it belongs. */
static const char **string_slot(const char **table, uint32_t mask,
				const char *string, size_t size)
{
	uint32_t i = string_hash(string, size) & mask;

	while (table[i] && (strncmp(table[i], string, size) || table[i][size]))
		i = (i + 1) & mask;
	return &table[i];
}

static bool strings_grow(struct model_pool *pool)
{
	uint32_t mask = pool->string_mask * 2 + 1;
	const char **table = calloc((size_t)mask + 1, sizeof *table);

	if (!table)
		return false;
	for (uint32_t i = 0; i <= pool->string_mask; i++) {
		const char *s = pool->strings[i];

		if (s)
			*string_slot(table, mask, s, strlen(s)) = s;
	}
	free(pool->strings);
	pool->strings = table;
	pool->string_mask = mask;
	return true;
}

const char *pool_find(const struct model_pool *pool, const char *string,
		      size_t size)
{
	return *string_slot(pool->strings, pool->string_mask, string, size);
}

const char *pool_intern(struct model_pool *pool, const char *string,
			size_t size)
{
	const char **slot =
		string_slot(pool->strings, pool->string_mask, string, size);
	char *copy;

	if (*slot)
		return *slot;
	if (pool->string_count >= pool->string_mask / 2) {
		if (!strings_grow(pool))
			return NULL;
		slot = string_slot(pool->strings, pool->string_mask, string,
				   size);
	}
	copy = chunk_allocate(pool, size + 1);
	if (!copy)
		return NULL;
	memcpy(copy, string, size);
	copy[size] = '\0';
	*slot = copy;
	pool->string_count++;
	return copy;
}

bool pool_names_init(struct pool_names *names, uint32_t count)
{
	uint32_t size = 16;

	while (size / 2 < count && size < 1U << 31)
		size *= 2;
	free(names->slots);
	names->slots = malloc((size_t)size * sizeof *names->slots);
	if (!names->slots)
		return false;
	memset(names->slots, 0xff, (size_t)size * sizeof *names->slots);
	names->mask = size - 1;
	names->count = count;
	return true;
}

uint32_t *pool_names_slot(const struct pool_names *names,
			  const struct model *model, const char *string,
			  const char *(*name_of)(const struct model *,
						 uint32_t))
{
	uint32_t i = (uint32_t)allotype_hash_end((uintptr_t)string);

	i &= names->mask;
	while (names->slots[i] != MODEL_NONE &&
	       name_of(model, names->slots[i]) != string)
		i = (i + 1) & names->mask;
	return &names->slots[i];
}
