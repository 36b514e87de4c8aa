/* SPDX-License-Identifier: Apache-2.0 */
/* Code: functions out of line, their inlined instances and variables. */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <string.h>

/* What is being read within one function. */
struct walk {
	Dwarf_Die *function;
	uint32_t instance;    /* inline, or MODEL_NONE */
	uint32_t parameter;   /* number of the next one without an origin */
	uint32_t range_first; /* in reader->block_ranges */
	uint32_t range_count;
	int depth;
};

static void walk_children(struct reader *reader, Dwarf_Die *parent,
			  struct walk *walk);

/* Pushes the ranges of DIE that are code of this file; how many. */
static uint32_t ranges_push(struct reader *reader, Dwarf_Die *die)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t offset = 0;
	uint32_t count = 0;

	while ((offset = dwarf_ranges(die, offset, &base, &low, &high)) > 0) {
		struct model_range *range;

		low += reader->info->bias;
		high += reader->info->bias;
		if (low >= high || !reader_address_is_loaded(reader, low, true))
			continue;
		range = MODEL_APPEND(&reader->block_ranges, 1);
		if (!range) {
			reader->exhausted = true;
			break;
		}
		*range = (struct model_range){low, high};
		count++;
	}
	return count;
}

/* Copies the COUNT ranges on top of the stack into the model, sorted. */
static uint32_t ranges_keep(struct reader *reader, uint32_t count)
{
	struct model *model = reader->model;
	uint32_t first = model->ranges.count;
	struct model_range *kept = MODEL_APPEND(&model->ranges, count);
	const struct model_range *from =
		reader->block_ranges.at + reader->block_ranges.count - count;

	if (!kept) {
		reader->exhausted = true;
		return first;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = i;

		for (; at && kept[at - 1].low > from[i].low; at--)
			kept[at] = kept[at - 1];
		kept[at] = from[i];
	}
	return first;
}

static uint32_t parameter_number(struct reader *reader, Dwarf_Die *die,
				 struct walk *walk)
{
	uint32_t number = walk->parameter++;
	uint32_t found;
	Dwarf_Die origin;

	if (!die_reference(die, DW_AT_abstract_origin, &origin))
		return number;
	found = pointer_map_find(&reader->parameters, origin.addr);
	return found != POINTER_MAP_NONE ? found : number;
}

/* Is it in one place wherever it is, as statics are? */
static bool has_one_place(Dwarf_Die *die)
{
	Dwarf_Attribute location;
	Dwarf_Block expression;

	return die_attribute(die, DW_AT_location, &location) &&
	       dwarf_formblock(&location, &expression) == 0;
}

/* What nothing is left of in the code, or nothing that is known, tells all the
 * same what its function is about. */
static void unplaced_keep(struct reader *reader, Dwarf_Die *die,
			  const struct model_variable *variable)
{
	struct model_unplaced *kept;

	if (reader->is_cxx || has_one_place(die) ||
	    die_has(die, DW_AT_const_value) || die_has(die, DW_AT_external))
		return;
	kept = MODEL_APPEND(&reader->model->unplaced, 1);
	if (kept)
		*kept = (struct model_unplaced){
			.type = variable->type, .instance = variable->instance,
		};
	else
		reader->exhausted = true;
}

static void constant_keep(struct reader *reader,
			  const struct model_variable *variable, uint64_t value)
{
	struct model_constant *kept = MODEL_APPEND(&reader->model->constants, 1);

	if (kept)
		*kept = (struct model_constant){
			.instance = variable->instance,
			.parameter = variable->parameter, .value = value,
		};
	else
		reader->exhausted = true;
}

static void variable_read(struct reader *reader, Dwarf_Die *die,
			  struct walk *walk)
{
	struct model *model = reader->model;
	bool parameter = die_tag(die) == DW_TAG_formal_parameter;
	struct model_variable v = {.instance = walk->instance,
				   .parameter = MODEL_NONE};
	struct model_variable *kept;
	const char *name = die_name(die);
	uint64_t constant;
	bool known;

