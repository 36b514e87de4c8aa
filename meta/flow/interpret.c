/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/interpret.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/parameters.h"
#include "meta/flow/shape.h"
#include "meta/flow/signature.h"

#define VISITS_MOST 12      /* of one block */

void interpret_set(struct walk *walk, uint8_t reg, const struct value *value)
{
	if (reg < MACHINE_REGISTERS)
		walk->state.registers[reg] =
			values_intern(walk->point.flow->values, value);
}

void interpret_destroy(struct walk *walk, uint64_t destroyed)
{
	_Static_assert(VALUE_UNKNOWN == 0, "so that bytes say it");
	/* As calls do. */
	if ((destroyed & MACHINE_VECTORS) == MACHINE_VECTORS) {
		memset(&walk->state.registers[MACHINE_VECTOR_LOW], 0,
		       2 * (MACHINE_VECTOR_HIGH - MACHINE_VECTOR_LOW) *
			       sizeof *walk->state.registers);
		destroyed &= ~MACHINE_VECTORS;
	}
	for (; destroyed; destroyed &= destroyed - 1) {
		unsigned int reg = (unsigned int)__builtin_ctzll(destroyed);

		walk->state.registers[reg] = VALUE_UNKNOWN;
		if (reg >= MACHINE_VECTOR_LOW)
			walk->state.registers[reg + MACHINE_VECTOR_HIGH -
					      MACHINE_VECTOR_LOW] =
				VALUE_UNKNOWN;
	}
}

uint32_t interpret_result_type(const struct walk *walk)
{
	const struct model *model = walk->point.flow->model;
	uint32_t subprogram =
		model->functions.at[walk->point.function_number].subprogram;
	uint32_t type;

	if (subprogram == MODEL_NONE)
		return MODEL_NONE;
	type = model->subprograms.at[subprogram].type;
	return type == MODEL_NONE ? MODEL_NONE : model->types.at[type].target;
}

/* Is V, of an inlined function, how that looks at the bytes of what it is given
 * as plain memory? */
static bool is_view_of_memory(const struct model *model,
			      const struct model_variable *v,
			      uint32_t subprogram)
{
	uint32_t pointee;

	return model_type_pointee(model, v->type, &pointee) &&
	       model_type_is_bytes(model, pointee) &&
	       signature_takes_memory(model, subprogram);
}

/* Variables of inlined functions: parameters are weaker than variables. */
static void adjust_kind(const struct flow *flow, uint32_t variable,
			enum evidence_kind *kind)
{
	const struct model *model = flow->model;
	const struct model_variable *v;
	uint32_t subprogram;

	if (variable == MODEL_NONE)
		return;
	v = &model->variables.at[variable];
	/* The macro ALLOC_TYPED declares types so. */
	if (v->name && !strcmp(v->name, "alloc_typed_object")) {
		*kind = EVIDENCE_DECLARED;
		return;
	}
	if (v->instance == MODEL_NONE)
		return;
	subprogram = model->inlines.at[v->instance].subprogram;
	if (subprogram == MODEL_NONE)
		return;
	if (v->parameter == MODEL_NONE && *kind == EVIDENCE_VARIABLE &&
	    is_view_of_memory(model, v, subprogram))
		*kind = EVIDENCE_INLINED;
	if (v->parameter == 0 && (model->subprograms.at[subprogram].flags &
				  MODEL_SUBPROGRAM_CONSTRUCTOR))
		*kind = EVIDENCE_CONSTRUCTOR;
	else if (v->parameter != MODEL_NONE && *kind == EVIDENCE_VARIABLE)
		*kind = EVIDENCE_INLINED;
}

/* A variable of a wrapper that was inlined, as what? */
static uint32_t wrapper_instance(const struct flow *flow, uint32_t variable)
{
	const struct model *model = flow->model;
	uint32_t instance, subprogram;

	if (variable == MODEL_NONE)
		return MODEL_NONE;
	instance = model->variables.at[variable].instance;
	subprogram = instance == MODEL_NONE
			     ? MODEL_NONE
			     : model->inlines.at[instance].subprogram;
	return subprogram != MODEL_NONE && flow->wrapper_subprograms[subprogram]
		       ? instance : MODEL_NONE;
}

