/* SPDX-License-Identifier: Apache-2.0 */
#include "query/floating.h"

#include "base/sys.h"
#include "heap/lookup.h"
#include "query/weigh.h"

enum {
	WORD = sizeof(uint64_t),
	HEADER_WORDS = 16,  /* in longer ones nothing is looked for */
	WORDS_MAX = 8,      /* of an object, that are looked at */
	BYTES_MAX = 128,    /* in which these are */
	DEPTH_MAX = 4,
	LOWEST_ADDRESS = 1 << 16,
	ADDRESS_BITS = 47,
	MARGIN = 3,         /* by which the best place must lead */
	/* Marks: how well a word suits the member that it would be. */
	PROOF = 3,          /* hardly by chance */
	HINT = 1,
	DOUBT = -3,
	CONTRADICTION = -6,
};

/* A member that takes a word. */
struct word {
	uint64_t offset;
	const struct alloc_type *pointee; /* NULL: it is a number */
};

struct words {
	struct word at[WORDS_MAX];
	unsigned int count;
};

/* ---- what is expected ---- */

/* What is packed is left out. */
static void add_word(struct words *words, uint64_t offset,
		     const struct alloc_type *pointee)
{
	if (words->count < WORDS_MAX && offset % WORD == 0 &&
	    offset + WORD <= BYTES_MAX)
		words->at[words->count++] = (struct word){ offset, pointee };
}

/* The words of BARE, at OFFSET; of unions and arrays nobody knows. */
static void find_words(const struct alloc_type *bare, uint64_t offset,
		       int depth, struct words *words)
{
	size_t count = 0;

	switch (alloc_type_kind(bare)) {
	case ALLOC_KIND_POINTER:
		add_word(words, offset, alloc_type_target(bare));
		break;
	case ALLOC_KIND_BASE:
		if (alloc_type_size(bare) == WORD)
			add_word(words, offset, NULL);
		break;
	case ALLOC_KIND_STRUCT:
		count = alloc_type_member_count(bare);
		break;
	default:
		break;
	}
	for (size_t i = 0; i < count && depth < DEPTH_MAX; i++) {
		struct alloc_member member;

		if (!alloc_type_member(bare, i, &member) && !member.bit_size &&
		    member.offset != SIZE_MAX)
			find_words(alloc_type_strip(member.type),
				   offset + member.offset, depth + 1, words);
	}
}

/* ---- what is there ---- */

/* Does ADDRESS, in the heap, suit a pointer to POINTEE?  Where objects behind
 * headers begin is not asked again. */
static int mark_object(const struct query_view *view,
		       const struct heap_object *object, uint64_t address,
		       const struct alloc_type *pointee)
{
	uint64_t offset = address - object->base;
	struct query_site_facts facts;

	if (object->state != HEAP_STATE_LIVE || offset >= object->size)
		return DOUBT;
	if (!alloc_type_size(pointee))
		return 0;
	if (alloc_type_size(pointee) > object->size - offset)
		return CONTRADICTION;
	if (!query_site_facts(view, object->site, &facts) || !facts.type.type)
		return 0;
	if (facts.type.floating ? offset < facts.type.offset
				: offset != facts.type.offset)
		return 0;
	if (weigh_begins_with(facts.type.type, pointee))
		return PROOF;
	/* Some sites know no more than what all their objects begin with. */
	return weigh_begins_with(pointee, facts.type.type) ? 0 : DOUBT;
}

