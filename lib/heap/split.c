/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/split.h"

#include "heap/region.h"

/* All guarded by region_lock. */
static struct allotype_part *free_parts; /* chained by `chain' */

static struct allotype_part *part_at(uint64_t address)
{
	return (struct allotype_part *)(uintptr_t)address;
}

static uint64_t *bucket_of(uint64_t base)
{
	return (uint64_t *)(uintptr_t)region_heap.parts +
	       allotype_part_bucket(base);
}

/* The part that begins at BASE, or NULL. */
static struct allotype_part *find_exact(uint64_t base)
{
	struct allotype_part *part;

	if (!region_heap.parts)
		return NULL;
	part = part_at(*bucket_of(base));
	while (part && part->base != base)
		part = part_at(part->chain);
	return part;
}

static struct allotype_part *take_part(void)
{
	struct allotype_part *part = free_parts;

	if (part) {
		free_parts = part_at(part->chain);
		return part;
	}
	return region_book(sizeof *part);
}

static void give_part(struct allotype_part *part)
{
	part->state = ALLOTYPE_PART_NONE;
	part->chain = (uintptr_t)free_parts;
	free_parts = part;
}

static bool have_table(void)
{
	if (!region_heap.parts)
		/* Release: readers find it zeroed. */
		__atomic_store_n(&region_heap.parts,
				 (uintptr_t)region_book(
					 sizeof(uint64_t)
					 << ALLOTYPE_PART_BITS),
				 __ATOMIC_RELEASE);
	return region_heap.parts;
}

static void insert(struct allotype_part *part)
{
	uint64_t *bucket = bucket_of(part->base);

	part->chain = *bucket;
	/* Release: readers find the part whole. */
	__atomic_store_n(bucket, (uintptr_t)part, __ATOMIC_RELEASE);
}

static void withdraw(struct allotype_part *part)
{
	uint64_t *link = bucket_of(part->base);

	while (*link != (uintptr_t)part)
		link = &part_at(*link)->chain;
	__atomic_store_n(link, part->chain, __ATOMIC_RELEASE);
}

/* The rest of PART from AT on becomes TAIL. */
static void cut(struct allotype_part *part, struct allotype_part *tail,
		uint64_t at)
{
	uint64_t n = at - part->base;

	*tail = (struct allotype_part){
		.base = at,
		.limit = part->limit,
		.size = part->size > n ? part->size - n : 0,
		.next = part->next,
		.head = part->head,
		.site = part->site,
		.state = ALLOTYPE_PART_LIVE,
	};
	insert(tail);
	__atomic_store_n(&part->next, (uintptr_t)tail, __ATOMIC_RELEASE);
	__atomic_store_n(&part->limit, at, __ATOMIC_RELAXED);
	if (part->size > n)
		__atomic_store_n(&part->size, n, __ATOMIC_RELAXED);
	part_at(part->head)->live++;
}

bool split_add(const struct split_block *block, uintptr_t at)
{
	struct allotype_part *head, *tail;

	if (!have_table())
		return false;
	head = take_part();
	tail = take_part();
	if (!tail) {
		if (head)
			give_part(head);
		return false;
	}
	*head = (struct allotype_part){
		.base = block->base,
		.limit = block->limit,
		.size = block->size,
		.head = (uintptr_t)head,
		.site = block->site,
		.state = ALLOTYPE_PART_LIVE,
		.live = 1,
	};
	insert(head);
	cut(head, tail, at);
	return true;
}

bool split_again(uintptr_t base, uintptr_t at)
{
	struct allotype_part *part, *tail = NULL;

	lock_acquire(&region_lock);
	part = find_exact(base);
	if (part && part->state == ALLOTYPE_PART_LIVE)
		tail = take_part();
	if (tail)
		cut(part, tail, at);
	lock_release(&region_lock);
	return tail != NULL;
}

bool split_find(uintptr_t block, uintptr_t address, struct allotype_part *part)
{
	struct allotype_part *found;

	lock_acquire(&region_lock);
	found = find_exact(address);
	if (!found)
		found = find_exact(block);
	while (found && address >= found->limit)
		found = part_at(found->next);
	if (found)
		*part = *found;
	lock_release(&region_lock);
	return found != NULL;
}

void split_resize(uintptr_t base, size_t size, uint32_t site)
{
	struct allotype_part *part;

	lock_acquire(&region_lock);
	part = find_exact(base);
	if (part && part->state == ALLOTYPE_PART_LIVE) {
		__atomic_store_n(&part->size, size, __ATOMIC_RELAXED);
		__atomic_store_n(&part->site, site, __ATOMIC_RELAXED);
	}
	lock_release(&region_lock);
}

/* Forgets all parts of the block of HEAD. */
static void forget(struct allotype_part *head)
{
	struct allotype_part *next;

	for (struct allotype_part *part = head; part; part = next) {
		next = part_at(part->next);
		withdraw(part);
		give_part(part);
	}
}

void split_forget(uintptr_t block)
{
	struct allotype_part *head = find_exact(block);

	if (head)
		forget(head);
}

static enum split_end end_part(uintptr_t base, uint32_t pair,
			       enum allotype_part_state state)
{
	enum split_end end = SPLIT_NOT_LIVE;
	struct allotype_part *part, *head;

	lock_acquire(&region_lock);
	part = find_exact(base);
	if (part && part->state == ALLOTYPE_PART_LIVE) {
		head = part_at(part->head);
		__atomic_store_n(&part->site, pair, __ATOMIC_RELAXED);
		__atomic_store_n(&part->state, state, __ATOMIC_RELAXED);
		end = --head->live ? SPLIT_FREED : SPLIT_LAST;
		if (end == SPLIT_LAST)
			forget(head);
	}
	lock_release(&region_lock);
	return end;
}

enum split_end split_free(uintptr_t base, uint32_t pair)
{
	return end_part(base, pair, ALLOTYPE_PART_FREED);
}

enum split_end split_discard(uintptr_t base)
{
	return end_part(base, 0, ALLOTYPE_PART_UNUSED);
}

bool split_check(uintptr_t base, uintptr_t limit)
{
	const struct allotype_part *head = find_exact(base), *part;
	uint64_t at = base;
	uint32_t live = 0;

	for (part = head; part; part = part_at(part->next)) {
		if (part->base != at || part->limit <= at ||
		    part->limit > limit || part->head != (uintptr_t)head ||
		    find_exact(part->base) != part ||
		    part->state == ALLOTYPE_PART_NONE ||
		    (part->state == ALLOTYPE_PART_LIVE &&
		     part->size > part->limit - at))
			return false;
		live += part->state == ALLOTYPE_PART_LIVE;
		at = part->limit;
	}
	return at == limit && live && head->live == live;
}