/* Who has the object, which only matters where the call was inlined. */
static void note_owner(const struct walk *walk, struct flow_site *site,
		       uint32_t variable, bool used, uint32_t pointee)
{
	const struct flow *flow = walk->point.flow;
	struct flow_owner owner = {
		.typed = !model_type_is_bytes(flow->model, pointee),
		.used = used,
	};

	if (site->instance == MODEL_NONE || (used && flow->settled))
		return;
	owner.instance = variable == MODEL_NONE
		? model_inline_at(flow->model, &flow->model->functions.at
					[walk->point.function_number],
				  walk->point.pc)
		: flow->model->variables.at[variable].instance;
	for (uint32_t i = 0; i < site->owner_count; i++)
		if (site->owners[i].instance == owner.instance &&
		    site->owners[i].typed == owner.typed &&
		    site->owners[i].used == owner.used)
			return;
	if (site->owner_count < FLOW_OWNERS)
		site->owners[site->owner_count++] = owner;
}

/* What the object is assigned to comes first in the code, mostly. */
static void note_first(const struct walk *walk, struct flow_site *site,
		       const struct evidence *evidence)
{
	const struct model *model = walk->point.flow->model;
	uint64_t pc = walk->point.pc;

	if (evidence->kind != EVIDENCE_VARIABLE || evidence->offset ||
	    evidence->partial || pc < site->call || pc > site->first_pc)
		return;
	if (pc < site->first_pc)
		site->first = evidence->type;
	else if (site->first != MODEL_NONE &&
		 flow_type_hash(model, site->first) !=
			 flow_type_hash(model, evidence->type))
		site->first = MODEL_NONE;
	site->first_pc = pc;
}

void interpret_note(struct walk *walk, const struct value *value,
		    enum evidence_kind kind, uint32_t pointer_type,
		    uint32_t variable)
{
	struct flow *flow = walk->point.flow;
	struct evidence evidence = { 0 };
	uint32_t pointee, wrapper;

	if (!walk->recording || !value->origin_count ||
	    !model_type_pointee(flow->model, pointer_type, &pointee))
		return;
	adjust_kind(flow, variable, &kind);
	wrapper = wrapper_instance(flow, variable);
	evidence.type = model_type_in_unit(flow->model,
		flow->model->functions.at[walk->point.function_number].unit_file,
		model_type_unqualified(flow->model, pointee));
	evidence.kind = (uint8_t)kind;
	for (uint32_t i = 0; i < value->origin_count; i++) {
		struct flow_site *site = &flow->sites[value->origins[i].site];

		evidence.offset = value->origins[i].delta;
		evidence.partial = value->origins[i].partial;
		/* Variables of wrappers say nothing of what those give on. */
		if (wrapper == site->kept_in || wrapper == MODEL_NONE) {
			evidence_add(&site->evidence, &evidence);
			note_first(walk, site, &evidence);
		}
		if (evidence.offset != VALUE_INSIDE)
			note_owner(walk, site, variable,
				   variable == MODEL_NONE ||
					   wrapper != MODEL_NONE, pointee);
	}
}

/* A union, or a record of one pointer, in a register: it is one of its members. */
static void note_aggregate(struct walk *walk, const struct value *value,
			   const struct place_hit *hit)
{
	const struct model *model = walk->point.flow->model;
	uint32_t scalars[MEMORY_CELLS], n;

	if (hit->offset || model_type_size(model, hit->type) != sizeof(uint64_t))
		return;
	n = model_type_scalars_at(model, hit->type, 0, scalars, MEMORY_CELLS,
				  NULL);
	for (uint32_t i = 0; i < n; i++)
		interpret_note(walk, value,
			       n > 1 ? EVIDENCE_UNION : EVIDENCE_VARIABLE,
			       scalars[i], hit->variable);
}

