/* SPDX-License-Identifier: Apache-2.0 */
#include "query/candidates.h"

#include "query/floating.h"
#include "query/site.h"
#include "type/types.h"

struct list {
	struct alloc_candidate *at;
	size_t capacity, count;
};

static void add(struct list *list, const struct alloc_candidate *candidate)
{
	if (list->count < list->capacity)
		list->at[list->count] = *candidate;
	list->count++;
}

/* Of an array its elements': sites speak of those. */
static const struct alloc_type *element_of(const struct alloc_type *type)
{
	const struct alloc_type *bare = alloc_type_strip(type);

	return alloc_type_strip(alloc_type_kind(bare) == ALLOC_KIND_ARRAY ?
				alloc_type_target(bare) : bare);
}

/* Adds OTHER unless LEAF says so itself. */
static void add_other(struct list *list, const struct query_leaf *leaf,
		      const struct query_site_type *other)
{
	if (other->type &&
	    (element_of(other->type) != element_of(leaf->info.type) ||
	     other->offset != leaf->type_offset))
		add(list, &(struct alloc_candidate){
			.type = other->type, .offset = other->offset,
			.evidence = other->evidence,
			.confidence = other->confidence,
		});
}

/* What the site prefers may be an alternative to what the object's virtual
 * table or its pointers said. */
static void add_others(struct list *list, const struct query_leaf *leaf,
		       const struct query_site *site)
{
	const struct allotype_meta_site *meta = &site->type_meta;
	struct query_site_type choice;
	uint64_t moved;

	query_site_type(site, &choice);
	/* Where the one begins behind a header, all others do. */
	moved = floating_distance(leaf, &choice);
	choice.offset += moved;
	add_other(list, leaf, &choice);
	for (uint32_t i = 0; i < meta->alternative_count; i++) {
		struct query_site_type other;

		if (!query_site_alternative(site, i, &other))
			continue;
		other.offset += moved;
		add_other(list, leaf, &other);
	}
}

size_t query_candidates(const struct query_view *view,
			const struct query_leaf *leaf,
			struct alloc_candidate *candidates, size_t capacity)
{
	struct list list = { .at = candidates, .capacity = capacity };
	const struct alloc_info *info = &leaf->info;
	struct query_site site;

	if (info->type)
		add(&list, &(struct alloc_candidate){
			.type = info->type, .offset = leaf->type_offset,
			.evidence = info->evidence,
			.confidence = info->confidence,
		});
	if (leaf->kind != QUERY_HEAP ||
	    info->evidence & ALLOC_EVIDENCE_DECLARED ||
	    !query_site_find(view, leaf->site, &site) || !site.has_type_meta)
		return list.count;
	add_others(&list, leaf, &site);
	return list.count;
}
