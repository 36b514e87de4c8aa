/* SPDX-License-Identifier: Apache-2.0 */
#include "query/weigh.h"

#include <string.h>

#include "query/floating.h"
#include "type/type_entry.h"
#include "type/types.h"

enum {
	/* Of a site's answer, in percent: from here on it needs no help. */
	CERTAIN_ALONE = 45,
	CERTAIN_AMONG = 90,
	DISPUTED = 20, /* less, in percent */
	BASES_MAX = 4, /* within each other */
	ATE_SIGNED_CHAR = 6, ATE_UNSIGNED_CHAR = 8, /* DWARF 5 section 7.8 */
};

/* How good the answer of a pointer is, worst first. */
enum rank {
	RANK_NONE,
	RANK_INSIDE, /* it leads into the middle */
	RANK_BYTES,  /* characters, which anything may be read as */
	RANK_PREFIX, /* the object begins with one; or with a base of it */
	RANK_ARRAY,  /* several fit exactly */
	RANK_EXACT,  /* one fits exactly */
	RANK_NAMED,  /* and the site names the type as well */
};

static const uint8_t confidences[] = {
	[RANK_INSIDE] = 30, [RANK_BYTES] = 50, [RANK_PREFIX] = 40,
	[RANK_ARRAY] = 70, [RANK_EXACT] = 85, [RANK_NAMED] = 95,
};

bool weigh_same(const struct alloc_type *a, const struct alloc_type *b)
{
	a = alloc_type_strip(a);
	b = alloc_type_strip(b);
	return a == b ||
	       (alloc_type_kind(a) == alloc_type_kind(b) &&
		alloc_type_size(a) == alloc_type_size(b) &&
		strcmp(alloc_type_name(a), alloc_type_name(b)) == 0);
}

bool weigh_begins_with(const struct alloc_type *type,
		       const struct alloc_type *wanted)
{
	for (int i = 0; i < BASES_MAX; i++) {
		struct alloc_member first;

		type = alloc_type_strip(type);
		if (alloc_type_kind(type) == ALLOC_KIND_ARRAY)
			type = alloc_type_strip(alloc_type_target(type));
		if (weigh_same(type, wanted))
			return true;
		if (alloc_type_kind(type) != ALLOC_KIND_STRUCT ||
		    !alloc_type_member_count(type) ||
		    alloc_type_member(type, 0, &first))
			return false;
		type = first.type;
	}
	return false;
}

static bool is_character(const struct alloc_type *bare)
{
	unsigned int encoding = alloc_type_encoding(bare);

	return alloc_type_kind(bare) == ALLOC_KIND_BASE &&
	       (encoding == ATE_SIGNED_CHAR ||
		encoding == ATE_UNSIGNED_CHAR) && alloc_type_size(bare) == 1;
}

/* ---- what the site says ---- */

static const struct alloc_type *element_of(const struct alloc_type *type)
{
	const struct alloc_type *bare = alloc_type_strip(type);

	return alloc_type_kind(bare) == ALLOC_KIND_ARRAY ?
		       alloc_type_target(bare) : type;
}

/* Behind a header the others are where the object is; what CHOICE begins with
 * is none. */
static void add_alternatives(const struct query_site *site,
			     const struct query_site_type *choice,
			     uint64_t moved, struct weigh_candidate *candidates,
			     unsigned int *count)
{
	const struct allotype_meta_site *meta = &site->type_meta;

	for (uint32_t i = 0; site->has_type_meta &&
			     i < meta->alternative_count &&
			     *count < WEIGH_CANDIDATES; i++) {
		struct query_site_type other;

		if (query_site_alternative(site, i, &other) &&
		    alloc_type_size(other.type) &&
		    !(choice->floating &&
		      weigh_begins_with(choice->type, other.type)))
			candidates[(*count)++] = (struct weigh_candidate){
				.type = other.type,
				.offset = (uint32_t)(other.offset + moved),
			};
	}
}

unsigned int weigh_candidates(const struct query_view *view,
			      const struct query_leaf *leaf,
			      struct weigh_candidate *candidates)
{
	struct query_site_type type;
	struct query_site site;
	unsigned int count = 0;
	uint64_t moved;