/* Allocations in registers that hold variables after the instruction. */
static void note_registers(struct walk *walk)
{
	const struct point *p = &walk->point;
	struct place_hit hits[PLACE_HITS];

	for (uint8_t reg = 0; reg < p->flow->abi->general_count; reg++) {
		uint32_t number = walk->state.registers[reg];
		struct value value;
		uint32_t n;

		if (number == VALUE_UNKNOWN ||
		    !places_has_register(&p->function->places, reg) ||
		    !values_at(p->flow->values, number)->origin_count)
			continue;
		value = *values_at(p->flow->values, number);
		n = places_in_register(&p->function->places, reg, p->next,
				       hits);
		for (uint32_t i = 0; i < n; i++) {
			struct value shifted = value_shift(&value,
							   hits[i].offset);

			if (shape_is_record(p->flow->model,
					    model_type_strip(p->flow->model,
							     hits[i].type)))
				note_aggregate(walk, &shifted, &hits[i]);
			else
				interpret_note(walk, &shifted,
					       EVIDENCE_VARIABLE, hits[i].type,
					       hits[i].variable);
		}
	}
}

/* What some place holds is returned as plain memory. */
static void note_held(struct walk *walk, const struct value *value)
{
	struct flow *flow = walk->point.flow;
	uint32_t pointee;

	if (value->kind == VALUE_HELD &&
	    model_type_pointee(flow->model, interpret_result_type(walk),
			       &pointee) && pointee == MODEL_NONE)
		carve_note_returned(&flow->functions
					    [walk->point.function_number].carve,
				    (carve_place)value->number, value->index);
}

/* One of the objects of VALUE is returned. */
static void note_returned(struct walk *walk, const struct value *value)
{
	for (uint32_t i = 0; i < value->origin_count; i++) {
		const struct value_origin *origin = &value->origins[i];
		struct flow_site *site =
			&walk->point.flow->sites[origin->site];

		if (origin->partial & VALUE_RELOADED)
			continue;
		if (origin->delta == VALUE_INSIDE) {
			site->returned_inside |=
				!(origin->partial & VALUE_ALIGNED);
			continue;
		}
		site->returned = true;
		site->returned_delta = origin->delta;
	}
	interpret_note(walk, value, EVIDENCE_RETURN,
		       interpret_result_type(walk), MODEL_NONE);
}

static void note_return(struct walk *walk)
{
	struct flow *flow = walk->point.flow;
	struct value value = *values_at(flow->values,
		walk->state.registers[flow->abi->result[0]]);
	const struct value *part = &value;
	int argument = FLOW_IDENTITY_NONE;

	if (value_is_register_parameter(&value, flow->abi))
		argument = value.index;
	if (walk->returns == FLOW_IDENTITY_UNKNOWN)
		walk->returns = argument;
	else if (walk->returns != argument)
		walk->returns = FLOW_IDENTITY_NONE;
	if (!walk->recording)
		return;
	note_held(walk, &value);
	for (; part; part = values_more(flow->values, part))
		note_returned(walk, part);
}

static bool goes_on(const struct machine_insn *insn,
		    const struct code_block *block, bool is_last)
{
	if (insn->operation == MACHINE_RETURN ||
	    insn->operation == MACHINE_JUMP ||
	    insn->operation == MACHINE_STOP)
		return false;
	return insn->operation != MACHINE_CALL || !is_last ||
	       block->successor_count;
}

/* A conditional jump to an allocator: the way that falls through keeps its
 * registers. */
static void step_branch(struct walk *walk, const struct machine_insn *insn)
{
	uint32_t registers[MACHINE_REGISTERS];

	memcpy(registers, walk->state.registers, sizeof registers);
	interpret_call(walk, insn);
	memcpy(walk->state.registers, registers, sizeof registers);
}

