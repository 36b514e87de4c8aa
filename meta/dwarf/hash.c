/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/hash.h"

#include <stdlib.h>
#include <string.h>

enum { HASH_DEPTH = 400 };
/* Memo entries: not known yet; being computed (a cycle counts as this). */
enum { HASH_UNKNOWN = 0, HASH_PENDING = 1 };

enum hash_depth { HASH_FULL, HASH_NESTED, HASH_SHALLOW };

struct type_hashes {
	const struct model *model;
	uint32_t first;
	const uint64_t *old_shallow;
	uint64_t *full, *shallow; /* memo of types from FIRST on */
	int depth;
};

static uint64_t hash_type(struct type_hashes *h, uint32_t type,
			  enum hash_depth how);

bool hash_kind_has_members(uint8_t kind)
{
	return kind == ALLOC_KIND_STRUCT || kind == ALLOC_KIND_UNION ||
	       kind == ALLOC_KIND_ENUM || kind == ALLOC_KIND_FUNCTION;
}

static uint64_t hash_void(void)
{
	return allotype_hash_base(ALLOC_KIND_VOID, 0, 0, "void", 4);
}

struct type_hashes *type_hashes_create(const struct model *model,
				       uint32_t first, const uint64_t *shallow)
{
	struct type_hashes *h = calloc(1, sizeof *h);
	size_t count = (size_t)(model->types.count - first) + 1;

	if (!h)
		return NULL;
	h->model = model;
	h->first = first;
	h->old_shallow = shallow;
	h->full = calloc(count, sizeof *h->full);
	h->shallow = calloc(count, sizeof *h->shallow);
	if (!h->full || !h->shallow) {
		type_hashes_destroy(h);
		return NULL;
	}
	return h;
}

void type_hashes_destroy(struct type_hashes *h)
{
	if (!h)
		return;
	free(h->full);
	free(h->shallow);
	free(h);
}

static uint64_t hash_string(uint64_t hash, const char *string)
{
	size_t size = string ? strlen(string) : 0;

	hash = allotype_hash_u64(hash, size);
	return size ? allotype_hash_bytes(hash, string, size) : hash;
}

static uint64_t name_hash(const char *name)
{
	return allotype_hash_end(
		hash_string(allotype_hash_begin(ALLOC_KIND_UNKNOWN), name));
}

/* The tag of a record, or the typedef that names an anonymous one. */
static const char *record_identity(const struct model_type *type)
{
	if (type->tag || !(type->flags & MODEL_TYPE_NAMED_BY_TYPEDEF))
		return type->tag;
	return type->name;
}

/* gcc and clang name and type the pointer to the virtual table differently. */
static bool is_vptr(const struct model_member *member)
{
	return member->name && !strncmp(member->name, "_vptr", 5) &&
	       (member->name[5] == '.' || member->name[5] == '$');
}

static uint64_t record_hash(struct type_hashes *h,
			    const struct model_type *type)
{
	uint64_t hash = allotype_hash_begin(type->kind);

	hash = hash_string(hash, record_identity(type));
	hash = allotype_hash_u64(hash, type->size);
	for (uint32_t i = 0; i < type->count; i++) {
		const struct model_member *m =
			&h->model->members.at[type->first + i];

		hash = hash_string(hash, is_vptr(m) ? "_vptr" : m->name);
		hash = allotype_hash_u64(hash, (uint64_t)m->value);
		hash = allotype_hash_u64(hash, m->bit_offset);
		hash = allotype_hash_u64(hash, m->bit_size);
		hash = allotype_hash_u64(hash, m->flags);
		if (type->kind != ALLOC_KIND_ENUM && !is_vptr(m))
			hash = allotype_hash_u64(hash, hash_type(h, m->type,
								 HASH_NESTED));
	}
	return allotype_hash_end(hash);
}

static uint64_t tag_hash(const struct model_type *type)
{
	uint64_t hash = allotype_hash_begin(type->kind);

	return allotype_hash_end(hash_string(hash, record_identity(type)));
}

static uint64_t function_hash(struct type_hashes *h,
			      const struct model_type *type,
			      enum hash_depth how)
{
	uint64_t hash = allotype_hash_begin(type->kind);

