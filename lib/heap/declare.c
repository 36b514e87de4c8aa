/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/declare.h"

#include "heap/heap.h"
#include "heap/lookup.h"
#include "heap/object.h"
#include "heap/sample.h"
#include "heap/sites.h"
#include "heap/split.h"

/* The same site with a type of its own; 0: there is no room for it. */
static uint32_t declared_site(uint32_t site, uint64_t type, uint64_t hash)
{
	const struct site_origin declaration = {
		.offset = hash, .flags = ALLOTYPE_SITE_TYPE,
	};
	struct allotype_site before = { 0 };
	struct site_origin origin = { 0 };

	sites_get(site, &before);
	origin.file = before.file;
	origin.offset = before.offset;
	origin.flags = before.flags;
	origin.typed = sites_intern(type, &declaration);
	return origin.typed ? sites_intern(before.address, &origin) : 0;
}

/* False: it was freed or resized meanwhile. */
static bool mark_segment(const struct object *object, uint32_t site)
{
	uint32_t before = object->record;
	uint32_t after = allotype_record_live(sample_mark(object, site),
					      allotype_record_slack(before));

	if (!__atomic_compare_exchange_n(
		    &unit_records(object->page)[object->index], &before, after,
		    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return false;
	sample_resize(object, object->size, site);
	return true;
}

static bool mark(const struct object *object, uint32_t site)
{
	if (object->page)
		return mark_segment(object, site);
	sample_resize(object, object->size, site);
	return big_set_size(object->region, object->base, object->size,
			    sample_mark(object, site));
}

enum status heap_declare(uintptr_t address, uint64_t type, uint64_t hash)
{
	struct heap_object known;
	struct object object;
	uint32_t site;

	/* Objects of classes have the types of their classes; the parts of
	 * what was split keep their sites elsewhere. */
	if (object_find(address, &object) != OBJECT_LIVE || object.class_id ||
	    object.is_part ||
	    !heap_lookup(NULL, heap_published_address(), address, &known))
		return STATUS_MISUSE;
	site = declared_site(known.site, type, hash);
	if (!site)
		return STATUS_NO_MEMORY;
	return mark(&object, site) ? STATUS_OK : STATUS_MISUSE;
}
