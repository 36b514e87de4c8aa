/* SPDX-License-Identifier: Apache-2.0 */
#include "query/fields.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/sys.h"

enum {
	FIELDS_MAX = 512, /* of a type */
	DEPTH_MAX = 16,
	UNION_DEPTH_MAX = 4,
	STEPS_MAX = 1 << 14, /* a corrupt file may nest without an end */
	SLOTS = 1024,
	ARENA_SIZE = 256 * 1024,
	LIST_SIZE_MAX = sizeof(struct field_list) +
			FIELDS_MAX * sizeof(struct field),
	WORD = sizeof(uint64_t),
};

/* Lists lie in the arena one behind the other; when it is full all are
 * forgotten. */
struct fields {
	struct field_list *slots[SLOTS];
	uint64_t used; /* bytes of the arena */
	uint64_t arena[ARENA_SIZE / WORD];
};

struct walk {
	struct field_list *list;
	uint32_t steps; /* left */
};

static uint64_t allocated_size(void)
{
	return (sizeof(struct fields) + SYS_PAGE_SIZE - 1) &
	       ~(SYS_PAGE_SIZE - 1);
}

struct fields *fields_create(void)
{
	return sys_allocate(allocated_size());
}

void fields_destroy(struct fields *fields)
{
	if (fields)
		sys_release(fields, allocated_size());
}

static void add(struct field_list *list, enum field_kind kind, uint64_t offset,
		uint64_t size, const struct alloc_type *pointee)
{
	if (list->count == FIELDS_MAX || offset > UINT32_MAX ||
	    size > UINT32_MAX)
		return;
	list->fields[list->count++] = (struct field){
		.pointee = pointee,
		.offset = (uint32_t)offset,
		.size = (uint32_t)size,
		.kind = kind,
	};
	list->pointers += kind == FIELD_POINTER || kind == FIELD_UNION;
}

/* DWARF 5 section 7.8. */
enum { ATE_BOOLEAN = 2, ATE_FLOAT = 4, ATE_SIGNED = 5, ATE_SIGNED_CHAR = 6,
       ATE_UNSIGNED = 7, ATE_UNSIGNED_CHAR = 8 };

static bool is_character(const struct alloc_type *bare)
{
	unsigned int encoding = alloc_type_encoding(bare);

	return alloc_type_kind(bare) == ALLOC_KIND_BASE &&
	       alloc_type_size(bare) == 1 &&
	       (encoding == ATE_SIGNED_CHAR || encoding == ATE_UNSIGNED_CHAR);
}

static void add_base(struct walk *walk, const struct alloc_type *bare,
		     uint64_t offset)
{
	uint64_t size = alloc_type_size(bare);

	switch (alloc_type_encoding(bare)) {
	case ATE_BOOLEAN:
		if (size == 1)
			add(walk->list, FIELD_BOOL, offset, size, NULL);
		break;
	case ATE_FLOAT:
		if (size == sizeof(float) || size == sizeof(double))
			add(walk->list, FIELD_FLOAT, offset, size, NULL);
		break;
	case ATE_SIGNED:
	case ATE_UNSIGNED:
		if (size == WORD)
			add(walk->list, FIELD_WORD, offset, size, NULL);
		break;
	}
}

static void add_pointer(struct walk *walk, const struct alloc_type *bare,
			uint64_t offset)
{
	const struct alloc_type *target = alloc_type_target(bare);
	bool code = alloc_type_kind(alloc_type_strip(target)) ==
		    ALLOC_KIND_FUNCTION;

	add(walk->list, code ? FIELD_CODE : FIELD_POINTER, offset, WORD,
	    target);
}

static void add_type(struct walk *walk, const struct alloc_type *type,
		     uint64_t offset, int depth);

