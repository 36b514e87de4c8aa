/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/aarch64.h"

#include <string.h>

#include "meta/flow/aarch64_word.h"
#include "meta/model.h"

/* ---- operands and steps ---- */

struct machine_operand aarch64_pointer(uint32_t number, uint8_t size)
{
	return (struct machine_operand){
		.kind = MACHINE_REGISTER, .size = size, .reg = (uint8_t)number,
	};
}

struct machine_operand aarch64_immediate(int64_t value, uint8_t size)
{
	return (struct machine_operand){
		.kind = MACHINE_IMMEDIATE, .size = size, .value = value,
	};
}

struct machine_operand aarch64_number(uint32_t number, uint8_t size)
{
	return number == AARCH64_ZERO ? aarch64_immediate(0, size)
				      : aarch64_pointer(number, size);
}

struct machine_operand aarch64_vector(uint32_t number, uint8_t size)
{
	return aarch64_pointer(MACHINE_VECTOR_LOW + number, size);
}

struct machine_operand aarch64_memory(uint32_t base, int64_t displacement,
				      uint8_t size)
{
	return (struct machine_operand){
		.kind = MACHINE_MEMORY, .size = size, .value = displacement,
		.reg = (uint8_t)base, .index = MACHINE_NO_REGISTER,
	};
}

struct machine_operand aarch64_absolute(uint64_t address, uint8_t size)
{
	return aarch64_memory(MACHINE_NO_REGISTER, (int64_t)address, size);
}

struct machine_operand aarch64_scratch(void)
{
	return aarch64_pointer(MACHINE_SCRATCH, 8);
}

struct machine_operand aarch64_opaque(void)
{
	return (struct machine_operand){ .kind = MACHINE_OPAQUE, .size = 8 };
}

struct machine_insn *aarch64_step(struct aarch64_word *word,
				  enum machine_operation operation)
{
	struct machine_insn *step = &word->steps[word->count++];

	memset(step, 0, sizeof *step);
	step->address = word->address;
	step->operation = (uint8_t)operation;
	return step;
}

void aarch64_compute(struct aarch64_word *word,
		     enum machine_operation operation,
		     struct machine_operand to, struct machine_operand from,
		     struct machine_operand other)
{
	struct machine_insn *step;

	if (to.kind == MACHINE_IMMEDIATE)
		return;
	step = aarch64_step(word, operation);
	step->to = to;
	step->from = from;
	step->other = other;
}

void aarch64_set(struct aarch64_word *word, enum machine_operation operation,
		 struct machine_operand to, struct machine_operand from)
{
	aarch64_compute(word, operation, to, from,
			(struct machine_operand){ .kind = MACHINE_NO_OPERAND });
}

void aarch64_destroy(struct aarch64_word *word, uint32_t general)
{
	aarch64_step(word, MACHINE_OTHER)->destroyed = 1ULL << general;
}

void aarch64_destroy_vector(struct aarch64_word *word, uint32_t vector)
{
	aarch64_destroy(word, MACHINE_VECTOR_LOW + vector);
}

static uint8_t size_of(const struct aarch64_word *word)
{
	return word->bits >> 31 ? 8 : 4;
}

/* Where a result goes that may be dropped. */
static void destroy_result(struct aarch64_word *word)
{
	if (aarch64_rd(word) != AARCH64_ZERO)
		aarch64_destroy(word, aarch64_rd(word));
}

/* ---- data processing, immediate (C4.1.92) ---- */

static void read_relative(struct aarch64_word *word)
{
	int64_t distance = aarch64_signed(word, 5, 19) * 4 +
			   aarch64_field(word, 29, 2);
	struct machine_operand to = aarch64_number(aarch64_rd(word), 8);

	if (word->bits >> 31)
		aarch64_set(word, MACHINE_PAGE, to, aarch64_absolute(
			(word->address & ~0xfffULL) +
			(uint64_t)distance * 4096, 8));
	else
		aarch64_set(word, MACHINE_ADDRESS, to, aarch64_absolute(
			word->address + (uint64_t)distance, 8));
}

static bool sets_flags(const struct aarch64_word *word)
{
	return aarch64_field(word, 29, 1);
}

