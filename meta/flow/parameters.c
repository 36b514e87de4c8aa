/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/parameters.h"

#include <pthread.h>
#include <string.h>

#include "meta/flow/library.h"
#include "meta/flow/shape.h"

/* Clones (foo.isra.0) may have lost or moved parameters. */
static bool is_clone(const char *symbol)
{
	return symbol && (strstr(symbol, ".isra") ||
			  strstr(symbol, ".constprop") ||
			  strstr(symbol, ".part"));
}

static bool is_float(const struct model *model, uint32_t type)
{
	return shape_is_floating(model, model_type_strip(model, type));
}

/* Does word NUMBER of RECORD hold nothing but floating point? */
static bool is_float_word(const struct model *model, uint32_t record,
			  uint32_t number)
{
	uint32_t halves[2];
	bool through_union;

	for (uint32_t i = 0; i < 2; i++)
		if (!model_type_scalars_at(model, record, number * 8 + i * 4,
					   &halves[i], 1, &through_union))
			halves[i] = MODEL_NONE;
	return is_float(model, halves[0]) &&
	       (halves[1] == MODEL_NONE || is_float(model, halves[1]));
}

/* How many argument registers a parameter of TYPE takes; WORDS says which words
 * of a record. */
static uint32_t registers_taken(const struct abi *abi,
				const struct model *model, uint32_t type,
				uint32_t words[2])
{
	uint32_t bare = model_type_strip(model, type), taken = 0;
	uint64_t size;

	if (!shape_is_record(model, bare))
		return !is_float(model, bare);
	size = model_type_size(model, bare);
	if (size > 16)
		return abi->passes_large;
	for (uint32_t i = 0; i * 8 < size; i++)
		if (!is_float_word(model, bare, i))
			words[taken++] = i;
	return taken;
}

/* Surely?  Objects of C++ may as well be passed by their addresses, unless
 * Rust has them. */
static bool is_passed_by_words(const struct model *model, uint32_t subprogram,
			       uint32_t type)
{
	uint32_t bare = model_type_strip(model, type);

	return shape_is_record(model, bare) && model_type_size(model, bare) <= 16 &&
	       (!(model->types.at[bare].flags & ALLOTYPE_META_TYPE_CXX) ||
		library_is_rust(model, subprogram));
}

/* The pointer in word NUMBER of RECORD, or NONE. */
static uint32_t pointer_in_word(const struct model *model, uint32_t record,
				uint32_t number)
{
	uint32_t scalar, pointee;
	bool through_union;

	if (model_type_scalars_at(model, record, (uint64_t)number * 8, &scalar,
				  1, &through_union) == 1 &&
	    !through_union && model_type_pointee(model, scalar, &pointee))
		return scalar;
	return MODEL_NONE;
}

bool flow_result_is_passed(const struct abi *abi, const struct model *model,
			   uint32_t type)
{
	return abi->passes_result &&
	       shape_is_record(model, model_type_strip(model, type)) &&
	       model_type_size(model, type) > 16;
}

static void parameters_by_order(const struct abi *abi,
				const struct model *model,
				const struct flow_callee *callee,
				uint32_t types[MACHINE_ARGUMENTS])
{
	const struct model_type *t = &model->types.at[callee->type];
	uint32_t at = flow_result_is_passed(abi, model, t->target);

	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t parameter = model->members.at[t->first + i].type;
		bool by_words = is_passed_by_words(model, callee->subprogram,
						    parameter);
		uint32_t words[2] = { 0 };
		uint32_t taken = registers_taken(abi, model, parameter, words);

		/* What does not fit as a whole is on the stack. */
		if (at + taken > abi->argument_count)
			continue;
		for (uint32_t k = 0; k < taken; k++)
			types[at + k] = by_words
				? pointer_in_word(model, parameter, words[k])
				: taken == 1 ? parameter : MODEL_NONE;
		at += taken;
	}
}

static uint32_t argument_number(const struct abi *abi, uint8_t reg)
{
	for (uint32_t i = 0; i < abi->argument_count; i++)
		if (abi->arguments[i] == reg)
			return i;
	return MODEL_NONE;
}

/* Which argument the PARAMETER of its own is when FUNCTION begins, or
 * MODEL_NONE. */
static uint32_t number_at_entry(const struct abi *abi,
				const struct model *model,
				const struct model_function *function,
				const struct model_variable *parameter)
{
	for (uint32_t i = 0; i < parameter->location_count; i++) {
		const struct model_location *l =
			&model->locations.at[parameter->location_first + i];

		if (l->place == MODEL_PLACE_REGISTER && !l->is_piece &&
		    l->low <= function->entry && function->entry < l->high)
			return argument_number(abi, l->reg);
	}
	return MODEL_NONE;
}

/* Where the function's own variables say that its parameters are when it
 * begins. */
