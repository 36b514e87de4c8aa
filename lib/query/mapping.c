/* SPDX-License-Identifier: Apache-2.0 */
/* The outermost level: memory as the kernel gave it. */
#include "query/find.h"
#include "query/site.h"

bool query_find_mapping(const struct query_view *view, uint64_t address,
			enum query_depth depth, struct query_leaf *leaf)
{
	struct allotype_mapping mapping;
	enum query_allocator kind = QUERY_MMAP;

	if (!view->operations->mapping(view, address, &mapping))
		return false;
	if (mapping.flags & ALLOTYPE_MAPPING_BRK)
		kind = QUERY_BRK;
	else if (mapping.flags & ALLOTYPE_MAPPING_STACK)
		kind = QUERY_STACK;
	query_leaf_set(leaf, kind, mapping.base, mapping.limit - mapping.base);
	leaf->info.name = view->operations->string(view, mapping.path);
	leaf->info.site.address = (const void *)(uintptr_t)mapping.site;
	if (mapping.site && depth >= QUERY_ALL)
		query_code_at(view, mapping.site, true, &leaf->info.site);
	return true;
}