	if (!query_site_find(view, leaf->site, &site))
		return 0;
	query_site_type(&site, &type);
	moved = floating_distance(leaf, &type);
	if (alloc_type_size(type.type) && type.offset + moved <= UINT32_MAX)
		candidates[count++] = (struct weigh_candidate){
			.type = type.type,
			.offset = (uint32_t)(type.offset + moved),
			.is_site_choice = true,
			.single = type.single || type.floating,
		};
	add_alternatives(&site, &type, moved, candidates, &count);
	return count;
}

static bool has_alternatives(const struct query_view *view,
			     const struct query_leaf *leaf)
{
	struct query_site site;

	return query_site_find(view, leaf->site, &site) && site.has_type_meta &&
	       site.type_meta.alternative_count;
}

enum weigh_class weigh_leaf(const struct query_view *view,
			    const struct query_leaf *leaf)
{
	const struct alloc_info *info = &leaf->info;
	const unsigned int sure = ALLOC_EVIDENCE_DECLARED |
				  ALLOC_EVIDENCE_SIZEOF |
				  ALLOC_EVIDENCE_COMPILER |
				  ALLOC_EVIDENCE_VTABLE;

	if (!info->type)
		return WEIGH_UNKNOWN;
	if (leaf->kind != QUERY_HEAP || info->evidence & sure ||
	    info->confidence >= CERTAIN_AMONG)
		return WEIGH_CERTAIN;
	return info->confidence < CERTAIN_ALONE ||
	       has_alternatives(view, leaf) ? WEIGH_UNCERTAIN : WEIGH_CERTAIN;
}

/* ---- what a pointer says ---- */

/* Does it point to others of its kind?  Such objects stand alone. */
static bool is_node(const struct alloc_type *bare)
{
	size_t count = alloc_type_member_count(bare);

	for (size_t i = 0; i < count; i++) {
		const struct alloc_type *type;
		struct alloc_member member;

		if (alloc_type_member(bare, i, &member))
			continue;
		type = alloc_type_strip(member.type);
		if (alloc_type_kind(type) == ALLOC_KIND_POINTER &&
		    alloc_type_strip(alloc_type_target(type)) == bare)
			return true;
	}
	return false;
}

/* Ends it with an array of any length? */
static bool is_open(const struct alloc_type *bare)
{
	const struct query_site_type type = { .type = bare };
	uint64_t count;

	/* What does not divide evenly is then still one. */
	query_site_fit(&type, 2 * alloc_type_size(bare), &count);
	return !count;
}

static enum rank rank_of(const struct alloc_type *bare, uint64_t room)
{
	uint64_t size = alloc_type_size(bare);

	if (!size || size > room)
		return RANK_NONE;
	if (is_character(bare))
		return RANK_BYTES;
	if (size == room)
		return RANK_EXACT;
	if (alloc_type_kind(bare) == ALLOC_KIND_STRUCT && is_open(bare))
		return RANK_EXACT;
	return room % size == 0 && !is_node(bare) ? RANK_ARRAY : RANK_PREFIX;
}

/* Does the site name TYPE, at OFFSET, as well? */
static bool is_named(const struct query_view *view,
		     const struct query_leaf *leaf,
		     const struct alloc_type *type, uint64_t offset)
{
	struct weigh_candidate candidates[WEIGH_CANDIDATES];
	unsigned int count = weigh_candidates(view, leaf, candidates);

	for (unsigned int i = 0; i < count; i++)
		if (candidates[i].offset == offset &&
		    weigh_same(candidates[i].type, type))
			return true;
	return false;
}

static bool site_type_fits(const struct query_leaf *leaf)
{
	uint64_t size = alloc_type_size(element_of(leaf->info.type));
	uint64_t room = leaf->info.size - leaf->type_offset;

	return leaf->type_offset < leaf->info.size && size && size <= room &&
	       room % size == 0;
}

/* Does what the site says, behind a header, begin with it?  That is no news,
 * and no array of such either. */
