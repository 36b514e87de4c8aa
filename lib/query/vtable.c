/* SPDX-License-Identifier: Apache-2.0 */
#include "query/vtable.h"

#include <elf.h>
#include <string.h>

#include "base/sys.h"
#include "index/files.h"
#include "query/site.h"
#include "type/type_entry.h"
#include "type/types.h"

enum {
	WORD = sizeof(uint64_t),
	/* Before the address point: offset to top, type information. */
	TABLE_PREFIX = 2 * WORD,
	BASES_DEPTH_MAX = 16,
	/* Operators and wrappers round sizes up. */
	ROUNDING = 16,
};

/* What a virtual table pointer says: an object of TYPE begins at BASE. */
struct dynamic_object {
	const struct alloc_type *type;
	uint64_t base;
};

struct refinement {
	const struct query_view *view;
	struct query_leaf *leaf;
	const struct alloc_type *element; /* the static answer's, or NULL */
	struct dynamic_object found;
	uint64_t offset;                  /* of FOUND in the leaf */
	uint64_t room;                    /* from there */
};

/* ---- classes ---- */

static bool same_class(const struct alloc_type *a, const struct alloc_type *b)
{
	return a == b ||
	       (alloc_type_size(a) == alloc_type_size(b) &&
		alloc_type_kind(a) == alloc_type_kind(b) &&
		strcmp(alloc_type_name(a), alloc_type_name(b)) == 0);
}

static bool is_class(const struct alloc_type *type)
{
	return alloc_type_kind(type) == ALLOC_KIND_STRUCT &&
	       type->flags & ALLOTYPE_META_TYPE_CXX;
}

/* Has an object of TYPE a virtual table pointer? */
static bool is_dynamic(const struct alloc_type *type, int depth)
{
	size_t count = is_class(type) ? alloc_type_member_count(type) : 0;

	if (is_class(type) && type->flags & ALLOTYPE_META_TYPE_POLYMORPHIC)
		return true;
	for (size_t i = 0; i < count && depth < BASES_DEPTH_MAX; i++) {
		struct alloc_member member;

		if (alloc_type_member(type, i, &member) || !member.is_base)
			continue;
		if (member.offset == SIZE_MAX ||
		    is_dynamic(alloc_type_strip(member.type), depth + 1))
			return true;
	}
	return false;
}

/* Where the way to a base leads through a virtual one only the object knows
 * its offset: any will do. */
static bool has_base_at(const struct alloc_type *type,
			const struct alloc_type *base, uint64_t offset,
			bool anywhere, int depth)
{
	size_t count = alloc_type_member_count(type);

	for (size_t i = 0; i < count && depth < BASES_DEPTH_MAX; i++) {
		const struct alloc_type *bare;
		struct alloc_member member;
		bool any = anywhere;
		uint64_t left = 0;

		if (alloc_type_member(type, i, &member) || !member.is_base)
			continue;
		bare = alloc_type_strip(member.type);
		if (member.offset == SIZE_MAX)
			any = true;
		else if (!any && member.offset > offset)
			continue;
		if (!any)
			left = offset - member.offset;
		if ((any || !left) && same_class(bare, base))
			return true;
		if (has_base_at(bare, base, left, any, depth + 1))
			return true;
	}
	return false;
}

/* ---- tables ---- */

/* A word of a table: an offset. */
static bool read_offset(const struct query_view *view,
			       const struct allotype_file *file, uint64_t node,
			       uint64_t address, int64_t *offset)
{
	struct file_segment segment;
	bool done;

	if (!files_segment(view->space, file, address, &segment) ||
	    !(segment.flags & PF_R) ||
	    segment.limit - address < sizeof *offset || !files_enter(node))
		return false;
	done = space_read(view->space, address, offset, sizeof *offset);
	files_leave(node);
	return done;
}

/* The class whose table POINTER, which was read at PLACE, leads to. */
static bool find_table(const struct query_view *view, uint64_t place,
		       uint64_t pointer, struct dynamic_object *found)
{
	uint64_t prefix = pointer - TABLE_PREFIX, node;
	struct allotype_meta_vtable entry;
	const struct metafile *metafile;
	struct allotype_file file;
	int64_t to_top;

	if (pointer % WORD || pointer < TABLE_PREFIX ||
	    !files_find(view->space, view->index->files, prefix, &file, &node))
		return false;
	metafile = view->operations->metadata(view, &file, node);
	if (!metafile ||
	    !metafile_vtable_at(metafile, prefix - file.bias, &entry) ||
	    entry.address + entry.size - (prefix - file.bias) < TABLE_PREFIX ||
	    !read_offset(view, &file, node, prefix, &to_top))
		return false;
	if (to_top > 0 || to_top < -(int64_t)UINT32_MAX)
		return false;
	found->type = alloc_type_strip(types_from_file(metafile, entry.type));
	found->base = place + (uint64_t)to_top - entry.offset;
	return is_class(found->type) && alloc_type_size(found->type);
}

/* A program may protect whole pages of what it allocated, and those that
 * were never written need not be touched, unless an ELEMENT is known there. */
static bool is_readable(const struct query_leaf *leaf,
			const struct alloc_type *element, uint64_t place)
{
	uint64_t page = place & ~(uint64_t)(SYS_PAGE_SIZE - 1);

	if (place < leaf->base || place > leaf->limit ||
	    leaf->limit - place < WORD)
		return false;
	return page < leaf->base || leaf->limit - page < SYS_PAGE_SIZE ||
	       is_dynamic(element, 0);
}

static bool read_word(const struct refinement *r, uint64_t place,
		      uint64_t *word)
{
	return is_readable(r->leaf, r->element, place) &&
	       space_read(r->view->space, place, word, sizeof *word);
}