/* What was tested before counts no more. */
static void compare(struct aarch64_word *word)
{
	aarch64_step(word, MACHINE_NOTHING);
}

static void test_pointer(struct aarch64_word *word, uint32_t number)
{
	aarch64_step(word, MACHINE_TEST)->from = aarch64_number(number, 8);
}

static void read_add_immediate(struct aarch64_word *word)
{
	int64_t value = (int64_t)aarch64_field(word, 10, 12)
			<< (aarch64_field(word, 22, 1) ? 12 : 0);
	bool subtract = aarch64_field(word, 30, 1);
	uint8_t size = size_of(word);
	uint32_t rd = aarch64_rd(word), rn = aarch64_rn(word);

	if (sets_flags(word) && rd == AARCH64_ZERO) { /* cmp */
		if (subtract && !value && size == 8 && rn != AARCH64_STACK)
			test_pointer(word, rn);
		return;
	}
	if (sets_flags(word))
		compare(word);
	if (rd == AARCH64_STACK && rn == AARCH64_STACK)
		aarch64_set(word, subtract ? MACHINE_SUBTRACT : MACHINE_ADD,
			    aarch64_pointer(rd, size),
			    aarch64_immediate(value, size));
	else if (!value)
		aarch64_set(word, MACHINE_MOVE, aarch64_pointer(rd, size),
			    aarch64_pointer(rn, size));
	else
		aarch64_set(word, MACHINE_ADDRESS, aarch64_pointer(rd, size),
			    aarch64_memory(rn, subtract ? -value : value,
					   size));
}

/* The mask of a logical instruction: DecodeBitMasks (Arm ARM, J1.3). */
static uint64_t bit_mask(const struct aarch64_word *word)
{
	uint32_t ones = aarch64_field(word, 10, 6);
	uint32_t rotation = aarch64_field(word, 16, 6);
	uint32_t code = aarch64_field(word, 22, 1) << 6 | (~ones & 0x3f);
	uint32_t width = code ? 1u << (31 - __builtin_clz(code)) : 1;
	uint64_t element, mask = 0;

	ones = (ones & (width - 1)) + 1;
	rotation &= width - 1;
	element = ones == 64 ? ~0ULL : (1ULL << ones) - 1;
	if (rotation)
		element = element >> rotation | element << (width - rotation);
	if (width < 64)
		element &= (1ULL << width) - 1;
	for (uint32_t i = 0; i < 64; i += width)
		mask |= element << i;
	return word->bits >> 31 ? mask : mask & 0xffffffff;
}

static void read_logical_immediate(struct aarch64_word *word)
{
	uint32_t operation = aarch64_field(word, 29, 2);
	uint8_t size = size_of(word);
	struct machine_operand mask =
		aarch64_immediate((int64_t)bit_mask(word), size);

	if (operation == 3 && aarch64_rd(word) == AARCH64_ZERO)
		return; /* tst */
	if (operation == 1 && aarch64_rn(word) == AARCH64_ZERO)
		aarch64_set(word, MACHINE_MOVE,
			    aarch64_pointer(aarch64_rd(word), size), mask);
	else if (operation == 0 || operation == 3)
		aarch64_compute(word, MACHINE_MASK,
				aarch64_pointer(aarch64_rd(word), size),
				aarch64_number(aarch64_rn(word), size), mask);
	else
		aarch64_destroy(word, aarch64_rd(word));
}

static void read_move_wide(struct aarch64_word *word)
{
	uint8_t size = size_of(word);
	uint32_t shift = aarch64_field(word, 21, 2) * 16;
	uint64_t value = (uint64_t)aarch64_field(word, 5, 16);
	struct machine_operand to = aarch64_number(aarch64_rd(word), size);

	switch (aarch64_field(word, 29, 2)) {
	case 0:
		value = ~(value << shift);
		break;
	case 2:
		value <<= shift;
		break;
	case 3:
		aarch64_compute(word, MACHINE_INSERT, to,
				aarch64_immediate((int64_t)value, 2),
				aarch64_immediate(shift, 1));
		return;
	default:
		destroy_result(word);
		return;
	}
	if (size == 4)
		value &= 0xffffffff;
	aarch64_set(word, MACHINE_MOVE, to,
		    aarch64_immediate((int64_t)value, size));
}