	if (parameter)
		v.parameter = parameter_number(reader, die, walk);
	v.type = reader_type_of(reader, die);
	v.name = reader_intern(reader, name);
	known = reader_locations(reader, die, walk->function,
				 reader->block_ranges.at + walk->range_first,
				 walk->range_count, &v, &constant);
	if (!v.location_count) {
		if (!parameter) {
			reader_static(reader, die);
			unplaced_keep(reader, die, &v);
		} else if (known) {
			constant_keep(reader, &v, constant);
		}
		return;
	}
	kept = MODEL_APPEND(&model->variables, 1);
	if (kept)
		*kept = v;
	else
		reader->exhausted = true;
}

static void inline_read(struct reader *reader, Dwarf_Die *die,
			const struct walk *outer)
{
	struct model *model = reader->model;
	struct walk walk = *outer;
	uint32_t subprogram = reader_subprogram(reader, die);
	struct model_inline *instance = MODEL_APPEND(&model->inlines, 1);
	uint64_t number;

	if (!instance) {
		reader->exhausted = true;
		return;
	}
	walk.instance = model->inlines.count - 1;
	walk.parameter = 0;
	walk.range_first = reader->block_ranges.count;
	walk.range_count = ranges_push(reader, die);
	instance->subprogram = subprogram;
	instance->parent = outer->instance;
	instance->call_file = MODEL_NONE;
	instance->range_count = walk.range_count;
	instance->range_first = ranges_keep(reader, walk.range_count);
	if (die_own_unsigned(die, DW_AT_call_file, &number))
		instance->call_file = reader_file(reader, die, number);
	if (die_own_unsigned(die, DW_AT_call_line, &number))
		instance->call_line = (uint32_t)number;
	walk_children(reader, die, &walk);
	reader->block_ranges.count = walk.range_first;
}

static void block_read(struct reader *reader, Dwarf_Die *die,
		       struct walk *outer)
{
	struct walk walk = *outer;
	uint32_t first = reader->block_ranges.count;
	uint32_t count = ranges_push(reader, die);

	/* A block without ranges of its own is where its parent is. */
	if (count) {
		walk.range_first = first;
		walk.range_count = count;
	}
	walk_children(reader, die, &walk);
	reader->block_ranges.count = first;
}

static void nested_remember(struct reader *reader, Dwarf_Die *die)
{
	Dwarf_Die *entry = MODEL_APPEND(&reader->nested, 1);

	if (entry)
		*entry = *die;
	else
		reader->exhausted = true;
}

static bool has_code(Dwarf_Die *die)
{
	return die_has(die, DW_AT_low_pc) ||
	       die_has(die, DW_AT_ranges);
}

/* A type within a function.  gcc puts the code of its member functions,
 * lambdas' too, right into it. */
static void local_type_read(struct reader *reader, Dwarf_Die *type, int depth)
{
	Dwarf_Die child;

	if (!depth)
		reader_type(reader, type);
	if (depth > READER_DEPTH || !die_child(type, &child))
		return;
	do {
		switch (die_tag(&child)) {
		case DW_TAG_subprogram:
			if (has_code(&child))
				nested_remember(reader, &child);
			break;
		case DW_TAG_structure_type:
		case DW_TAG_class_type:
		case DW_TAG_union_type:
			local_type_read(reader, &child, depth + 1);
			break;
		}
	} while (die_next(&child));
}

