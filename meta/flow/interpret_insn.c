/* SPDX-License-Identifier: Apache-2.0 */
/* What instructions other than calls do to the state. */
#include <string.h>

#include "meta/flow/interpret.h"

static struct value register_value(const struct walk *walk,
				   const struct machine_operand *operand)
{
	const struct code_cfa *cfa =
		&walk->point.function->code.cfa[walk->point.insn];
	uint8_t stack = walk->point.flow->abi->stack;
	struct value value;

	if (!machine_is_register(operand))
		return value_unknown();
	if (operand->reg == stack && cfa->known && cfa->reg == stack)
		return memory_stack_address(&walk->point, -cfa->offset);
	value = memory_register(&walk->point, operand->reg);
	if (operand->size == 4)
		return value_narrow(&value);
	return operand->size >= 8 ? value : value_unknown();
}

/* Of what was spilled, slots often begin to be a variable's when it has been
 * tested for null. */
static struct value load(struct walk *walk,
			 const struct machine_operand *operand)
{
	struct value value = memory_load(&walk->point, operand);
	struct memory_cell cells[MEMORY_CELLS];
	int64_t slot;
	uint32_t n;

	if (!walk->recording || !value.origin_count ||
	    !memory_slot(&walk->point, operand, &slot))
		return value;
	n = memory_slot_cells(&walk->point, slot, cells);
	for (uint32_t i = 0; i < n; i++)
		interpret_note(walk, &value, cells[i].evidence, cells[i].type,
			       cells[i].variable);
	return value;
}

static struct value operand_value(struct walk *walk,
				  const struct machine_operand *operand)
{
	int64_t number = operand->value;

	switch (operand->kind) {
	case MACHINE_REGISTER:
		return register_value(walk, operand);
	case MACHINE_IMMEDIATE:
		if (operand->size == 4)
			number &= 0xffffffff;
		return value_number(VALUE_CONSTANT, number);
	case MACHINE_MEMORY:
		if (operand->size == 8)
			return load(walk, operand);
		if (operand->size == 4)
			return memory_load_narrow(&walk->point, operand);
		return value_unknown();
	default:
		return value_unknown();
	}
}

static void move_to(struct walk *walk, const struct machine_operand *to,
		    const struct value *value)
{
	struct value unknown = value_unknown();

	if (to->kind == MACHINE_MEMORY)
		interpret_store(walk, to, value);
	else if (machine_is_register(to))
		interpret_set(walk, to->reg, to->size >= 4 ? value
							   : &unknown);
	if (machine_is_register(to) &&
	    to->reg == walk->point.flow->abi->arguments[1])
		interpret_note_thrown(walk, value);
}

static bool is_low_vector(const struct machine_operand *operand)
{
	return machine_is_register(operand) &&
	       operand->reg >= MACHINE_VECTOR_LOW &&
	       operand->reg < MACHINE_VECTOR_HIGH;
}

/* The second half of a 16-byte operand. */
static struct machine_operand upper_half(const struct machine_operand *whole)
{
	struct machine_operand half = *whole;

	half.size = 8;
	if (whole->kind == MACHINE_MEMORY)
		half.value += 8;
	else if (is_low_vector(whole))
		half.reg += MACHINE_VECTOR_HIGH - MACHINE_VECTOR_LOW;
	return half;
}

static void move_wide(struct walk *walk, const struct machine_insn *insn)
{
	struct machine_operand to[2] = { insn->to, upper_half(&insn->to) };
	struct machine_operand from[2] = { insn->from,
					   upper_half(&insn->from) };
	struct value values[2];

	to[0].size = from[0].size = 8;
	for (int i = 0; i < 2; i++)
		values[i] = operand_value(walk, &from[i]);
	for (int i = 0; i < 2; i++)
		move_to(walk, &to[i], &values[i]);
}

/* The two operands of arithmetic. */
static const struct machine_operand *left(const struct machine_insn *insn)
{
	return insn->other.kind == MACHINE_NO_OPERAND ? &insn->to
						      : &insn->from;
}

static const struct machine_operand *right(const struct machine_insn *insn)
{
	return insn->other.kind == MACHINE_NO_OPERAND ? &insn->from
						      : &insn->other;
}

