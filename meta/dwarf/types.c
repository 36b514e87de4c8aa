/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Type DIEs to model types.  A chain of pointers, typedefs and qualifiers is
 * followed at once; what has children (records, enumerations, functions) is
 * queued, so that depth does not depend on the program.
 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

static uint32_t type_convert(struct reader *reader, Dwarf_Die *die, int depth);

static struct model_type *type_append(struct reader *reader, uint8_t kind,
				      uint32_t *index)
{
	struct model_type *type = MODEL_APPEND(&reader->model->types, 1);

	if (!type) {
		reader->exhausted = true;
		return NULL;
	}
	*index = reader->model->types.count - 1;
	type->kind = kind;
	type->target = MODEL_NONE;
	type->definition = MODEL_NONE;
	if (reader->is_cxx)
		type->flags |= ALLOTYPE_META_TYPE_CXX;
	return type;
}

static bool type_remember(struct reader *reader, Dwarf_Die *die, uint32_t index)
{
	uint32_t *handle = MODEL_APPEND(&reader->handles, 1);

	if (!handle || !pointer_map_set(&reader->type_handles, die->addr,
					reader->handles.count - 1)) {
		reader->exhausted = true;
		return false;
	}
	*handle = index;
	return true;
}

static void type_queue(struct reader *reader, Dwarf_Die *die, uint32_t index)
{
	struct reader_queued *queued = MODEL_APPEND(&reader->queue, 1);

	if (!queued) {
		reader->exhausted = true;
		return;
	}
	queued->die = *die;
	queued->type = index;
}

static uint32_t target_convert(struct reader *reader, Dwarf_Die *die, int depth)
{
	Dwarf_Die target;

	if (!die_reference(die, DW_AT_type, &target))
		return MODEL_NONE;
	return type_convert(reader, &target, depth + 1);
}

/* gcc writes "long unsigned int", clang "unsigned long": one spelling. */
static const char *base_name(const char *name)
{
	static const char *const spellings[][2] = {
		{"long int", "long"},
		{"long unsigned int", "unsigned long"},
		{"long long int", "long long"},
		{"long long unsigned int", "unsigned long long"},
		{"short int", "short"},
		{"short unsigned int", "unsigned short"},
		{"__int128 unsigned", "unsigned __int128"},
	};

	for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
		if (!strcmp(name, spellings[i][0]))
			return spellings[i][1];
	return name;
}

/* clang calls all complex numbers so, gcc each by its parts. */
static const char *complex_name(const char *name, uint64_t size)
{
	if (strcmp(name, "complex") != 0)
		return name;
	return size == 2 * sizeof(float) ? "complex float"
	       : size == 2 * sizeof(double) ? "complex double"
	       : size == 2 * sizeof(long double) ? "complex long double" : name;
}

static void base_fill(struct reader *reader, Dwarf_Die *die,
		      struct model_type *type)
{
	const char *name = die_name(die);
	uint64_t value;

	if (die_unsigned(die, DW_AT_byte_size, &value))
		type->size = value;
	if (die_unsigned(die, DW_AT_encoding, &value))
		type->encoding = (uint8_t)value;
	name = base_name(name ? name : "?");
	if (type->encoding == DW_ATE_complex_float)
		name = complex_name(name, type->size);
	type->tag = reader_intern(reader, name);
}

/* "(anonymous at file.c:12)"; a typedef may give a better name later. */
static const char *anonymous_name(struct reader *reader, Dwarf_Die *die)
{
	const char *path = NULL, *base;
	char buffer[512];
	uint32_t file, line;

	reader_declared_at(reader, die, &file, &line);
	if (file != MODEL_NONE)
		path = reader->model->files.at[file].name;
	if (!path)
		return reader_intern(reader, "(anonymous)");
	base = strrchr(path, '/');
	snprintf(buffer, sizeof buffer, "(anonymous at %s:%u)",
		 base ? base + 1 : path, line);
	return reader_intern(reader, buffer);
}

/* A definition outside of its class or namespace, as type units have them,
 * refers to the declaration there and is none (DWARF 5 section 2.13.2). */
static bool is_declaration(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	bool flag;

	return die_attribute(die, DW_AT_declaration, &attribute) &&
	       !dwarf_formflag(&attribute, &flag) && flag;
}

static void record_fill(struct reader *reader, Dwarf_Die *die,
			struct model_type *type)
{
	const char *name = die_name(die);
	uint64_t value;

	if (die_unsigned(die, DW_AT_byte_size, &value))
		type->size = value;
	if (is_declaration(die)) {
		type->flags |= ALLOTYPE_META_TYPE_DECLARATION;
		type->size = 0;
	}
	if (die_tag(die) == DW_TAG_class_type ||
	    (die_tag(die) == DW_TAG_enumeration_type &&
	     die_flag(die, DW_AT_enum_class)))
		type->flags |= ALLOTYPE_META_TYPE_CLASS;
	if (name)
		type->tag = reader_qualify(reader, die, name);
	else
		type->name = anonymous_name(reader, die);
}

