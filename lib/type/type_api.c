/* SPDX-License-Identifier: Apache-2.0 */
/* The public questions about types (allotype.h). */
#include "base/export.h"
#include "type/spelling.h"
#include "type/type_entry.h"
#include "type/types.h"

enum { DEPTH_MAX = 64 }; /* of typedefs; a corrupt file may have a ring */

static const struct allotype_meta_type *meta_of(const struct alloc_type *type)
{
	return type && type->file ? metafile_type(type->file, type->index) :
				    NULL;
}

static void append_spelling(struct text *text, const struct alloc_type *type)
{
	if (type->kind == ALLOC_KIND_ARRAY)
		spelling_array(text, type->target, type->count);
	else
		spelling_pointer(text, type->target);
}

/* Spells a type that the runtime made, for the first who asks.  Of two who
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
	const struct allotype_meta_type *meta = meta_of(type);

	if (!meta)
		return type ? type->target : NULL;
	if (meta->kind == ALLOC_KIND_STRUCT || meta->kind == ALLOC_KIND_UNION)
		return NULL;
	return types_from_file(type->file, meta->target);
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

EXPORT_API size_t alloc_type_member_count(const struct alloc_type *type)
{
	const struct allotype_meta_type *meta = meta_of(type);
	uint32_t available;

	if (!meta || meta->kind < ALLOC_KIND_STRUCT ||
	    meta->kind > ALLOC_KIND_FUNCTION)
		return 0;
	available = metafile_count(type->file,
				   meta->kind == ALLOC_KIND_FUNCTION ?
					   ALLOTYPE_META_PARAMETERS :
					   ALLOTYPE_META_MEMBERS);
	if (meta->first >= available)
		return 0;
	available -= meta->first;
	return meta->count < available ? meta->count : available;
}

EXPORT_API enum alloc_status alloc_type_member(const struct alloc_type *type,
					   size_t index,
					   struct alloc_member *member)
{
	const struct allotype_meta_type *meta = meta_of(type);
	const struct allotype_meta_member *entry;
	const char *name;
	uint32_t at;

	if (!member || index >= alloc_type_member_count(type))
		return ALLOC_INVALID;
	at = meta->first + (uint32_t)index;
	if (meta->kind == ALLOC_KIND_FUNCTION) {
		*member = (struct alloc_member){
			.type = types_from_file(
				type->file, metafile_parameter(type->file, at)),
		};
		return ALLOC_OK;
	}
	entry = metafile_member(type->file, at);
	name = metafile_string(type->file, entry->name);
	*member = (struct alloc_member){
		.name = *name ? name : NULL,
		.type = types_from_file(type->file, entry->type),
		.bit_offset = entry->bit_offset,
		.bit_size = entry->bit_size,
		.is_base = entry->flags & ALLOTYPE_META_MEMBER_BASE,
	};
	if (meta->kind == ALLOC_KIND_ENUM)
		member->value = entry->value;
	else if (entry->flags & ALLOTYPE_META_MEMBER_VIRTUAL)
		member->offset = SIZE_MAX;
	else if (entry->value > 0)
		member->offset = (size_t)entry->value;
	return ALLOC_OK;
}
