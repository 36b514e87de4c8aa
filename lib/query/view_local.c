/* SPDX-License-Identifier: Apache-2.0 */
#include "query/view_local.h"

#include <string.h>

#include "index/loaded.h"
#include "index/mappings.h"
#include "index/root.h"
#include "index/running.h"
#include "type/metadata.h"
#include "type/type_entry.h"

static const struct metafile *local_metadata(const struct query_view *view,
					     const struct allotype_file *file,
					     uint64_t node)
{
	(void)view, (void)node;
	return metadata_of(file);
}

/*
 * Paths that only the kernel told, kept for ever: a name handed out stays
 * valid.  Append-only; a path that comes twice at once may be there twice.
 */
enum { PATHS_MAX = 256, PATH_SIZE = 512 };

static const char *kept_paths[PATHS_MAX]; /* released, acquired */

static const char *keep_path(const char *path)
{
	size_t length = strlen(path);
	char *copy = NULL;

	for (int i = 0; i < PATHS_MAX; i++) {
		const char *kept =
			__atomic_load_n(&kept_paths[i], __ATOMIC_ACQUIRE);

		if (!kept) {
			if (!copy) {
				copy = types_reserve_string(length);
				if (!copy)
					return NULL;
				memcpy(copy, path, length + 1);
			}
			if (__atomic_compare_exchange_n(
				    &kept_paths[i], &kept, (const char *)copy,
				    false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
				return copy;
		}
		if (strcmp(kept, path) == 0)
			return kept;
	}
	return NULL;
}

static bool local_mapping(const struct query_view *view, uint64_t address,
			  struct allotype_mapping *mapping)
{
	char path[PATH_SIZE];

	struct allotype_mapping area;
	bool known = mappings_find(view->space, view->index, address, mapping);

	if (known && (mapping->path ||
		      !(mapping->flags & ALLOTYPE_MAPPING_FILE)))
		return true;
	if (!mappings_query_kernel_path(address, &area, path, sizeof path))
		return known;
	if (!known)
		*mapping = area;
	mapping->path = 0;
	if (*path)
		mapping->path = (uint64_t)(uintptr_t)keep_path(path);
	return true;
}

/* Only of the calling thread.  The runtime's own frames come first; they
 * hold nothing that anybody asks for. */
static bool local_registers(const struct query_view *view,
			    const struct allotype_thread *thread,
			    struct unwind_frame *frame)
{
	uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);

	(void)view;
	if (here < thread->stack_base || here >= thread->stack_limit)
		return false;
	unwind_capture(frame);
	return true;
}

static const char *local_string(const struct query_view *view,
				uint64_t address)
{
	(void)view;
	return (const char *)(uintptr_t)address;
}

static bool local_refresh(const struct query_view *view)
{
	bool changed = loaded_refresh();

	(void)view;
	return running_meet() || changed;
}

static const struct query_operations operations = {
	.metadata = local_metadata,
	.mapping = local_mapping,
	.registers = local_registers,
	.string = local_string,
	.refresh = local_refresh,
};

const struct query_view query_view_local = {
	.index = &allotype_index,
	.operations = &operations,
};

struct collected query_collected;
struct lock query_collect_lock = LOCK_INIT(LOCK_RANK_COLLECT);

const struct query_view query_view_collected = {
	.index = &allotype_index,
	.operations = &operations,
	.collected = &query_collected,
};

void query_fork_prepare(void)
{
	lock_acquire(&query_collect_lock);
}

void query_fork_parent(void)
{
	lock_release(&query_collect_lock);
}

void query_fork_child(void)
{
	lock_reset(&query_collect_lock);
}