static bool is_header(const struct model *model, uint32_t file)
{
	const char *name = model->files.at[file].name;
	size_t size = name ? strlen(name) : 0;

	return size > 2 && name[size - 2] == '.' && name[size - 1] == 'h';
}

/* Notes what the file compiled declares itself; in C, also one that it takes
 * in and that is no header. */
static void own_record_note(struct reader *reader, Dwarf_Die *die,
			    uint32_t type)
{
	const struct model_type *t = &reader->model->types.at[type];
	struct model_own_record *own;
	uint64_t number;
	uint32_t file;

	if (!t->size || t->kind == ALLOC_KIND_ENUM ||
	    !die_own_unsigned(die, DW_AT_decl_file, &number))
		return;
	file = reader_file(reader, die, number);
	if (file == MODEL_NONE ||
	    (file != reader->unit_file &&
	     (reader->is_cxx || is_header(reader->model, file))))
		return;
	own = MODEL_APPEND(&reader->model->own_records, 1);
	if (!own) {
		reader->exhausted = true;
		return;
	}
	own->file = reader->unit_file;
	own->type = type;
}

/* A skeleton of a type that is in a type unit (DWARF 5 section 5.7.1): what
 * has its signature. */
static uint32_t signature_convert(struct reader *reader, Dwarf_Die *die,
				  Dwarf_Die *signed_die, int depth)
{
	uint32_t index = type_convert(reader, signed_die, depth + 1);

	if (index != MODEL_NONE)
		type_remember(reader, die, index);
	return index;
}

/* Types with children: made at once, filled by reader_types_complete. */
static uint32_t queued_convert(struct reader *reader, Dwarf_Die *die,
			       uint8_t kind, int depth)
{
	struct model_type *type;
	Dwarf_Die other;
	uint32_t index;

	if (die_reference(die, DW_AT_signature, &other) &&
	    other.addr != die->addr)
		return signature_convert(reader, die, &other, depth);
	type = type_append(reader, kind, &index);
	if (!type || !type_remember(reader, die, index))
		return MODEL_NONE;
	if (kind != ALLOC_KIND_FUNCTION) {
		record_fill(reader, die, type);
		own_record_note(reader, die, index);
		unit_record_note(reader, index);
	}
	type_queue(reader, die, index);
	return index;
}

/* Pointers, typedefs, qualifiers: the entry comes first, so that a hostile
 * cycle ends in it. */
static uint32_t derived_convert(struct reader *reader, Dwarf_Die *die,
				uint8_t kind, uint16_t flags, int depth)
{
	uint32_t index, target;
	struct model_type *type = type_append(reader, kind, &index);
	const char *name;

	if (!type || !type_remember(reader, die, index))
		return MODEL_NONE;
	type->flags |= flags;
	if (kind == ALLOC_KIND_POINTER)
		type->size = reader->address_size;
	if (kind == ALLOC_KIND_TYPEDEF) {
		name = die_name(die);
		type->tag = reader_qualify(reader, die, name ? name : "?");
	}
	target = target_convert(reader, die, depth);
	reader->model->types.at[index].target = target;
	return index;
}

/* A pointer to a member of a class: to data it is an offset, to a function a
 * pair of words (Itanium C++ ABI 2.3).  Its tag is the class. */
static uint32_t member_pointer_convert(struct reader *reader, Dwarf_Die *die,
				       int depth)
{
	uint32_t index, target, holder = MODEL_NONE;
	struct model_type *type =
		type_append(reader, ALLOC_KIND_POINTER, &index);
	Dwarf_Die container;
	const char *name;

	if (!type || !type_remember(reader, die, index))
		return MODEL_NONE;
	type->size = reader->address_size;
	name = "?";
	if (die_reference(die, DW_AT_containing_type, &container)) {
		holder = type_convert(reader, &container, depth + 1);
		if (holder != MODEL_NONE && reader->model->types.at[holder].tag)
			name = reader->model->types.at[holder].tag;
	}
	target = target_convert(reader, die, depth);
	type = &reader->model->types.at[index];
	type->target = target;
	type->tag = reader_intern(reader, name);
	if (target != MODEL_NONE &&
	    reader->model->types.at[target].kind == ALLOC_KIND_FUNCTION)
		type->size *= 2;
	return index;
}

/* The bound of one dimension; false: none is known. */
static bool subrange_count(Dwarf_Die *die, uint64_t *count)
{
	uint64_t upper;
	int64_t lower = 0;

	if (die_own_unsigned(die, DW_AT_count, count))
		return true;
	if (!die_own_unsigned(die, DW_AT_upper_bound, &upper))
		return false;
	die_own_signed(die, DW_AT_lower_bound, &lower);
	/* gcc writes -1 for int a[0]. */
	*count = upper - (uint64_t)lower + 1;
	return true;
}

static uint32_t array_append(struct reader *reader, Dwarf_Die *subrange,
			     uint32_t element)
{
	uint32_t index;
	struct model_type *type = type_append(reader, ALLOC_KIND_ARRAY, &index);
	uint64_t count;

	if (!type)
		return MODEL_NONE;
	type->target = element;
	if (subrange && subrange_count(subrange, &count) && count < UINT32_MAX)
		type->count = (uint32_t)count;
	else
		type->flags |= ALLOTYPE_META_TYPE_FLEXIBLE;
	return index;
}

