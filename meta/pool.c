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

/* By words: it goes no further than this table. */
static uint32_t string_hash(const char *string, size_t size)
{
	uint64_t hash = size, word;

	for (; size >= sizeof word; size -= sizeof word) {
		memcpy(&word, string, sizeof word);
		hash = ((hash << 5 | hash >> 59) ^ word) *
		       0x9e3779b97f4a7c15ULL;
		string += sizeof word;
	}
	word = 0;
	memcpy(&word, string, size);
	return (uint32_t)allotype_hash_end(
		((hash << 5 | hash >> 59) ^ word) * 0x9e3779b97f4a7c15ULL);
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
	free(pool->reaches);
	pool->ranges = NULL;
	pool->types.slots = NULL;
	pool->subprograms.slots = NULL;
	pool->reaches = NULL;
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
static struct pool_string *string_slot(struct pool_string *table,
				       uint32_t mask,
				       const struct pool_string *key,
				       size_t size)
{
	uint32_t i = key->hash & mask;

	while (table[i].text &&
	       (table[i].hash != key->hash || table[i].size != key->size ||
		memcmp(table[i].text, key->text, size)))
		i = (i + 1) & mask;
	return &table[i];
}

static struct pool_string string_key(const char *string, size_t size)
{
	return (struct pool_string){
		string, string_hash(string, size), (uint32_t)size,
	};
}

static bool strings_grow(struct model_pool *pool)
{
	uint32_t mask = pool->string_mask * 2 + 1;
	struct pool_string *table = calloc((size_t)mask + 1, sizeof *table);

	if (!table)
		return false;
	for (uint32_t i = 0; i <= pool->string_mask; i++) {
		const struct pool_string *s = &pool->strings[i];
		uint32_t at = s->hash & mask;

		if (!s->text)
			continue;
		/* All are different. */
		while (table[at].text)
			at = (at + 1) & mask;
		table[at] = *s;
	}
	free(pool->strings);
	pool->strings = table;
	pool->string_mask = mask;
	return true;
}

const char *pool_find(const struct model_pool *pool, const char *string,
		      size_t size)
{
	struct pool_string key = string_key(string, size);

	return string_slot(pool->strings, pool->string_mask, &key, size)->text;
}

const char *pool_intern(struct model_pool *pool, const char *string,
			size_t size)
{
	struct pool_string key = string_key(string, size);
	struct pool_string *slot =
		string_slot(pool->strings, pool->string_mask, &key, size);
	char *copy;

	if (slot->text)
		return slot->text;
	if (pool->string_count >= pool->string_mask / 2) {
		if (!strings_grow(pool))
			return NULL;
		slot = string_slot(pool->strings, pool->string_mask, &key,
				   size);
	}
	copy = chunk_allocate(pool, size + 1);
	if (!copy)
		return NULL;
	memcpy(copy, string, size);
	copy[size] = '\0';
	*slot = (struct pool_string){copy, key.hash, key.size};
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