/* Elsewhere in memory may be anything: to ask the kernel takes too long. */
static int mark_pointer(const struct query_view *view, uint64_t address,
			const struct alloc_type *pointee)
{
	const struct alloc_type *bare = alloc_type_strip(pointee);
	struct query_leaf target = { .kind = QUERY_NONE };
	struct heap_object object;

	if (!address)
		return 0;
	if (address < LOWEST_ADDRESS)
		return CONTRADICTION;
	if (heap_lookup(view->space, view->index->heap, address, &object))
		return mark_object(view, &object, address, bare);
	if (query_find_static(view, address, QUERY_TYPE, &target)) {
		if (alloc_type_kind(bare) == ALLOC_KIND_FUNCTION)
			return target.is_code ? PROOF : CONTRADICTION;
		return target.base == address && target.info.type &&
		       weigh_begins_with(target.info.type, bare) ? PROOF : 0;
	}
	return address >> ADDRESS_BITS == 0 ? 0 : CONTRADICTION;
}

/* Integers of any value are common, addresses among them are not. */
static int mark_number(const struct query_view *view, uint64_t number)
{
	struct heap_object object;

	if (number < LOWEST_ADDRESS)
		return number ? HINT : 0;
	return heap_lookup(view->space, view->index->heap, number, &object) &&
	       object.state == HEAP_STATE_LIVE ? DOUBT : 0;
}

/* A program may protect whole pages of what it allocated. */
static bool is_readable(const struct query_leaf *leaf, uint64_t begin,
			uint64_t end)
{
	uint64_t page = begin & ~(uint64_t)(SYS_PAGE_SIZE - 1);

	for (; page < end; page += SYS_PAGE_SIZE)
		if (page >= leaf->base && leaf->limit - page >= SYS_PAGE_SIZE)
			return false;
	return true;
}

static int mark_place(const struct query_view *view,
		      const struct query_leaf *leaf, const struct words *words,
		      uint64_t offset)
{
	uint64_t content[BYTES_MAX / WORD], begin = leaf->base + offset;
	uint64_t size = leaf->limit - begin;
	int marks = 0;

	if (size > sizeof content)
		size = sizeof content;
	if (!is_readable(leaf, begin, begin + size) ||
	    !space_read(view->space, begin, content, size))
		return 0;
	for (unsigned int i = 0; i < words->count; i++) {
		const struct word *w = &words->at[i];
		uint64_t word = content[w->offset / WORD];

		marks += w->pointee ? mark_pointer(view, word, w->pointee)
				    : mark_number(view, word);
	}
	return marks;
}

/* ---- the verdict ---- */

/* The places that were looked at: the best, its marks, and the next best. */
struct race {
	uint64_t offset;
	int most, second;
	bool any;
};

static void race_enter(struct race *race, uint64_t offset, int marks)
{
	if (race->any && marks <= race->most) {
		race->second = marks > race->second ? marks : race->second;
		return;
	}
	race->second = race->any ? race->most : marks - MARGIN;
	race->most = marks;
	race->offset = offset;
	race->any = true;
}

void floating_place(const struct query_view *view,
		    const struct query_leaf *leaf, struct query_site_type *type)
{
	uint64_t size = alloc_type_size(type->type), last;
	struct race race = { .any = false };
	struct words words = { .count = 0 };
	int at_end = CONTRADICTION;

	type->single = true;
	if (!size || leaf->info.size < type->offset + size)
		return;
	/* Where it ends with what was asked for. */
	last = leaf->info.size - size;
	find_words(alloc_type_strip(type->type), 0, 0, &words);
	for (uint64_t i = 0; i <= HEADER_WORDS; i++) {
		uint64_t offset = type->offset + i * WORD;

		if (offset >= last || i == HEADER_WORDS)
			offset = last;
		if (offset % WORD == 0) {
			int marks = mark_place(view, leaf, &words, offset);

			race_enter(&race, offset, marks);
			at_end = offset == last ? marks : at_end;
		}
		if (offset == last)
			break;
	}
	if (race.any && race.most > 0 && race.most - race.second >= MARGIN) {
		type->offset = race.offset;
		type->evidence |= ALLOC_EVIDENCE_CONTENT;
	} else if (last % WORD == 0 && race.most - at_end < MARGIN) {
		type->offset = last;
	} else if (race.any) {
		type->offset = race.offset;
		type->confidence /= 2;
	}
}
