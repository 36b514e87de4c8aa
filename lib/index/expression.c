/* SPDX-License-Identifier: Apache-2.0 */
#include "index/expression.h"

#include "base/cursor.h"
#include "index/stack.h"

/* DWARF 5 section 7.7.1 */
enum {
	OP_ADDR = 0x03, OP_DEREF = 0x06, OP_CONST1U = 0x08, OP_CONST1S = 0x09,
	OP_CONST2U = 0x0a, OP_CONST2S = 0x0b, OP_CONST4U = 0x0c,
	OP_CONST4S = 0x0d, OP_CONST8U = 0x0e, OP_CONST8S = 0x0f,
	OP_CONSTU = 0x10, OP_CONSTS = 0x11, OP_DUP = 0x12, OP_DROP = 0x13,
	OP_OVER = 0x14, OP_PICK = 0x15, OP_SWAP = 0x16, OP_ROT = 0x17,
	OP_ABS = 0x19, OP_AND = 0x1a, OP_DIV = 0x1b, OP_MINUS = 0x1c,
	OP_MOD = 0x1d, OP_MUL = 0x1e, OP_NEG = 0x1f, OP_NOT = 0x20,
	OP_OR = 0x21, OP_PLUS = 0x22, OP_PLUS_UCONST = 0x23, OP_SHL = 0x24,
	OP_SHR = 0x25, OP_SHRA = 0x26, OP_XOR = 0x27, OP_BRA = 0x28,
	OP_EQ = 0x29, OP_GE = 0x2a, OP_GT = 0x2b, OP_LE = 0x2c, OP_LT = 0x2d,
	OP_NE = 0x2e, OP_SKIP = 0x2f, OP_LIT0 = 0x30, OP_LIT31 = 0x4f,
	OP_BREG0 = 0x70, OP_BREG31 = 0x8f, OP_BREGX = 0x92,
	OP_DEREF_SIZE = 0x94, OP_NOP = 0x96,
};
enum { STACK_MAX = 32, STEPS_MAX = 1000 };

struct evaluation {
	const struct unwind_space *where;
	const struct unwind_frame *frame;
	struct cursor cursor;
	uint64_t stack[STACK_MAX];
	unsigned int depth;
};

static void fail(struct evaluation *e)
{
	e->cursor.failed = true;
}

static void push(struct evaluation *e, uint64_t value)
{
	if (e->depth == STACK_MAX)
		fail(e);
	else
		e->stack[e->depth++] = value;
}

static uint64_t pop(struct evaluation *e)
{
	if (e->depth)
		return e->stack[--e->depth];
	fail(e);
	return 0;
}

/* The entry N below the top. */
static uint64_t peek(struct evaluation *e, unsigned int n)
{
	if (n < e->depth)
		return e->stack[e->depth - 1 - n];
	fail(e);
	return 0;
}

static void push_register(struct evaluation *e, uint64_t number)
{
	int64_t offset = cursor_sleb128(&e->cursor);

	if (number >= UNWIND_REGISTERS ||
	    !(e->frame->valid & (1u << number)))
		fail(e);
	else
		push(e, e->frame->registers[number] + (uint64_t)offset);
}

static void dereference(struct evaluation *e, unsigned int size)
{
	uint64_t value = 0;

	if (size > sizeof value ||
	    !stack_read(e->where, pop(e), &value, size))
		fail(e);
	push(e, value);
}

static void jump(struct evaluation *e, bool taken)
{
	struct cursor *cursor = &e->cursor;
	int16_t offset = (int16_t)cursor_u16(cursor);

	if (!taken)
		return;
	if (offset < cursor->start - cursor->at ||
	    offset > cursor->limit - cursor->at)
		fail(e);
	else
		cursor->at += offset;
}

static void rotate(struct evaluation *e)
{
	uint64_t top = pop(e), second = pop(e), third = pop(e);

	push(e, top);
	push(e, third);
	push(e, second);
}

static void step_constant(struct evaluation *e, uint8_t op)
{
	struct cursor *cursor = &e->cursor;

	switch (op) {
	case OP_CONST1U:
		push(e, cursor_u8(cursor));
		break;
	case OP_CONST1S:
		push(e, (uint64_t)(int8_t)cursor_u8(cursor));
		break;
	case OP_CONST2U:
		push(e, cursor_u16(cursor));
		break;
	case OP_CONST2S:
		push(e, (uint64_t)(int16_t)cursor_u16(cursor));
		break;
	case OP_CONST4U:
		push(e, cursor_u32(cursor));
		break;
	case OP_CONST4S:
		push(e, (uint64_t)(int32_t)cursor_u32(cursor));
		break;
	case OP_ADDR:
	case OP_CONST8U:
	case OP_CONST8S:
		push(e, cursor_u64(cursor));
		break;
	case OP_CONSTU:
		push(e, cursor_uleb128(cursor));
		break;
	case OP_CONSTS:
		push(e, (uint64_t)cursor_sleb128(cursor));
		break;
	default:
		fail(e);
	}
}