/* sbfm, ubfm and their other names: lsl, sxtw, ubfiz and so on. */
static void read_bit_field(struct aarch64_word *word)
{
	uint8_t size = size_of(word);
	uint32_t bits = size * 8u;
	uint32_t rotation = aarch64_field(word, 16, 6);
	uint32_t last = aarch64_field(word, 10, 6);
	struct machine_operand to = aarch64_number(aarch64_rd(word), size);

	if (aarch64_field(word, 29, 2) == 1) {
		destroy_result(word);
	} else if (last < rotation) {
		aarch64_compute(word, MACHINE_SHIFT, to,
				aarch64_number(aarch64_rn(word),
					       last < 32 ? 4 : size),
				aarch64_immediate(bits - rotation, 1));
	} else if (last == bits - 1 && rotation &&
		   aarch64_field(word, 29, 2) == 2) { /* lsr */
		aarch64_compute(word, MACHINE_SHIFT_RIGHT, to,
				aarch64_number(aarch64_rn(word), size),
				aarch64_immediate(rotation, 1));
	} else if (!rotation && last == bits - 1) {
		aarch64_set(word, MACHINE_MOVE, to,
			    aarch64_number(aarch64_rn(word), size));
	} else if (!rotation && (last == 7 || last == 15 || last == 31)) {
		aarch64_set(word, MACHINE_EXTEND, to,
			    aarch64_number(aarch64_rn(word),
					   (uint8_t)((last + 1) / 8)));
	} else {
		destroy_result(word);
	}
}

static void read_immediate(struct aarch64_word *word)
{
	switch (aarch64_field(word, 23, 3)) {
	case 0: case 1:
		read_relative(word);
		break;
	case 2:
		read_add_immediate(word);
		break;
	case 4:
		read_logical_immediate(word);
		break;
	case 5:
		read_move_wide(word);
		break;
	case 6:
		read_bit_field(word);
		break;
	default:
		destroy_result(word);
	}
}

/* ---- data processing, register (C4.1.94) ---- */

static void read_logical(struct aarch64_word *word)
{
	uint32_t operation = aarch64_field(word, 29, 2);
	bool invert = aarch64_field(word, 21, 1);
	bool shifted = aarch64_field(word, 10, 6);
	uint8_t size = size_of(word);
	struct machine_operand to = aarch64_number(aarch64_rd(word), size);
	struct machine_operand rm = aarch64_number(aarch64_rm(word), size);

	if (aarch64_rd(word) == AARCH64_ZERO)
		return;
	if (operation == 1 && aarch64_rn(word) == AARCH64_ZERO && !invert &&
	    !shifted)
		aarch64_set(word, MACHINE_MOVE, to, rm);
	else if ((operation == 0 || operation == 3) && !shifted)
		aarch64_compute(word, MACHINE_MASK, to,
				aarch64_number(aarch64_rn(word), size), rm);
	else
		aarch64_destroy(word, aarch64_rd(word));
}

/* TO = FROM + rm << SHIFT, or minus. */
static void add_shifted(struct aarch64_word *word, struct machine_operand to,
			struct machine_operand from,
			struct machine_operand rm, uint32_t shift)
{
	bool subtract = aarch64_field(word, 30, 1);
	struct machine_operand memory;

	if (shift && !subtract && shift < 8 && from.kind == MACHINE_REGISTER &&
	    rm.kind == MACHINE_REGISTER) {
		memory = aarch64_memory(from.reg, 0, to.size);
		memory.index = rm.reg;
		memory.scale = (uint8_t)(1u << shift);
		if (sets_flags(word))
			compare(word);
		aarch64_set(word, MACHINE_ADDRESS, to, memory);
		return;
	}
	aarch64_compute(word, subtract ? MACHINE_SUBTRACT : MACHINE_ADD, to,
			from, shift ? aarch64_opaque() : rm);
}

static void read_add_shifted(struct aarch64_word *word)
{
	uint32_t shift = aarch64_field(word, 10, 6);
	uint8_t size = size_of(word);
	struct machine_operand to = aarch64_number(aarch64_rd(word), size);
	struct machine_operand rm = aarch64_number(aarch64_rm(word), size);

	if (aarch64_field(word, 22, 2) && shift) /* not lsl */
		rm = aarch64_opaque();
	if (aarch64_rn(word) == AARCH64_ZERO && !aarch64_field(word, 30, 1))
		aarch64_compute(word, MACHINE_SHIFT, to, rm,
				aarch64_immediate(shift, 1));
	else
		add_shifted(word, to, aarch64_number(aarch64_rn(word), size), rm,
			    rm.kind == MACHINE_OPAQUE ? 0 : shift);
}

