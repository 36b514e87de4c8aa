/* SPDX-License-Identifier: Apache-2.0 */
#include "type/subobject.h"

#include "type/types.h"

/* Where a walk is: an object of TYPE at [base, limit) of the whole. */
struct position {
	const struct alloc_type *type; /* without typedefs and qualifiers */
	uint64_t base, limit;
	uint64_t offset; /* what is looked for, from the same start */
	uint64_t size;   /* of the whole */
	const struct subobject_bases *bases; /* or NULL */
};

static bool step_to_element(const struct position *at,
			    struct subobject_step *step)
{
	const struct alloc_type *element = alloc_type_target(at->type);
	uint64_t size = alloc_type_size(element);
	uint64_t available = at->limit - at->base;
	uint64_t index;

	if (!size || alloc_type_size(at->type) > available)
		return false;
	index = (at->offset - at->base) / size;
	/* A flexible array has as many as there is room for. */
	if (alloc_type_size(at->type))
		available = alloc_type_size(at->type);
	if (index >= available / size)
		return false;
	*step = (struct subobject_step){
		.type = element,
		.offset = at->base + index * size,
		.size = size,
		.index = index,
		.kind = SUBOBJECT_ELEMENT,
	};
	return true;
}

/* A base class without data: it takes part in no object's bytes, whatever
 * its size, and begins where others do. */
static bool is_empty_base(const struct alloc_member *member)
{
	enum { DEPTH_MAX = 8 };
	struct alloc_member inner = *member;

	for (int i = 0; i < DEPTH_MAX && inner.is_base; i++) {
		const struct alloc_type *bare = alloc_type_strip(inner.type);

		if (alloc_type_size(bare) != 1)
			return false;
		if (!alloc_type_member_count(bare))
			return true;
		if (alloc_type_member(bare, 0, &inner))
			return false;
	}
	return false;
}

/* The bytes of MEMBER of the object at AT; false when it has none. */
static bool member_bounds(const struct position *at,
			  const struct alloc_member *member, uint64_t *base,
			  uint64_t *size)
{
	uint64_t room = at->limit - at->base, offset = member->offset;
	const struct alloc_type *bare = alloc_type_strip(member->type);

	*size = alloc_type_size(member->type);
	if (member->bit_size) {
		offset += member->bit_offset / 8;
		*size = (member->bit_offset % 8 + member->bit_size + 7) / 8;
	}
	if (offset >= room)
		return false;
	if (!*size && alloc_type_kind(bare) == ALLOC_KIND_ARRAY &&
	    !alloc_type_element_count(bare))
		*size = room - offset;
	*base = at->base + offset;
	return *size && *size <= room - offset;
}

/*
 * The member that holds the offset.  Where several do, the one that begins
 * last: it may live in the padding at the end of a base class.  Of those
 * that begin together the first.
 */
static bool step_to_member(const struct position *at,
			   struct subobject_step *step)
{
	size_t count = alloc_type_member_count(at->type);
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		struct alloc_member member;
		uint64_t base, size;

		if (alloc_type_member(at->type, i, &member) ||
		    is_empty_base(&member) ||
		    !member_bounds(at, &member, &base, &size) ||
		    at->offset < base || at->offset - base >= size ||
		    (found && base <= step->offset))
			continue;
		found = true;
		*step = (struct subobject_step){
			.type = member.type,
			.name = member.name,
			.offset = base,
			.size = size,
			.kind = SUBOBJECT_MEMBER,
			.is_base = member.is_base,
			.in_union = alloc_type_kind(at->type) ==
				    ALLOC_KIND_UNION,
			.bit_size = (uint16_t)member.bit_size,
		};
	}
	return found;
}

/* MEMBER, number INDEX of the class TYPE at BASE, is a virtual base that holds
 * the offset: it may lie anywhere in the whole. */
static bool is_virtual_base(const struct position *at,
			    const struct alloc_type *type, uint64_t base,
			    size_t index, const struct alloc_member *member,
			    struct subobject_step *step)
{
	uint64_t slot = types_virtual_base_slot(type, index);
	uint64_t size = alloc_type_size(member->type), place;
	int64_t offset;

	if (!slot || is_empty_base(member) ||
	    !at->bases->offset(at->bases->context, base, slot, &offset))
		return false;
	place = base + (uint64_t)offset;
	if (place > at->offset || at->offset - place >= size ||
	    size > at->size || place > at->size - size)
		return false;
	*step = (struct subobject_step){
		.type = member->type, .offset = place, .size = size,
		.kind = SUBOBJECT_MEMBER, .is_base = true,
	};
	return true;
}

/* Metadata may say anything: this ends soon, and on small stacks, too. */
struct bounds {
	unsigned int depth, members;
};

/* Where no member holds the offset: a virtual base of TYPE at BASE, or of the
 * classes that it is made of. */
static bool step_to_virtual_base(const struct position *at,
				 const struct alloc_type *type, uint64_t base,
				 struct bounds *left,
				 struct subobject_step *step)
{
	size_t count = left->depth ? alloc_type_member_count(type) : 0;
	bool found = false;

	left->depth--;
	for (size_t i = 0; i < count && !found && left->members; i++) {
		struct alloc_member member;

		left->members--;
		if (alloc_type_member(type, i, &member) || !member.is_base)
			continue;
		if (member.offset == SIZE_MAX)
			found = is_virtual_base(at, type, base, i, &member,
						step);
		else if (member.offset < at->size - base)
			found = step_to_virtual_base(
				at, alloc_type_strip(member.type),
				base + member.offset, left, step);
	}
	left->depth++;
	return found;
}

static bool step_into_record(const struct position *at,
			     struct subobject_step *step)
{
	struct bounds left = { .depth = 8, .members = 1000 };

	return step_to_member(at, step) ||
	       (at->bases && step_to_virtual_base(at, at->type, at->base,
						  &left, step));
}

void subobject_find(const struct alloc_type *type, uint64_t size,
		    uint64_t offset, const struct subobject_bases *bases,
		    struct subobject_path *path)
{
	struct position at = { alloc_type_strip(type), 0, size, offset, size,
			       bases };

	path->count = 0;
	while (at.offset < at.limit && path->count < SUBOBJECT_STEPS_MAX) {
		struct subobject_step *step = &path->steps[path->count];
		bool found;

		switch (alloc_type_kind(at.type)) {
		case ALLOC_KIND_ARRAY:
			found = step_to_element(&at, step);
			break;
		case ALLOC_KIND_STRUCT:
		case ALLOC_KIND_UNION:
			found = step_into_record(&at, step);
			break;
		default:
			found = false;
		}
		if (!found)
			return;
		path->count++;
		at.type = alloc_type_strip(step->type);
		at.base = step->offset;
		at.limit = step->offset + step->size;
	}
}

bool subobject_is_silent(const struct subobject_step *step)
{
	return step->kind == SUBOBJECT_MEMBER && (!step->name || step->is_base);
}

void subobject_append(struct text *text, const struct subobject_path *path,
		      unsigned int first, unsigned int limit)
{
	for (unsigned int i = first; i < limit && i < path->count; i++) {
		const struct subobject_step *step = &path->steps[i];

		if (step->kind == SUBOBJECT_ELEMENT) {
			text_append_char(text, '[');
			text_append_decimal(text, step->index);
			text_append_char(text, ']');
		} else if (!subobject_is_silent(step)) {
			text_append_char(text, '.');
			text_append(text, step->name);
		}
	}
}