static uint64_t shift(uint64_t value, uint64_t count, uint8_t op)
{
	if (op == OP_SHRA)
		return (uint64_t)((int64_t)value >> (count < 63 ? count : 63));
	if (count > 63)
		return 0;
	return op == OP_SHL ? value << count : value >> count;
}

static uint64_t divide(struct evaluation *e, uint64_t a, uint64_t b, uint8_t op)
{
	if (b == 0) {
		fail(e);
		return 0;
	}
	if (op == OP_MOD)
		return a % b;
	return b == UINT64_MAX ? -a : (uint64_t)((int64_t)a / (int64_t)b);
}

/* OP of the second entry and the top. */
static uint64_t combine(struct evaluation *e, uint64_t a, uint64_t b,
			uint8_t op)
{
	int64_t x = (int64_t)a, y = (int64_t)b;

	switch (op) {
	case OP_AND: return a & b;
	case OP_OR: return a | b;
	case OP_XOR: return a ^ b;
	case OP_PLUS: return a + b;
	case OP_MINUS: return a - b;
	case OP_MUL: return a * b;
	case OP_EQ: return x == y;
	case OP_NE: return x != y;
	case OP_GE: return x >= y;
	case OP_GT: return x > y;
	case OP_LE: return x <= y;
	case OP_LT: return x < y;
	case OP_SHL:
	case OP_SHR:
	case OP_SHRA: return shift(a, b, op);
	default: return divide(e, a, b, op);
	}
}

static bool is_binary(uint8_t op)
{
	return op == OP_AND || (op >= OP_DIV && op <= OP_MUL) ||
	       op == OP_OR || op == OP_PLUS || (op >= OP_SHL && op <= OP_XOR) ||
	       (op >= OP_EQ && op <= OP_NE);
}

/* What moves entries about, or changes the top. */
static void step_stack(struct evaluation *e, uint8_t op)
{
	uint64_t top, second;

	switch (op) {
	case OP_DUP:
		push(e, peek(e, 0));
		break;
	case OP_OVER:
		push(e, peek(e, 1));
		break;
	case OP_PICK:
		push(e, peek(e, cursor_u8(&e->cursor)));
		break;
	case OP_DROP:
		pop(e);
		break;
	case OP_SWAP:
		top = pop(e);
		second = pop(e);
		push(e, top);
		push(e, second);
		break;
	case OP_ROT:
		rotate(e);
		break;
	case OP_ABS:
		top = pop(e);
		push(e, (int64_t)top < 0 ? -top : top);
		break;
	case OP_NEG:
		push(e, -pop(e));
		break;
	case OP_NOT:
		push(e, ~pop(e));
		break;
	case OP_PLUS_UCONST:
		top = pop(e);
		push(e, top + cursor_uleb128(&e->cursor));
		break;
	default:
		step_constant(e, op);
	}
}

static void step(struct evaluation *e, uint8_t op)
{
	if (op >= OP_LIT0 && op <= OP_LIT31) {
		push(e, op - OP_LIT0);
	} else if (op >= OP_BREG0 && op <= OP_BREG31) {
		push_register(e, op - OP_BREG0);
	} else if (op == OP_BREGX) {
		push_register(e, cursor_uleb128(&e->cursor));
	} else if (op == OP_DEREF) {
		dereference(e, sizeof(uint64_t));
	} else if (op == OP_DEREF_SIZE) {
		dereference(e, cursor_u8(&e->cursor));
	} else if (op == OP_SKIP) {
		jump(e, true);
	} else if (op == OP_BRA) {
		jump(e, pop(e) != 0);
	} else if (is_binary(op)) {
		uint64_t b = pop(e), a = pop(e);

		push(e, combine(e, a, b, op));
	} else if (op != OP_NOP) {
		step_stack(e, op);
	}
}

enum status expression_evaluate(const struct unwind_space *where,
				const struct unwind_frame *frame,
				const uint8_t *bytes, size_t size,
				const uint64_t *initial, uint64_t *result)
{
	struct evaluation e = { .where = where, .frame = frame };

	cursor_init(&e.cursor, bytes, size, 0);
	if (initial)
		push(&e, *initial);
	for (int i = 0; cursor_left(&e.cursor); i++) {
		if (i == STEPS_MAX)
			return STATUS_BAD_INPUT;
		step(&e, cursor_u8(&e.cursor));
	}
	if (e.cursor.failed || !e.depth)
		return STATUS_BAD_INPUT;
	*result = e.stack[e.depth - 1];
	return STATUS_OK;
}
