/* SPDX-License-Identifier: Apache-2.0 */
#include "target/cache.h"

#include <stdlib.h>

#include "complain.h"

enum {
	PAGE_SIZE = 4096,
	BLOCK_PAGES = 16,
	BLOCK_SIZE = PAGE_SIZE * BLOCK_PAGES,
	BLOCK_LIMIT = 4096,       /* 256 MB at the most */
	TABLE_SIZE = 4 * BLOCK_LIMIT, /* a power of two */
};

struct cache_block {
	uint64_t number; /* address / BLOCK_SIZE */
	struct cache_block *next; /* by age */
	uint16_t valid;  /* a bit for each page */
	unsigned char bytes[BLOCK_SIZE];
};

static size_t slot_of(uint64_t number)
{
	return (size_t)((number * 0x9e3779b97f4a7c15ULL) >> 40) &
	       (TABLE_SIZE - 1);
}

static struct cache_block **find_slot(struct cache *cache, uint64_t number)
{
	size_t slot = slot_of(number);

	while (cache->table[slot] && cache->table[slot]->number != number)
		slot = (slot + 1) & (TABLE_SIZE - 1);
	return &cache->table[slot];
}

/* Takes BLOCK out of the table and closes the gap behind it. */
static void forget_block(struct cache *cache, const struct cache_block *block)
{
	size_t hole = (size_t)(find_slot(cache, block->number) - cache->table);

	cache->table[hole] = NULL;
	for (size_t slot = (hole + 1) & (TABLE_SIZE - 1); cache->table[slot];
	     slot = (slot + 1) & (TABLE_SIZE - 1)) {
		struct cache_block *moved = cache->table[slot];

		cache->table[slot] = NULL;
		*find_slot(cache, moved->number) = moved;
	}
}

static struct cache_block *new_block(struct cache *cache)
{
	struct cache_block *block = cache->oldest;

	if (cache->count < BLOCK_LIMIT) {
		cache->count++;
		return check_memory(malloc(sizeof *block));
	}
	cache->oldest = block->next;
	forget_block(cache, block);
	return block;
}

static void fill_block(struct cache *cache, struct cache_block *block)
{
	uint64_t base = block->number * BLOCK_SIZE;

	block->valid = UINT16_MAX;
	if (cache->source->read(cache->source, base, block->bytes, BLOCK_SIZE))
		return;
	for (unsigned page = 0; page < BLOCK_PAGES; page++) {
		size_t at = (size_t)page * PAGE_SIZE;

		if (!cache->source->read(cache->source, base + at,
					 block->bytes + at, PAGE_SIZE))
			block->valid &= (uint16_t)~(1u << page);
	}
}

static struct cache_block *get_block(struct cache *cache, uint64_t number)
{
	struct cache_block *block = cache->last;

	if (block && block->number == number)
		return block;
	block = *find_slot(cache, number);
	if (!block) {
		block = new_block(cache);
		block->number = number;
		block->next = NULL;
		fill_block(cache, block);
		*find_slot(cache, number) = block;
		if (cache->newest && cache->oldest)
			cache->newest->next = block;
		else
			cache->oldest = block;
		cache->newest = block;
	}
	cache->last = block;
	return block;
}

static bool cache_read(const struct space *space, uint64_t address,
		       void *buffer, size_t size)
{
	struct cache *cache = (struct cache *)(uintptr_t)space;
	unsigned char *to = buffer;

	if (address + size < address)
		return false;
	while (size) {
		struct cache_block *block =
			get_block(cache, address / BLOCK_SIZE);
		size_t at = address % BLOCK_SIZE;
		size_t in_page = PAGE_SIZE - at % PAGE_SIZE;
		size_t n = size < in_page ? size : in_page;

		if (!(block->valid & 1u << at / PAGE_SIZE))
			return false;
		memcpy(to, block->bytes + at, n);
		to += n;
		address += n;
		size -= n;
	}
	return true;
}

void cache_init(struct cache *cache, const struct space *source)
{
	*cache = (struct cache){ .space = { cache_read }, .source = source };
	cache->table = check_memory(calloc(TABLE_SIZE, sizeof *cache->table));
}

void cache_deinit(struct cache *cache)
{
	while (cache->oldest) {
		struct cache_block *next = cache->oldest->next;

		free(cache->oldest);
		cache->oldest = next;
	}
	free(cache->table);
}
