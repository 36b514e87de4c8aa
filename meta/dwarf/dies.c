/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/dies.h"

#include <dwarf.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "meta/dwarf/forms.h"
#include "meta/model.h"
#include "meta/pointer_map.h"

enum {
	ATTRIBUTES = 40, /* of one DIE; those with more are libdw's */
	NAMES = 0x90,    /* DWARF 5's attributes are all below */
	CODES = 1024,    /* of abbreviations: greater ones are looked up */
	CUTS = 64,       /* remembered; a power of two */
	CHAIN = 16,      /* of origins and specifications, as in libdw */
};

/* An abbreviation (DWARF 5 section 7.5.3). */
struct shape {
	Dwarf_Abbrev *abbreviation;
	int tag;
	uint16_t names[ATTRIBUTES], forms[ATTRIBUTES];
	/* Which attribute has a name below NAMES, counted from 1. */
	uint8_t numbers[NAMES];
	/* How far from the first value the values are, as long as that can be
	 * told without looking: of so many attributes, and of what follows. */
	uint16_t offsets[ATTRIBUTES + 1];
	uint8_t fixed;
	uint8_t count;
	bool has_children;
	bool has_links;  /* an abstract origin or a specification */
	bool unknown;    /* to be left to libdw */
	/* Of values in the abbreviation itself, when libdw has told. */
	unsigned char *places[ATTRIBUTES];
};

struct unit {
	const unsigned char *begin, *end; /* NULL: to be left to libdw */
	struct form_sizes sizes;
	struct shape **by_code;
	uint32_t code_count;
};

/* The values of a DIE, from the first one whose place depends on others. */
struct cut {
	const void *address;              /* of the DIE, or NULL */
	uint32_t offsets[ATTRIBUTES + 1]; /* from the DIE; of its end, too */
};

/* A DIE of a unit and with attributes that are read here. */
struct view {
	const unsigned char *address;     /* of the DIE, or NULL */
	const struct unit *unit;
	struct shape *shape;
	const unsigned char *values;      /* where the first one is */
};

struct dies {
	struct pointer_map shape_numbers; /* Dwarf_Abbrev -> shape */
	MODEL_ARRAY(struct shape *) shapes;
	struct pointer_map unit_numbers;  /* Dwarf_CU -> unit */
	MODEL_ARRAY(struct unit) units;
	const void *unit_of;              /* the last one asked for */
	uint32_t unit_number;
	struct view last;                 /* the DIE met last */
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
	for (uint32_t i = 0; i < dies->units.count; i++)
		free(dies->units.at[i].by_code);
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
	    !dwarf_diecu(die, &root, &unit->sizes.address,
			 &unit->sizes.offset) ||
	    dwarf_cu_info(die->cu, &version, &type, NULL, NULL, NULL, NULL,
			  NULL) ||
	    !unit_end(&root, type, &end))
		return;
	unit->sizes.version = (uint8_t)version;
	unit->begin = (const unsigned char *)root.addr - dwarf_dieoffset(&root);
	unit->end = unit->begin + end;
	unit->begin += dwarf_dieoffset(&root) - dwarf_cuoffset(&root);
}

static struct unit *unit_of(Dwarf_Die *die)
{
	uint32_t number;
	struct unit *unit;

	if (current->unit_of == die->cu)
		return &current->units.at[current->unit_number];
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
	current->unit_number = number;
	return &current->units.at[number];
}

/* ---- abbreviations ---- */

/* Of several attributes of one name the first counts, as in libdw. */
static void shape_add(struct shape *shape, unsigned int name,
		      unsigned int form)
{
	if (name < NAMES && !shape->numbers[name])
		shape->numbers[name] = (uint8_t)(shape->count + 1);
	if (name == DW_AT_abstract_origin || name == DW_AT_specification)
		shape->has_links = true;
	shape->names[shape->count] = (uint16_t)name;
	shape->forms[shape->count++] = (uint16_t)form;
}