	hash = allotype_hash_u64(hash, hash_type(h, type->target, how));
	for (uint32_t i = 0; i < type->count; i++) {
		uint32_t parameter = h->model->members.at[type->first + i].type;

		hash = allotype_hash_u64(hash, hash_type(h, parameter, how));
	}
	return allotype_hash_end(allotype_hash_u64(
		hash, type->flags & ALLOTYPE_META_TYPE_VARIADIC));
}

/* What a pointer is besides a pointer: 0 for a plain one. */
static uint64_t pointer_value(const struct model_type *type)
{
	if (type->tag)
		return name_hash(type->tag);
	return type->flags &
	       (ALLOTYPE_META_TYPE_REFERENCE | ALLOTYPE_META_TYPE_RVALUE);
}

static uint64_t compute(struct type_hashes *h, const struct model_type *type,
			enum hash_depth how)
{
	enum hash_depth behind = how == HASH_FULL ? HASH_FULL : HASH_SHALLOW;
	bool flexible = type->flags & ALLOTYPE_META_TYPE_FLEXIBLE;

	switch (type->kind) {
	case ALLOC_KIND_BASE:
		return allotype_hash_base(type->kind, type->size,
					  type->encoding, type->tag,
					  strlen(type->tag));
	case ALLOC_KIND_POINTER:
		return allotype_hash_derived(type->kind,
					     hash_type(h, type->target, behind),
					     pointer_value(type));
	case ALLOC_KIND_ARRAY:
		return allotype_hash_derived(
			type->kind, hash_type(h, type->target, how),
			flexible ? UINT64_MAX : type->count);
	case ALLOC_KIND_FUNCTION:
		return function_hash(h, type, behind);
	case ALLOC_KIND_TYPEDEF:
		return allotype_hash_derived(type->kind,
					     hash_type(h, type->target, how),
					     name_hash(type->tag));
	case ALLOC_KIND_STRUCT:
	case ALLOC_KIND_UNION:
	case ALLOC_KIND_ENUM:
		if ((type->flags & ALLOTYPE_META_TYPE_DECLARATION) ||
		    (how == HASH_SHALLOW && record_identity(type)))
			return tag_hash(type);
		return record_hash(h, type);
	default:
		return allotype_hash_derived(
			type->kind, hash_type(h, type->target, how), 0);
	}
}

static bool is_record(const struct model_type *type)
{
	return hash_kind_has_members(type->kind) &&
	       type->kind != ALLOC_KIND_FUNCTION;
}

static uint64_t hash_new(struct type_hashes *h, uint32_t index,
			 enum hash_depth how)
{
	const struct model_type *type = &h->model->types.at[index];
	uint64_t *memo = NULL;
	uint64_t hash;

	/* A record nested by value counts in full. */
	if (how == HASH_FULL || (how == HASH_NESTED && is_record(type)))
		memo = &h->full[index - h->first];
	else if (how == HASH_SHALLOW)
		memo = &h->shallow[index - h->first];
	if (memo && *memo != HASH_UNKNOWN)
		return *memo;
	if (h->depth >= HASH_DEPTH)
		return HASH_PENDING;
	if (memo)
		*memo = HASH_PENDING;
	h->depth++;
	hash = compute(h, type, how);
	h->depth--;
	if (memo)
		*memo = hash;
	return hash;
}

static uint64_t hash_type(struct type_hashes *h, uint32_t index,
			  enum hash_depth how)
{
	const struct model_type *type;

	if (index == MODEL_NONE)
		return hash_void();
	type = &h->model->types.at[index];
	if (type->definition != MODEL_NONE)
		return hash_type(h, type->definition, how);
	if (index >= h->first)
		return hash_new(h, index, how);
	if (how == HASH_SHALLOW)
		return h->old_shallow[index];
	if (how == HASH_FULL || is_record(type))
		return type->hash;
	return compute(h, type, how);
}

uint64_t type_hash_full(struct type_hashes *h, uint32_t type)
{
	return hash_type(h, type, HASH_FULL);
}

uint64_t type_hash_shallow(struct type_hashes *h, uint32_t type)
{
	return hash_type(h, type, HASH_SHALLOW);
}
