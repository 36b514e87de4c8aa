/* SPDX-License-Identifier: Apache-2.0 */
#include "query/collect.h"

#include "base/sys.h"
#include "heap/lookup.h"
#include "index/files.h"
#include "index/threads.h"
#include "query/content.h"
#include "query/fields.h"
#include "query/frames.h"
#include "query/weigh.h"
#include "query/window.h"
#include "type/types.h"

enum {
	/* Of one object no more is read. */
	OBJECT_BYTES_MAX = 1 << 30,
	DEPTH_MAX = 4,
	/* An object that gets a better type is gone through again. */
	ROUNDS_MAX = 8,
};

struct collector {
	const struct query_view *view; /* without what was collected */
	struct collected *collected;
	struct fields *fields;
	struct window *window;
	int depth; /* of unions within unions */
};

/* ---- pointers ---- */

/* Any memory may be read as characters or as nothing at all, and what an
 * incomplete type is nobody knows. */
static bool tells_nothing(const struct alloc_type *pointee)
{
	return !alloc_type_size(pointee) ||
	       alloc_type_kind(alloc_type_strip(pointee)) ==
		       ALLOC_KIND_FUNCTION;
}

static bool tells(const struct collector *c, const struct query_leaf *leaf,
		  const struct alloc_type *pointee, uint64_t address,
		  struct collected_object *object)
{
	uint64_t offset = address - leaf->base;

	/* What leads into the middle may be of any member. */
	if (offset && offset != leaf->type_offset)
		return weigh_inside(leaf, pointee, offset, object);
	return weigh_leaf(c->view, leaf) != WEIGH_CERTAIN &&
	       weigh_pointer(c->view, leaf, pointee, offset, object);
}

/* A pointer of type POINTEE * holds ADDRESS. */
static void consider(struct collector *c, const struct alloc_type *pointee,
		     uint64_t address)
{
	struct collected_object object, *known;
	struct query_leaf leaf = { .kind = QUERY_NONE };

	if (!address || tells_nothing(pointee) ||
	    !query_find_heap(c->view, address, QUERY_TYPE, &leaf) ||
	    leaf.info.status != ALLOC_OK || leaf.kind != QUERY_HEAP)
		return;
	if (!tells(c, &leaf, pointee, address, &object))
		return;
	known = collected_find(c->collected, leaf.base);
	if (!known)
		collected_add(c->collected, &object);
	else if (weigh_against(known, &object))
		collected_change(known, &object);
}

static void follow_element(struct collector *c, const struct field_list *list,
			   uint64_t base)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct field *field = &list->fields[i];
		uint64_t word;

		if (field->kind == FIELD_POINTER &&
		    window_read(c->window, base + field->offset, &word))
			consider(c, field->pointee, word);
	}
}

static void follow(struct collector *c, uint64_t base, uint64_t size,
		   const struct alloc_type *type);

static void follow_union(struct collector *c, const struct field *field,
			 uint64_t address)
{
	const struct alloc_type *member =
		content_member(c->view, c->fields, c->window, field->pointee,
			       address);

	if (!member || c->depth == DEPTH_MAX)
		return;
	c->depth++;
	follow(c, address, alloc_type_size(member), member);
	c->depth--;
}

/* Others ask for lists, which may forget this one. */
static void follow_unions(struct collector *c, const struct alloc_type *bare,
			  uint64_t base)
{
	const struct field_list *list = fields_of(c->fields, bare);

	for (uint32_t i = 0; i < list->count; i++) {
		struct field field = list->fields[i];

		if (field.kind != FIELD_UNION)
			continue;
		follow_union(c, &field, base + field.offset);
		list = fields_of(c->fields, bare);
	}
}

/* Follows the pointers of SIZE bytes at BASE, one TYPE or an array of it. */
static void follow(struct collector *c, uint64_t base, uint64_t size,
		   const struct alloc_type *type)
{
	const struct alloc_type *bare = alloc_type_strip(type);
	const struct field_list *list;
	uint64_t element;

	while (alloc_type_kind(bare) == ALLOC_KIND_ARRAY)
		bare = alloc_type_strip(alloc_type_target(bare));
	element = alloc_type_size(bare);
	list = fields_of(c->fields, bare);
	if (!element || !list->pointers)
		return;
	if (size > OBJECT_BYTES_MAX)
		size = OBJECT_BYTES_MAX;
	for (uint64_t at = 0; size - at >= element; at += element) {
		follow_element(c, fields_of(c->fields, bare), base + at);
		follow_unions(c, bare, base + at);
	}
}

/* ---- where pointers are ---- */

