/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/dies.h"

#include <dwarf.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "meta/model.h"
#include "meta/pointer_map.h"

enum {
	ATTRIBUTES = 40, /* of one DIE; those with more are libdw's */
	CUTS = 64,       /* remembered; a power of two */
	CHAIN = 16,      /* of origins and specifications, as in libdw */
};

/* An abbreviation (DWARF 5 section 7.5.3). */
struct shape {
	uint16_t names[ATTRIBUTES], forms[ATTRIBUTES];
	/* Of values in the abbreviation itself, when libdw has told. */
	unsigned char *places[ATTRIBUTES];
	uint8_t count;
	bool has_children;
	bool unknown;    /* to be left to libdw */
};

struct unit {
	const unsigned char *begin, *end; /* NULL: to be left to libdw */
	uint8_t address_size, offset_size;
	uint8_t version;
};

struct cut {
	const void *address;              /* of the DIE, or NULL */
	struct shape *shape;
	const unsigned char *values[ATTRIBUTES];
	const unsigned char *end;
};

struct dies {
	struct pointer_map shape_numbers; /* Dwarf_Abbrev -> shape */
	MODEL_ARRAY(struct shape *) shapes;
	struct pointer_map unit_numbers;  /* Dwarf_CU -> unit */
	MODEL_ARRAY(struct unit) units;
	const void *unit_of;              /* the last one asked for */
	struct unit unit;
	struct cut cuts[CUTS];
};

static _Thread_local struct dies *current;

struct dies *dies_create(void)
{
	return calloc(1, sizeof(struct dies));
}

static void dies_clear(struct dies *dies)
{
	for (uint32_t i = 0; i < dies->shapes.count; i++)
		free(dies->shapes.at[i]);
	free(dies->shapes.at);
	free(dies->units.at);
	pointer_map_deinit(&dies->shape_numbers);
	pointer_map_deinit(&dies->unit_numbers);
	memset(dies, 0, sizeof *dies);
}

void dies_destroy(struct dies *dies)
{
	if (!dies)
		return;
	dies_clear(dies);
	free(dies);
}

void dies_forget(void)
{
	if (current)
		dies_clear(current);
}

void dies_use(struct dies *dies)
{
	current = dies;
}

/* ---- units ---- */

/* Where the header of the unit says it ends, if that is in the section. */
static bool unit_end(Dwarf_Die *root, uint8_t type, Dwarf_Off *end)
{
	Dwarf *dwarf = dwarf_cu_getdwarf(root->cu);
	Dwarf_Off header = dwarf_dieoffset(root) - dwarf_cuoffset(root);
	Dwarf_Off abbreviations;
	Dwarf_Half version;
	Dwarf_Die last;
	uint64_t signature;
	bool is_type;

	if (dwarf_cu_info(root->cu, &version, NULL, NULL, NULL, NULL, NULL,
			  NULL))
		return false;
	is_type = version < 5 && type == DW_UT_type;
	if (dwarf_next_unit(dwarf, header, end, NULL, NULL, &abbreviations,
			    NULL, NULL, is_type ? &signature : NULL, NULL) ||
	    *end <= header)
		return false;
	return is_type ? dwarf_offdie_types(dwarf, *end - 1, &last) != NULL
		       : dwarf_offdie(dwarf, *end - 1, &last) != NULL;
}

static void unit_read(Dwarf_Die *die, struct unit *unit)
{
	const char *ident = elf_getident(
		dwarf_getelf(dwarf_cu_getdwarf(die->cu)), NULL);
	Dwarf_Half version;
	Dwarf_Die root;
	Dwarf_Off end;
	uint8_t type;

	memset(unit, 0, sizeof *unit);
	if (!ident || ident[EI_DATA] != ELFDATA2LSB ||
	    !dwarf_diecu(die, &root, &unit->address_size, &unit->offset_size) ||
	    dwarf_cu_info(die->cu, &version, &type, NULL, NULL, NULL, NULL,
			  NULL) ||
	    !unit_end(&root, type, &end))
		return;
	unit->version = (uint8_t)version;
	unit->begin = (const unsigned char *)root.addr - dwarf_dieoffset(&root);
	unit->end = unit->begin + end;
	unit->begin += dwarf_dieoffset(&root) - dwarf_cuoffset(&root);
}

static const struct unit *unit_of(Dwarf_Die *die)
{
	uint32_t number;
	struct unit *unit;

	if (current->unit_of == die->cu)
		return &current->unit;
	number = pointer_map_find(&current->unit_numbers, die->cu);
	if (number == POINTER_MAP_NONE) {
		unit = MODEL_APPEND(&current->units, 1);
		number = current->units.count - 1;
		if (!unit)
			return NULL;
		unit_read(die, unit);
		if (!pointer_map_set(&current->unit_numbers, die->cu, number))
			return NULL;
	}
	current->unit_of = die->cu;
	current->unit = current->units.at[number];
	return &current->unit;
}