static bool is_doubling(const struct machine_insn *insn)
{
	return insn->operation == MACHINE_ADD &&
	       right(insn)->kind == MACHINE_REGISTER &&
	       left(insn)->kind == MACHINE_REGISTER &&
	       right(insn)->reg == left(insn)->reg;
}

/* The number in REG is multiplied: what is computed of it, and what else is, may
 * be added.  It is no pointer, whatever it was read as. */
static void name_number(struct walk *walk, uint8_t reg)
{
	struct value value;

	if (reg >= MACHINE_GENERAL_COUNT)
		return;
	value = *values_at(walk->point.flow->values,
			   walk->state.registers[reg]);
	if (value.is_pointer && !value.origin_count &&
	    (value.kind == VALUE_ANY || value.kind == VALUE_HELD))
		value = value_unknown();
	if (!value_is_unnamed(&value))
		return;
	value.multiplied = walk->point.insn + 1;
	walk->state.registers[reg] = values_intern(walk->point.flow->values,
						   &value);
}

/* Is a copy in REG multiplied next? */
static bool is_multiplied_next(const struct walk *walk, uint8_t reg)
{
	const struct code *code = &walk->point.function->code;
	const struct machine_insn *next = &code->insns[walk->point.insn];

	if (walk->point.insn + 1 == code->insn_count)
		return false;
	next++;
	return machine_is_register(&next->to) && next->to.reg == reg &&
	       (next->operation == MACHINE_SHIFT || is_doubling(next) ||
		next->operation == MACHINE_MULTIPLY);
}

static void step_move(struct walk *walk, const struct machine_insn *insn)
{
	struct value value, unknown = value_unknown();

	if (insn->to.size == 16 && insn->from.size == 16) {
		interpret_note_written(walk, insn, &unknown);
		move_wide(walk, insn);
		return;
	}
	if (machine_is_register(&insn->from) && machine_is_register(&insn->to) &&
	    is_multiplied_next(walk, insn->to.reg))
		name_number(walk, insn->from.reg);
	value = operand_value(walk, &insn->from);
	interpret_note_written(walk, insn, &value);
	move_to(walk, &insn->to, &value);
	/* A load or move into the low half clears the high one. */
	if (is_low_vector(&insn->to))
		interpret_set(walk, insn->to.reg + MACHINE_VECTOR_HIGH -
					    MACHINE_VECTOR_LOW, &unknown);
}

static void step_extend(struct walk *walk, const struct machine_insn *insn)
{
	struct value value = value_unknown();

	if (insn->from.size == 4)
		value = operand_value(walk, &insn->from);
	value = value_narrow(&value);
	move_to(walk, &insn->to, &value);
}

static void step_address(struct walk *walk, const struct machine_insn *insn)
{
	struct value value;

	if (insn->from.kind == MACHINE_MEMORY && insn->from.scale > 1)
		name_number(walk, insn->from.index);
	value = memory_address(&walk->point, &insn->from);
	if (insn->to.size == 4)
		value = value_narrow(&value);
	move_to(walk, &insn->to, &value);
}

/* To a multiple, before it is added to a pointer: a member's offset. */
static int32_t added(const struct value *index)
{
	return index->kind == VALUE_MULTIPLE && !index->is_pointer &&
			       index->number > 1
		       ? index->type_offset : 0;
}

static struct value multiple_of(int64_t number)
{
	return number < 2 ? value_unknown() : value_number(VALUE_MULTIPLE, number);
}

/* pointer + index, multiple + multiple, constant + constant. */
static struct value typed_sum(const struct value *a, const struct value *b,
			bool subtract)
{
	struct value several;

	if (b->kind == VALUE_CONSTANT && !b->is_pointer)
		return value_shift(a, subtract ? -b->number : b->number);
	if (!subtract && b->is_pointer && !a->is_pointer)
		return value_pointer(b->type, b->type_offset + added(a));
	if (a->is_pointer && !(subtract && b->is_pointer))
		return value_pointer(a->type, a->type_offset +
					      (subtract ? 0 : added(b)));
	if (value_add_multiples(a, b, subtract ? -1 : 1, &several))
		return several;
	if (a->kind == VALUE_MULTIPLE && b->kind == VALUE_MULTIPLE)
		return value_number(VALUE_MULTIPLE,
			(int64_t)value_common_divisor(
				(uint64_t)value_divisor(a),
				(uint64_t)value_divisor(b)));
	return value_unknown();
}

