/* SPDX-License-Identifier: Apache-2.0 */
#include "index/cfi_program.h"

#include <string.h>

/* DWARF 5 section 7.24, and two GNU extensions.  DW_CFA_set_loc, which no
 * compiler writes for x86-64, is refused as unknown. */
enum {
	CFA_ADVANCE = 0x40, CFA_OFFSET = 0x80, CFA_RESTORE = 0xc0,
	CFA_HIGH = 0xc0, CFA_LOW = 0x3f,
	CFA_NOP = 0x00, CFA_ADVANCE1 = 0x02,
	CFA_ADVANCE2 = 0x03, CFA_ADVANCE4 = 0x04, CFA_OFFSET_EXTENDED = 0x05,
	CFA_RESTORE_EXTENDED = 0x06, CFA_UNDEFINED = 0x07,
	CFA_SAME_VALUE = 0x08, CFA_REGISTER = 0x09,
	CFA_REMEMBER_STATE = 0x0a, CFA_RESTORE_STATE = 0x0b,
	CFA_DEF_CFA = 0x0c, CFA_DEF_CFA_REGISTER = 0x0d,
	CFA_DEF_CFA_OFFSET = 0x0e, CFA_DEF_CFA_EXPRESSION = 0x0f,
	CFA_EXPRESSION = 0x10, CFA_OFFSET_EXTENDED_SF = 0x11,
	CFA_DEF_CFA_SF = 0x12, CFA_DEF_CFA_OFFSET_SF = 0x13,
	CFA_VAL_OFFSET = 0x14, CFA_VAL_OFFSET_SF = 0x15,
	CFA_VAL_EXPRESSION = 0x16,
	CFA_GNU_ARGS_SIZE = 0x2e, CFA_GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
};
/* Compilers nest them two deep at most. */
enum { REMEMBERED_MAX = 4 };

struct machine {
	const struct cfi_program *program;
	struct cursor *cursor;
	uint64_t location;
	struct cfi_row *row;
	struct cfi_row initial;
	struct cfi_row remembered[REMEMBERED_MAX];
	unsigned int depth;
};

/* Rules for registers that we do not follow (vector registers) are read
 * and dropped. */
static void set_rule(struct machine *machine, uint64_t number,
		     enum cfi_kind kind, int64_t offset)
{
	if (number < UNWIND_REGISTERS)
		machine->row->rules[number] =
			(struct cfi_rule){ .kind = kind, .offset = offset };
}

static void restore_rule(struct machine *machine, uint64_t number)
{
	if (number < UNWIND_REGISTERS)
		machine->row->rules[number] = machine->initial.rules[number];
}

static void read_expression(struct machine *machine, enum cfi_kind kind,
			    struct cfi_rule *rule)
{
	uint64_t size = cursor_uleb128(machine->cursor);
	const uint8_t *bytes = cursor_bytes(machine->cursor, size);

	if (!bytes || size > UINT32_MAX)
		return;
	rule->expression = bytes;
	rule->size = (uint32_t)size;
	rule->kind = kind;
}

static void set_expression(struct machine *machine, enum cfi_kind kind)
{
	struct cfi_rule dropped;
	uint64_t number = cursor_uleb128(machine->cursor);

	read_expression(machine, kind,
			number < UNWIND_REGISTERS ?
				&machine->row->rules[number] :
				&dropped);
}

static void define_cfa(struct machine *machine, uint64_t number,
		       int64_t offset)
{
	machine->row->cfa =
		(struct cfi_rule){ .kind = CFI_OFFSET, .offset = offset };
	if (number < UNWIND_REGISTERS)
		machine->row->cfa_register = (uint32_t)number;
	else
		machine->cursor->failed = true;
}

static int64_t factored(struct machine *machine, uint64_t value)
{
	return (int64_t)(value * (uint64_t)machine->program->data_factor);
}

static int64_t read_unsigned(struct machine *machine)
{
	return factored(machine, cursor_uleb128(machine->cursor));
}

static int64_t read_signed(struct machine *machine)
{
	return factored(machine, (uint64_t)cursor_sleb128(machine->cursor));
}

static void remember(struct machine *machine)
{
	if (machine->depth == REMEMBERED_MAX)
		machine->cursor->failed = true;
	else
		machine->remembered[machine->depth++] = *machine->row;
}

static void recall(struct machine *machine)
{
	if (machine->depth == 0)
		machine->cursor->failed = true;
	else
		*machine->row = machine->remembered[--machine->depth];
}

static void advance(struct machine *machine, uint64_t delta)
{
	machine->location += delta * machine->program->code_factor;
}