static void shape_measure(const struct unit *unit, struct shape *shape)
{
	for (uint8_t i = 0; i < shape->count; i++) {
		int size = form_size(&unit->sizes, shape->forms[i]);

		if (size < 0)
			break;
		shape->offsets[++shape->fixed] =
			(uint16_t)(shape->offsets[i] + size);
	}
}

/* dwarf_getattrcnt miscounts where values are in the abbreviation. */
static void shape_read(const struct unit *unit, struct shape *shape)
{
	unsigned int name, form;
	Dwarf_Sword data;
	Dwarf_Off offset;

	shape->has_children = dwarf_abbrevhaschildren(shape->abbreviation);
	while (!dwarf_getabbrevattr_data(shape->abbreviation, shape->count,
					 &name, &form, &data, &offset)) {
		shape->unknown = shape->count == ATTRIBUTES ||
				 name > UINT16_MAX || form > UINT16_MAX;
		if (shape->unknown)
			return;
		shape_add(shape, name, form);
	}
	shape_measure(unit, shape);
}

static struct shape *shape_create(const struct unit *unit, Dwarf_Die *die,
				  int tag)
{
	struct shape *shape = calloc(1, sizeof *shape);
	struct shape **slot = shape ? MODEL_APPEND(&current->shapes, 1) : NULL;

	if (!slot) {
		free(shape);
		return NULL;
	}
	*slot = shape;
	shape->abbreviation = die->abbrev;
	shape->tag = tag;
	shape_read(unit, shape);
	return pointer_map_set(&current->shape_numbers, die->abbrev,
			       current->shapes.count - 1) ? shape : NULL;
}

static void code_remember(struct unit *unit, uint64_t code,
			  struct shape *shape)
{
	uint32_t count = unit->code_count ? unit->code_count : 64;
	struct shape **by_code;

	if (code >= CODES)
		return;
	while (count <= code)
		count *= 2;
	if (count > unit->code_count) {
		by_code = reallocarray(unit->by_code, count, sizeof *by_code);
		if (!by_code)
			return;
		memset(by_code + unit->code_count, 0,
		       (count - unit->code_count) * sizeof *by_code);
		unit->by_code = by_code;
		unit->code_count = count;
	}
	unit->by_code[code] = shape;
}

static struct shape *shape_find(struct unit *unit, Dwarf_Die *die,
				uint64_t code)
{
	/* This finds the abbreviation. */
	int tag = dwarf_tag(die);
	struct shape *shape;
	uint32_t number;

	if (tag == DW_TAG_invalid || !die->abbrev)
		return NULL;
	number = pointer_map_find(&current->shape_numbers, die->abbrev);
	shape = number != POINTER_MAP_NONE ? current->shapes.at[number]
					   : shape_create(unit, die, tag);
	if (shape)
		code_remember(unit, code, shape);
	return shape;
}

/* The abbreviation's code at AT; *VALUES is behind it, or NULL. */
static uint64_t read_code(const unsigned char *at, const unsigned char *end,
			  const unsigned char **values)
{
	uint64_t code = 0;

	*values = NULL;
	for (unsigned int shift = 0; at < end && shift < 63; shift += 7) {
		code |= (uint64_t)(*at & 0x7f) << shift;
		if (!(*at++ & 0x80)) {
			*values = at;
			break;
		}
	}
	return code;
}

static const struct view *view_make(Dwarf_Die *die)
{
	struct unit *unit = current ? unit_of(die) : NULL;
	struct view view = {.address = die->addr, .unit = unit};
	uint64_t code;

	if (!unit || !unit->end)
		return NULL;
	code = read_code(die->addr, unit->end, &view.values);
	if (!view.values)
		return NULL;
	if (code < unit->code_count && unit->by_code[code]) {
		view.shape = unit->by_code[code];
		die->abbrev = view.shape->abbreviation;
	} else {
		view.shape = shape_find(unit, die, code);
	}
	if (!view.shape || view.shape->unknown)
		return NULL;
	current->last = view;
	return &current->last;
}