/* rm is extended from 1, 2, 4 or 8 bytes, then shifted. */
static void read_add_extended(struct aarch64_word *word)
{
	uint32_t option = aarch64_field(word, 13, 3);
	uint8_t size = size_of(word);
	uint8_t width = (uint8_t)(1u << (option & 3));

	if (aarch64_rd(word) == AARCH64_ZERO && sets_flags(word))
		return;
	if (aarch64_rd(word) == AARCH64_STACK) {
		aarch64_destroy(word, AARCH64_STACK);
		return;
	}
	add_shifted(word, aarch64_pointer(aarch64_rd(word), size),
		    aarch64_pointer(aarch64_rn(word), size),
		    aarch64_number(aarch64_rm(word), width > size ? size : width),
		    aarch64_field(word, 10, 3));
}

static void read_select(struct aarch64_word *word)
{
	bool plain = !aarch64_field(word, 30, 1) && !aarch64_field(word, 10, 2);
	uint8_t size = size_of(word);
	struct machine_operand rn = aarch64_number(aarch64_rn(word), size);
	struct machine_operand rm = aarch64_number(aarch64_rm(word), size);

	if (!plain && aarch64_rn(word) == AARCH64_ZERO)
		destroy_result(word); /* cset, cinc of nothing */
	else
		aarch64_compute(word, MACHINE_SELECT,
				aarch64_number(aarch64_rd(word), size), rn,
				plain ? rm : aarch64_opaque());
}

/* madd, msub and those that widen or keep the high half. */
static void read_three_sources(struct aarch64_word *word)
{
	uint32_t form = aarch64_field(word, 21, 3);
	uint32_t ra = aarch64_field(word, 10, 5);
	uint8_t size = size_of(word);
	uint8_t factors = form == 0 ? size : 4;
	struct machine_operand to = aarch64_number(aarch64_rd(word), size);
	bool alone = ra == AARCH64_ZERO && !aarch64_field(word, 15, 1);

	if (form != 0 && form != 1 && form != 5) {
		destroy_result(word);
		return;
	}
	aarch64_compute(word, MACHINE_MULTIPLY,
			alone ? to : aarch64_scratch(),
			aarch64_number(aarch64_rn(word), factors),
			aarch64_number(aarch64_rm(word), factors));
	if (!alone)
		aarch64_compute(word, aarch64_field(word, 15, 1)
					      ? MACHINE_SUBTRACT : MACHINE_ADD,
				to, aarch64_number(ra, size),
				aarch64_scratch());
}

static void read_register(struct aarch64_word *word)
{
	uint32_t group = aarch64_field(word, 21, 4);

	if (!aarch64_field(word, 28, 1)) {
		if (group < 8)
			read_logical(word);
		else if (aarch64_field(word, 29, 1) &&
			 aarch64_rd(word) == AARCH64_ZERO)
			return; /* cmp */
		else if (group & 1)
			read_add_extended(word);
		else
			read_add_shifted(word);
	} else if (group == 2) {
		return; /* ccmp */
	} else if (group == 4) {
		read_select(word);
	} else if (group >= 8) {
		read_three_sources(word);
	} else {
		destroy_result(word);
	}
}

/* ---- branches, exceptions, system (C4.1.93) ---- */

static struct machine_insn *go(struct aarch64_word *word,
			       enum machine_operation operation,
			       unsigned int low, unsigned int width)
{
	struct machine_insn *step = aarch64_step(word, operation);

	step->from = aarch64_immediate(
		(int64_t)(word->address +
			  (uint64_t)aarch64_signed(word, low, width) * 4), 8);
	return step;
}

/* b.cond */
static void read_conditional(struct aarch64_word *word)
{
	struct machine_insn *step = go(word, MACHINE_BRANCH, 5, 19);
	uint32_t condition = aarch64_field(word, 0, 4);

	if (condition < 2) /* eq, ne */
		step->condition = condition ? MACHINE_IF_NOT_ZERO
					    : MACHINE_IF_ZERO;
}