/* A jump out of the function returns what its target returns. */
static void step_jump(struct walk *walk, const struct machine_insn *insn)
{
	struct flow *flow = walk->point.flow;
	bool direct = insn->from.kind == MACHINE_IMMEDIATE;

	bool leaves;

	if (flow_find_site(flow, insn->address)) {
		interpret_call(walk, insn);
		return;
	}
	if (direct)
		leaves = code_find(&walk->point.function->code,
				   (uint64_t)insn->from.value) == MODEL_NONE;
	else
		leaves = (machine_is_absolute(&insn->from) &&
			  debuginfo_import_at(flow->info,
					      (uint64_t)insn->from.value)) ||
			 interpret_is_tail_call(walk, insn);
	if (leaves) {
		interpret_call(walk, insn);
		note_return(walk);
	}
}

static void step(struct walk *walk, const struct machine_insn *insn)
{
	switch (insn->operation) {
	case MACHINE_CALL:
		interpret_call(walk, insn);
		break;
	case MACHINE_JUMP:
		step_jump(walk, insn);
		break;
	case MACHINE_BRANCH:
		if (flow_find_site(walk->point.flow, insn->address))
			step_branch(walk, insn);
		break;
	case MACHINE_RETURN:
		note_return(walk);
		break;
	default:
		interpret_insn(walk, insn);
	}
}

/* The address after an instruction whose steps begin at INSN. */
static uint64_t end_of(const struct machine_insn *insn)
{
	while (!insn->size)
		insn++;
	return insn->address + insn->size;
}

/* Is all that is known of KNOWN that it points into a union, one of whose
 * members is a POINTEE? */
static bool is_in_union(const struct model *model, const struct value *known,
			uint32_t pointee)
{
	return shape_is_of_union(model, model_type_strip(model, known->type),
				 flow_type_hash(model, pointee));
}

/* A pointer of which nothing is known is what the variable says, to POINTEE,
 * that PLACE begins to hold it for; it stays so where debug information loses
 * that. */
static void take_type(struct walk *walk, const struct place *place,
		      uint32_t pointee)
{
	struct flow *flow = walk->point.flow;
	uint8_t reg = (uint8_t)place->key;
	const struct value *known = values_at(flow->values,
					      walk->state.registers[reg]);
	struct value value;

	if (walk->recording && !place->offset)
		views_note(&flow->functions[walk->point.function_number].views,
			   known, pointee);
	if (known->kind == VALUE_CONSTANT ||
	    (known->is_pointer && known->type != MODEL_NONE &&
	     !is_in_union(flow->model, known, pointee)))
		return;
	value = *known;
	value.is_pointer = true;
	value.is_guess = false;
	value.type = pointee;
	value.type_offset = (int32_t)-place->offset;
	interpret_set(walk, reg, &value);
}

/* What the member holds is the variable's from here on. */
static void note_member(struct walk *walk, const struct place *place)
{
	struct machine_operand member = {
		.kind = MACHINE_MEMORY, .size = 8, .reg = (uint8_t)place->key,
		.index = MACHINE_NO_REGISTER, .value = place->offset,
	};
	struct value value;

	if (!walk->recording || !state_has_members(&walk->state))
		return;
	value = memory_load(&walk->point, &member);
	interpret_note(walk, &value, EVIDENCE_VARIABLE, place->type,
		       place->variable);
}

/* Variables that are in registers from here on, or in members: START and what
 * follows. */
static void begin_variables(struct walk *walk, uint32_t start)
{
	const struct places *places = &walk->point.function->places;

	for (uint32_t i = start; i; i = places->start_of[i - 1].next)
		if (i > places->member_first)
			note_member(walk, &places->at[i - 1]);
		else
			take_type(walk, &places->at[i - 1],
				  places->start_of[i - 1].pointee);
}

void interpret_block(struct walk *walk, uint32_t number)
{
	const struct code *code = &walk->point.function->code;
	const struct code_block *block = &code->blocks[number];
	const uint32_t *starts =
		&walk->point.function->places.starts[block->first];

	for (uint32_t i = 0; i < block->count; i++) {
		const struct machine_insn *insn =
			&code->insns[block->first + i];

		walk->point.insn = block->first + i;
		walk->point.pc = insn->address;
		walk->point.next = end_of(insn);
		if (starts[i])
			begin_variables(walk, starts[i]);
		step(walk, insn);
		if (walk->recording && insn->size &&
		    goes_on(insn, block, i + 1 == block->count))
			note_registers(walk);
	}
}