/* ---- abbreviations ---- */

/* dwarf_getattrcnt miscounts where values are in the abbreviation. */
static void shape_read(Dwarf_Abbrev *abbreviation, struct shape *shape)
{
	unsigned int name, form, i = 0;
	Dwarf_Sword data;
	Dwarf_Off offset;

	shape->has_children = dwarf_abbrevhaschildren(abbreviation);
	while (!dwarf_getabbrevattr_data(abbreviation, i, &name, &form, &data,
					 &offset)) {
		shape->unknown = i == ATTRIBUTES || name > UINT16_MAX ||
				 form > UINT16_MAX;
		if (shape->unknown)
			return;
		shape->names[i] = (uint16_t)name;
		shape->forms[i++] = (uint16_t)form;
	}
	shape->count = (uint8_t)i;
}

static struct shape *shape_of(Dwarf_Abbrev *abbreviation)
{
	uint32_t number = pointer_map_find(&current->shape_numbers,
					   abbreviation);
	struct shape *shape, **slot;

	if (number != POINTER_MAP_NONE)
		return current->shapes.at[number];
	shape = calloc(1, sizeof *shape);
	slot = shape ? MODEL_APPEND(&current->shapes, 1) : NULL;
	if (!slot) {
		free(shape);
		return NULL;
	}
	*slot = shape;
	shape_read(abbreviation, shape);
	return pointer_map_set(&current->shape_numbers, abbreviation,
			       current->shapes.count - 1) ? shape : NULL;
}

/* ---- attributes ---- */

static const unsigned char *skip_leb(const unsigned char *at,
				     const unsigned char *end)
{
	while (at < end && *at & 0x80)
		at++;
	return at < end ? at + 1 : NULL;
}

static const unsigned char *skip_bytes(const unsigned char *at, uint64_t size,
				       const unsigned char *end)
{
	return (uint64_t)(end - at) >= size ? at + size : NULL;
}

