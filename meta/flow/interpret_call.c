/* SPDX-License-Identifier: Apache-2.0 */
/* What a call does to the state, and what it tells of its arguments. */
#include <string.h>

#include "meta/flow/formats.h"
#include "meta/flow/interpret.h"
#include "meta/flow/library.h"
#include "meta/flow/parameters.h"
#include "meta/flow/relocated.h"

static bool is_function(const struct model *model, uint32_t type)
{
	return type != MODEL_NONE &&
	       model->types.at[type].kind == ALLOC_KIND_FUNCTION;
}

/* That of another file, whose value is VALUE_IMPORTED. */
static const char *variable_name(const struct flow *flow, uint64_t number)
{
	const char *name = debuginfo_import_at(flow->info, number);

	return name ? name : debuginfo_copy_at(flow->info, number);
}

/* A call through a pointer: the pointer's type, or the very function. */
static struct flow_callee indirect_callee(const struct walk *walk,
					  const struct machine_insn *insn)
{
	const struct flow *flow = walk->point.flow;
	struct flow_callee callee = {
		.function = MODEL_NONE, .subprogram = MODEL_NONE,
		.type = MODEL_NONE,
	};
	struct value value = value_unknown();
	uint32_t type;

	if (insn->from.kind == MACHINE_MEMORY)
		value = memory_load(&walk->point, &insn->from);
	else if (machine_is_register(&insn->from))
		value = memory_register(&walk->point, insn->from.reg);
	if (value.kind == VALUE_IMPORT)
		return flow_callee_at(flow, (uint64_t)value.number);
	if (value.kind == VALUE_STATIC &&
	    flow_function_at(flow, (uint64_t)value.number) != MODEL_NONE)
		return flow_callee_at(flow, (uint64_t)value.number);
	if (value.kind == VALUE_IMPORTED)
		callee.variable = variable_name(flow, (uint64_t)value.number);
	type = value.is_pointer ? model_type_strip(flow->model, value.type)
				: MODEL_NONE;
	if (is_function(flow->model, type))
		callee.type = type;
	return callee;
}

bool interpret_is_tail_call(const struct walk *walk,
			    const struct machine_insn *insn)
{
	struct flow_callee callee = indirect_callee(walk, insn);

	return callee.type != MODEL_NONE || callee.function != MODEL_NONE ||
	       allocators_signature(callee.symbol) ||
	       allocators_signature_like(callee.variable);
}

/* Compilers may say nothing of functions that are not called by name. */
static uint64_t signature_of(const struct flow *flow,
			     const struct flow_callee *callee)
{
	const char *letters = allocators_signature(callee->symbol);

	if (!letters)
		letters = allocators_signature_like(callee->variable);

	if (callee->type == MODEL_NONE && letters)
		return flow_signature_spelled(flow->abi, letters);
	return flow_signature(flow->model, callee->type);
}

static struct flow_callee find_callee(struct walk *walk,
				      const struct machine_insn *insn)
{
	struct flow *flow = walk->point.flow;
	struct flow_callee callee;
	struct call *call;
	uint64_t target;

	if (insn->from.kind == MACHINE_IMMEDIATE ||
	    (machine_is_absolute(&insn->from) &&
	     (debuginfo_import_at(flow->info, (uint64_t)insn->from.value) ||
	      debuginfo_slot_target(flow->info, (uint64_t)insn->from.value,
				    &target))))
		return flow_callee_at(flow, (uint64_t)insn->from.value);
	callee = indirect_callee(walk, insn);
	if (walk->recording) {
		call = calls_indirect_at(&flow->calls, insn->address);
		if (call)
			call->signature = signature_of(flow, &callee);
	}
	return callee;
}

static void note_arguments(struct walk *walk, const struct flow_callee *callee,
			   const uint32_t types[MACHINE_ARGUMENTS])
{
	struct flow *flow = walk->point.flow;

	for (uint32_t i = 0; i < flow->abi->argument_count; i++) {
		struct value value = *values_at(flow->values,
			walk->state.registers[flow->abi->arguments[i]]);
		const struct model_subprogram *s = NULL;

		if (!value.origin_count) {
			interpret_note_view(walk, &value, types[i]);
			continue;
		}
		if (i == 0 && callee->subprogram != MODEL_NONE)
			s = &flow->model->subprograms.at[callee->subprogram];
		if (s && (s->flags & MODEL_SUBPROGRAM_CONSTRUCTOR) &&
		    s->container != MODEL_NONE)
			interpret_note_object(walk, &value,
					      EVIDENCE_CONSTRUCTOR,
					      s->container);
		else
			interpret_note(walk, &value, EVIDENCE_ARGUMENT,
				       types[i], MODEL_NONE);
	}
}

