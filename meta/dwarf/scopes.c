/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Qualified names of C++.  A DIE does not know its parent, so the
 * declarations of a unit are walked once, when the first DIE of it is met.
 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *join_names(struct reader *reader, const char *scope,
			      const char *name)
{
	size_t scope_size = strlen(scope), size = strlen(name);
	char *buffer = malloc(scope_size + size + 3);
	const char *joined;

	if (!buffer) {
		reader->exhausted = true;
		return NULL;
	}
	memcpy(buffer, scope, scope_size);
	memcpy(buffer + scope_size, "::", 2);
	memcpy(buffer + scope_size + 2, name, size + 1);
	joined = reader_intern(reader, buffer);
	free(buffer);
	return joined;
}

static void scope_note(struct reader *reader, Dwarf_Die *die,
		       const struct reader_scope *scope)
{
	struct reader_scope *entry;

	if (!scope->name)
		return;
	entry = MODEL_APPEND(&reader->scope_entries, 1);
	if (!entry || !pointer_map_set(&reader->scopes, die->addr,
				       reader->scope_entries.count - 1)) {
		reader->exhausted = true;
		return;
	}
	*entry = *scope;
}

static void scopes_collect(struct reader *reader, Dwarf_Die *parent,
			   const struct reader_scope *scope, int depth);

static void scope_enter(struct reader *reader, Dwarf_Die *die,
			const struct reader_scope *scope, int depth)
{
	int tag = die_tag(die);
	const char *name = die_name(die);
	struct reader_scope inner = {0};

	inner.in_class = tag != DW_TAG_namespace;
	inner.container = *die;
	if (!name)
		name = inner.in_class ? "(anonymous class)"
				      : "(anonymous namespace)";
	inner.name = scope->name ? join_names(reader, scope->name, name)
				 : reader_intern(reader, name);
	if (inner.name)
		scopes_collect(reader, die, &inner, depth + 1);
}

static void scopes_collect(struct reader *reader, Dwarf_Die *parent,
			   const struct reader_scope *scope, int depth)
{
	Dwarf_Die die;

	if (depth > READER_DEPTH || !die_child(parent, &die))
		return;
	do {
		switch (die_tag(&die)) {
		case DW_TAG_structure_type:
		case DW_TAG_class_type:
		case DW_TAG_union_type:
			scope_note(reader, &die, scope);
			scope_enter(reader, &die, scope, depth);
			break;
		case DW_TAG_namespace:
			scope_enter(reader, &die, scope, depth);
			break;
		case DW_TAG_enumeration_type:
		case DW_TAG_typedef:
		case DW_TAG_subprogram:
		case DW_TAG_variable:
		case DW_TAG_member:
			scope_note(reader, &die, scope);
			break;
		}
	} while (die_next(&die));
}

/* All but C qualify names and have templates; gcc and clang know more dialects
 * of C++ than dwarf.h has names for. */
bool reader_unit_is_cxx(Dwarf_Die *unit)
{
	switch (dwarf_srclang(unit)) {
	case -1:
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case DW_LANG_Mips_Assembler:
		return false;
	default:
		return true;
	}
}

const struct reader_scope *reader_scope(struct reader *reader, Dwarf_Die *die)
{
	const struct reader_scope none = {0};
	uint32_t index;
	Dwarf_Die unit;

	if (pointer_map_find(&reader->scoped_units, die->cu) ==
	    POINTER_MAP_NONE) {
		if (!pointer_map_set(&reader->scoped_units, die->cu, 0))
			reader->exhausted = true;
		if (dwarf_diecu(die, &unit, NULL, NULL) &&
		    (reader->is_cxx || reader_unit_is_cxx(&unit)))
			scopes_collect(reader, &unit, &none, 0);
	}
	index = pointer_map_find(&reader->scopes, die->addr);
	if (index == POINTER_MAP_NONE)
		return NULL;
	return &reader->scope_entries.at[index];
}

const char *reader_qualify(struct reader *reader, Dwarf_Die *die,
			   const char *name)
{
	Dwarf_Die root = die_root(die);
	const struct reader_scope *scope = reader_scope(reader, &root);

	if (!scope)
		return reader_intern(reader, name);
	return join_names(reader, scope->name, name);
}