static uint64_t read_unsigned(const unsigned char *at, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

static const unsigned char *skip_block(const unsigned char *at,
				       unsigned int size,
				       const unsigned char *end)
{
	if ((size_t)(end - at) < size)
		return NULL;
	return skip_bytes(at + size, read_unsigned(at, size), end);
}

static const unsigned char *skip_long_block(const unsigned char *at,
					    const unsigned char *end)
{
	uint64_t size = 0;

	for (unsigned int shift = 0; at < end && shift < 63; shift += 7) {
		size |= (uint64_t)(*at & 0x7f) << shift;
		if (!(*at++ & 0x80))
			return skip_bytes(at, size, end);
	}
	return NULL;
}

static const unsigned char *skip_string(const unsigned char *at,
					const unsigned char *end)
{
	const unsigned char *zero = memchr(at, 0, (size_t)(end - at));

	return zero ? zero + 1 : NULL;
}

/* Past a value of FORM (DWARF 5 section 7.5.6); NULL: not known here. */
static const unsigned char *skip_value(const struct unit *unit,
				       unsigned int form,
				       const unsigned char *at)
{
	const unsigned char *end = unit->end;

	switch (form) {
	case DW_FORM_flag_present: case DW_FORM_implicit_const:
		return at;
	case DW_FORM_data1: case DW_FORM_ref1: case DW_FORM_flag:
	case DW_FORM_strx1: case DW_FORM_addrx1:
		return skip_bytes(at, 1, end);
	case DW_FORM_data2: case DW_FORM_ref2: case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return skip_bytes(at, 2, end);
	case DW_FORM_strx3: case DW_FORM_addrx3:
		return skip_bytes(at, 3, end);
	case DW_FORM_data4: case DW_FORM_ref4: case DW_FORM_strx4:
	case DW_FORM_addrx4: case DW_FORM_ref_sup4:
		return skip_bytes(at, 4, end);
	case DW_FORM_data8: case DW_FORM_ref8: case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return skip_bytes(at, 8, end);
	case DW_FORM_data16:
		return skip_bytes(at, 16, end);
	case DW_FORM_addr:
		return skip_bytes(at, unit->address_size, end);
	case DW_FORM_ref_addr:
		return skip_bytes(at, unit->version < 3 ? unit->address_size
							: unit->offset_size,
				  end);
	case DW_FORM_strp: case DW_FORM_line_strp: case DW_FORM_sec_offset:
	case DW_FORM_strp_sup: case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return skip_bytes(at, unit->offset_size, end);
	case DW_FORM_udata: case DW_FORM_sdata: case DW_FORM_ref_udata:
	case DW_FORM_strx: case DW_FORM_addrx: case DW_FORM_loclistx:
	case DW_FORM_rnglistx: case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		return skip_leb(at, end);
	case DW_FORM_string:
		return skip_string(at, end);
	case DW_FORM_block1:
		return skip_block(at, 1, end);
	case DW_FORM_block2:
		return skip_block(at, 2, end);
	case DW_FORM_block4:
		return skip_block(at, 4, end);
	case DW_FORM_block: case DW_FORM_exprloc:
		return skip_long_block(at, end);
	default:
		return NULL;
	}
}

static bool cut_fill(Dwarf_Die *die, struct cut *cut)
{
	const struct unit *unit = unit_of(die);
	const unsigned char *at = die->addr;

	if (!unit || !unit->end)
		return false;
	/* This finds the abbreviation. */
	if (dwarf_tag(die) == DW_TAG_invalid || !die->abbrev)
		return false;
	cut->shape = shape_of(die->abbrev);
	if (!cut->shape || cut->shape->unknown)
		return false;
	at = skip_leb(at, unit->end);
	for (unsigned int i = 0; at && i < cut->shape->count; i++) {
		cut->values[i] = at;
		at = skip_value(unit, cut->shape->forms[i], at);
	}
	cut->end = at;
	return at;
}

/* DIE cut into its attributes; NULL: ask libdw. */
static const struct cut *cut_of(Dwarf_Die *die)
{
	struct cut *cut;

	if (!current)
		return NULL;
	cut = &current->cuts[((uintptr_t)die->addr ^
			      (uintptr_t)die->addr >> 6) % CUTS];
	if (cut->address == die->addr)
		return cut;
	cut->address = NULL;
	if (!cut_fill(die, cut))
		return NULL;
	cut->address = die->addr;
	return cut;
}

static unsigned int find_name(const struct cut *cut, unsigned int name)
{
	unsigned int i = 0;

	while (i < cut->shape->count && cut->shape->names[i] != name)
		i++;
	return i;
}

bool die_attribute(Dwarf_Die *die, unsigned int name,
		   Dwarf_Attribute *attribute)
{
	const struct cut *cut = cut_of(die);
	unsigned int i;

	if (!cut)
		return dwarf_attr(die, name, attribute);
	i = find_name(cut, name);
	if (i == cut->shape->count)
		return false;
	attribute->code = name;
	attribute->form = cut->shape->forms[i];
	attribute->valp = (unsigned char *)cut->values[i];
	attribute->cu = die->cu;
	if (attribute->form != DW_FORM_implicit_const)
		return true;
	if (!cut->shape->places[i]) {
		if (!dwarf_attr(die, name, attribute))
			return false;
		cut->shape->places[i] = attribute->valp;
	}
	attribute->valp = cut->shape->places[i];
	return true;
}

bool die_attribute_integrated(Dwarf_Die *die, unsigned int name,
			      Dwarf_Attribute *attribute)
{
	Dwarf_Die at = *die, next;
	int tag = dwarf_tag(die);

	/* Those of split units may be in their skeletons. */
	if (tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit)
		return dwarf_attr_integrate(die, name, attribute);
	for (unsigned int i = 0; i <= CHAIN; i++) {
		if (die_attribute(&at, name, attribute))
			return true;
		if (!die_attribute(&at, DW_AT_abstract_origin, attribute) &&
		    !die_attribute(&at, DW_AT_specification, attribute))
			return false;
		if (!dwarf_formref_die(attribute, &next))
			return false;
		at = next;
	}
	return false;
}

bool die_has(Dwarf_Die *die, unsigned int name)
{
	const struct cut *cut = cut_of(die);

	return cut ? find_name(cut, name) < cut->shape->count
		   : dwarf_hasattr(die, name);
}

/* ---- the tree ---- */

/* DIE becomes the one at AT; false for the end of a list of siblings. */
static bool move_to(Dwarf_Die *die, const unsigned char *at,
		    const struct unit *unit)
{
	if (at >= unit->end || !*at)
		return false;
	die->addr = (void *)at;
	die->abbrev = NULL;
	return true;
}

bool die_child(Dwarf_Die *die, Dwarf_Die *child)
{
	const struct cut *cut = cut_of(die);

	if (!cut)
		return !dwarf_child(die, child);
	if (!cut->shape->has_children)
		return false;
	memset(child, 0, sizeof *child);
	child->cu = die->cu;
	return move_to(child, cut->end, unit_of(die));
}

bool die_next(Dwarf_Die *die)
{
	const struct cut *cut = cut_of(die);
	const struct unit *unit;
	unsigned int i;

	if (!cut)
		return !dwarf_siblingof(die, die);
	unit = unit_of(die);
	i = find_name(cut, DW_AT_sibling);
	if (i < cut->shape->count && cut->shape->forms[i] == DW_FORM_ref4) {
		uint64_t offset = read_unsigned(cut->values[i], 4);
		const unsigned char *begin = unit->begin;

		if (offset >= (uint64_t)(unit->end - begin) ||
		    begin + offset <= (const unsigned char *)die->addr)
			return false;
		return move_to(die, begin + offset, unit);
	}
	if (i < cut->shape->count || cut->shape->has_children)
		return !dwarf_siblingof(die, die);
	return move_to(die, cut->end, unit);
}
