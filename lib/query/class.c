/* SPDX-License-Identifier: Apache-2.0 */
#include "query/class.h"

#include "index/files.h"
#include "type/metafile_spelling.h"
#include "type/types.h"

bool query_class_find(const struct query_view *view, uint32_t id,
		      struct allotype_class *found)
{
	struct allotype_heap buffer;
	const struct allotype_heap *heap;

	if (!id || !view->index->heap)
		return false;
	heap = SPACE_VIEW(view->space, view->index->heap, &buffer);
	/* Acquire: an entry is complete before the count covers it. */
	return heap &&
	       id < __atomic_load_n(&heap->class_count, __ATOMIC_ACQUIRE) &&
	       space_read(view->space,
			  heap->classes + (uint64_t)id * heap->class_size,
			  found, sizeof *found);
}

/* ---- types by name ---- */

static const struct alloc_type *find_in_file(const struct query_view *view,
					     const struct allotype_file *file,
					     uint64_t node, const char *name)
{
	const struct metafile *metafile =
		view->operations->metadata(view, file, node);
	uint32_t count;

	if (!metafile)
		return NULL;
	count = metafile_type_count(metafile);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = metafile_type_number(metafile, i);
		struct metafile_type type;

		if (metafile_type(metafile, number, &type) &&
		    !(type.flags & ALLOTYPE_META_TYPE_DECLARATION) &&
		    metafile_type_is_named(metafile, number, name))
			return types_from_file(metafile, number);
	}
	return NULL;
}

/* The file that registered the class comes first, then the newest. */
static const struct alloc_type *find_by_name(const struct query_view *view,
					     const struct allotype_class *found)
{
	const char *name = view->operations->string(view, found->type_name);
	uint64_t files = view->index->files, node;
	const struct alloc_type *type = NULL;
	struct allotype_file file;

	if (!name)
		return NULL;
	if (files_find(view->space, files, found->return_address - 1, &file,
		       &node))
		type = find_in_file(view, &file, node, name);
	for (unsigned int i = 0; !type && files && i < FILES_MAX; i++) {
		if (!space_read(view->space, files, &file, sizeof file))
			break;
		type = find_in_file(view, &file, files, name);
		files = file.next;
	}
	return type;
}

#ifdef ALLOTYPE_REMOTE

/* The pointer to the type says nothing outside its process. */
const struct alloc_type *query_class_type(const struct query_view *view,
					  uint32_t id,
					  const struct allotype_class *found)
{
	(void)id;
	return find_by_name(view, found);
}

#else

/* What was found by name, by class id; or, with the lowest bit set, which file
 * was the newest when nothing was.  Atomic. */
static uint64_t known[1 << 16];

const struct alloc_type *query_class_type(const struct query_view *view,
					  uint32_t id,
					  const struct allotype_class *found)
{
	uint64_t missed = view->index->files | 1, *memo, before;
	const struct alloc_type *type;

	if (found->type)
		return (const struct alloc_type *)(uintptr_t)found->type;
	if (!found->type_name)
		return NULL;
	memo = &known[id % (sizeof known / sizeof *known)];
	/* Acquire: with the release below. */
	before = __atomic_load_n(memo, __ATOMIC_ACQUIRE);
	if (before == missed)
		return NULL;
	if (before && !(before & 1))
		return (const struct alloc_type *)(uintptr_t)before;
	type = find_by_name(view, found);
	__atomic_store_n(memo, type ? (uintptr_t)type : missed,
			 __ATOMIC_RELEASE);
	return type;
}

#endif