/* SITE's object is filled from where a parameter points.  Where that is all of
 * what is asked for, the function is memdup, or the like. */
static void note_copied_parameter(struct walk *walk, struct flow_site *site,
				  const struct value *from)
{
	const struct flow *flow = walk->point.flow;
	const struct allocator *a = &flow->allocators.at[site->allocator];
	struct value size = memory_register(&walk->point,
					    flow->abi->arguments[2]);
	const struct value *asked;

	if (!value_is_register_parameter(from, flow->abi))
		return;
	site->filled = true;
	if (size.kind != VALUE_PARAMETER || a->sizes[1] >= 0)
		return;
	asked = flow_argument(flow, site, a->sizes[0]);
	if (asked->kind == VALUE_PARAMETER && asked->index == size.index &&
	    asked->number == size.number)
		site->copied = (int8_t)from->index;
}

/* A whole T, or several, are copied to the beginning of what was allocated. */
static void note_copied(struct walk *walk, const struct flow_callee *callee)
{
	const struct flow *flow = walk->point.flow;
	const struct abi *abi = flow->abi;
	struct value to = *values_at(flow->values,
			walk->state.registers[abi->arguments[0]]);
	struct value from;

	if (!to.origin_count || !allocators_copies(callee->symbol))
		return;
	if (to.origins[0].delta) {
		interpret_note_behind(walk, &to);
		return;
	}
	from = memory_register(&walk->point, abi->arguments[1]);
	note_copied_parameter(walk, &flow->sites[to.origins[0].site], &from);
	interpret_note_header(walk, &to, &from);
	if (from.is_pointer && from.type != MODEL_NONE && !from.type_offset)
		interpret_note_object(walk, &to, EVIDENCE_COPY, from.type);
}

/* What VALUE, the result of memdup and the like, is a copy of: FROM points to
 * the beginning of a T, or to a member. */
static void note_duplicate(struct walk *walk, const struct value *value,
			   const struct value *from)
{
	const struct model *model = walk->point.flow->model;
	struct memory_cell cells[MEMORY_CELLS];
	uint32_t type = from->type;

	if (!walk->recording || !from->is_pointer || type == MODEL_NONE)
		return;
	if (from->type_offset) {
		if (memory_member_cells(model, from, cells) != 1)
			return;
		type = cells[0].type;
	}
	interpret_note_object(walk, value, EVIDENCE_DUPLICATE, type);
}

/* Argument NUMBER, which is on the stack, of the call here. */
static struct value stack_argument(const struct walk *walk, int number)
{
	const struct abi *abi = walk->point.flow->abi;
	struct machine_operand operand = {
		.kind = MACHINE_MEMORY, .size = 8, .reg = abi->stack,
		.index = MACHINE_NO_REGISTER,
		.value = 8 * (number - abi->argument_count),
	};

	return memory_load(&walk->point, &operand);
}

static void note_stack_arguments(struct walk *walk, struct flow_site *site)
{
	struct flow *flow = walk->point.flow;
	const struct allocator *a = &flow->allocators.at[site->allocator];

	for (int i = 0; i < 2; i++) {
		struct value value;

		if (a->sizes[i] < flow->abi->argument_count)
			continue;
		value = stack_argument(walk, a->sizes[i]);
		site->arguments[a->sizes[i]] = values_intern(flow->values,
							     &value);
	}
}

static void note_site(struct walk *walk, struct flow_site *site)
{
	const struct abi *abi = walk->point.flow->abi;

	for (uint32_t i = 0; i < abi->argument_count; i++) {
		struct value value = memory_register(&walk->point,
						     abi->arguments[i]);

		site->arguments[i] = values_intern(walk->point.flow->values,
						   &value);
	}
	note_stack_arguments(walk, site);
}

/* The result is stored where the argument DESTINATION points. */
static void allocate_out(struct walk *walk, uint32_t site,
			 const struct value *destination)
{
	struct flow *flow = walk->point.flow;
	struct value value = value_of_site(site);
	struct memory_cell cells[MEMORY_CELLS];
	uint32_t n = 0;

	if (destination->kind == VALUE_STACK) {
		state_set_slot(&walk->state, destination->number,
			       values_intern(flow->values, &value));
		n = memory_slot_cells(&walk->point, destination->number,
				      cells);
	} else if (destination->is_pointer && destination->type != MODEL_NONE) {
		n = memory_member_cells(flow->model, destination, cells);
	} else if (destination->kind == VALUE_STATIC) {
		n = memory_static_cells(&walk->point,
					(uint64_t)destination->number, cells);
	}
	for (uint32_t i = 0; i < n; i++)
		interpret_note(walk, &value, cells[i].evidence, cells[i].type,
			       cells[i].variable);
	if (walk->recording && destination->kind == VALUE_PARAMETER &&
	    destination->number == 0)
		flow->sites[site].out_parameters |= 1u << destination->index;
}

