/* SPDX-License-Identifier: Apache-2.0 */
/* What stores do to the state, and say of what is stored and where. */
#include "meta/flow/interpret.h"
#include "meta/flow/shape.h"
#include "meta/flow/size.h"

/* Is this store where the walked function's out-parameter points? */
static void note_out_parameter(struct walk *walk,
			       const struct machine_operand *to,
			       const struct value *value)
{
	struct flow *flow = walk->point.flow;
	const struct value *base;

	if (to->reg >= MACHINE_GENERAL_COUNT || to->value != 0 ||
	    to->index != MACHINE_NO_REGISTER)
		return;
	base = values_at(flow->values, walk->state.registers[to->reg]);
	if (!value_is_register_parameter(base, flow->abi))
		return;
	for (uint32_t i = 0; i < value->origin_count; i++)
		if (value->origins[i].delta != VALUE_INSIDE &&
		    !(value->origins[i].partial & VALUE_RELOADED))
			flow->sites[value->origins[i].site].out_parameters |=
				1u << base->index;
}

/* What a place holds is moved on; or a plain pointer into what was allocated
 * here is put into one. */
static void note_place(struct walk *walk, const struct memory_cell *cell,
		       const struct value *value)
{
	struct flow *flow = walk->point.flow;
	carve_place place = memory_place(flow->model, cell);
	uint32_t pointee;

	if (!place)
		return;
	if (value->kind == VALUE_HELD && value->index != CARVE_EXACT &&
	    (carve_place)value->number == place)
		carve_note_advanced(&flow->functions
					    [walk->point.function_number].carve,
				    place, value->index);
	if (!model_type_pointee(flow->model, cell->type, &pointee) ||
	    !model_type_is_bytes(flow->model, pointee))
		return;
	for (uint32_t i = 0; i < value->origin_count; i++) {
		struct flow_site *site = &flow->sites[value->origins[i].site];

		if (site->keeper_count < FLOW_KEEPERS)
			site->keepers[site->keeper_count++] = place;
	}
}

/* What was allocated here is put into a union within what was, too. */
static void note_held(struct walk *walk, const struct machine_operand *to,
		      const struct memory_cell *cell, const struct value *value)
{
	struct flow *flow = walk->point.flow;
	const struct value *base;
	struct flow_held *held;

	if (value->origin_count != 1 || to->reg >= MACHINE_GENERAL_COUNT)
		return;
	base = values_at(flow->values, walk->state.registers[to->reg]);
	held = &flow->sites[value->origins[0].site].held;
	held->several |= held->known;
	held->known = true;
	held->owner = cell->owner;
	held->at = cell->offset;
	if (base->origin_count != 1 || to->index != MACHINE_NO_REGISTER ||
	    base->origins[0].delta == VALUE_INSIDE || cell->owner == MODEL_NONE) {
		held->several = true;
		return;
	}
	held->site = base->origins[0].site;
	held->offset = base->origins[0].delta + to->value;
}

/* What was allocated here is put into a member, or something else instead. */
static void store_member(struct walk *walk, const struct machine_operand *to,
			 const struct memory_cell *cells, uint32_t count,
			 const struct value *value)
{
	struct flow *flow = walk->point.flow;
	int64_t slot;

	if (memory_member_slot(&walk->point, to, cells, count, &slot))
		state_set_slot(&walk->state, slot, value->origin_count
				? values_intern(flow->values, value)
				: VALUE_UNKNOWN);
}

/* Is VALUE, the only object that it may be, what TO is in?  The head of an empty
 * list points to its first pointer: it is no array of those. */
static bool is_own_head(const struct walk *walk,
			const struct machine_operand *to,
			const struct value *value,
			const struct memory_cell *cells, uint32_t count)
{
	const struct model *model = walk->point.flow->model;
	const struct value *base;
	uint32_t pointee;

	if (value->origin_count != 1 || to->reg >= MACHINE_GENERAL_COUNT ||
	    count != 1 || !model_type_pointee(model, cells->type, &pointee) ||
	    shape_is_record(model, model_type_strip(model, pointee)))
		return false;
	base = values_at(walk->point.flow->values,
			 walk->state.registers[to->reg]);
	return base->origin_count == 1 &&
	       base->origins->site == value->origins->site;
}