/* The object whose first word is at PLACE. */
static bool find_object(const struct refinement *r, uint64_t place,
			struct dynamic_object *found)
{
	uint64_t word;

	return place % WORD == 0 && read_word(r, place, &word) &&
	       find_table(r->view, place, word, found) &&
	       found->base == place &&
	       alloc_type_size(found->type) <= r->leaf->limit - place;
}

/* ---- the verdict ---- */

/* How many objects like the one found there are; 0: one. */
static uint64_t count_objects(const struct refinement *r)
{
	uint64_t size = alloc_type_size(r->found.type);
	struct dynamic_object next;

	if (r->room == size || r->room % size ||
	    !find_object(r, r->found.base + size, &next) ||
	    !same_class(next.type, r->found.type))
		return 0;
	return r->room / size;
}

static bool is_exact(const struct refinement *r, uint64_t count)
{
	return count || r->room == alloc_type_size(r->found.type);
}

/* new T[n] keeps n before the first element, if T has a destructor. */
static bool has_cookie(const struct refinement *r, uint64_t count)
{
	uint64_t expected = count ? count : 1, cookie = 0;

	return is_exact(r, count) &&
	       read_word(r, r->found.base - WORD, &cookie) &&
	       cookie == expected;
}

static bool is_alternative(const struct refinement *r)
{
	struct query_site site;

	if (!query_site_find(r->view, r->leaf->site, &site) || !site.has_type_meta)
		return false;
	for (uint32_t i = 0; i < site.type_meta.alternative_count; i++) {
		struct query_site_type other;

		if (query_site_alternative(&site, i, &other) &&
		    same_class(alloc_type_strip(other.type), r->found.type))
			return true;
	}
	return false;
}

static bool static_answer_fits(const struct refinement *r)
{
	uint64_t size = alloc_type_size(r->element);
	uint64_t room = r->leaf->limit - r->leaf->base - r->leaf->type_offset;

	return size && room >= size && room % size == 0;
}

/* Is what was found better than what the site says? */
static bool is_better(const struct refinement *r, uint64_t count)
{
	const struct query_leaf *leaf = r->leaf;

	if (r->element && leaf->type_offset >= r->offset &&
	    has_base_at(r->found.type, r->element,
			leaf->type_offset - r->offset, false, 0))
		return true;
	if (r->offset && r->offset != leaf->type_offset)
		return has_cookie(r, count);
	if (!r->element || !alloc_type_size(r->element))
		return true;
	if (!is_exact(r, count))
		return false;
	return (is_class(r->element) && !static_answer_fits(r)) ||
	       is_alternative(r);
}

static void take(const struct refinement *r, uint64_t count)
{
	enum { FITS = 99, ROUNDED = 90, HAS_MORE = 60 };
	const struct alloc_type *type = r->found.type;
	uint64_t rest = r->room - alloc_type_size(type);
	unsigned int evidence = ALLOC_EVIDENCE_VTABLE;
	unsigned int confidence = rest < ROUNDING ? ROUNDED : HAS_MORE;

	if (is_exact(r, count)) {
		evidence |= ALLOC_EVIDENCE_SIZE;
		confidence = FITS;
	}
	if (count)
		type = types_array(type, count);
	query_leaf_set_type(r->leaf, type, evidence, confidence);
	r->leaf->type_offset = r->offset;
}

static bool look_at(struct refinement *r, uint64_t offset)
{
	struct query_leaf *leaf = r->leaf;
	uint64_t count;

	if (!find_object(r, leaf->base + offset, &r->found))
		return false;
	r->offset = offset;
	r->room = leaf->limit - r->found.base;
	if (r->element && offset == leaf->type_offset &&
	    same_class(r->element, r->found.type)) {
		leaf->info.evidence |= ALLOC_EVIDENCE_VTABLE;
		return true;
	}
	count = count_objects(r);
	if (!is_better(r, count))
		return false;
	take(r, count);
	return true;
}

void query_vtable_refine(const struct query_view *view, struct query_leaf *leaf)
{
	static const uint8_t offsets[] = { 0, WORD, 2 * WORD };
	const struct alloc_type *type = alloc_type_strip(leaf->info.type);
	struct refinement r = { .view = view, .leaf = leaf };

	if (alloc_type_kind(type) == ALLOC_KIND_ARRAY)
		type = alloc_type_strip(alloc_type_target(type));
	r.element = type;
	/* Bytes are storage, and C has no tables. */
	if (type && !is_class(type))
		return;
	if (look_at(&r, leaf->type_offset))
		return;
	for (size_t i = 0; i < sizeof offsets; i++)
		if (offsets[i] != leaf->type_offset &&
		    look_at(&r, offsets[i]))
			return;
}

bool query_vtable_base_offset(const struct query_view *view,
			      const struct query_leaf *leaf, uint64_t place,
			      uint64_t slot, int64_t *offset)
{
	const struct alloc_type *bare = alloc_type_strip(leaf->info.type);
	struct dynamic_object found;
	struct allotype_file file;
	uint64_t pointer, node;

	if (alloc_type_kind(bare) == ALLOC_KIND_ARRAY)
		bare = alloc_type_strip(alloc_type_target(bare));
	return place % WORD == 0 && is_readable(leaf, bare, place) &&
	       space_read(view->space, place, &pointer, sizeof pointer) &&
	       find_table(view, place, pointer, &found) &&
	       files_find(view->space, view->index->files, pointer - slot,
			  &file, &node) &&
	       read_offset(view, &file, node, pointer - slot, offset);
}
