/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/relocated.h"

#include <string.h>

static struct value thread_local_address(const struct flow *flow,
					 uint64_t offset)
{
	return value_number(VALUE_STATIC, (int64_t)model_thread_address(
						  flow->model, offset));
}

/* A word from which the distance of a thread-local variable from the thread
 * pointer is known; or a function that the loader knows, and that tells it:
 * its value is the variable's address then. */
static void load_thread_local(const struct flow *flow, uint64_t address,
			      struct value *value)
{
	enum debuginfo_thread_slot kind;
	uint64_t offset;

	if (!debuginfo_thread_slot(flow->info, address, &offset, &kind) ||
	    kind == DEBUGINFO_THREAD_PAIR)
		return;
	*value = kind == DEBUGINFO_THREAD_CALLED
			 ? thread_local_address(flow, offset)
			 : value_number(VALUE_CONSTANT,
					flow->model->thread_start +
						(int64_t)offset);
}

/* A variable of another file, by its address. */
static void load_imported(const struct point *point,
			  const struct machine_operand *operand,
			  struct value *value)
{
	const struct value *base;

	if (operand->value || operand->index != MACHINE_NO_REGISTER ||
	    operand->reg >= MACHINE_GENERAL_COUNT)
		return;
	base = values_at(point->flow->values,
			 point->state->registers[operand->reg]);
	if (base->kind == VALUE_IMPORT && !base->origin_count)
		*value = value_number(VALUE_IMPORTED, base->number);
}

void relocated_load(const struct point *point,
		    const struct machine_operand *operand,
		    struct value *value)
{
	struct debuginfo *info = point->flow->info;
	uint64_t address, target;

	if (value->is_pointer)
		return;
	if (!memory_is_fixed(point, operand, &address)) {
		load_imported(point, operand, value);
	} else if (debuginfo_own_import(info, address, &target) ||
		   debuginfo_slot_target(info, address, &target)) {
		*value = memory_static_address(point, target);
	} else if (debuginfo_import_at(info, address)) {
		value->kind = VALUE_IMPORT;
		value->number = (int64_t)address;
	} else if (debuginfo_copy_at(info, address)) {
		value->kind = VALUE_IMPORTED;
		value->number = (int64_t)address;
	} else {
		load_thread_local(point->flow, address, value);
	}
}

/* POSIX.1-2017, section 8.1; debug information need not describe it. */
static bool is_environment(const char *name)
{
	return !strcmp(name, "environ") || !strcmp(name, "__environ") ||
	       !strcmp(name, "_environ");
}

uint32_t relocated_cells(const struct point *point,
			 const struct machine_operand *operand,
			 struct memory_cell cells[MEMORY_CELLS])
{
	const struct flow *flow = point->flow;
	const char *name = NULL;
	struct value base;

	if (machine_is_absolute(operand)) {
		name = debuginfo_copy_at(flow->info, (uint64_t)operand->value);
	} else if (operand->index == MACHINE_NO_REGISTER && !operand->value &&
		   operand->reg < MACHINE_GENERAL_COUNT) {
		base = *values_at(flow->values,
				  point->state->registers[operand->reg]);
		if (base.kind == VALUE_IMPORT)
			name = debuginfo_import_at(flow->info,
						   (uint64_t)base.number);
	}
	if (!name || !is_environment(name))
		return 0;
	/* The program's own variables may say other characters. */
	cells[0] = (struct memory_cell){
		.type = model_type_by_name(flow->model, "char **"),
		.variable = MODEL_NONE, .evidence = EVIDENCE_ARGUMENT,
		.owner = MODEL_NONE,
	};
	return cells[0].type != MODEL_NONE;
}

bool relocated_thread_local(const struct flow *flow, const struct value *pair,
			    struct value *address)
{
	enum debuginfo_thread_slot kind;
	uint64_t offset;

	if (pair->kind != VALUE_STATIC ||
	    !debuginfo_thread_slot(flow->info, (uint64_t)pair->number, &offset,
				   &kind) || kind != DEBUGINFO_THREAD_PAIR)
		return false;
	*address = thread_local_address(flow, offset);
	return true;
}