/* The same, and where it points if one of the two was allocated here. */
static struct value sum(const struct value *a, const struct value *b,
			bool subtract)
{
	struct value value = typed_sum(a, b, subtract), place;

	value_follow_held(a, b, subtract, &value);
	if (value.origin_count || (a->origin_count && b->origin_count))
		return value;
	place = value_inside(a->origin_count || subtract ? a : b);
	memcpy(value.origins, place.origins, sizeof value.origins);
	value.origin_count = place.origin_count;
	return value;
}

/* Adds to what is in memory.  Of what is not in the frame it only matters
 * that it is what was there, moved. */
static void step_add_memory(struct walk *walk, const struct machine_insn *insn)
{
	struct value value = value_unknown(), by;
	int64_t slot;

	if (insn->to.kind == MACHINE_MEMORY && insn->to.size == 8) {
		value = memory_load(&walk->point, &insn->to);
		by = operand_value(walk, &insn->from);
		if (insn->from.kind == MACHINE_IMMEDIATE)
			by.number = insn->from.value;
		value = sum(&value, &by, insn->operation == MACHINE_SUBTRACT);
		memory_wrap(walk->point.flow->model, &value);
	}
	if (!memory_slot(&walk->point, &insn->to, &slot)) {
		by = value_number(value.kind, value.number);
		by.index = value.index;
		value = value.kind == VALUE_HELD ? by : value_unknown();
	}
	move_to(walk, &insn->to, &value);
}

/* The stack pointer is followed where nothing but this moves it. */
static void step_stack(struct walk *walk, const struct machine_insn *insn)
{
	uint8_t stack = walk->point.flow->abi->stack;
	struct value value = *values_at(walk->point.flow->values,
					walk->state.registers[stack]);
	int64_t bytes = insn->from.value;

	if (value.kind != VALUE_STACK)
		return;
	if (insn->from.kind == MACHINE_IMMEDIATE)
		value.number += insn->operation == MACHINE_ADD ? bytes : -bytes;
	else
		value = value_unknown();
	interpret_set(walk, stack, &value);
}

static void step_add(struct walk *walk, const struct machine_insn *insn)
{
	const struct model *model = walk->point.flow->model;
	struct value a, b, value;

	if (!machine_is_register(&insn->to)) {
		step_add_memory(walk, insn);
		return;
	}
	if (insn->to.reg == walk->point.flow->abi->stack) {
		step_stack(walk, insn);
		return;
	}
	a = operand_value(walk, left(insn));
	b = operand_value(walk, right(insn));
	if (right(insn)->kind == MACHINE_IMMEDIATE)
		b.number = right(insn)->value;
	value = is_doubling(insn) ? value_times(&a, 2)
		: sum(&a, &b, insn->operation == MACHINE_SUBTRACT);
	if (insn->operation == MACHINE_ADD &&
	    (value_is_distance(model, &a, &b) ||
	     value_is_distance(model, &b, &a))) {
		value.is_pointer = false;
		value.type = MODEL_NONE;
		value.type_offset = 0;
	}
	memory_wrap(model, &value);
	move_to(walk, &insn->to, &value);
}

static void step_shift(struct walk *walk, const struct machine_insn *insn)
{
	const struct machine_operand *by = right(insn);
	struct value shifted = value_unknown(), value = value_unknown();

	if (left(insn)->kind == MACHINE_REGISTER)
		name_number(walk, left(insn)->reg);
	if (left(insn)->kind != MACHINE_MEMORY)
		shifted = operand_value(walk, left(insn));
	if (by->kind == MACHINE_IMMEDIATE && by->value < 32 && by->value >= 0)
		value = value_times(&shifted, 1LL << by->value);
	move_to(walk, &insn->to, &value);
}

