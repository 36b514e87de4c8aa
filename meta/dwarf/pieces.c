/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statics that the compiler has cut up: each member that is used has an
 * address of its own, and the rest is gone (DWARF 5 section 2.6.1.2).
 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

enum {
	NAME_LIMIT = 256,
	PARTS_DEPTH = 16, /* of members within members */
};

/* Where the next piece is, as operations say. */
struct place {
	uint64_t address;
	bool known;
};

static void place_step(struct reader *reader, Dwarf_Attribute *attr,
		       Dwarf_Op *op, struct place *place)
{
	Dwarf_Attribute constant;
	Dwarf_Addr value;

	switch (op->atom) {
	case DW_OP_addr:
		*place = (struct place){ op->number + reader->info->bias,
					 true };
		break;
	case DW_OP_addrx:
	case DW_OP_GNU_addr_index:
		place->known = !dwarf_getlocation_attr(attr, op, &constant) &&
			       !dwarf_formaddr(&constant, &value);
		if (place->known)
			place->address = value + reader->info->bias;
		break;
	case DW_OP_plus_uconst:
		place->address += op->number;
		break;
	default:
		place->known = false;
	}
}

static void piece_add(struct reader *reader, Dwarf_Die *die, uint64_t address,
		      uint64_t piece, uint64_t size)
{
	struct model_static *s;

	if (piece + size > UINT32_MAX ||
	    !reader_address_is_loaded(reader, address, false))
		return;
	s = reader_static_add(reader, die, address);
	if (!s)
		return;
	s->piece = (uint32_t)piece;
	s->piece_size = (uint32_t)size;
}

void reader_pieces(struct reader *reader, Dwarf_Die *die)
{
	struct place place = { 0 };
	Dwarf_Attribute attr;
	uint64_t piece = 0;
	bool any = false;
	Dwarf_Op *ops;
	size_t count;

	if (!die_attribute(die, DW_AT_location, &attr) ||
	    attr.form == DW_FORM_sec_offset ||
	    dwarf_getlocation(&attr, &ops, &count))
		return;
	for (size_t i = 0; i < count && piece < UINT32_MAX; i++) {
		if (ops[i].atom != DW_OP_piece) {
			place_step(reader, &attr, &ops[i], &place);
			continue;
		}
		if (place.known && ops[i].number <= UINT32_MAX) {
			piece_add(reader, die, place.address, piece,
				  ops[i].number);
			any = true;
		}
		place.known = false;
		piece += ops[i].number;
	}
	if (any)
		reader_declared(reader, die, true);
}

/* A part of a variable: its type and, below it, the rest of the way. */
struct part {
	uint32_t type;
	uint64_t offset;
	char name[NAME_LIMIT];
	size_t used;
};

/* SIZE: what snprintf says of the name's new end. */
static void part_named(struct part *part, int size)
{
	if (size > 0 && (size_t)size < sizeof part->name - part->used)
		part->used += (size_t)size;
	else
		part->name[part->used] = 0;
}

static void part_spell(struct part *part, const char *sign, const char *name)
{
	part_named(part, snprintf(part->name + part->used,
				  sizeof part->name - part->used, "%s%s", sign,
				  name));
}

static void part_index(struct part *part, uint64_t index)
{
	part_named(part, snprintf(part->name + part->used,
				  sizeof part->name - part->used, "[%llu]",
				  (unsigned long long)index));
}

/* To the member or element that holds the rest; false: there is none. */
static bool part_enter(const struct model *model, struct part *part)
{
	uint32_t bare = model_type_strip(model, part->type);
	const struct model_type *t;
	uint64_t size;

	if (bare == MODEL_NONE)
		return false;
	t = &model->types.at[bare];
	if (t->kind == ALLOC_KIND_ARRAY) {
		size = model_type_size(model, t->target);
		if (!size)
			return false;
		part_index(part, part->offset / size);
		part->offset %= size;
		part->type = t->target;
		return true;
	}
	if (t->kind != ALLOC_KIND_STRUCT && t->kind != ALLOC_KIND_UNION)
		return false;
	for (uint32_t i = 0; i < t->count; i++) {
		const struct model_member *m =
			&model->members.at[t->first + i];

		if (m->value < 0 || m->bit_size ||
		    (uint64_t)m->value > part->offset ||
		    part->offset - (uint64_t)m->value >=
			    model_type_size(model, m->type))
			continue;
		if (m->name)
			part_spell(part, ".", m->name);
		part->offset -= (uint64_t)m->value;
		part->type = m->type;
		return true;
	}
	return false;
}

/* Gives S the type and the name of its part; false: nothing is as large. */
static bool become_part(struct model *model, struct model_static *s)
{
	struct part part = { .type = s->type, .offset = s->piece };

	part_spell(&part, "", s->name ? s->name : "");
	for (int depth = 0; depth < PARTS_DEPTH; depth++) {
		if (!part.offset &&
		    model_type_size(model, part.type) == s->piece_size) {
			s->type = part.type;
			s->name = model_intern(model, part.name, part.used);
			return s->name;
		}
		if (!part_enter(model, &part))
			return false;
	}
	return false;
}

void reader_pieces_finish(struct reader *reader)
{
	struct model *model = reader->model;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->statics.count; i++)
		if (!model->statics.at[i].piece_size ||
		    become_part(model, &model->statics.at[i]))
			model->statics.at[kept++] = model->statics.at[i];
	model->statics.count = kept;
}