static void child_read(struct reader *reader, Dwarf_Die *die, struct walk *walk)
{
	switch (die_tag(die)) {
	case DW_TAG_formal_parameter:
	case DW_TAG_variable:
		variable_read(reader, die, walk);
		break;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		block_read(reader, die, walk);
		break;
	case DW_TAG_inlined_subroutine:
		inline_read(reader, die, walk);
		break;
	case DW_TAG_subprogram:
		nested_remember(reader, die);
		break;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		local_type_read(reader, die, 0);
		break;
	case DW_TAG_enumeration_type:
	case DW_TAG_typedef:
		reader_type(reader, die);
		break;
	case DW_TAG_call_site:
	case DW_TAG_GNU_call_site:
		reader_allocated(reader, die);
		break;
	}
}

static void walk_children(struct reader *reader, Dwarf_Die *parent,
			  struct walk *walk)
{
	Dwarf_Die child;

	if (walk->depth > READER_DEPTH || reader->exhausted ||
	    !die_child(parent, &child))
		return;
	walk->depth++;
	do
		child_read(reader, &child, walk);
	while (die_next(&child));
	walk->depth--;
}

static uint64_t entry_of(struct reader *reader, Dwarf_Die *die, uint64_t first)
{
	Dwarf_Addr entry;

	if (!dwarf_entrypc(die, &entry) &&
	    reader_address_is_loaded(reader, entry + reader->info->bias, true))
		return entry + reader->info->bias;
	return first;
}

static void code_read(struct reader *reader, Dwarf_Die *die,
		      uint32_t subprogram)
{
	struct model *model = reader->model;
	struct model_function *f;
	struct walk walk = {.function = die,
			    .instance = MODEL_NONE,
			    .range_first = reader->block_ranges.count};
	uint32_t index;

	walk.range_count = ranges_push(reader, die);
	if (!walk.range_count)
		return;
	f = MODEL_APPEND(&model->functions, 1);
	if (!f) {
		reader->exhausted = true;
		return;
	}
	index = model->functions.count - 1;
	f->subprogram = subprogram;
	f->unit_file = reader->unit_file;
	f->entry = entry_of(reader, die,
			    reader->block_ranges.at[walk.range_first].low);
	f->range_count = walk.range_count;
	f->range_first = ranges_keep(reader, walk.range_count);
	f->variable_first = model->variables.count;
	f->inline_first = model->inlines.count;
	f->unplaced_first = model->unplaced.count;
	f->constant_first = model->constants.count;
	model->subprograms.at[subprogram].flags |= MODEL_SUBPROGRAM_DEFINED;
	walk_children(reader, die, &walk);
	f = &model->functions.at[index];
	f->variable_count = model->variables.count - f->variable_first;
	f->inline_count = model->inlines.count - f->inline_first;
	f->unplaced_count = model->unplaced.count - f->unplaced_first;
	f->constant_count = model->constants.count - f->constant_first;
	reader->block_ranges.count = walk.range_first;
}

/* Types and functions inside a function without code of its own. */
static void abstract_read(struct reader *reader, Dwarf_Die *die)
{
	Dwarf_Die child;

	if (!die_child(die, &child))
		return;
	do {
		switch (die_tag(&child)) {
		case DW_TAG_structure_type:
		case DW_TAG_class_type:
		case DW_TAG_union_type:
			local_type_read(reader, &child, 0);
			break;
		case DW_TAG_enumeration_type:
		case DW_TAG_typedef:
			reader_type(reader, &child);
			break;
		case DW_TAG_variable:
			reader_static(reader, &child);
			break;
		}
	} while (die_next(&child));
}

void reader_function(struct reader *reader, Dwarf_Die *die)
{
	uint32_t first = reader->nested.count;
	uint32_t subprogram = reader_subprogram(reader, die);

	if (subprogram == MODEL_NONE)
		return;
	if (has_code(die))
		code_read(reader, die, subprogram);
	else
		abstract_read(reader, die);
	/* Functions inside it wait, so that each one's inlines and variables
	 * are together. */
	while (reader->nested.count > first) {
		Dwarf_Die nested = reader->nested.at[--reader->nested.count];

		if (first < READER_DEPTH)
			reader_function(reader, &nested);
	}
}
