/* SPDX-License-Identifier: Apache-2.0 */
/* Types of a metadata file, whose entries are as short as their kinds allow. */
#include "type/metafile.h"

#include <string.h>

#include "allotype.h"
#include "type/coded.h"

enum { POINTER_SIZE = 8, DEPTH_MAX = 64 };

static bool has_members(uint8_t kind)
{
	return kind >= ALLOC_KIND_STRUCT && kind <= ALLOC_KIND_ENUM;
}

/* How many there are stands in front of them. */
static void read_parameters(const struct metafile *file,
			    struct metafile_type *type)
{
	struct coded_cursor cursor = metafile_bits(
		file, ALLOTYPE_META_PARAMETERS, type->first);
	uint64_t count = coded_number(&cursor, CODED_PARAMETERS);

	/* Each takes a bit at least. */
	if (count > cursor.limit - cursor.at)
		count = cursor.limit - cursor.at;
	type->count = cursor.failed ? 0 : (uint32_t)count;
}

static bool read_type(const struct metafile *file, uint32_t index,
		      struct metafile_type *type)
{
	struct allotype_meta_type entry;
	bool members;

	if (!metafile_entry(file, ALLOTYPE_META_TYPES, index, &entry))
		return false;
	members = has_members(entry.kind);
	*type = (struct metafile_type){
		.size = entry.size,
		.name = entry.name,
		.target = members ? ALLOTYPE_META_NONE : entry.first,
		.first = members ? entry.first : 0,
		.count = entry.count,
		.kind = entry.kind,
		.encoding = entry.encoding,
		.flags = entry.flags,
	};
	if (entry.kind == ALLOC_KIND_FUNCTION) {
		type->first = (uint32_t)entry.size;
		type->size = 0;
		read_parameters(file, type);
	}
	return true;
}

static uint8_t derived_kind(const struct allotype_meta_derived *entry)
{
	return entry->kind & ALLOTYPE_META_DERIVED_KIND;
}

static uint64_t plain_size(const struct metafile *file, uint32_t number)
{
	struct allotype_meta_type entry;

	if (number & 1 ||
	    !metafile_entry(file, ALLOTYPE_META_TYPES, number >> 1, &entry))
		return 0;
	return entry.kind == ALLOC_KIND_FUNCTION ? 0 : entry.size;
}

/* The size of what a typedef or qualifier leads to in the end. */
static uint64_t size_behind(const struct metafile *file, uint32_t number)
{
	struct allotype_meta_derived entry;

	for (int i = 0; i < DEPTH_MAX && number & 1; i++) {
		if (!metafile_entry(file, ALLOTYPE_META_DERIVED, number >> 1,
				    &entry) ||
		    derived_kind(&entry) == ALLOC_KIND_FUNCTION)
			return 0;
		if (derived_kind(&entry) == ALLOC_KIND_POINTER)
			return POINTER_SIZE;
		number = entry.target;
	}
	return plain_size(file, number);
}

static bool read_derived(const struct metafile *file, uint32_t index,
			 struct metafile_type *type)
{
	struct allotype_meta_derived entry;

	if (!metafile_entry(file, ALLOTYPE_META_DERIVED, index, &entry))
		return false;
	*type = (struct metafile_type){
		.target = entry.target,
		.kind = derived_kind(&entry),
		.flags = entry.kind >> ALLOTYPE_META_DERIVED_FLAGS_SHIFT &
			 UINT8_MAX,
	};
	switch (type->kind) {
	case ALLOC_KIND_POINTER:
		type->size = POINTER_SIZE;
		break;
	case ALLOC_KIND_FUNCTION:
		type->first = entry.value;
		read_parameters(file, type);
		break;
	default:
		if (type->kind == ALLOC_KIND_TYPEDEF)
			type->name = entry.value;
		type->size = size_behind(file, entry.target);
	}
	return true;
}

bool metafile_type(const struct metafile *file, uint32_t number,
		   struct metafile_type *type)
{
	return number & 1 ? read_derived(file, number >> 1, type) :
			    read_type(file, number >> 1, type);
}

/* ---- hashes ---- */

/* How far a hash is followed: types that may still be asked, and how deep. */
struct hash_walk {
	const struct metafile *file;
	unsigned int visits, depth;
};

static uint64_t walk_hash(struct hash_walk *walk, uint32_t number);

uint64_t metafile_name_hash(const char *name)
{
	size_t size = strlen(name);
	uint64_t hash = allotype_hash_begin(ALLOC_KIND_UNKNOWN);

	hash = allotype_hash_u64(hash, size);
	return allotype_hash_end(allotype_hash_bytes(hash, name, size));
}