/* The object, whichever it is of those that VALUE may be, is put there. */
static void note_stored(struct walk *walk, const struct machine_operand *to,
			const struct value *value,
			const struct memory_cell *cells, uint32_t count)
{
	const struct values *values = walk->point.flow->values;

	if (is_own_head(walk, to, value, cells, count))
		return;
	for (; value; value = values_more(values, value))
		for (uint32_t i = 0; i < count; i++)
			interpret_note(walk, value, cells[i].evidence,
				       cells[i].type, cells[i].variable);
}

/* Likewise on one of the ways to here, where that tells what TO is. */
static void note_stored_on_way(struct walk *walk,
			       const struct machine_operand *to,
			       const struct value *value)
{
	struct memory_cell cells[MEMORY_CELLS];
	uint32_t n = memory_cells(&walk->point, to, cells);

	walk->recording = true;
	note_stored(walk, to, value, cells, n);
	walk->recording = false;
}

void interpret_note_view(struct walk *walk, const struct value *value,
			 uint32_t type)
{
	struct flow *flow = walk->point.flow;
	uint32_t pointee;

	if (value->kind == VALUE_HELD &&
	    model_type_pointee(flow->model, type, &pointee) &&
	    shape_is_record(flow->model,
			    model_type_strip(flow->model, pointee)))
		views_note(&flow->functions[walk->point.function_number].views,
			   value, pointee);
}

/* A function is put into an object, not into a variable. */
static void note_function(struct walk *walk, const struct value *value)
{
	struct flow *flow = walk->point.flow;

	if (value->kind == VALUE_STATIC && !value->origin_count)
		views_give(&flow->functions[walk->point.function_number].views,
			   flow_function_at(flow, (uint64_t)value->number));
}

/* The same of an object that was allocated here; which function may depend on
 * the way. */
static void note_method(struct walk *walk, const struct machine_operand *to,
			const struct value *value)
{
	struct flow *flow = walk->point.flow;
	const struct value *base;
	uint32_t type;

	if (to->reg >= MACHINE_GENERAL_COUNT || value->origin_count)
		return;
	base = values_at(flow->values, walk->state.registers[to->reg]);
	if (base->origin_count > 1 && value->kind == VALUE_ANY &&
	    walk->recording)
		interpret_note_mixed(walk);
	if (!base->origin_count || value->kind != VALUE_STATIC)
		return;
	type = flow_callee_at(flow, (uint64_t)value->number).type;
	for (uint32_t i = 0; type != MODEL_NONE && i < base->origin_count; i++)
		if (base->origins[i].delta != VALUE_INSIDE)
			written_note_method(
				&flow->sites[base->origins[i].site].written,
				type);
}

/* Eight bytes to memory. */
static void store_word(struct walk *walk, const struct machine_operand *to,
		       const struct value *value)
{
	struct memory_cell cells[MEMORY_CELLS];
	bool matters = value->origin_count || state_has_members(&walk->state);
	bool local;
	int64_t slot;
	uint32_t n;

	local = memory_slot(&walk->point, to, &slot);
	if (local) {
		state_set_slot(&walk->state, slot,
			       values_intern(walk->point.flow->values,
					     value));
		matters = false; /* It is no member. */
	} else if (to->reg == walk->point.flow->abi->stack) {
		interpret_forget_addressed(walk, value); /* an argument */
	}
	interpret_note_table(walk, to, value);
	if (!local && value->origin_count && interpret_is_mixed(walk))
		note_stored_on_way(walk, to, value);
	if (walk->recording && !local)
		note_function(walk, value);
	if (!local && (walk->recording || interpret_is_mixed(walk)))
		note_method(walk, to, value);
	if (walk->recording)
		matters = matters || value->origin_count ||
			  value->kind == VALUE_HELD;
	if (!matters)
		return;
	n = local ? memory_kept_cells(&walk->point, slot, value, cells)
		  : memory_cells(&walk->point, to, cells);
	if (n)
		store_member(walk, to, cells, n, value);
	if (!walk->recording)
		return;
	if (n == 1 && local)
		interpret_note_view(walk, value, cells->type);
	if (n == 1)
		note_place(walk, cells, value);
	else if (n)
		note_held(walk, to, cells, value);
	note_stored(walk, to, value, cells, n);
	if (!n && value->origin_count)
		interpret_note_mixed(walk);
	note_out_parameter(walk, to, value);
}