/* Only the upper bits of a parameter: a number that is packed with another. */
static void step_shift_right(struct walk *walk, const struct machine_insn *insn)
{
	const struct machine_operand *by = right(insn);
	struct value shifted = value_unknown(), value;
	int64_t slot;

	if (left(insn)->kind != MACHINE_MEMORY ||
	    memory_slot(&walk->point, left(insn), &slot)) {
		value = operand_value(walk, left(insn));
		if (by->kind == MACHINE_IMMEDIATE && by->value < 32 &&
		    by->value > 0 &&
		    value_is_register_parameter(&value, walk->point.flow->abi))
			shifted = value_factor(value.index, by->value);
	}
	move_to(walk, &insn->to, &shifted);
}

/* Is V a number of which nothing is known that would tell of what? */
static bool is_any_number(const struct value *v)
{
	return !v->is_pointer && !v->origin_count &&
	       (v->kind == VALUE_ANY || v->kind == VALUE_HELD ||
		(v->kind == VALUE_MULTIPLE && v->number <= 1));
}

/* A parameter, or its upper bits, times B, any number. */
static bool is_of_parameter(const struct value *a, const struct value *b,
			    struct value *out)
{
	if (!is_any_number(b))
		return false;
	if (a->kind == VALUE_PARAMETER && !a->number && !a->is_pointer)
		*out = value_factor(a->index, 0);
	else if (a->kind == VALUE_FACTOR)
		*out = *a;
	else
		return false;
	return true;
}

static struct value product(const struct value *a, const struct value *b)
{
	struct value value = value_unknown();

	if (b->kind == VALUE_CONSTANT)
		return value_times(a, b->number);
	if (a->kind == VALUE_CONSTANT)
		return value_times(b, a->number);
	if (is_of_parameter(a, b, &value) || is_of_parameter(b, a, &value))
		return value;
	if (a->kind == VALUE_MULTIPLE || b->kind == VALUE_MULTIPLE)
		return multiple_of(value_divisor(
				a->kind == VALUE_MULTIPLE ? a : b));
	if (a->kind == VALUE_PARAMETER && b->kind == VALUE_PARAMETER &&
	    !a->number && !b->number) {
		value.kind = VALUE_PRODUCT;
		value.index = a->index < b->index ? a->index : b->index;
		value.number = a->index < b->index ? b->index : a->index;
	}
	return value;
}

/* rdx:rax = rax * operand */
static void step_multiply_wide(struct walk *walk,
			       const struct machine_insn *insn)
{
	const uint8_t *result = walk->point.flow->abi->result;
	struct machine_operand first = insn->to;
	struct value a, b = operand_value(walk, &insn->to);

	first.kind = MACHINE_REGISTER;
	first.reg = result[0];
	a = operand_value(walk, &first);
	a = product(&a, &b);
	b = value_unknown();
	interpret_set(walk, result[0], &a);
	interpret_set(walk, result[1], &b);
}

static void step_multiply(struct walk *walk, const struct machine_insn *insn)
{
	struct value a, b, value;

	if (insn->from.kind == MACHINE_NO_OPERAND) {
		step_multiply_wide(walk, insn);
		return;
	}
	a = operand_value(walk, left(insn));
	b = operand_value(walk, right(insn));
	if (insn->other.kind == MACHINE_IMMEDIATE)
		b.number = insn->other.value;
	value = product(&a, &b);
	move_to(walk, &insn->to, &value);
}

static void step_select(struct walk *walk, const struct machine_insn *insn)
{
	struct value value = operand_value(walk, &insn->from);
	struct values *values = walk->point.flow->values;
	uint32_t number;

	if (!machine_is_register(&insn->to))
		return;
	number = values_intern(values, &value);
	if (insn->other.kind != MACHINE_NO_OPERAND) {
		value = operand_value(walk, &insn->other);
		walk->state.registers[insn->to.reg] = values_join(
			values, number, values_intern(values, &value));
		return;
	}
	walk->state.registers[insn->to.reg] = values_join(
		values, walk->state.registers[insn->to.reg], number);
}

static void step_page(struct walk *walk, const struct machine_insn *insn)
{
	struct value value = value_number(VALUE_STATIC, insn->from.value);

	move_to(walk, &insn->to, &value);
}