/* Good until another DIE is asked for; NULL: ask libdw. */
static inline const struct view *view_of(Dwarf_Die *die)
{
	return current && current->last.address == die->addr
		       ? &current->last : view_make(die);
}

int die_tag(Dwarf_Die *die)
{
	const struct view *view = view_of(die);

	return view ? view->shape->tag : dwarf_tag(die);
}

/* ---- attributes ---- */

static bool cut_fill(const struct view *view, struct cut *cut)
{
	const struct shape *shape = view->shape;
	const unsigned char *at = view->values + shape->offsets[shape->fixed];

	for (unsigned int i = shape->fixed; i < shape->count; i++) {
		cut->offsets[i] = (uint32_t)(at - view->address);
		at = form_skip(&view->unit->sizes, shape->forms[i], at,
			       view->unit->end);
		if (!at || at - view->address > UINT32_MAX)
			return false;
	}
	cut->offsets[shape->count] = (uint32_t)(at - view->address);
	return true;
}

/* The DIE of VIEW cut into its attributes; NULL: ask libdw. */
static const struct cut *cut_of(const struct view *view)
{
	struct cut *cut = &current->cuts[((uintptr_t)view->address ^
					  (uintptr_t)view->address >> 6) %
					 CUTS];

	if (cut->address == view->address)
		return cut;
	cut->address = NULL;
	if (!cut_fill(view, cut))
		return NULL;
	cut->address = view->address;
	return cut;
}

/* Where value NUMBER is, or for as many as there are, what follows the DIE;
 * NULL: ask libdw. */
static const unsigned char *value_at(const struct view *view,
				     unsigned int number)
{
	const struct shape *shape = view->shape;
	const struct cut *cut;

	if ((size_t)(view->unit->end - view->values) <
	    shape->offsets[shape->fixed])
		return NULL;
	if (number <= shape->fixed)
		return view->values + shape->offsets[number];
	cut = cut_of(view);
	return cut ? view->address + cut->offsets[number] : NULL;
}

/* The number of the attribute NAME, or of attributes. */
static unsigned int number_of(const struct shape *shape, unsigned int name)
{
	unsigned int i = 0;

	if (name < NAMES)
		return shape->numbers[name] ? shape->numbers[name] - 1u
					    : shape->count;
	while (i < shape->count && shape->names[i] != name)
		i++;
	return i;
}

/* A value in the abbreviation: libdw alone knows where. */
static bool implicit_value(Dwarf_Die *die, struct shape *shape,
			   unsigned int number, Dwarf_Attribute *attribute)
{
	if (!shape->places[number]) {
		if (!dwarf_attr(die, shape->names[number], attribute))
			return false;
		shape->places[number] = attribute->valp;
	}
	attribute->valp = shape->places[number];
	return true;
}

static bool view_attribute(Dwarf_Die *die, const struct view *view,
			   unsigned int name, Dwarf_Attribute *attribute)
{
	unsigned int number = number_of(view->shape, name);
	const unsigned char *value;

	if (number == view->shape->count)
		return false;
	value = value_at(view, number);
	if (!value)
		return dwarf_attr(die, name, attribute);
	attribute->code = name;
	attribute->form = view->shape->forms[number];
	attribute->valp = (unsigned char *)value;
	attribute->cu = die->cu;
	return attribute->form != DW_FORM_implicit_const ||
	       implicit_value(die, view->shape, number, attribute);
}

bool die_attribute(Dwarf_Die *die, unsigned int name,
		   Dwarf_Attribute *attribute)
{
	const struct view *view = view_of(die);

	return view ? view_attribute(die, view, name, attribute)
		    : dwarf_attr(die, name, attribute) != NULL;
}

/* The DIE that DIE says is its origin, or else declares it. */
static bool follow_link(Dwarf_Die *die, Dwarf_Die *next)
{
	Dwarf_Attribute attribute;

	return (die_attribute(die, DW_AT_abstract_origin, &attribute) ||
		die_attribute(die, DW_AT_specification, &attribute)) &&
	       die_target(&attribute, next);
}