static void follow_file(struct collector *c, const struct allotype_file *file,
			uint64_t node)
{
	const struct metafile *metafile =
		c->view->operations->metadata(c->view, file, node);
	struct allotype_meta_static variable;

	for (uint32_t i = 0;
	     metafile && metafile_static(metafile, i, &variable); i++)
		follow(c, variable.address + file->bias, variable.size,
		       types_from_file(metafile, variable.type));
}

static void follow_files(struct collector *c)
{
	uint64_t at = __atomic_load_n(&c->view->index->files,
				      __ATOMIC_ACQUIRE), node;
	struct allotype_file file;

	for (int i = 0; i < FILES_MAX && files_next(c->view->space, &at, &file,
						    &node); i++)
		follow_file(c, &file, node);
}

static void follow_variable(void *context, uint64_t base,
			    const struct alloc_type *type)
{
	follow(context, base, alloc_type_size(type), type);
}

static void follow_stacks(struct collector *c)
{
	uint64_t at = __atomic_load_n(&c->view->index->threads,
				      __ATOMIC_ACQUIRE);
	struct allotype_thread thread;

	for (int i = 0; i < THREADS_MAX &&
			threads_next(c->view->space, &at, &thread); i++)
		query_frames_visit(c->view, &thread, follow_variable, c);
}

static bool describe(struct collector *c, const struct heap_object *object,
		     struct query_leaf *leaf)
{
	*leaf = (struct query_leaf){ .kind = QUERY_NONE };
	return object->size &&
	       query_find_heap(c->view, object->base, QUERY_TYPE, leaf) &&
	       leaf->info.status == ALLOC_OK && leaf->base == object->base;
}

static bool follow_object(void *context, const struct heap_object *object)
{
	struct collector *c = context;
	struct query_leaf leaf;

	if (describe(c, object, &leaf) &&
	    weigh_leaf(c->view, &leaf) == WEIGH_CERTAIN &&
	    leaf.type_offset < leaf.info.size)
		follow(c, leaf.base + leaf.type_offset,
		       leaf.info.size - leaf.type_offset, leaf.info.type);
	return true;
}

static bool follow_found(struct collector *c)
{
	struct collected_object *object, seen;
	bool any = false;

	for (uint64_t i = 0; (object = collected_at(c->collected, i)); i++) {
		seen = *object;
		if (!seen.pending)
			continue;
		any = true;
		seen.pending = false;
		collected_change(object, &seen);
		follow(c, seen.base + seen.offset,
		       seen.single ? alloc_type_size(seen.type) :
				     seen.size - seen.offset, seen.type);
	}
	return any;
}

/* ---- content ---- */

static bool look_at_content(void *context, const struct heap_object *object)
{
	struct collected_object verdict;
	struct collector *c = context;
	struct query_leaf leaf;

	if (!collected_find(c->collected, object->base) &&
	    describe(c, object, &leaf) && leaf.kind == QUERY_HEAP &&
	    weigh_leaf(c->view, &leaf) == WEIGH_UNCERTAIN &&
	    content_choose(c->view, c->fields, c->window, &leaf, &verdict))
		collected_add(c->collected, &verdict);
	return true;
}

/* ---- the pass ---- */

static void collect_all(struct collector *c)
{
	const struct query_view *view = c->view;

	follow_files(c);
	follow_stacks(c);
	heap_walk(view->space, view->index->heap, follow_object, c);
	for (int i = 0; i < ROUNDS_MAX && follow_found(c); i++)
		continue;
	heap_walk(view->space, view->index->heap, look_at_content, c);
}

/* May the process read its own memory so? */
static bool can_probe(const struct query_view *view)
{
	uint64_t word = 0, copy;

	return view->space ||
	       space_probe(NULL, (uint64_t)(uintptr_t)&word, &copy,
			   sizeof copy);
}

enum alloc_status collect_evidence(const struct query_view *view,
				   struct collected *collected,
				   uint64_t memory)
{
	struct query_view plain = *view;
	struct collector c = { .view = &plain, .collected = collected };
	enum alloc_status status = ALLOC_NO_MEMORY;

	plain.collected = NULL;
	collected_begin(collected);
	collected_clear(collected, memory);
	if (!memory || !can_probe(view)) {
		collected_end(collected);
		return memory ? ALLOC_DENIED : ALLOC_OK;
	}
	/* Files and threads that came behind the runtime's back. */
	if (view->operations->refresh)
		view->operations->refresh(view);
	c.fields = fields_create();
	c.window = window_create(view->space);
	if (c.fields && c.window && view->index->heap) {
		collect_all(&c);
		status = collected->lack;
	}
	window_destroy(c.window);
	fields_destroy(c.fields);
	collected_end(collected);
	return status;
}