static void store_narrow(struct walk *walk, const struct machine_operand *to,
			 const struct value *value)
{
	int64_t slot;
	uint32_t number = VALUE_UNKNOWN;

	if (!memory_slot(&walk->point, to, &slot))
		return;
	if (to->size == 4) {
		struct value narrow = value_narrow(value);

		number = values_intern(walk->point.flow->values, &narrow);
	}
	state_set_slot(&walk->state, slot, number);
}

void interpret_store(struct walk *walk, const struct machine_operand *to,
		     const struct value *value)
{
	if (to->size == 8)
		store_word(walk, to, value);
	else
		store_narrow(walk, to, value);
}

void interpret_forget_slot(struct walk *walk, const struct machine_operand *to)
{
	struct value unknown = value_unknown();

	store_narrow(walk, to, &unknown);
}

static bool is_record_pointer(const struct model *model, uint32_t type)
{
	uint32_t pointee;

	return model_type_pointee(model, type, &pointee) &&
	       shape_is_record(model, model_type_strip(model, pointee));
}

static bool is_number_or_pointer(const struct model *model, uint32_t type)
{
	return size_is_number(model, type) || is_record_pointer(model, type);
}

static bool is_floating(const struct model *model, uint32_t type)
{
	return shape_is_floating(model, model_type_strip(model, type));
}

/* The type of the variable in FROM, all of it, if IS_WANTED says so; or
 * MODEL_NONE. */
static uint32_t scalar_in(const struct walk *walk,
			  const struct machine_operand *from,
			  bool (*is_wanted)(const struct model *, uint32_t))
{
	const struct model *model = walk->point.flow->model;
	struct place_hit hits[PLACE_HITS];
	uint32_t n = 0;

	if (machine_is_register(from) && from->reg < MACHINE_GENERAL_COUNT)
		n = places_in_register(&walk->point.function->places,
				       from->reg, walk->point.pc, hits);
	for (uint32_t i = 0; i < n; i++)
		if (!hits[i].offset &&
		    from->size == model_type_size(model, hits[i].type) &&
		    is_wanted(model, hits[i].type))
			return hits[i].type;
	return MODEL_NONE;
}

/* Is the pointer, VALUE's I-th origin, at several places of the object? */
static bool is_moving(const struct value *value, uint32_t i)
{
	const struct value_origin *origin = &value->origins[i];

	return origin->delta == VALUE_INSIDE ||
	       (i && origin[-1].site == origin->site) ||
	       (i + 1u < value->origin_count && origin[1].site == origin->site);
}

/* A number, or a pointer to a record, is put somewhere into an allocation. */
static void note_any_element(struct walk *walk, const struct machine_insn *insn,
			     const struct value *stored, struct flow_site *site)
{
	const struct model *model = walk->point.flow->model;
	const int64_t most = 0xffff;
	struct written_element element = {
		.size = insn->to.size, .pointee = MODEL_NONE,
		.indexed = insn->to.index != MACHINE_NO_REGISTER &&
			   insn->to.scale == insn->to.size,
	};
	uint32_t type = scalar_in(walk, &insn->from, is_record_pointer);

	if (type != MODEL_NONE)
		model_type_pointee(model, type, &element.pointee);
	else if (stored->is_pointer && !stored->type_offset)
		element.pointee = stored->type;
	else if (insn->from.kind != MACHINE_IMMEDIATE || !insn->from.value ||
		 insn->from.value < -most || insn->from.value > most)
		return;
	written_note_element(&site->written, &element);
}