bool die_attribute_integrated(Dwarf_Die *die, unsigned int name,
			      Dwarf_Attribute *attribute)
{
	Dwarf_Die at = *die, next;
	int tag = die_tag(die);

	/* Those of split units may be in their skeletons. */
	if (tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit)
		return dwarf_attr_integrate(die, name, attribute);
	for (unsigned int i = 0; i <= CHAIN; i++) {
		const struct view *view = view_of(&at);

		if (view ? view_attribute(&at, view, name, attribute)
			 : dwarf_attr(&at, name, attribute) != NULL)
			return true;
		if ((view && !view->shape->has_links) ||
		    !follow_link(&at, &next))
			return false;
		at = next;
	}
	return false;
}

bool die_has(Dwarf_Die *die, unsigned int name)
{
	const struct view *view = view_of(die);

	return view ? number_of(view->shape, name) < view->shape->count
		    : dwarf_hasattr(die, name);
}

bool die_target(Dwarf_Attribute *attribute, Dwarf_Die *target)
{
	Dwarf_Die here = {.cu = attribute->cu};
	const struct unit *unit = NULL;
	uint64_t offset;

	if (current && attribute->form == DW_FORM_ref4)
		unit = unit_of(&here);
	if (!unit || !unit->end)
		return dwarf_formref_die(attribute, target);
	offset = form_read_four(attribute->valp);
	if (offset >= (uint64_t)(unit->end - unit->begin))
		return false;
	*target = (Dwarf_Die){
		.addr = (void *)(unit->begin + offset), .cu = attribute->cu,
	};
	return true;
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
	const struct view *view = view_of(die);
	const unsigned char *end = NULL;

	if (view)
		end = value_at(view, view->shape->count);
	if (!end)
		return !dwarf_child(die, child);
	if (!view->shape->has_children)
		return false;
	memset(child, 0, sizeof *child);
	child->cu = die->cu;
	return move_to(child, end, view->unit);
}

/* What DW_AT_sibling, attribute NUMBER, says; NULL: ask libdw. */
static const unsigned char *sibling_at(const struct view *view,
				       unsigned int number)
{
	const unsigned char *value = value_at(view, number), *sibling;
	uint64_t offset;

	if (!value || view->shape->forms[number] != DW_FORM_ref4)
		return NULL;
	offset = form_read_four(value);
	if (offset >= (uint64_t)(view->unit->end - view->unit->begin))
		return view->unit->end;
	sibling = view->unit->begin + offset;
	return sibling > view->address ? sibling : view->unit->end;
}

/* Behind DIE and all below it; NULL: ask libdw. */
static const unsigned char *tree_end(const Dwarf_Die *die)
{
	Dwarf_Die at = *die;
	uint64_t depth = 0;

	do {
		const struct view *view = view_of(&at);
		const unsigned char *end = NULL;

		if (view)
			end = value_at(view, view->shape->count);
		if (!end)
			return NULL;
		depth += view->shape->has_children;
		for (; depth && end < view->unit->end && !*end; end++)
			depth--;
		if (end == view->unit->end)
			return end;
		at.addr = (void *)end;
		at.abbrev = NULL;
	} while (depth);
	return at.addr;
}

bool die_next(Dwarf_Die *die)
{
	const struct view *view = view_of(die);
	const struct unit *unit;
	const unsigned char *next;
	unsigned int number;

	if (!view)
		return !dwarf_siblingof(die, die);
	unit = view->unit;
	number = number_of(view->shape, DW_AT_sibling);
	if (number < view->shape->count)
		next = sibling_at(view, number);
	else if (view->shape->has_children)
		next = tree_end(die);
	else
		next = value_at(view, number);
	return next ? move_to(die, next, unit) : !dwarf_siblingof(die, die);
}
