/* SPDX-License-Identifier: Apache-2.0 */
#include "query/path.h"

#include "query/frames.h"
#include "query/statics.h"
#include "query/vtable.h"

static void level_from_leaf(const struct query_leaf *leaf,
			    struct alloc_level *level)
{
	*level = (struct alloc_level){
		.allocator = leaf->info.allocator,
		.base = leaf->info.base,
		.limit = leaf->info.limit,
		.type = leaf->info.type,
		.name = leaf->info.name,
	};
}

static void add_outer(struct query_path *path, const struct query_leaf *leaf)
{
	if (path->outer_count < QUERY_OUTER_MAX)
		level_from_leaf(leaf, &path->outer[path->outer_count++]);
}

static void add_mapping(const struct query_view *view, struct query_path *path)
{
	struct query_leaf leaf = { .kind = QUERY_NONE };

	if (path->leaf.kind == QUERY_MMAP || path->leaf.kind == QUERY_BRK)
		return;
	if (query_find_mapping(view, path->address, QUERY_TYPE, &leaf))
		add_outer(path, &leaf);
}

static void add_file_levels(const struct query_view *view,
			    struct query_path *path)
{
	enum query_allocator kind = path->leaf.kind;
	struct query_static where;
	struct query_leaf leaf;

	if (!query_static_locate(view, path->address, &where))
		return;
	leaf = (struct query_leaf){ .kind = QUERY_NONE };
	if (kind != QUERY_STATIC_FILE) {
		query_static_file(view, &where, &leaf);
		add_outer(path, &leaf);
	}
	leaf = (struct query_leaf){ .kind = QUERY_NONE };
	if (kind > QUERY_STATIC_SEGMENT &&
	    query_static_segment(view, &where, &leaf))
		add_outer(path, &leaf);
	leaf = (struct query_leaf){ .kind = QUERY_NONE };
	if (kind > QUERY_STATIC_SECTION &&
	    query_static_section(&where, &leaf))
		add_outer(path, &leaf);
}

static void add_stack_levels(const struct query_view *view,
			     struct query_path *path)
{
	struct query_leaf stack = { .kind = QUERY_NONE };
	struct query_leaf frame = { .kind = QUERY_NONE };
	struct query_leaf variable = { .kind = QUERY_NONE };
	struct allotype_thread thread;

	if (!query_thread_at(view, path->address, &thread))
		return;
	/* The main thread's stack is a mapping of its own. */
	if (path->outer_count &&
	    path->outer[0].allocator == &query_allocators[QUERY_STACK])
		path->outer_count = 0;
	query_stack_set(&thread, &stack);
	if (path->leaf.kind != QUERY_STACK)
		add_outer(path, &stack);
	if (path->leaf.kind == QUERY_STACKFRAME &&
	    query_frame_find(view, &thread, path->address, &frame,
			     &variable) == QUERY_FRAME_VARIABLE &&
	    path->address < frame.limit)
		add_outer(path, &frame);
}

struct object {
	const struct query_view *view;
	const struct query_leaf *leaf;
};

static bool base_offset(const void *context, uint64_t part, uint64_t slot,
			int64_t *offset)
{
	const struct object *object = context;
	const struct query_leaf *leaf = object->leaf;

	return query_vtable_base_offset(object->view, leaf, leaf->base +
					leaf->type_offset + part, slot, offset);
}

static void find_inner(const struct query_view *view, struct query_path *path)
{
	const struct query_leaf *leaf = &path->leaf;
	uint64_t start = leaf->base + leaf->type_offset;
	struct object object = { view, leaf };
	struct subobject_bases bases = { base_offset, &object };

	path->inner.count = 0;
	if (!leaf->info.type || path->address < start ||
	    path->address >= leaf->limit)
		return;
	/* What is freed may have been given out again as something else. */
	subobject_find(leaf->info.type, leaf->limit - start,
		       path->address - start,
		       leaf->info.status == ALLOC_OK ? &bases : NULL,
		       &path->inner);
}

enum alloc_status query_path_find_inner(const struct query_view *view,
					uint64_t address,
					struct query_path *path)
{
	path->address = address;
	path->outer_count = 0;
	query_find(view, address, QUERY_ALL, &path->leaf);
	find_inner(view, path);
	return path->leaf.info.status;
}

enum alloc_status query_path_find(const struct query_view *view,
				  uint64_t address, struct query_path *path)
{
	query_path_find_inner(view, address, path);
	if (path->leaf.kind == QUERY_NONE)
		return path->leaf.info.status;
	add_mapping(view, path);
	switch (path->leaf.kind) {
	case QUERY_STATIC_FILE:
	case QUERY_STATIC_SEGMENT:
	case QUERY_STATIC_SECTION:
	case QUERY_STATIC_SYMBOL:
		add_file_levels(view, path);
		break;
	case QUERY_STACK:
	case QUERY_STACKFRAME:
	case QUERY_AUXV:
		add_stack_levels(view, path);
		break;
	default:
		break;
	}
	return path->leaf.info.status;
}

unsigned int query_path_count(const struct query_path *path)
{
	if (path->leaf.kind == QUERY_NONE)
		return 0;
	return path->outer_count + 1 + path->inner.count;
}

void query_path_level(const struct query_path *path, unsigned int number,
		      struct alloc_level *level)
{
	uint64_t start = path->leaf.base + path->leaf.type_offset;
	const struct subobject_step *step;

	if (number < path->outer_count) {
		*level = path->outer[number];
		return;
	}
	number -= path->outer_count;
	if (number == 0) {
		level_from_leaf(&path->leaf, level);
		return;
	}
	step = &path->inner.steps[number - 1];
	*level = (struct alloc_level){
		.allocator = &query_allocators[QUERY_FIELD],
		.base = (const void *)(uintptr_t)(start + step->offset),
		.limit = (const void *)(uintptr_t)(start + step->offset +
						   step->size),
		.type = step->type,
		.name = step->name,
		.index = step->index,
		.flags = step->kind == SUBOBJECT_ELEMENT ?
				 ALLOC_LEVEL_ELEMENT :
				 ALLOC_LEVEL_MEMBER,
	};
}