static void step_insert(struct walk *walk, const struct machine_insn *insn)
{
	struct value value = register_value(walk, &insn->to);
	uint64_t mask = 0xffffULL << insn->other.value;
	uint64_t bits = (uint64_t)insn->from.value << insn->other.value;

	if (value.kind == VALUE_CONSTANT)
		value = value_number(VALUE_CONSTANT,
			(int64_t)(((uint64_t)value.number & ~mask) | bits));
	else
		value = value_unknown();
	move_to(walk, &insn->to, &value);
}

static bool stack_top(const struct walk *walk, int64_t *slot)
{
	const struct point *p = &walk->point;
	const struct code_cfa *cfa = &p->function->code.cfa[p->insn];

	*slot = -(int64_t)cfa->offset;
	return cfa->known && cfa->reg == p->flow->abi->stack;
}

/* Where nobody knows how far down the stack is, what is pushed is an argument that
 * the call does not find. */
static void step_push(struct walk *walk, const struct machine_insn *insn)
{
	struct value value = operand_value(walk, &insn->from);
	int64_t slot;

	if (stack_top(walk, &slot))
		state_set_slot(&walk->state, slot - 8,
			       values_intern(walk->point.flow->values,
					     &value));
	else
		interpret_forget_addressed(walk, &value);
}

static void step_pop(struct walk *walk, const struct machine_insn *insn)
{
	struct value value = value_unknown();
	int64_t slot;

	if (stack_top(walk, &slot))
		value = *values_at(walk->point.flow->values,
				   state_slot(&walk->state, slot));
	move_to(walk, &insn->to, &value);
}

static void step_exchange(struct walk *walk, const struct machine_insn *insn)
{
	struct value to = operand_value(walk, &insn->to);
	struct value from = operand_value(walk, &insn->from);

	move_to(walk, &insn->to, &from);
	move_to(walk, &insn->from, &to);
}

static void step_other(struct walk *walk, const struct machine_insn *insn)
{
	interpret_destroy(walk, insn->destroyed);
	if (insn->to.kind == MACHINE_MEMORY)
		interpret_forget_slot(walk, &insn->to);
}

/* A pointer that is aligned still points into what was allocated. */
static void step_mask(struct walk *walk, const struct machine_insn *insn)
{
	struct value place = value_unknown(), value;

	if (insn->to.size == 8 && (right(insn)->kind != MACHINE_IMMEDIATE ||
				   right(insn)->value < 0)) {
		value = register_value(walk, left(insn));
		if (!value.origin_count)
			value = operand_value(walk, right(insn));
		place = value_aligned(&value);
		if (value.kind == VALUE_HELD) {
			place.kind = VALUE_HELD;
			place.number = value.number;
			place.index = value.index == CARVE_EXACT ? CARVE_STEP
								: value.index;
		}
	}
	move_to(walk, &insn->to, &place);
}

void interpret_insn(struct walk *walk, const struct machine_insn *insn)
{
	switch (insn->operation) {
	case MACHINE_MOVE:
		step_move(walk, insn);
		break;
	case MACHINE_EXTEND:
		step_extend(walk, insn);
		break;
	case MACHINE_ADDRESS:
		step_address(walk, insn);
		break;
	case MACHINE_PAGE:
		step_page(walk, insn);
		break;
	case MACHINE_INSERT:
		step_insert(walk, insn);
		break;
	case MACHINE_ADD:
	case MACHINE_SUBTRACT:
		step_add(walk, insn);
		break;
	case MACHINE_SHIFT:
		step_shift(walk, insn);
		break;
	case MACHINE_SHIFT_RIGHT:
		step_shift_right(walk, insn);
		break;
	case MACHINE_MULTIPLY:
		step_multiply(walk, insn);
		break;
	case MACHINE_MASK:
		step_mask(walk, insn);
		break;
	case MACHINE_SELECT:
		step_select(walk, insn);
		break;
	case MACHINE_PUSH:
		step_push(walk, insn);
		break;
	case MACHINE_POP:
		step_pop(walk, insn);
		break;
	case MACHINE_EXCHANGE:
		step_exchange(walk, insn);
		break;
	case MACHINE_OTHER:
		step_other(walk, insn);
		break;
	default:
		break;
	}
}