static void parameters_by_location(const struct abi *abi,
				   const struct model *model,
				   const struct model_function *function,
				   uint32_t types[MACHINE_ARGUMENTS])
{
	for (uint32_t i = 0; i < function->variable_count; i++) {
		const struct model_variable *v =
			&model->variables.at[function->variable_first + i];
		uint32_t n;

		if (v->parameter == MODEL_NONE || v->instance != MODEL_NONE)
			continue;
		n = number_at_entry(abi, model, function, v);
		if (n != MODEL_NONE)
			types[n] = is_passed_by_words(model,
						function->subprogram, v->type)
				? pointer_in_word(model, v->type, 0)
				: v->type;
	}
}

static void read_parameters(struct flow *flow,
			    const struct flow_callee *callee,
			    uint32_t types[MACHINE_ARGUMENTS])
{
	for (uint32_t i = 0; i < MACHINE_ARGUMENTS; i++)
		types[i] = MODEL_NONE;
	if (callee->type != MODEL_NONE &&
	    (callee->function == MODEL_NONE || !is_clone(callee->symbol)))
		parameters_by_order(flow->abi, flow->model, callee, types);
	if (callee->function != MODEL_NONE)
		parameters_by_location(flow->abi, flow->model,
			&flow->model->functions.at[callee->function], types);
}

static void keep_parameters(struct flow *flow,
			    const struct flow_callee *callee,
			    struct flow_function *f)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	if (!atomic_load_explicit(&f->has_parameters, memory_order_relaxed))
		read_parameters(flow, callee, f->parameters);
	atomic_store_explicit(&f->has_parameters, true, memory_order_release);
	pthread_mutex_unlock(&lock);
}

void flow_callee_parameters(struct flow *flow,
			    const struct flow_callee *callee,
			    uint32_t types[MACHINE_ARGUMENTS],
			    uint32_t *result)
{
	*result = callee->type == MODEL_NONE ? MODEL_NONE
		: flow->model->types.at[callee->type].target;
	if (callee->function == MODEL_NONE) {
		read_parameters(flow, callee, types);
	} else {
		struct flow_function *f = &flow->functions[callee->function];

		if (!atomic_load_explicit(&f->has_parameters,
					  memory_order_acquire))
			keep_parameters(flow, callee, f);
		memcpy(types, f->parameters, sizeof f->parameters);
	}
}

/* A function's void * parameters, and what they are compared with. */
struct aliases {
	const struct model *model;
	const struct model_function *function;
	uint64_t steps;         /* bounds the work on a hostile file */
};
enum { STEPS_MOST = 1 << 14 };

/* Are both in the same register at the same time? */
static bool is_same_place(struct aliases *aliases,
			  const struct model_variable *a,
			  const struct model_variable *b)
{
	const struct model *model = aliases->model;

	aliases->steps += (uint64_t)a->location_count * b->location_count + 1;
	if (aliases->steps > STEPS_MOST)
		return false;
	for (uint32_t i = 0; i < a->location_count; i++)
		for (uint32_t k = 0; k < b->location_count; k++) {
			const struct model_location *x =
				&model->locations.at[a->location_first + i];
			const struct model_location *y =
				&model->locations.at[b->location_first + k];

			if (x->place == MODEL_PLACE_REGISTER &&
			    y->place == MODEL_PLACE_REGISTER &&
			    x->reg == y->reg && !x->is_piece && !y->is_piece &&
			    x->low < y->high && y->low < x->high)
				return true;
		}
	return false;
}

/* What the function takes its void * PARAMETER for: a variable with its value
 * points to a record, and no other one to another, as far as all can be
 * compared. */
static uint32_t taken_for(struct aliases *aliases,
			  const struct model_variable *parameter)
{
	const struct model *model = aliases->model;
	const struct model_function *f = aliases->function;
	uint32_t found = parameter->type, pointee;

	for (uint32_t i = 0; i < f->variable_count; i++) {
		const struct model_variable *v =
			&model->variables.at[f->variable_first + i];

		if (!model_type_pointee(model, v->type, &pointee) ||
		    !shape_is_record(model, model_type_strip(model, pointee)))
			continue;
		if (!is_same_place(aliases, parameter, v)) {
			if (aliases->steps > STEPS_MOST)
				return parameter->type;
			continue;
		}
		if (found != parameter->type &&
		    flow_type_hash(model, found) !=
			    flow_type_hash(model, v->type))
			return parameter->type;
		found = v->type;
	}
	return found;
}

void flow_own_parameters(struct flow *flow, uint32_t number,
			 uint32_t types[MACHINE_ARGUMENTS])
{
	const struct model *model = flow->model;
	const struct model_function *function = &model->functions.at[number];
	struct flow_callee self = flow_callee_at(flow, function->entry);
	struct aliases aliases = { .model = model, .function = function };
	uint32_t result;

	flow_callee_parameters(flow, &self, types, &result);
	for (uint32_t i = 0; i < function->variable_count; i++) {
		const struct model_variable *v =
			&model->variables.at[function->variable_first + i];
		uint32_t n;

		if (v->parameter == MODEL_NONE || v->instance != MODEL_NONE ||
		    !shape_is_void_pointer(model, v->type))
			continue;
		n = number_at_entry(flow->abi, model, function, v);
		if (n != MODEL_NONE)
			types[n] = taken_for(&aliases, v);
	}
}