static void note_old_pointer(struct walk *walk, struct flow_site *site,
			     const struct value *old)
{
	struct evidence evidence = {
		.type = old->type,
		.kind = old->is_guess ? EVIDENCE_UNION : EVIDENCE_REALLOC,
	};

	if (walk->recording && old->is_pointer && old->type_offset == 0 &&
	    old->type != MODEL_NONE)
		evidence_add(&site->evidence, &evidence);
}

/* What nothing is known of is what it is resized as, if it is no characters. */
static void note_new_type(struct walk *walk, const struct flow_site *site,
			  const struct value *old)
{
	struct flow *flow = walk->point.flow;
	struct evidence evidence = {
		.type = site->inferred, .kind = EVIDENCE_REALLOC,
		.partial = true,
	};

	if (!walk->recording || site->inferred == MODEL_NONE ||
	    site->inferred_offset)
		return;
	for (uint32_t i = 0; i < old->origin_count; i++) {
		struct flow_site *from = &flow->sites[old->origins[i].site];

		if (from != site && from->inferred == MODEL_NONE &&
		    !old->origins[i].delta &&
		    !(old->origins[i].partial & VALUE_RELOADED))
			evidence_add(&from->evidence, &evidence);
	}
}

static void return_from_tail(struct walk *walk, struct flow_site *site,
			     const struct value *value)
{
	if (!walk->recording)
		return;
	site->returned = true;
	site->returned_delta = 0;
	interpret_note(walk, value, EVIDENCE_RETURN,
		       interpret_result_type(walk), MODEL_NONE);
}

static struct value pointer_result(const struct model *model, uint32_t type)
{
	uint32_t pointee;

	if (!model_type_pointee(model, type, &pointee))
		return value_unknown();
	return value_pointer(model_type_unqualified(model, pointee), 0);
}

static void allocate(struct walk *walk, struct flow_site *site,
		     uint32_t result_type,
		     const struct value old[MACHINE_ARGUMENTS])
{
	struct flow *flow = walk->point.flow;
	const struct allocator *a = &flow->allocators.at[site->allocator];
	uint32_t number = (uint32_t)(site - flow->sites);
	struct value value = value_of_site(number);
	struct value typed;

	if (a->out != ALLOCATOR_NO_PARAMETER) {
		allocate_out(walk, number, &old[a->out]);
		return;
	}
	typed = site->inferred != MODEL_NONE
			? value_pointer(site->inferred, -site->inferred_offset)
			: pointer_result(flow->model, result_type);
	if (typed.type != MODEL_NONE) {
		value.is_pointer = true;
		value.type = typed.type;
		value.type_offset = typed.type_offset;
	}
	interpret_set(walk, flow->abi->result[0], &value);
	if (a->old != ALLOCATOR_NO_PARAMETER) {
		note_old_pointer(walk, site, &old[a->old]);
		note_new_type(walk, site, &old[a->old]);
	}
	if (a->copied != ALLOCATOR_NO_PARAMETER)
		note_duplicate(walk, &value, &old[a->copied]);
	if (site->tail)
		return_from_tail(walk, site, &value);
}

/* What CALLEE, which allocates nothing, returns: RESULT, or one of its
 * arguments. */
static void find_result(struct walk *walk, const struct flow_callee *callee,
			uint32_t result_type, struct value *result)
{
	struct flow *flow = walk->point.flow;
	int identity = -1;

	*result = pointer_result(flow->model, result_type);
	if (allocators_returns_argument(callee->symbol))
		identity = 0;
	else if (callee->function != MODEL_NONE && result->is_pointer &&
		 result->type == MODEL_NONE &&
		 callee->function != walk->point.function_number)
		identity = interpret_identity(flow, callee->function);
	if (identity >= 0)
		*result = memory_register(&walk->point,
					  flow->abi->arguments[identity]);
}

/* A descriptor's function, as memory_load tells of it, returns the distance
 * of a thread-local variable and changes nothing else. */
