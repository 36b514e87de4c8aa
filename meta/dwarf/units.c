/* SPDX-License-Identifier: Apache-2.0 */
/* Units, one after the other. */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <stdlib.h>

static void scope_read(struct reader *reader, Dwarf_Die *parent, int depth);

/* dwz moves what several units have in common to partial units, which they
 * import (DWARF 5 section 3.2.5).  Most of it is met by references as well,
 * but not what only the source mentions.  Whole units have their own turn. */
static void import_read(struct reader *reader, Dwarf_Die *import, int depth)
{
	Dwarf_Die unit;

	if (!die_reference(import, DW_AT_import, &unit) ||
	    dwarf_tag(&unit) != DW_TAG_partial_unit ||
	    pointer_map_find(&reader->imported_units, unit.addr) !=
		    POINTER_MAP_NONE)
		return;
	if (!pointer_map_set(&reader->imported_units, unit.addr, 0)) {
		reader->exhausted = true;
		return;
	}
	scope_read(reader, &unit, depth + 1);
}

static void scope_read(struct reader *reader, Dwarf_Die *parent, int depth)
{
	Dwarf_Die die;

	if (depth > READER_DEPTH || !die_child(parent, &die))
		return;
	do {
		switch (die_tag(&die)) {
		case DW_TAG_namespace:
		case DW_TAG_module:
			scope_read(reader, &die, depth + 1);
			break;
		case DW_TAG_structure_type:
		case DW_TAG_class_type:
		case DW_TAG_union_type:
			reader_type(reader, &die);
			if (reader->is_cxx)
				scope_read(reader, &die, depth + 1);
			break;
		case DW_TAG_variable:
			reader_global(reader, &die);
			break;
		case DW_TAG_subprogram:
			reader_function(reader, &die);
			break;
		case DW_TAG_imported_unit:
			import_read(reader, &die, depth);
			break;
		default:
			reader_type(reader, &die);
		}
	} while (!reader->exhausted && die_next(&die));
}

/* What is known by DIEs, when no other unit will ask. */
static void unit_forget(struct reader *reader)
{
	pointer_map_deinit(&reader->type_handles);
	pointer_map_deinit(&reader->subprograms);
	pointer_map_deinit(&reader->parameters);
	pointer_map_deinit(&reader->scopes);
	pointer_map_deinit(&reader->scoped_units);
	pointer_map_deinit(&reader->imported_units);
	pointer_map_deinit(&reader->templates);
	reader->handles.count = 0;
	reader->scope_entries.count = 0;
	reader->template_lists.count = 0;
	dies_forget();
}

static void unit_read(struct reader *reader, Dwarf_Die *unit, Dwarf_Die *split)
{
	const char *name = die_name(split ? split : unit);
	struct reader_mark mark;

	reader_mark(reader, &mark);
	if (!dwarf_diecu(unit, &reader->cu_die, &reader->address_size, NULL))
		return;
	reader->unit_file = name ? reader_file_named(reader, name) : MODEL_NONE;
	reader->is_cxx = reader_unit_is_cxx(split ? split : unit);
	scope_read(reader, split ? split : unit, 0);
	reader_types_complete(reader);
	reader_names_unify(reader, &mark);
	reader_types_merge(reader, &mark);
	reader_lines(reader);
	reader_checksums(reader);
	if (reader->independent)
		unit_forget(reader);
}

void reader_units(struct reader *reader, uint32_t first, uint32_t limit)
{
	struct dies *dies = dies_create();
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit, split;
	uint8_t type;

	dies_use(dies);
	for (uint32_t i = 0; i < limit && !reader->exhausted &&
			     !dwarf_get_units(reader->info->dwarf, cu, &cu,
					      NULL, &type, &unit, &split);
	     i++) {
		/* Types of type units come through references, those of
		 * partial units also through imports. */
		if (i >= first &&
		    (dwarf_tag(&unit) == DW_TAG_compile_unit ||
		     dwarf_tag(&unit) == DW_TAG_skeleton_unit))
			unit_read(reader, &unit,
				  type == DW_UT_skeleton && split.addr ? &split
								       : NULL);
	}
	dies_use(NULL);
	dies_destroy(dies);
}

void reader_deinit(struct reader *reader)
{
	pointer_map_deinit(&reader->type_handles);
	pointer_map_deinit(&reader->merged);
	pointer_map_deinit(&reader->subprograms);
	pointer_map_deinit(&reader->parameters);
	pointer_map_deinit(&reader->scopes);
	pointer_map_deinit(&reader->scoped_units);
	pointer_map_deinit(&reader->imported_units);
	pointer_map_deinit(&reader->unified);
	free(reader->unified_names.at);
	pointer_map_deinit(&reader->file_names);
	pointer_map_deinit(&reader->templates);
	free(reader->template_lists.at);
	free(reader->handles.at);
	free(reader->queue.at);
	free(reader->shallow.at);
	free(reader->scope_entries.at);
	free(reader->nested.at);
	free(reader->block_ranges.at);
	line_table_deinit(&reader->line_table);
}