/* int a[2][3] has two subranges: an array of 2 arrays of 3. */
static uint32_t array_convert(struct reader *reader, Dwarf_Die *die, int depth)
{
	enum { DIMENSIONS = 16 };
	Dwarf_Die dimensions[DIMENSIONS], child;
	uint32_t index = target_convert(reader, die, depth);
	uint32_t old = pointer_map_find(&reader->type_handles, die->addr);
	int count = 0;

	/* The element led back here: the DIE is its own element. */
	if (old != POINTER_MAP_NONE)
		return reader->handles.at[old];
	if (die_child(die, &child))
		do {
			if (die_tag(&child) == DW_TAG_subrange_type &&
			    count < DIMENSIONS)
				dimensions[count++] = child;
		} while (die_next(&child));
	if (!count)
		index = array_append(reader, NULL, index);
	while (count--)
		index = array_append(reader, &dimensions[count], index);
	if (index != MODEL_NONE)
		type_remember(reader, die, index);
	return index;
}

static uint32_t base_convert(struct reader *reader, Dwarf_Die *die)
{
	uint32_t index;
	struct model_type *type = type_append(reader, ALLOC_KIND_BASE, &index);

	if (!type || !type_remember(reader, die, index))
		return MODEL_NONE;
	base_fill(reader, die, type);
	return index;
}

static uint32_t type_dispatch(struct reader *reader, Dwarf_Die *die, int depth)
{
	switch (die_tag(die)) {
	case DW_TAG_base_type:
	case DW_TAG_unspecified_type: /* decltype(nullptr) */
		return base_convert(reader, die);
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_interface_type:
		return queued_convert(reader, die, ALLOC_KIND_STRUCT, depth);
	case DW_TAG_union_type:
		return queued_convert(reader, die, ALLOC_KIND_UNION, depth);
	case DW_TAG_enumeration_type:
		return queued_convert(reader, die, ALLOC_KIND_ENUM, depth);
	case DW_TAG_subroutine_type:
		return queued_convert(reader, die, ALLOC_KIND_FUNCTION, depth);
	case DW_TAG_array_type:
		return array_convert(reader, die, depth);
	case DW_TAG_ptr_to_member_type:
		return member_pointer_convert(reader, die, depth);
	case DW_TAG_pointer_type:
		return derived_convert(reader, die, ALLOC_KIND_POINTER, 0,
				       depth);
	case DW_TAG_reference_type:
		return derived_convert(reader, die, ALLOC_KIND_POINTER,
				       ALLOTYPE_META_TYPE_REFERENCE, depth);
	case DW_TAG_rvalue_reference_type:
		return derived_convert(reader, die, ALLOC_KIND_POINTER,
				       ALLOTYPE_META_TYPE_RVALUE, depth);
	case DW_TAG_typedef:
	case DW_TAG_template_alias:
		return derived_convert(reader, die, ALLOC_KIND_TYPEDEF, 0,
				       depth);
	case DW_TAG_const_type:
		return derived_convert(reader, die, ALLOC_KIND_CONST, 0, depth);
	case DW_TAG_volatile_type:
		return derived_convert(reader, die, ALLOC_KIND_VOLATILE, 0,
				       depth);
	case DW_TAG_restrict_type:
		return derived_convert(reader, die, ALLOC_KIND_RESTRICT, 0,
				       depth);
	case DW_TAG_atomic_type:
		return derived_convert(reader, die, ALLOC_KIND_ATOMIC, 0,
				       depth);
	case DW_TAG_subrange_type:
		return target_convert(reader, die, depth);
	default:
		return MODEL_NONE;
	}
}

static uint32_t type_convert(struct reader *reader, Dwarf_Die *die, int depth)
{
	uint32_t handle = pointer_map_find(&reader->type_handles, die->addr);

	if (handle != POINTER_MAP_NONE)
		return reader->handles.at[handle];
	if (depth > READER_DEPTH)
		return MODEL_NONE;
	return type_dispatch(reader, die, depth);
}

uint32_t reader_type(struct reader *reader, Dwarf_Die *die)
{
	return type_convert(reader, die, 0);
}

uint32_t reader_type_of(struct reader *reader, Dwarf_Die *die)
{
	return target_convert(reader, die, 0);
}

uint32_t reader_function_type(struct reader *reader, Dwarf_Die *die)
{
	uint32_t index;

	if (!type_append(reader, ALLOC_KIND_FUNCTION, &index))
		return MODEL_NONE;
	type_queue(reader, die, index);
	return index;
}

void reader_types_complete(struct reader *reader)
{
	/* Filling one may queue more. */
	for (uint32_t i = 0; i < reader->queue.count; i++) {
		struct reader_queued queued = reader->queue.at[i];

		reader_members(reader, &queued.die, queued.type);
	}
	reader->queue.count = 0;
}