static uint64_t function_hash(struct hash_walk *walk,
			      const struct metafile_type *type)
{
	struct coded_cursor cursor = metafile_parameters(walk->file, type);
	uint64_t hash = allotype_hash_begin(type->kind);

	hash = allotype_hash_u64(hash, walk_hash(walk, type->target));
	for (uint32_t i = 0; i < type->count && walk->visits; i++)
		hash = allotype_hash_u64(
			hash,
			walk_hash(walk, (uint32_t)coded_number(
						&cursor, CODED_PARAMETER) -
						1));
	return allotype_hash_end(allotype_hash_u64(
		hash, type->flags & ALLOTYPE_META_TYPE_VARIADIC));
}

static uint64_t derived_hash(struct hash_walk *walk,
			     const struct metafile_type *type)
{
	uint64_t value = 0;

	switch (type->kind) {
	case ALLOC_KIND_FUNCTION:
		return function_hash(walk, type);
	case ALLOC_KIND_POINTER:
		value = type->flags & (ALLOTYPE_META_TYPE_REFERENCE |
				       ALLOTYPE_META_TYPE_RVALUE);
		break;
	case ALLOC_KIND_TYPEDEF:
		value = metafile_name_hash(
			metafile_string(walk->file, type->name));
		break;
	default:
		break;
	}
	return allotype_hash_derived(type->kind,
				     walk_hash(walk, type->target), value);
}

static uint64_t walk_hash(struct hash_walk *walk, uint32_t number)
{
	struct allotype_meta_type entry;
	struct metafile_type type;
	uint64_t hash = 0;

	if (!walk->visits || !walk->depth)
		return 0;
	walk->visits--;
	if (!(number & 1))
		return metafile_entry(walk->file, ALLOTYPE_META_TYPES,
				      number >> 1, &entry) ?
			       entry.hash :
			       0;
	walk->depth--;
	if (read_derived(walk->file, number >> 1, &type))
		hash = derived_hash(walk, &type);
	walk->depth++;
	return hash;
}

uint64_t metafile_type_hash(const struct metafile *file, uint32_t number)
{
	struct hash_walk walk = { file, METAFILE_HASH_VISITS,
				  METAFILE_HASH_DEPTH };

	return walk_hash(&walk, number);
}

/* ---- all types ---- */

uint32_t *metafile_type_note(const struct metafile *file, uint32_t number)
{
	uint32_t types = metafile_count(file, ALLOTYPE_META_TYPES);
	uint32_t index = number >> 1;

	if (index >= metafile_count(file, number & 1 ? ALLOTYPE_META_DERIVED :
						       ALLOTYPE_META_TYPES))
		return NULL;
	return file->notes + (number & 1 ? (size_t)types + index : index);
}

uint32_t metafile_type_count(const struct metafile *file)
{
	uint64_t count =
		(uint64_t)metafile_count(file, ALLOTYPE_META_TYPES) +
		metafile_count(file, ALLOTYPE_META_DERIVED);

	return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

uint32_t metafile_type_number(const struct metafile *file, uint32_t index)
{
	uint32_t types = metafile_count(file, ALLOTYPE_META_TYPES);

	return index < types ? index << 1 : (index - types) << 1 | 1;
}

bool metafile_member(const struct metafile *file,
		     const struct metafile_type *owner, uint32_t index,
		     struct metafile_member *member)
{
	struct allotype_meta_wide_member wide;
	struct allotype_meta_member entry;

	if (!has_members(owner->kind) || index >= owner->count ||
	    index > UINT32_MAX - owner->first ||
	    !metafile_entry(file, ALLOTYPE_META_MEMBERS, owner->first + index,
			    &entry))
		return false;
	*member = (struct metafile_member){
		.value = entry.value >> 1,
		.name = entry.name,
		.type = entry.type,
	};
	if (!(entry.value & 1))
		return true;
	if (!metafile_entry(file, ALLOTYPE_META_WIDE_MEMBERS, entry.value >> 1,
			    &wide))
		return false;
	member->value = wide.value;
	member->bit_offset = wide.bit_offset;
	member->bit_size = wide.bit_size;
	member->flags = wide.flags;
	return true;
}

struct coded_cursor metafile_parameters(const struct metafile *file,
					const struct metafile_type *function)
{
	struct coded_cursor cursor = metafile_bits(
		file, ALLOTYPE_META_PARAMETERS, function->first);

	coded_number(&cursor, CODED_PARAMETERS);
	return cursor;
}

uint32_t metafile_parameter(const struct metafile *file,
			    const struct metafile_type *function,
			    uint32_t index)
{
	struct coded_cursor cursor = metafile_parameters(file, function);
	uint32_t type = ALLOTYPE_META_NONE;

	if (function->kind != ALLOC_KIND_FUNCTION || index >= function->count)
		return ALLOTYPE_META_NONE;
	/* One more than the number, so that 0 is NONE. */
	for (uint32_t i = 0; i <= index && !cursor.failed; i++)
		type = (uint32_t)coded_number(&cursor, CODED_PARAMETER) - 1;
	return cursor.failed ? ALLOTYPE_META_NONE : type;
}