/* The state goes on to a successor of BLOCK. */
static enum status follow(struct walk *walk, const struct code_block *block,
			  uint32_t successor)
{
	const struct code *code = &walk->point.function->code;
	uint32_t next = code->successors[block->successor_first + successor];
	bool changed = false;
	enum status status;

	walk->state.reached = true;
	status = state_join(walk->point.flow->values, &walk->entries[next],
			    &walk->state, &changed);
	walk->pending[next] |= changed;
	return status;
}

static enum status visit_block(struct walk *walk, uint32_t number)
{
	const struct code *code = &walk->point.function->code;
	const struct code_block *block = &code->blocks[number];
	enum status status = state_copy(&walk->state, &walk->entries[number]);
	const struct machine_operand *tested;
	uint32_t way;

	if (status)
		return status;
	interpret_block(walk, number);
	tested = interpret_null_way(walk, block, &way);
	for (uint32_t i = 0; !status && i < block->successor_count; i++)
		if (!tested || i != way)
			status = follow(walk, block, i);
	if (status || !tested)
		return status;
	interpret_assume_null(walk, tested);
	return follow(walk, block, way);
}

/* Sweeps over the blocks in order until nothing changes. */
static enum status reach_fixed_point(struct walk *walk)
{
	uint32_t count = walk->point.function->code.block_count;
	bool again = true;

	while (again) {
		again = false;
		for (uint32_t i = 0; i < count; i++) {
			enum status status;

			if (!walk->pending[i])
				continue;
			walk->pending[i] = false;
			if (walk->visits[i]++ >= VISITS_MOST)
				continue;
			status = visit_block(walk, i);
			if (status)
				return status;
			again = true;
		}
	}
	return STATUS_OK;
}

/* One walk over all blocks, reached or not, to see what is there. */
static enum status record(struct walk *walk)
{
	uint32_t count = walk->point.function->code.block_count;