/* Instructions about the CFA. */
static void step_cfa(struct machine *machine, uint8_t code)
{
	struct cursor *cursor = machine->cursor;
	struct cfi_row *row = machine->row;
	uint64_t number;

	switch (code) {
	case CFA_DEF_CFA:
		number = cursor_uleb128(cursor);
		define_cfa(machine, number, (int64_t)cursor_uleb128(cursor));
		break;
	case CFA_DEF_CFA_SF:
		number = cursor_uleb128(cursor);
		define_cfa(machine, number, read_signed(machine));
		break;
	case CFA_DEF_CFA_REGISTER:
		define_cfa(machine, cursor_uleb128(cursor), row->cfa.offset);
		break;
	case CFA_DEF_CFA_OFFSET:
		define_cfa(machine, row->cfa_register,
			   (int64_t)cursor_uleb128(cursor));
		break;
	case CFA_DEF_CFA_OFFSET_SF:
		define_cfa(machine, row->cfa_register, read_signed(machine));
		break;
	case CFA_DEF_CFA_EXPRESSION:
		read_expression(machine, CFI_EXPRESSION, &row->cfa);
		break;
	default:
		cursor->failed = true;
	}
}

/* Instructions about one register, which comes first. */
static void step_register(struct machine *machine, uint8_t code)
{
	struct cursor *cursor = machine->cursor;
	uint64_t number = cursor_uleb128(cursor);

	switch (code) {
	case CFA_OFFSET_EXTENDED:
		set_rule(machine, number, CFI_OFFSET, read_unsigned(machine));
		break;
	case CFA_OFFSET_EXTENDED_SF:
		set_rule(machine, number, CFI_OFFSET, read_signed(machine));
		break;
	case CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
		set_rule(machine, number, CFI_OFFSET, -read_unsigned(machine));
		break;
	case CFA_VAL_OFFSET:
		set_rule(machine, number, CFI_VALUE_OFFSET,
			 read_unsigned(machine));
		break;
	case CFA_VAL_OFFSET_SF:
		set_rule(machine, number, CFI_VALUE_OFFSET,
			 read_signed(machine));
		break;
	case CFA_REGISTER:
		set_rule(machine, number, CFI_REGISTER,
			 (int64_t)cursor_uleb128(cursor));
		break;
	case CFA_UNDEFINED:
		set_rule(machine, number, CFI_UNDEFINED, 0);
		break;
	case CFA_SAME_VALUE:
		set_rule(machine, number, CFI_SAME, 0);
		break;
	case CFA_RESTORE_EXTENDED:
		restore_rule(machine, number);
		break;
	default:
		cursor->failed = true;
	}
}

static void step_low(struct machine *machine, uint8_t code)
{
	struct cursor *cursor = machine->cursor;

	switch (code) {
	case CFA_NOP:
		break;
	case CFA_ADVANCE1:
		advance(machine, cursor_u8(cursor));
		break;
	case CFA_ADVANCE2:
		advance(machine, cursor_u16(cursor));
		break;
	case CFA_ADVANCE4:
		advance(machine, cursor_u32(cursor));
		break;
	case CFA_REMEMBER_STATE:
		remember(machine);
		break;
	case CFA_RESTORE_STATE:
		recall(machine);
		break;
	case CFA_EXPRESSION:
		set_expression(machine, CFI_EXPRESSION);
		break;
	case CFA_VAL_EXPRESSION:
		set_expression(machine, CFI_VALUE_EXPRESSION);
		break;
	case CFA_GNU_ARGS_SIZE:
		cursor_uleb128(cursor);
		break;
	case CFA_DEF_CFA:
	case CFA_DEF_CFA_SF:
	case CFA_DEF_CFA_REGISTER:
	case CFA_DEF_CFA_OFFSET:
	case CFA_DEF_CFA_OFFSET_SF:
	case CFA_DEF_CFA_EXPRESSION:
		step_cfa(machine, code);
		break;
	default:
		step_register(machine, code);
	}
}

/* Runs until the end, or until the location has passed pc. */
static enum status run(struct machine *machine, struct cursor *cursor)
{
	const struct cfi_program *program = machine->program;

	machine->cursor = cursor;
	while (cursor_left(cursor) && machine->location <= program->pc) {
		uint8_t code = cursor_u8(cursor);

		switch (code & CFA_HIGH) {
		case CFA_ADVANCE:
			advance(machine, code & CFA_LOW);
			break;
		case CFA_OFFSET:
			set_rule(machine, code & CFA_LOW, CFI_OFFSET,
				 read_unsigned(machine));
			break;
		case CFA_RESTORE:
			restore_rule(machine, code & CFA_LOW);
			break;
		default:
			step_low(machine, code);
		}
	}
	return cursor->failed ? STATUS_BAD_INPUT : STATUS_OK;
}

enum status cfi_program_run(const struct cfi_program *program,
			    struct cursor *cie, struct cursor *fde,
			    struct cfi_row *row)
{
	struct machine machine;
	enum status status;

	memset(row, 0, sizeof *row);
	machine.program = program;
	machine.row = row;
	machine.location = program->low;
	machine.depth = 0;
	memset(&machine.initial, 0, sizeof machine.initial);
	status = run(&machine, cie);
	if (status != STATUS_OK)
		return status;
	machine.initial = *row;
	machine.location = program->low;
	return run(&machine, fde);
}