static bool is_base_of_site(const struct query_view *view,
			    const struct query_leaf *leaf,
			    const struct alloc_type *bare, uint64_t offset)
{
	struct query_site_facts facts;

	return offset == leaf->type_offset &&
	       query_site_facts(view, leaf->site, &facts) &&
	       facts.type.floating && facts.type.type &&
	       alloc_type_size(facts.type.type) <= leaf->info.size - offset &&
	       weigh_begins_with(facts.type.type, bare);
}

/* Of what the site knows only what it names, or what its answer cannot be. */
static enum rank rank_beside_site(const struct query_view *view,
				  const struct query_leaf *leaf,
				  const struct alloc_type *bare,
				  uint64_t offset)
{
	enum rank rank = rank_of(bare, leaf->info.size - offset);

	if (leaf->info.type && is_base_of_site(view, leaf, bare, offset))
		return RANK_NONE;
	if (rank <= RANK_BYTES || !leaf->info.type)
		return rank;
	if (rank >= RANK_ARRAY && is_named(view, leaf, bare, offset))
		return RANK_NAMED;
	return rank == RANK_EXACT && !site_type_fits(leaf) ? rank : RANK_NONE;
}

static void set_object(const struct query_leaf *leaf,
		       const struct alloc_type *pointee, uint64_t offset,
		       enum rank rank, struct collected_object *object)
{
	*object = (struct collected_object){
		.base = leaf->base,
		.size = leaf->info.size,
		.type = pointee,
		.site = leaf->site,
		.evidence = ALLOC_EVIDENCE_POINTER,
		.offset = (uint32_t)offset,
		.rank = (uint8_t)rank,
		.confidence = confidences[rank],
		.single = rank == RANK_PREFIX || rank == RANK_INSIDE,
		.pending = true,
	};
	if (rank >= RANK_ARRAY)
		object->evidence |= ALLOC_EVIDENCE_SIZE;
}

bool weigh_inside(const struct query_leaf *leaf,
		  const struct alloc_type *pointee, uint64_t offset,
		  struct collected_object *object)
{
	const struct alloc_type *bare = alloc_type_strip(pointee);
	uint64_t size = alloc_type_size(bare);

	if (leaf->info.type || offset >= leaf->info.size ||
	    offset > UINT32_MAX || size > leaf->info.size - offset ||
	    alloc_type_kind(bare) != ALLOC_KIND_STRUCT)
		return false;
	set_object(leaf, pointee, offset, RANK_INSIDE, object);
	return true;
}

bool weigh_pointer(const struct query_view *view,
		   const struct query_leaf *leaf,
		   const struct alloc_type *pointee, uint64_t offset,
		   struct collected_object *object)
{
	const struct alloc_type *bare = alloc_type_strip(pointee);
	enum rank rank;

	if (offset >= leaf->info.size || offset > UINT32_MAX)
		return false;
	rank = rank_beside_site(view, leaf, bare, offset);
	if (rank == RANK_NONE || (rank == RANK_BYTES && leaf->info.type))
		return false;
	set_object(leaf, pointee, offset, rank, object);
	return true;
}

static bool is_better(const struct collected_object *a,
		      const struct collected_object *b)
{
	uint64_t size_a = alloc_type_size(a->type);
	uint64_t size_b = alloc_type_size(b->type);

	if (a->rank != b->rank)
		return a->rank > b->rank;
	if (size_a != size_b)
		return size_a > size_b;
	/* The outermost of what begins at several places. */
	if (a->offset != b->offset)
		return a->offset < b->offset;
	/* Any order will do that does not depend on who came first. */
	return a->type->hash < b->type->hash;
}

bool weigh_against(const struct collected_object *old,
		   struct collected_object *new)
{
	/* A base class, or what an object begins with, disputes nothing. */
	bool disputed = old->rank == new->rank && old->rank > RANK_PREFIX;
	uint8_t confidence = confidences[old->rank] - DISPUTED;

	if (weigh_same(old->type, new->type) && old->offset == new->offset)
		return false;
	if (!is_better(new, old)) {
		if (!disputed || old->confidence == confidence)
			return false;
		*new = *old;
	}
	if (disputed)
		new->confidence = confidence;
	return true;
}