	walk->recording = true;
	walk->returns = FLOW_IDENTITY_UNKNOWN;
	for (uint32_t i = 0; i < count; i++) {
		enum status status = state_copy(&walk->state,
						&walk->entries[i]);

		if (status)
			return status;
		interpret_block(walk, i);
		status = interpret_ways(walk, i);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* Where calls and pushes do not move the stack pointer, code uses it as a
 * base at any place. */
static void set_stack(struct flow *flow, struct state *entry)
{
	struct value value = value_number(VALUE_STACK, 0);

	if (flow->abi->link != ABI_NO_REGISTER)
		entry->registers[flow->abi->stack] =
			values_intern(flow->values, &value);
}

/* Those behind the ones in registers, if the function has so many. */
static void set_stack_parameters(struct walk *walk, struct state *entry)
{
	struct flow *flow = walk->point.flow;
	uint32_t subprogram = flow->model->functions.at
			[walk->point.function_number].subprogram;
	uint32_t type, first = flow->abi->argument_count;

	type = subprogram == MODEL_NONE
		       ? MODEL_NONE : flow->model->subprograms.at[subprogram].type;
	if (type == MODEL_NONE || flow->model->types.at[type].count <= first)
		return;
	for (uint32_t i = first; i < MACHINE_ARGUMENTS; i++) {
		struct value value = value_number(VALUE_PARAMETER, 0);

		value.index = (uint8_t)i;
		state_set_slot(entry, 8 * (int64_t)(i - first),
			       values_intern(flow->values, &value));
	}
}

static void set_parameters(struct walk *walk)
{
	struct flow *flow = walk->point.flow;
	struct state *entry = &walk->entries
			[walk->point.function->code.entry];
	uint32_t types[MACHINE_ARGUMENTS];
	uint32_t result = interpret_result_type(walk);

	set_stack(flow, entry);
	flow_own_parameters(flow, walk->point.function_number, types);
	for (uint32_t i = 0; i < flow->abi->argument_count; i++) {
		struct value value = value_unknown();
		uint32_t pointee;

		if (model_type_pointee(flow->model, types[i], &pointee))
			value = value_pointer(
				model_type_unqualified(flow->model, pointee),
				0);
		else if (!i && flow_result_is_passed(flow->abi, flow->model,
						     result))
			value = value_pointer(result, 0);
		value.kind = VALUE_PARAMETER;
		value.index = (uint8_t)i;
		entry->registers[flow->abi->arguments[i]] =
			values_intern(flow->values, &value);
	}
	set_stack_parameters(walk, entry);
	entry->reached = true;
	walk->pending[walk->point.function->code.entry] = true;
}

static void walk_deinit(struct walk *walk)
{
	uint32_t count = walk->point.function->code.block_count;

	for (uint32_t i = 0; walk->entries && i < count; i++)
		state_deinit(&walk->entries[i]);
	free(walk->entries);
	free(walk->visits);
	free(walk->pending);
	state_deinit(&walk->state);
}

static enum status walk_function(struct flow *flow, uint32_t function,
				 struct walk *walk)
{
	uint32_t count = flow->functions[function].code.block_count;
	enum status status;

	memset(walk, 0, sizeof *walk);
	walk->point.flow = flow;
	walk->point.function = &flow->functions[function];
	walk->point.function_number = function;
	walk->point.state = &walk->state;
	walk->returns = FLOW_IDENTITY_UNKNOWN;
	walk->entries = calloc(count, sizeof *walk->entries);
	walk->visits = calloc(count, sizeof *walk->visits);
	walk->pending = calloc(count, sizeof *walk->pending);
	if (!walk->entries || !walk->visits || !walk->pending)
		return STATUS_NO_MEMORY;
	set_parameters(walk);
	status = reach_fixed_point(walk);
	return status ? status : record(walk);
}

static void forget_sites(struct flow *flow, uint32_t function)
{
	uint32_t i = flow->functions[function].site_first;

	free(flow->functions[function].carve);
	flow->functions[function].carve = NULL;
	views_deinit(&flow->functions[function].views);
	for (; i != MODEL_NONE; i = flow->site_next[i]) {
		struct flow_site *site = &flow->sites[i];

		evidence_clear(&site->evidence);
		site->first_pc = UINT64_MAX;
		site->first = MODEL_NONE;
		memset(site->arguments, 0, sizeof site->arguments);
		site->returned = site->returned_inside = false;
		site->returned_delta = 0;
		site->out_parameters = 0;
		site->copied = ALLOCATOR_NO_PARAMETER;
		site->filled = false;
		site->owner_count = 0;
		site->keeper_count = 0;
		site->held = (struct flow_held){ .known = false };
		written_clear(&site->written);
	}
}

enum status interpret_function(struct flow *flow, uint32_t function)
{
	struct flow_function *f = &flow->functions[function];
	struct walk walk;
	enum status status;

	if (!flow_read_function(flow, function))
		return STATUS_NOT_FOUND;
	forget_sites(flow, function);
	status = walk_function(flow, function, &walk);
	f->has_run = true;
	if (!status)
		f->found_identity = (int8_t)(walk.returns >= 0
						     ? walk.returns
						     : FLOW_IDENTITY_NONE);
	walk_deinit(&walk);
	return status;
}

int interpret_identity(struct flow *flow, uint32_t function)
{
	struct flow_function *f = &flow->functions[function];

	if (flow->identities_known || f->identity != FLOW_IDENTITY_UNKNOWN)
		return f->identity;
	f->identity = FLOW_IDENTITY_ASKED;
	if (flow_read_function(flow, function) &&
	    f->code.insn_count <= INTERPRET_IDENTITY_INSNS &&
	    !interpret_function(flow, function))
		f->identity = f->found_identity;
	else
		f->identity = FLOW_IDENTITY_NONE;
	return f->identity;
}
