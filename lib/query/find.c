/* SPDX-License-Identifier: Apache-2.0 */
#include "query/find.h"

const struct alloc_allocator query_allocators[QUERY_ALLOCATOR_COUNT] = {
	[QUERY_NONE] = { "none" },
	[QUERY_MMAP] = { "mmap" },
	[QUERY_BRK] = { "brk" },
	[QUERY_STATIC_FILE] = { "static-file" },
	[QUERY_STATIC_SEGMENT] = { "static-segment" },
	[QUERY_STATIC_SECTION] = { "static-section" },
	[QUERY_STATIC_SYMBOL] = { "static-symbol" },
	[QUERY_STACK] = { "stack" },
	[QUERY_STACKFRAME] = { "stackframe" },
	[QUERY_AUXV] = { "auxv" },
	[QUERY_TLS] = { "tls" },
	[QUERY_HEAP] = { "heap" },
	[QUERY_CLASS] = { "class" },
	[QUERY_FIELD] = { "field" },
};

void query_leaf_set(struct query_leaf *leaf, enum query_allocator kind,
		    uint64_t base, uint64_t size)
{
	leaf->kind = kind;
	leaf->base = base;
	leaf->limit = base + size;
	leaf->info.status = ALLOC_OK;
	leaf->info.allocator = &query_allocators[kind];
	leaf->info.base = (const void *)(uintptr_t)base;
	leaf->info.limit = (const void *)(uintptr_t)(base + size);
	leaf->info.size = size;
	leaf->info.type_status = ALLOC_NO_TYPE;
}

void query_leaf_set_type(struct query_leaf *leaf,
			 const struct alloc_type *type, unsigned int evidence,
			 unsigned int confidence)
{
	if (!type)
		return;
	leaf->info.type = type;
	leaf->info.type_status = ALLOC_OK;
	leaf->info.evidence = evidence;
	leaf->info.confidence = confidence;
}

/* A file that was loaded, or a thread that was started, behind our back. */
static bool find_new_one(const struct query_view *view, uint64_t address,
			  enum query_depth depth, struct query_leaf *leaf)
{
	return view->operations->refresh && view->operations->refresh(view) &&
	       (query_find_static(view, address, depth, leaf) ||
		query_find_stack(view, address, depth, leaf));
}

enum alloc_status query_find(const struct query_view *view, uint64_t address,
			     enum query_depth depth, struct query_leaf *leaf)
{
	*leaf = (struct query_leaf){ .kind = QUERY_NONE };
	if (query_find_heap(view, address, depth, leaf) ||
	    query_find_static(view, address, depth, leaf) ||
	    query_find_stack(view, address, depth, leaf) ||
	    find_new_one(view, address, depth, leaf) ||
	    query_find_mapping(view, address, depth, leaf))
		return leaf->info.status;
	leaf->info.status = ALLOC_UNMAPPED;
	leaf->info.type_status = ALLOC_UNMAPPED;
	leaf->info.allocator = &query_allocators[QUERY_NONE];
	return ALLOC_UNMAPPED;
}
