/* SPDX-License-Identifier: Apache-2.0 */
#include "query/census.h"

#include <string.h>

static const struct census_site *find_site(struct census *census, uint32_t id)
{
	struct census_site *slot = &census->sites[id % CENSUS_SITES];
	struct query_site_facts facts;

	if (slot->id == id && id)
		return slot;
	*slot = (struct census_site){ .id = id };
	slot->type.status = ALLOC_NO_METADATA;
	if (query_site_facts(census->view, id, &facts)) {
		slot->code = facts.code;
		slot->type = facts.type;
		query_code_complete(census->view, &slot->code);
	}
	return slot;
}

static bool visit_object(void *context, const struct heap_object *heap)
{
	struct census *census = context;
	struct census_object object = { .heap = *heap };

	object.site = find_site(census, heap->site);
	if (object.site->type.type)
		object.confidence = query_site_fit(&object.site->type,
						   heap->size, &object.count);
	return census->visit(census->context, &object);
}

void census_walk(struct census *census, const struct query_view *view,
		 bool (*visit)(void *context,
			       const struct census_object *object),
		 void *context)
{
	memset(census->sites, 0, sizeof census->sites);
	census->view = view;
	census->visit = visit;
	census->context = context;
	heap_walk(view->space, view->index->heap, visit_object, census);
}