static bool call_descriptor(struct walk *walk, const struct machine_insn *insn)
{
	const struct flow *flow = walk->point.flow;
	struct value value;

	if (machine_is_register(&insn->from))
		value = *values_at(flow->values,
				   walk->state.registers[insn->from.reg]);
	else if (insn->from.kind == MACHINE_MEMORY && !insn->from.value)
		value = memory_load(&walk->point, &insn->from);
	else
		return false;
	if (value.kind != VALUE_STATIC ||
	    !model_is_thread_local((uint64_t)value.number))
		return false;
	value = value_number(VALUE_CONSTANT,
		value.number - (int64_t)MODEL_THREAD_POINTER);
	interpret_set(walk, flow->abi->result[0], &value);
	return true;
}

/* __tls_get_addr is a function that debug information does not describe. */
static bool find_thread_local(struct walk *walk,
			      const struct flow_callee *callee,
			      struct value *result)
{
	const struct flow *flow = walk->point.flow;
	struct value pair;

	if (!callee->symbol || strcmp(callee->symbol, "__tls_get_addr"))
		return false;
	pair = memory_register(&walk->point, flow->abi->arguments[0]);
	return relocated_thread_local(flow, &pair, result);
}

static bool points_to_const(const struct model *model, uint32_t type)
{
	uint32_t bare = model_type_strip(model, type), target;

	if (bare == MODEL_NONE ||
	    model->types.at[bare].kind != ALLOC_KIND_POINTER)
		return false;
	target = model->types.at[bare].target;
	return target != MODEL_NONE &&
	       model->types.at[target].kind == ALLOC_KIND_CONST;
}

void interpret_forget_addressed(struct walk *walk, const struct value *v)
{
	const struct flow *flow = walk->point.flow;
	uint64_t size = 0;

	if (v->kind != VALUE_STACK)
		return;
	if (v->is_pointer)
		size = model_type_size(flow->model, v->type);
	if (!size || size > STATE_MEMBERS)
		size = 1;
	state_forget_numbers(flow->values, &walk->state, v->number,
			     v->number + (int64_t)size);
}

/* What the arguments behind those in registers say: there are no more than the
 * function has parameters. */
static void forget_addressed_on_stack(struct walk *walk,
				      const struct flow_callee *callee)
{
	const struct flow *flow = walk->point.flow;
	uint32_t count = callee->type == MODEL_NONE
				 ? 0 : flow->model->types.at[callee->type].count;

	for (int i = flow->abi->argument_count;
	     i < MACHINE_ARGUMENTS && (uint32_t)i < count; i++) {
		struct value v = stack_argument(walk, i);

		interpret_forget_addressed(walk, &v);
	}
}

static void forget_addressed(struct walk *walk,
			     const struct flow_callee *callee,
			     const uint32_t types[MACHINE_ARGUMENTS])
{
	const struct flow *flow = walk->point.flow;
	bool known = callee->type != MODEL_NONE &&
		     !(flow->model->types.at[callee->type].flags &
		       ALLOTYPE_META_TYPE_VARIADIC);

	for (uint32_t i = 0; i < flow->abi->argument_count; i++) {
		struct value v = *values_at(flow->values,
			walk->state.registers[flow->abi->arguments[i]]);

		if (!(known && types[i] == MODEL_NONE) &&
		    !points_to_const(flow->model, types[i]))
			interpret_forget_addressed(walk, &v);
	}
	forget_addressed_on_stack(walk, callee);
}

void interpret_call(struct walk *walk, const struct machine_insn *insn)
{
	struct flow *flow = walk->point.flow;
	struct flow_site *site = flow_find_site(flow, insn->address);
	struct flow_callee callee = find_callee(walk, insn);
	uint32_t types[MACHINE_ARGUMENTS], result_type;

	if (call_descriptor(walk, insn))
		return;
	flow_callee_parameters(flow, &callee, types, &result_type);
	if (walk->recording) {
		note_arguments(walk, &callee, types);
		note_copied(walk, &callee);
		formats_note(walk, &callee);
		if (site)
			note_site(walk, site);
	} else if (interpret_is_mixed(walk)) {
		walk->recording = true;
		formats_note(walk, &callee);
		walk->recording = false;
	}
	forget_addressed(walk, &callee, types);
	if (site && !library_answers(flow, site)) {
		struct value old[MACHINE_ARGUMENTS];

		for (uint32_t i = 0; i < flow->abi->argument_count; i++)
			old[i] = memory_register(&walk->point,
						 flow->abi->arguments[i]);
		interpret_destroy(walk, machine_call_destroys(flow->abi));
		allocate(walk, site, result_type, old);
	} else {
		struct value result;

		if (!find_thread_local(walk, &callee, &result))
			find_result(walk, &callee, result_type, &result);
		interpret_destroy(walk, machine_call_destroys(flow->abi));
		interpret_set(walk, flow->abi->result[0], &result);
	}
}
