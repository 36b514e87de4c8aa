/* SPDX-License-Identifier: Apache-2.0 */
/* The query API (allotype.h), over the view of this process. */
#include "allotype/api.h"

#include <errno.h>

#include "base/export.h"
#include "base/text.h"
#include "heap/declare.h"
#include "index/root.h"
#include "query/candidates.h"
#include "query/collect.h"
#include "query/describe.h"
#include "query/path.h"
#include "query/view_local.h"
#include "type/type_entry.h"

/* Before the runtime is up no question has an answer. */
static bool is_ready(void)
{
	return __atomic_load_n(&allotype_index.files, __ATOMIC_ACQUIRE) != 0;
}

static enum alloc_status find_in(const struct query_view *view,
				 const void *address, enum query_depth depth,
				 struct query_leaf *leaf)
{
	if (!is_ready()) {
		*leaf = (struct query_leaf){ .kind = QUERY_NONE };
		leaf->info.status = ALLOC_NOT_PRESENT;
		leaf->info.type_status = ALLOC_NOT_PRESENT;
		leaf->info.allocator = &query_allocators[QUERY_NONE];
		return ALLOC_NOT_PRESENT;
	}
	return query_find(view, (uint64_t)(uintptr_t)address, depth, leaf);
}

static enum alloc_status find(const void *address, enum query_depth depth,
			      struct query_leaf *leaf)
{
	return find_in(&query_view_local, address, depth, leaf);
}

/* Is there an object, or was there? */
static bool has_object(enum alloc_status status)
{
	return status == ALLOC_OK || status == ALLOC_FREED;
}

EXPORT_API enum alloc_status alloc_get_info(const void *address,
					    struct alloc_info *info)
{
	struct query_leaf leaf;

	if (!info)
		return ALLOC_INVALID;
	find(address, QUERY_ALL, &leaf);
	*info = leaf.info;
	return info->status;
}

EXPORT_API const struct alloc_allocator *
alloc_get_allocator(const void *address)
{
	struct query_leaf leaf;

	find(address, QUERY_BOUNDS, &leaf);
	return leaf.info.allocator;
}

EXPORT_API const struct alloc_type *alloc_get_type(const void *address)
{
	struct query_leaf leaf;

	return has_object(find(address, QUERY_TYPE, &leaf)) ? leaf.info.type :
							      NULL;
}

EXPORT_API const void *alloc_get_base(const void *address)
{
	struct query_leaf leaf;

	return has_object(find(address, QUERY_BOUNDS, &leaf)) ?
		       leaf.info.base :
		       NULL;
}

EXPORT_API const void *alloc_get_limit(const void *address)
{
	struct query_leaf leaf;

	return has_object(find(address, QUERY_BOUNDS, &leaf)) ?
		       leaf.info.limit :
		       NULL;
}

EXPORT_API size_t alloc_get_size(const void *address)
{
	struct query_leaf leaf;

	return has_object(find(address, QUERY_BOUNDS, &leaf)) ?
		       leaf.info.size :
		       0;
}

EXPORT_API const void *alloc_get_site(const void *address)
{
	struct query_leaf leaf;

	return has_object(find(address, QUERY_BOUNDS, &leaf)) ?
		       leaf.info.site.address :
		       NULL;
}

EXPORT_API const char *alloc_get_name(const void *address)
{
	struct query_leaf leaf;

	return has_object(find(address, QUERY_TYPE, &leaf)) ? leaf.info.name :
							      NULL;
}

EXPORT_API const struct alloc_type *alloc_get_inner_type(const void *address)
{
	struct query_path path;

	if (!is_ready() ||
	    !has_object(query_path_find_inner(&query_view_local,
					      (uint64_t)(uintptr_t)address,
					      &path)))
		return NULL;
	return path.inner.count ? path.inner.steps[path.inner.count - 1].type :
				  path.leaf.info.type;
}

EXPORT_API enum alloc_status
alloc_get_candidates(const void *address, struct alloc_candidate *candidates,
		     size_t capacity, size_t *count)
{
	struct query_leaf leaf;
	enum alloc_status status;

	if (!count || (capacity && !candidates))
		return ALLOC_INVALID;
	*count = 0;
	status = find(address, QUERY_TYPE, &leaf);
	if (!has_object(status))
		return status;
	*count = query_candidates(&query_view_local, &leaf, candidates,
				  capacity);
	return *count > capacity ? ALLOC_NO_SPACE : status;
}

