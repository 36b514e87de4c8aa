/* SPDX-License-Identifier: Apache-2.0 */
/* The public questions about types (allotype.h). */
#include "base/export.h"
#include "type/metafile_spelling.h"
#include "type/spelling.h"
#include "type/type_entry.h"
#include "type/types.h"

enum { DEPTH_MAX = 64 }; /* of typedefs; a corrupt file may have a ring */

static bool meta_of(const struct alloc_type *type, struct metafile_type *meta)
{
	return type && type->file &&
	       metafile_type(type->file, type->index, meta);
}

static void append_spelling(struct text *text, const struct alloc_type *type)
{
	if (type->file)
		metafile_spell(text, type->file, type->index);
	else if (type->kind == ALLOC_KIND_ARRAY)
		spelling_array(text, type->target, type->count);
	else
		spelling_pointer(text, type->target);
}

/* Spells a type that has no name of its own, for the first who asks.  Of two who
 * ask at once both spell it, and one is heard. */
static const char *spell(const struct alloc_type *type)
{
	struct alloc_type *entry = (struct alloc_type *)type;
	const char *none = NULL;
	struct text text;
	char *string;

	text_init(&text, NULL, 0);
	append_spelling(&text, type);
	string = types_reserve_string(text.length);
	if (!string)
		return NULL;
	text_init(&text, string, text.length + 1);
	append_spelling(&text, type);
	/* Release: with the acquire in alloc_type_name. */
	if (__atomic_compare_exchange_n(&entry->name, &none,
					(const char *)string, false,
					__ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
		return string;
	return none;
}

static const char *nameless(enum alloc_kind kind)
{
	switch (kind) {
	case ALLOC_KIND_STRUCT:
		return "struct {...}";
	case ALLOC_KIND_UNION:
		return "union {...}";
	case ALLOC_KIND_ENUM:
		return "enum {...}";
	default:
		return "unknown";
	}
}

EXPORT_API const char *alloc_type_name(const struct alloc_type *type)
{
	const char *name;

	if (!type)
		return "unknown";
	name = __atomic_load_n(&type->name, __ATOMIC_ACQUIRE);
	if (!name)
		name = spell(type);
	return name && *name ? name : nameless(type->kind);
}

EXPORT_API enum alloc_kind alloc_type_kind(const struct alloc_type *type)
{
	return type ? type->kind : ALLOC_KIND_UNKNOWN;
}

EXPORT_API const struct alloc_type *
alloc_type_target(const struct alloc_type *type)
{
	struct metafile_type meta;

	if (!meta_of(type, &meta))
		return type ? type->target : NULL;
	return types_from_file(type->file, meta.target);
}

static bool is_transparent(enum alloc_kind kind)
{
	return kind >= ALLOC_KIND_TYPEDEF && kind <= ALLOC_KIND_ATOMIC;
}

EXPORT_API const struct alloc_type *
alloc_type_strip(const struct alloc_type *type)
{
	for (int i = 0; i < DEPTH_MAX; i++) {
		if (!is_transparent(alloc_type_kind(type)))
			return type;
		type = alloc_type_target(type);
	}
	return NULL;
}

/* The size of an array whose entry does not say it. */
static uint64_t array_size(const struct alloc_type *type)
{
	uint64_t size = 1;

	for (int i = 0; i < DEPTH_MAX; i++) {
		if (alloc_type_kind(type) != ALLOC_KIND_ARRAY)
			break;
		if (type->count == UINT64_MAX ||
		    __builtin_mul_overflow(size, type->count, &size))
			return 0;
		type = alloc_type_strip(alloc_type_target(type));
	}
	if (!type || __builtin_mul_overflow(size, type->size, &size))
		return 0;
	return size;
}

EXPORT_API size_t alloc_type_size(const struct alloc_type *type)
{
	if (!type)
		return 0;
	if (type->size)
		return type->size;
	type = alloc_type_strip(type);
	if (alloc_type_kind(type) == ALLOC_KIND_ARRAY)
		return array_size(type);
	return type ? type->size : 0;
}

EXPORT_API size_t alloc_type_element_count(const struct alloc_type *type)
{
	if (alloc_type_kind(type) != ALLOC_KIND_ARRAY ||
	    type->count == UINT64_MAX)
		return 0;
	return type->count;
}

EXPORT_API unsigned int alloc_type_encoding(const struct alloc_type *type)
{
	return type ? type->encoding : 0;
}

/* How many members or parameters the file has of what META says. */
static uint32_t part_count(const struct metafile *file,
			   const struct metafile_type *meta)
{
	uint32_t available;

	if (meta->kind == ALLOC_KIND_FUNCTION)
		return meta->count;
	if (meta->kind < ALLOC_KIND_STRUCT || meta->kind > ALLOC_KIND_ENUM)
		return 0;
	available = metafile_count(file, ALLOTYPE_META_MEMBERS);
	if (meta->first >= available)
		return 0;
	available -= meta->first;
	return meta->count < available ? meta->count : available;
}

EXPORT_API size_t alloc_type_member_count(const struct alloc_type *type)
{
	struct metafile_type meta;

	return meta_of(type, &meta) ? part_count(type->file, &meta) : 0;
}

static void set_member(const struct alloc_type *type,
		       const struct metafile_member *entry,
		       struct alloc_member *member)
{
	const char *name = metafile_string(type->file, entry->name);

	*member = (struct alloc_member){
		.name = *name ? name : NULL,
		.type = types_from_file(type->file, entry->type),
		.bit_offset = entry->bit_offset,
		.bit_size = entry->bit_size,
		.is_base = entry->flags & ALLOTYPE_META_MEMBER_BASE,
	};
	if (type->kind == ALLOC_KIND_ENUM)
		member->value = entry->value;
	else if (entry->flags & ALLOTYPE_META_MEMBER_VIRTUAL)
		member->offset = SIZE_MAX;
	else if (entry->value > 0)
		member->offset = (size_t)entry->value;
}

uint64_t types_virtual_base_slot(const struct alloc_type *type, size_t index)
{
	struct metafile_member entry;
	struct metafile_type meta;

	if (!meta_of(type, &meta) || meta.kind != ALLOC_KIND_STRUCT ||
	    index >= part_count(type->file, &meta) ||
	    !metafile_member(type->file, &meta, (uint32_t)index, &entry) ||
	    !(entry.flags & ALLOTYPE_META_MEMBER_VIRTUAL) || entry.value < 0)
		return 0;
	return (uint64_t)entry.value;
}

EXPORT_API enum alloc_status alloc_type_member(const struct alloc_type *type,
					   size_t index,
					   struct alloc_member *member)
{
	struct metafile_member entry;
	struct metafile_type meta;

	if (!member || !meta_of(type, &meta) ||
	    index >= part_count(type->file, &meta))
		return ALLOC_INVALID;
	if (meta.kind == ALLOC_KIND_FUNCTION) {
		*member = (struct alloc_member){
			.type = types_from_file(
				type->file,
				metafile_parameter(type->file, &meta,
						   (uint32_t)index)),
		};
		return ALLOC_OK;
	}
	if (!metafile_member(type->file, &meta, (uint32_t)index, &entry))
		return ALLOC_INVALID;
	set_member(type, &entry, member);
	return ALLOC_OK;
}