/* A variable is put into any element of an allocation, or a number at its
 * beginning: pointers there may be the first of other members. */
static void note_element(struct walk *walk, const struct machine_insn *insn,
			 const struct value *to)
{
	const struct machine_operand *at = &insn->to;
	bool indexed = at->index != MACHINE_NO_REGISTER;
	struct value beginning = value_shift(to, indexed ? 0 : at->value);
	uint32_t type;

	if (indexed && (at->scale != at->size || at->value % at->size))
		return;
	type = scalar_in(walk, &insn->from,
			 indexed ? is_number_or_pointer : size_is_number);
	if (type != MODEL_NONE)
		interpret_note_object(walk, &beginning, EVIDENCE_COPY, type);
}

/* Characters would be larger numbers. */
static bool is_integer(const struct machine_operand *from)
{
	const int64_t most = 0xffff;

	return from->kind == MACHINE_IMMEDIATE
		       ? from->value >= -most && from->value <= most
		       : machine_is_register(from) &&
				 from->reg < MACHINE_GENERAL_COUNT;
}

/* One number, of a vector register, or a variable that is one. */
static bool is_float(const struct walk *walk,
		     const struct machine_operand *from)
{
	bool in_vector = machine_is_register(from) &&
			 from->reg >= MACHINE_VECTOR_LOW &&
			 from->reg < MACHINE_VECTOR_HIGH;

	return in_vector ? from->size == sizeof(float) ||
				   from->size == sizeof(double)
			 : scalar_in(walk, from, is_floating) != MODEL_NONE;
}

/* The number that an int at the beginning of what is stored gets. */
static bool first_int(const struct machine_insn *insn,
		      const struct value *stored, int32_t *number)
{
	enum { INT = 4 };

	if (insn->to.size < INT)
		return false;
	if (insn->from.kind == MACHINE_IMMEDIATE)
		*number = (int32_t)insn->from.value;
	else if (stored->kind == VALUE_CONSTANT)
		*number = (int32_t)stored->number;
	else
		return false;
	return true;
}

void interpret_note_written(struct walk *walk, const struct machine_insn *insn,
			    const struct value *stored)
{
	const struct machine_operand *to = &insn->to;
	struct flow *flow = walk->point.flow;
	struct value value;
	bool is_number;

	if (!walk->recording || to->kind != MACHINE_MEMORY ||
	    to->reg >= MACHINE_REGISTERS)
		return;
	value = *values_at(flow->values, walk->state.registers[to->reg]);
	if (!value.origin_count)
		return;
	note_element(walk, insn, &value);
	for (uint32_t i = 0; i < value.origin_count; i++)
		if (to->index != MACHINE_NO_REGISTER || is_moving(&value, i))
			note_any_element(walk, insn, stored,
					 &flow->sites[value.origins[i].site]);
	if (to->index != MACHINE_NO_REGISTER)
		return;
	interpret_note_word(walk, insn, &value);
	is_number = scalar_in(walk, &insn->from, size_is_number) != MODEL_NONE;
	for (uint32_t i = 0; i < value.origin_count; i++) {
		const struct value_origin *origin = &value.origins[i];
		int64_t offset = origin->delta + to->value;
		struct written_part part = {
			.offset = (int32_t)offset, .size = to->size,
			.is_integer = is_integer(&insn->from),
			.pointee = stored->is_pointer && !stored->type_offset
					   ? stored->type : MODEL_NONE,
		};

		part.is_object = stored->origin_count;
		part.is_self = stored->origin_count == 1 &&
			       stored->origins->site == origin->site &&
			       stored->origins->delta != VALUE_INSIDE;
		part.self = stored->origins->delta;
		part.is_float = is_float(walk, &insn->from);
		part.is_number = is_number;
		part.is_constant = first_int(insn, stored, &part.number);
		if (origin->delta != VALUE_INSIDE &&
		    offset == (int32_t)offset)
			written_note(&flow->sites[origin->site].written, &part);
	}
}