static void add_elements(struct walk *walk, const struct alloc_type *bare,
			 uint64_t offset, int depth)
{
	const struct alloc_type *element =
		alloc_type_strip(alloc_type_target(bare));
	uint64_t size = alloc_type_size(element);
	uint64_t count = alloc_type_element_count(bare);
	uint32_t before = walk->list->count;

	if (is_character(element)) {
		if (count)
			add(walk->list, FIELD_TEXT, offset, count, NULL);
		return;
	}
	for (uint64_t i = 0; size && i < count; i++) {
		add_type(walk, element, offset + i * size, depth);
		if (walk->list->count == before ||
		    walk->list->count == FIELDS_MAX)
			return;
	}
}

static void add_members(struct walk *walk, const struct alloc_type *bare,
			uint64_t offset, int depth)
{
	size_t count = alloc_type_member_count(bare);

	for (size_t i = 0; i < count; i++) {
		struct alloc_member member;

		if (alloc_type_member(bare, i, &member) || member.bit_size ||
		    member.offset >= alloc_type_size(bare))
			continue;
		add_type(walk, member.type, offset + member.offset, depth);
	}
}

static bool holds_pointer(struct walk *walk, const struct alloc_type *type,
			  int depth)
{
	const struct alloc_type *bare = alloc_type_strip(type);
	size_t count;

	if (depth == UNION_DEPTH_MAX || !walk->steps)
		return false;
	walk->steps--;
	switch (alloc_type_kind(bare)) {
	case ALLOC_KIND_POINTER:
		return alloc_type_size(bare) == WORD;
	case ALLOC_KIND_ARRAY:
		return holds_pointer(walk, alloc_type_target(bare), depth + 1);
	case ALLOC_KIND_STRUCT:
	case ALLOC_KIND_UNION:
		break;
	default:
		return false;
	}
	count = alloc_type_member_count(bare);
	for (size_t i = 0; i < count; i++) {
		struct alloc_member member;

		if (!alloc_type_member(bare, i, &member) &&
		    holds_pointer(walk, member.type, depth + 1))
			return true;
	}
	return false;
}

static void add_type(struct walk *walk, const struct alloc_type *type,
		     uint64_t offset, int depth)
{
	const struct alloc_type *bare = alloc_type_strip(type);

	if (depth == DEPTH_MAX || !walk->steps)
		return;
	walk->steps--;
	switch (alloc_type_kind(bare)) {
	case ALLOC_KIND_BASE:
		add_base(walk, bare, offset);
		break;
	case ALLOC_KIND_POINTER:
		if (alloc_type_size(bare) == WORD)
			add_pointer(walk, bare, offset);
		break;
	case ALLOC_KIND_ARRAY:
		add_elements(walk, bare, offset, depth + 1);
		break;
	case ALLOC_KIND_STRUCT:
		add_members(walk, bare, offset, depth + 1);
		break;
	case ALLOC_KIND_UNION:
		if (holds_pointer(walk, bare, 0))
			add(walk->list, FIELD_UNION, offset,
			    alloc_type_size(bare), bare);
		break;
	default:
		break;
	}
}

static void forget_all(struct fields *fields)
{
	for (int i = 0; i < SLOTS; i++)
		fields->slots[i] = NULL;
	fields->used = 0;
}

const struct field_list *fields_of(struct fields *fields,
				   const struct alloc_type *type)
{
	struct field_list **slot =
		&fields->slots[((uintptr_t)type >> 4) % SLOTS];
	struct field_list *list = *slot;
	struct walk walk;

	if (list && list->type == type)
		return list;
	if (ARENA_SIZE - fields->used < LIST_SIZE_MAX)
		forget_all(fields);
	list = (struct field_list *)&fields->arena[fields->used / WORD];
	list->type = type;
	list->count = list->pointers = 0;
	walk = (struct walk){ list, STEPS_MAX };
	add_type(&walk, type, 0, 0);
	fields->used += sizeof *list + list->count * sizeof *list->fields;
	*slot = list;
	return list;
}