/* cbz, cbnz */
static void read_compare_branch(struct aarch64_word *word)
{
	bool pointer = word->bits >> 31 && aarch64_rd(word) != AARCH64_ZERO;
	struct machine_insn *step;

	if (pointer)
		test_pointer(word, aarch64_rd(word));
	step = go(word, MACHINE_BRANCH, 5, 19);
	if (pointer)
		step->condition = aarch64_field(word, 24, 1)
					  ? MACHINE_IF_NOT_ZERO
					  : MACHINE_IF_ZERO;
}

static void read_branch_register(struct aarch64_word *word)
{
	struct machine_operand rn = aarch64_number(aarch64_rn(word), 8);

	switch (aarch64_field(word, 21, 3)) {
	case 0:
		aarch64_step(word, MACHINE_JUMP)->from = rn;
		break;
	case 1:
		aarch64_step(word, MACHINE_CALL)->from = rn;
		break;
	case 2:
		aarch64_step(word, MACHINE_RETURN);
		break;
	default:
		aarch64_step(word, MACHINE_STOP);
	}
}

static void read_exception(struct aarch64_word *word)
{
	uint32_t kind = aarch64_field(word, 21, 3);

	if (kind == 1 || kind == 2)
		aarch64_step(word, MACHINE_STOP); /* brk, hlt */
	else
		aarch64_destroy(word, 0);
}

static void read_branch(struct aarch64_word *word)
{
	uint32_t bits = word->bits;

	if ((bits & 0x7c000000) == 0x14000000)
		go(word, bits >> 31 ? MACHINE_CALL : MACHINE_JUMP, 0, 26);
	else if ((bits & 0x7e000000) == 0x34000000)
		read_compare_branch(word);
	else if ((bits & 0xfe000000) == 0x54000000)
		read_conditional(word);
	else if ((bits & 0x7e000000) == 0x36000000)
		go(word, MACHINE_BRANCH, 5, 14);
	else if ((bits & 0xfe000000) == 0xd6000000)
		read_branch_register(word);
	else if ((bits & 0xff000000) == 0xd4000000)
		read_exception(word);
	else if ((bits & 0xffffffe0) == 0xd53bd040) /* mrs, tpidr_el0 */
		aarch64_set(word, MACHINE_PAGE,
			    aarch64_number(aarch64_rd(word), 8),
			    aarch64_absolute(MODEL_THREAD_POINTER, 8));
	else if ((bits & 0xffe00000) == 0xd5200000)
		destroy_result(word); /* mrs, sysl */
	else if ((bits & 0xffffff3f) == 0xd503241f)
		aarch64_step(word, MACHINE_OTHER); /* bti: no padding */
}

/* ---- all ---- */

static void read_word(struct aarch64_word *word)
{
	switch (aarch64_field(word, 25, 4)) {
	case 8: case 9:
		read_immediate(word);
		break;
	case 10: case 11:
		read_branch(word);
		break;
	case 4: case 6: case 12: case 14:
		aarch64_read_memory(word);
		break;
	case 5: case 13:
		read_register(word);
		break;
	case 7: case 15:
		aarch64_read_vector(word);
		break;
	default:
		if (word->bits >> 16 == 0) {
			aarch64_step(word, MACHINE_STOP); /* udf */
			break;
		}
		/* Vectors of variable length; some count in registers. */
		destroy_result(word);
		aarch64_destroy_vector(word, aarch64_rd(word));
	}
}

unsigned int aarch64_read(const unsigned char *code, size_t size,
			  uint64_t address,
			  struct machine_insn insns[MACHINE_PARTS])
{
	struct aarch64_word word = { .address = address, .steps = insns };

	if (size < AARCH64_INSN)
		return 0;
	word.bits = (uint32_t)code[0] | (uint32_t)code[1] << 8 |
		    (uint32_t)code[2] << 16 | (uint32_t)code[3] << 24;
	read_word(&word);
	if (!word.count)
		aarch64_step(&word, MACHINE_NOTHING);
	insns[word.count - 1].size = AARCH64_INSN;
	return word.count;
}