EXPORT_API enum alloc_status alloc_get_path(const void *address,
					    struct alloc_level *levels,
					    size_t capacity, size_t *count)
{
	struct query_path path;
	enum alloc_status status;

	if (!count || (capacity && !levels))
		return ALLOC_INVALID;
	*count = 0;
	if (!is_ready())
		return ALLOC_NOT_PRESENT;
	status = query_path_find(&query_view_local,
				 (uint64_t)(uintptr_t)address, &path);
	*count = query_path_count(&path);
	for (unsigned int i = 0; i < *count && i < capacity; i++)
		query_path_level(&path, i, &levels[i]);
	return *count > capacity ? ALLOC_NO_SPACE : status;
}

EXPORT_API size_t alloc_describe(const void *address, char *buffer, size_t size)
{
	struct text text;

	if (!is_ready()) {
		text_init(&text, buffer, size);
		text_append(&text, alloc_status_text(ALLOC_NOT_PRESENT));
		return text.length;
	}
	return query_describe_line(&query_view_local,
				   (uint64_t)(uintptr_t)address, buffer, size);
}

EXPORT_API enum alloc_status alloc_set_type(void *pointer,
					    const struct alloc_type *type)
{
	if (!is_ready())
		return ALLOC_NOT_PRESENT;
	if (!alloc_type_size(type))
		return ALLOC_INVALID;
	switch (heap_declare((uintptr_t)pointer, (uintptr_t)type,
			     type->hash)) {
	case STATUS_OK:
		return ALLOC_OK;
	case STATUS_NO_MEMORY:
		return ALLOC_NO_MEMORY;
	default:
		return ALLOC_INVALID;
	}
}

EXPORT_API enum alloc_status alloc_collect_evidence(size_t memory)
{
	int saved = errno;
	enum alloc_status status;

	if (!is_ready())
		return ALLOC_NOT_PRESENT;
	lock_acquire(&query_collect_lock);
	status = collect_evidence(&query_view_local, &query_collected, memory);
	lock_release(&query_collect_lock);
	errno = saved;
	return status;
}

EXPORT_API enum alloc_status
alloc_get_info_collected(const void *address, struct alloc_info *info)
{
	struct query_leaf leaf;

	if (!info)
		return ALLOC_INVALID;
	find_in(&query_view_collected, address, QUERY_ALL, &leaf);
	*info = leaf.info;
	return info->status;
}

EXPORT_API enum alloc_status alloc_runtime_status(void)
{
	return is_ready() ? ALLOC_OK : ALLOC_NOT_PRESENT;
}

EXPORT const struct allotype_api allotype_api = {
	.version = ALLOTYPE_API_VERSION,
	.size = sizeof(struct allotype_api),
	.get_info = alloc_get_info,
	.get_allocator = alloc_get_allocator,
	.get_type = alloc_get_type,
	.get_base = alloc_get_base,
	.get_limit = alloc_get_limit,
	.get_size = alloc_get_size,
	.get_site = alloc_get_site,
	.get_name = alloc_get_name,
	.get_inner_type = alloc_get_inner_type,
	.get_path = alloc_get_path,
	.describe = alloc_describe,
	.runtime_status = alloc_runtime_status,
	.status_text = alloc_status_text,
	.type_name = alloc_type_name,
	.type_size = alloc_type_size,
	.type_kind = alloc_type_kind,
	.type_target = alloc_type_target,
	.type_strip = alloc_type_strip,
	.type_element_count = alloc_type_element_count,
	.type_encoding = alloc_type_encoding,
	.type_member_count = alloc_type_member_count,
	.type_member = alloc_type_member,
	.failure_cause = alloc_failure_cause,
	.failure_text = alloc_failure_text,
	.set_oom_handler = alloc_set_oom_handler,
	.set_thread_oom_handler = alloc_set_thread_oom_handler,
	.try_allocate = alloc_try,
	.split = alloc_split,
	.resize_in_place = alloc_resize_in_place,
	.aligned = alloc_aligned,
	.program_break = alloc_sbrk,
	.profile_write = alloc_profile_write,
	.profile_write_fd = alloc_profile_write_fd,
	.class_register = alloc_class_register,
	.class_allocate = alloc_class_allocate,
	.class_release = alloc_class_release,
	.class_allocate_batch = alloc_class_allocate_batch,
	.class_release_batch = alloc_class_release_batch,
	.class_of = alloc_class_of,
	.class_name = alloc_class_name,
	.class_next = alloc_class_next,
	.class_get_stats = alloc_class_get_stats,
	.class_trim = alloc_class_trim,
	.mapper_register = alloc_mapper_register,
	.mapper_set_directory = alloc_mapper_set_directory,
	.heap_check = alloc_heap_check,
	.heap_stats = alloc_heap_stats,
	.set_type = alloc_set_type,
	.collect_evidence = alloc_collect_evidence,
	.get_info_collected = alloc_get_info_collected,
	.get_candidates = alloc_get_candidates,
};
