/* SPDX-License-Identifier: Apache-2.0 */
/* Heap objects: bounds from the record, type and code from the site. */
#include "heap/lookup.h"
#include "query/class.h"
#include "query/collected.h"
#include "query/find.h"
#include "query/floating.h"
#include "query/site.h"
#include "query/vtable.h"
#include "type/types.h"

static void set_type(const struct query_view *view, struct query_leaf *leaf,
		     const struct query_site_type *type)
{
	struct query_site_type placed = *type;
	const struct alloc_type *whole = type->type;
	unsigned int confidence;
	uint64_t count;

	leaf->info.type_status = type->status;
	if (!type->type)
		return;
	/* Its record has forgotten the size, so nobody knows how many. */
	if (leaf->info.status == ALLOC_FREED) {
		query_leaf_set_type(leaf, type->type, type->evidence,
				    type->confidence);
		leaf->type_offset = type->offset;
		return;
	}
	if (type->floating)
		floating_place(view, leaf, &placed);
	confidence = query_site_fit(&placed, leaf->info.size, &count);
	if (count)
		whole = types_array(type->type, count);
	query_leaf_set_type(leaf, whole, placed.evidence, confidence);
	leaf->type_offset = placed.offset;
}

/* The name of a class is that of its objects; its type, if it has one, comes
 * before what their sites say. */
static void set_class(const struct query_view *view, uint32_t id,
		      enum query_depth depth, struct query_leaf *leaf)
{
	struct query_site_type type = { .evidence = ALLOC_EVIDENCE_DECLARED,
					.confidence = 100 };
	struct allotype_class found;

	leaf->kind = QUERY_CLASS;
	leaf->info.allocator = &query_allocators[QUERY_CLASS];
	leaf->class_id = id;
	if (depth == QUERY_BOUNDS || !query_class_find(view, id, &found))
		return;
	leaf->info.name = view->operations->string(view, found.name);
	type.type = query_class_type(view, id, &found);
	if (!type.type)
		return;
	leaf->type_offset = 0;
	set_type(view, leaf, &type);
}

static void set_site(const struct query_view *view, uint32_t id,
		     enum query_depth depth, struct query_leaf *leaf)
{
	struct query_site_facts facts;

	leaf->site = id;
	leaf->info.type_status = ALLOC_NO_METADATA;
	if (depth == QUERY_BOUNDS) {
		struct allotype_site raw;

		if (query_site_raw(view, id, &raw))
			leaf->info.site.address =
				(const void *)(uintptr_t)raw.address;
		return;
	}
	if (!query_site_facts(view, id, &facts))
		return;
	leaf->info.site = facts.code;
	set_type(view, leaf, &facts.type);
}

static void set_free_site(const struct query_view *view, uint32_t id,
			  enum query_depth depth, struct query_leaf *leaf)
{
	struct query_site_facts facts;

	leaf->free_site = id;
	if (depth > QUERY_BOUNDS && query_site_facts(view, id, &facts))
		leaf->info.free_site = facts.code;
}

bool query_find_heap(const struct query_view *view, uint64_t address,
		     enum query_depth depth, struct query_leaf *leaf)
{
	struct heap_object object;

	if (!heap_lookup(view->space, view->index->heap, address, &object))
		return false;
	query_leaf_set(leaf, QUERY_HEAP, object.base, object.size);
	if (object.state == HEAP_STATE_UNUSED) {
		leaf->info.status = ALLOC_UNUSED;
		leaf->info.type_status = ALLOC_UNUSED;
		return true;
	}
	/* Within the segment, behind what was asked for. */
	if (object.state == HEAP_STATE_LIVE && address >= leaf->limit &&
	    address != object.base) {
		leaf->info.status = ALLOC_UNUSED;
		leaf->info.type_status = ALLOC_UNUSED;
	}
	if (object.state == HEAP_STATE_FREED) {
		leaf->info.status = ALLOC_FREED;
		set_free_site(view, object.free_site, depth, leaf);
	}
	set_site(view, object.site, depth, leaf);
	if (object.class_id)
		set_class(view, object.class_id, depth, leaf);
	if (object.state == HEAP_STATE_LIVE && depth > QUERY_BOUNDS &&
	    !(leaf->info.evidence & ALLOC_EVIDENCE_DECLARED))
		query_vtable_refine(view, leaf);
	if (leaf->info.status == ALLOC_OK && depth > QUERY_BOUNDS &&
	    view->collected)
		collected_refine(view->collected, leaf);
	return true;
}
