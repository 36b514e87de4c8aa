/* SPDX-License-Identifier: Apache-2.0 */
/* What types are made of: members, enumerators, parameters. */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <string.h>

static struct model_member *member_append(struct reader *reader, uint32_t owner)
{
	struct model *model = reader->model;
	struct model_member *member = MODEL_APPEND(&model->members, 1);
	struct model_type *type = &model->types.at[owner];

	if (!member) {
		reader->exhausted = true;
		return NULL;
	}
	if (!type->count)
		type->first = model->members.count - 1;
	type->count++;
	member->type = MODEL_NONE;
	return member;
}

/* Of a virtual base: how far before the address that the virtual table pointer
 * holds the word is that has the base's offset (Itanium C++ ABI 2.5.2); 0: it
 * is not spelled as both compilers do. */
static uint64_t base_slot(const Dwarf_Op *ops, size_t count)
{
	static const uint8_t others[] = {
		DW_OP_dup, DW_OP_deref, 0, DW_OP_minus, DW_OP_deref, DW_OP_plus,
	};
	uint64_t slot = 0;

	if (count != sizeof others)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (others[i] ? ops[i].atom != others[i]
			      : !reader_is_number(&ops[i], &slot))
			return 0;
	return slot <= INT16_MAX ? slot : 0;
}

/* DW_AT_data_member_location: a constant, or DW_OP_plus_uconst N; an
 * expression otherwise (virtual bases), of which *OFFSET is the slot.  Absent
 * means 0 (unions). */
static bool member_offset(Dwarf_Die *die, int64_t *offset)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t count;

	*offset = 0;
	if (!die_attribute(die, DW_AT_data_member_location, &attr))
		return true;
	if (die_own_signed(die, DW_AT_data_member_location, offset))
		return *offset >= 0;
	*offset = 0;
	if (dwarf_getlocation(&attr, &ops, &count))
		return false;
	if (count == 1 && ops[0].atom == DW_OP_plus_uconst)
		*offset = (int64_t)ops[0].number;
	else
		*offset = (int64_t)base_slot(ops, count);
	return count == 1 && *offset >= 0;
}

/* Bit-fields: DWARF 5's (and gcc's DWARF 4's) data_bit_offset counts from the
 * start of the record; the older form counts from the most significant bit
 * of a storage unit (DWARF 4 section 5.5.6).  Here: whole bytes, then bits. */
static void member_bits(const struct reader *reader, Dwarf_Die *die,
			struct model_member *member)
{
	uint64_t size, first, storage, high;

	if (!die_own_unsigned(die, DW_AT_bit_size, &size) || !size ||
	    size > UINT16_MAX)
		return;
	if (die_own_unsigned(die, DW_AT_data_bit_offset, &first)) {
		member->value = (int64_t)(first / 8);
	} else if (die_own_unsigned(die, DW_AT_bit_offset, &high)) {
		if (!die_own_unsigned(die, DW_AT_byte_size, &storage))
			storage = model_type_size(reader->model, member->type);
		if (storage > 64 || high + size > storage * 8)
			return;
		first = storage * 8 - high - size;
		member->value += (int64_t)(first / 8);
	} else {
		first = 0;
	}
	member->bit_size = (uint16_t)size;
	member->bit_offset = (uint16_t)(first % 8);
}

static void member_add(struct reader *reader, Dwarf_Die *die, uint32_t owner,
		       uint32_t flags)
{
	uint32_t type = reader_type_of(reader, die);
	struct model_member *member;
	const char *name = die_name(die);
	int64_t offset;

	/* DWARF 4 spells static members as members that are external. */
	if (die_flag(die, DW_AT_external) || die_flag(die, DW_AT_declaration))
		return;
	member = member_append(reader, owner);
	if (!member)
		return;
	member->type = type;
	member->flags = flags;
	if (!member_offset(die, &offset))
		member->flags |= ALLOTYPE_META_MEMBER_VIRTUAL;
	member->value = offset < 0 ? 0 : offset;
	member_bits(reader, die, member);
	if (name && !(flags & ALLOTYPE_META_MEMBER_BASE))
		member->name = reader_intern(reader, name);
	if (name && !strncmp(name, "_vptr", 5))
		reader->model->types.at[owner].flags |=
			ALLOTYPE_META_TYPE_POLYMORPHIC;
}

static void enumerator_add(struct reader *reader, Dwarf_Die *die,
			   uint32_t owner)
{
	struct model_member *member = member_append(reader, owner);

	if (!member)
		return;
	member->name = reader_intern(reader, die_name(die));
	die_own_signed(die, DW_AT_const_value, &member->value);
}

static void parameter_add(struct reader *reader, Dwarf_Die *die, uint32_t owner)
{
	uint32_t type = reader_type_of(reader, die);
	struct model_member *member = member_append(reader, owner);

	if (!member)
		return;
	member->type = type;
	member->value = reader->model->types.at[owner].count - 1;
}

/* A base is a class: clang names it by the typedef that the program used. */
static void base_add(struct reader *reader, Dwarf_Die *die, uint32_t owner)
{
	struct model *model = reader->model;
	uint32_t count = model->members.count, *type;

	member_add(reader, die, owner, ALLOTYPE_META_MEMBER_BASE);
	if (model->members.count == count)
		return;
	type = &model->members.at[count].type;
	for (int i = 0; i < READER_DEPTH && *type != MODEL_NONE &&
			model->types.at[*type].kind == ALLOC_KIND_TYPEDEF; i++)
		*type = model->types.at[*type].target;
}

static void child_add(struct reader *reader, Dwarf_Die *die, uint32_t owner)
{
	switch (die_tag(die)) {
	case DW_TAG_member:
		member_add(reader, die, owner, 0);
		break;
	case DW_TAG_inheritance:
		base_add(reader, die, owner);
		break;
	case DW_TAG_enumerator:
		enumerator_add(reader, die, owner);
		break;
	case DW_TAG_formal_parameter:
		parameter_add(reader, die, owner);
		break;
	case DW_TAG_unspecified_parameters:
		reader->model->types.at[owner].flags |=
			ALLOTYPE_META_TYPE_VARIADIC;
		break;
	}
}

void reader_members(struct reader *reader, Dwarf_Die *die, uint32_t owner)
{
	uint8_t kind = reader->model->types.at[owner].kind;
	uint32_t target = MODEL_NONE;
	Dwarf_Die child;

	if (kind == ALLOC_KIND_FUNCTION) {
		target = reader_type_of(reader, die);
		reader->model->types.at[owner].target = target;
	}
	if (!die_child(die, &child))
		return;
	do
		child_add(reader, &child, owner);
	while (die_next(&child));
}
