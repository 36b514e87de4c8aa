/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/x86.h"

#include <string.h>

#include "meta/model.h"

/* What follows an opcode. */
enum form {
	UNKNOWN = 0,
	PLAIN = 1 << 0,   /* maybe nothing */
	MODRM = 1 << 1,
	IMM8 = 1 << 2,
	IMM16 = 1 << 3,
	IMM32 = 1 << 4,   /* 16 bits with prefix 66 */
	IMM64 = 1 << 5,   /* 32 without REX.W, 16 with prefix 66 */
	BRANCH32 = 1 << 6, /* prefix 66 means nothing good */
};

static const uint8_t one_byte[256] = {
	[0x00 ... 0x03] = MODRM, [0x04] = IMM8, [0x05] = IMM32,
	[0x08 ... 0x0b] = MODRM, [0x0c] = IMM8, [0x0d] = IMM32,
	[0x10 ... 0x13] = MODRM, [0x14] = IMM8, [0x15] = IMM32,
	[0x18 ... 0x1b] = MODRM, [0x1c] = IMM8, [0x1d] = IMM32,
	[0x20 ... 0x23] = MODRM, [0x24] = IMM8, [0x25] = IMM32,
	[0x28 ... 0x2b] = MODRM, [0x2c] = IMM8, [0x2d] = IMM32,
	[0x30 ... 0x33] = MODRM, [0x34] = IMM8, [0x35] = IMM32,
	[0x38 ... 0x3b] = MODRM, [0x3c] = IMM8, [0x3d] = IMM32,
	[0x50 ... 0x5f] = PLAIN, [0x63] = MODRM,
	[0x68] = IMM32, [0x69] = MODRM | IMM32,
	[0x6a] = IMM8, [0x6b] = MODRM | IMM8,
	[0x70 ... 0x7f] = IMM8,
	[0x80] = MODRM | IMM8, [0x81] = MODRM | IMM32, [0x83] = MODRM | IMM8,
	[0x84 ... 0x8b] = MODRM, [0x8d] = MODRM,
	[0x90 ... 0x99] = PLAIN, [0x9c ... 0x9d] = PLAIN,
	[0xa4 ... 0xa7] = PLAIN, [0xa8] = IMM8, [0xa9] = IMM32,
	[0xaa ... 0xaf] = PLAIN,
	[0xb0 ... 0xb7] = IMM8, [0xb8 ... 0xbf] = IMM64,
	[0xc0 ... 0xc1] = MODRM | IMM8, [0xc2] = IMM16, [0xc3] = PLAIN,
	[0xc6] = MODRM | IMM8, [0xc7] = MODRM | IMM32,
	[0xc9] = PLAIN, [0xcc] = PLAIN,
	[0xd0 ... 0xd3] = MODRM,
	[0xe8 ... 0xe9] = BRANCH32, [0xeb] = IMM8,
	[0xf4] = PLAIN, [0xf6 ... 0xf7] = MODRM, /* immediates: imm_size */
	[0xfe ... 0xff] = MODRM,
};

static const uint8_t two_byte[256] = {
	[0x05] = PLAIN, [0x0b] = PLAIN,
	[0x10 ... 0x17] = MODRM, [0x18] = MODRM, [0x1e ... 0x1f] = MODRM,
	[0x28 ... 0x2f] = MODRM, [0x31] = PLAIN,
	[0x40 ... 0x4f] = MODRM,
	[0x50 ... 0x6f] = MODRM, [0x70 ... 0x73] = MODRM | IMM8,
	[0x74 ... 0x76] = MODRM, [0x7c ... 0x7f] = MODRM,
	[0x80 ... 0x8f] = BRANCH32, [0x90 ... 0x9f] = MODRM,
	[0xa2] = PLAIN, [0xa3] = MODRM, [0xa4] = MODRM | IMM8, [0xa5] = MODRM,
	[0xab] = MODRM, [0xac] = MODRM | IMM8, [0xad] = MODRM, [0xaf] = MODRM,
	[0xb0 ... 0xb1] = MODRM, [0xb3] = MODRM, [0xb6 ... 0xb7] = MODRM,
	[0xba] = MODRM | IMM8, [0xbb ... 0xbf] = MODRM,
	[0xc0 ... 0xc1] = MODRM, [0xc2] = MODRM | IMM8,
	[0xc4 ... 0xc6] = MODRM | IMM8, [0xc8 ... 0xcf] = PLAIN,
	[0xd1 ... 0xef] = MODRM, [0xf1 ... 0xfe] = MODRM,
};

static int64_t read_signed(const unsigned char *at, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)at[i] << 8 * i;
	if (size && size < 8 && at[size - 1] & 0x80)
		value |= ~0ULL << 8 * size;
	return (int64_t)value;
}

static bool read_prefixes(const unsigned char *code, size_t size, size_t *at,
			  struct x86 *out)
{
	for (; *at < size && *at < 8; ++*at) {
		switch (code[*at]) {
		case 0x66:
			out->half = true;
			continue;
		case 0xf2: case 0xf3:
			out->repeat = code[*at];
			continue;
		case 0x64: case 0x65:
			out->segment = code[*at];
			continue;
		case 0xf0:
			out->locked = true;
			continue;
		case 0x2e: case 0x3e:
			continue;
		default:
			break;
		}
		break;
	}
	if (*at < size && (code[*at] & 0xf0) == 0x40)
		out->rex = code[(*at)++];
	out->wide = out->rex & 8;
	return *at < size;
}

/* VEX (Intel SDM volume 2, 2.3.5): two or three bytes, then the opcode. */
static uint8_t read_vex(const unsigned char *code, size_t size, size_t *at,
			struct x86 *out)
{
	bool is_long = code[*at] == 0xc4;
	uint8_t map;

	if (out->rex || out->half || out->repeat || out->locked ||
	    size - *at < (is_long ? 4u : 3u))
		return UNKNOWN;
	map = is_long ? code[*at + 1] & 0x1f : 1;
	*at += is_long ? 3 : 2;
	out->map = X86_VEX;
	out->opcode = code[(*at)++];
	if (map == 1)
		return out->opcode == 0x77 ? PLAIN : two_byte[out->opcode];
	if (map == 2)
		return MODRM;
	return map == 3 ? MODRM | IMM8 : UNKNOWN;
}

static uint8_t read_opcode(const unsigned char *code, size_t size, size_t *at,
			   struct x86 *out)
{
	if (code[*at] == 0xc4 || code[*at] == 0xc5)
		return read_vex(code, size, at, out);
	out->opcode = code[(*at)++];
	if (out->opcode != 0x0f)
		return one_byte[out->opcode];
	if (*at == size)
		return UNKNOWN;
	out->opcode = code[(*at)++];
	out->map = X86_0F;
	if (out->opcode != 0x38 && out->opcode != 0x3a)
		return two_byte[out->opcode];
	if (*at == size)
		return UNKNOWN;
	out->map = out->opcode == 0x38 ? X86_0F38 : X86_0F3A;
	out->opcode = code[(*at)++];
	return out->map == X86_0F38 ? MODRM : MODRM | IMM8;
}

static bool read_modrm(const unsigned char *code, size_t size, size_t *at,
		       struct x86 *out)
{
	unsigned int bytes;

	if (*at == size)
		return false;
	out->has_modrm = true;
	out->mod = code[*at] >> 6;
	out->reg = code[*at] >> 3 & 7;
	out->rm = code[(*at)++] & 7;
	if (out->mod == 3)
		return true;
	bytes = out->mod == 1 ? 1 : out->mod == 2 ? 4 : 0;
	if (out->rm == 4) {
		if (*at == size)
			return false;
		out->has_sib = true;
		out->scale = (uint8_t)(1u << (code[*at] >> 6));
		out->index = code[*at] >> 3 & 7;
		out->base = code[(*at)++] & 7;
	}
	if (out->mod == 0 && (out->rm == 5 || (out->has_sib && out->base == 5)))
		bytes = 4;
	if (size - *at < bytes)
		return false;
	out->displacement = read_signed(code + *at, bytes);
	*at += bytes;
	return true;
}

static unsigned int immediate_size(const struct x86 *x, uint8_t form)
{
	if (x->map == X86_ONE_BYTE && x->opcode == 0xf6)
		return x->reg < 2 ? 1 : 0;
	if (x->map == X86_ONE_BYTE && x->opcode == 0xf7)
		return x->reg >= 2 ? 0 : x->half && !x->wide ? 2 : 4;
	if (form & IMM8)
		return 1;
	if (form & IMM16)
		return 2;
	if (form & BRANCH32)
		return 4;
	if (form & IMM64 && x->wide)
		return 8;
	if (form & (IMM32 | IMM64))
		return x->half && !x->wide ? 2 : 4;
	return 0;
}

bool x86_parse(const unsigned char *code, size_t size, struct x86 *out)
{
	unsigned int immediate;
	uint8_t form;
	size_t at = 0;

	memset(out, 0, sizeof *out);
	if (size > 15)
		size = 15;
	if (!read_prefixes(code, size, &at, out))
		return false;
	form = read_opcode(code, size, &at, out);
	if (form == UNKNOWN || (form & BRANCH32 && out->half) ||
	    (form & MODRM && !read_modrm(code, size, &at, out)))
		return false;
	immediate = immediate_size(out, form);
	if (size - at < immediate)
		return false;
	out->immediate = read_signed(code + at, immediate);
	out->size = (uint8_t)(at + immediate);
	return true;
}

/* ---- the meaning of the most frequent ---- */

enum { RSP = 7 }; /* its DWARF number */
enum { FS = 0x64 }; /* the prefix */

/* DWARF numbers of general registers, by their numbers in instructions. */
static const uint8_t general[16] = {
	0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15,
};

static uint8_t operand_size(const struct x86 *x)
{
	return x->wide ? 8 : x->half ? 2 : 4;
}

static struct machine_operand general_operand(const struct x86 *x,
					      unsigned int number,
					      uint8_t size)
{
	/* Without REX, 4 to 7 are the high bytes of the first four. */
	if (size == 1 && !x->rex && number >= 4 && number < 8)
		number -= 4;
	return (struct machine_operand){
		.kind = MACHINE_REGISTER, .size = size, .reg = general[number],
	};
}

static struct machine_operand reg_operand(const struct x86 *x, uint8_t size)
{
	return general_operand(x, x->reg | (x->rex & 4) << 1, size);
}

static struct machine_operand vector_operand(unsigned int number)
{
	return (struct machine_operand){
		.kind = MACHINE_REGISTER, .size = 16,
		.reg = (uint8_t)(MACHINE_VECTOR_LOW + number),
	};
}

static struct machine_operand memory_operand(const struct x86 *x,
					     uint8_t size, uint64_t next)
{
	struct machine_operand out = {
		.kind = MACHINE_MEMORY, .size = size,
		.value = x->displacement,
		.reg = MACHINE_NO_REGISTER, .index = MACHINE_NO_REGISTER,
	};
	unsigned int index = x->index | (x->rex & 2) << 2;

	if (x->segment == FS) {
		out.value += (int64_t)MODEL_THREAD_POINTER;
	} else if (x->segment) {
		out.kind = MACHINE_OPAQUE;
		return out;
	}
	if (x->mod == 0 && x->rm == 5)
		out.value += (int64_t)next;
	else if (!x->has_sib)
		out.reg = general[x->rm | (x->rex & 1) << 3];
	else if (x->mod != 0 || x->base != 5)
		out.reg = general[x->base | (x->rex & 1) << 3];
	if (x->has_sib && index != 4) {
		out.index = general[index];
		out.scale = x->scale;
	}
	return out;
}

static struct machine_operand rm_operand(const struct x86 *x, uint8_t size,
					 uint64_t next)
{
	if (x->mod == 3)
		return general_operand(x, x->rm | (x->rex & 1) << 3, size);
	return memory_operand(x, size, next);
}

static struct machine_operand vector_rm(const struct x86 *x, uint8_t size,
					uint64_t next)
{
	if (x->mod == 3)
		return vector_operand(x->rm | (x->rex & 1) << 3);
	return memory_operand(x, size, next);
}

static struct machine_operand immediate_operand(int64_t value, uint8_t size)
{
	return (struct machine_operand){
		.kind = MACHINE_IMMEDIATE, .value = value, .size = size,
	};
}

static uint64_t register_bit(const struct machine_operand *operand)
{
	return operand->kind == MACHINE_REGISTER &&
			       operand->reg != RSP
		       ? 1ULL << operand->reg : 0;
}

/* The operation of the arithmetic ones of eight, by their number. */
static enum machine_operation arithmetic(unsigned int number)
{
	static const uint8_t operations[8] = {
		[0] = MACHINE_ADD, [4] = MACHINE_MASK, [5] = MACHINE_SUBTRACT,
		[7] = MACHINE_NOTHING,
	};

	return operations[number];
}

static void finish_arithmetic(struct machine_insn *insn, unsigned int number)
{
	bool same = insn->to.kind == MACHINE_REGISTER &&
		    insn->from.kind == MACHINE_REGISTER &&
		    insn->to.reg == insn->from.reg;

	insn->operation = arithmetic(number);
	if (insn->operation == MACHINE_NOTHING) {
		memset(&insn->to, 0, sizeof insn->to);
		memset(&insn->from, 0, sizeof insn->from);
	} else if (insn->operation == MACHINE_OTHER && number == 6 && same &&
		   insn->to.size >= 4) {
		insn->operation = MACHINE_MOVE;
		insn->from.kind = MACHINE_IMMEDIATE;
		insn->from.value = 0;
	} else if (insn->operation == MACHINE_OTHER) {
		insn->destroyed = register_bit(&insn->to);
	}
}

/* Immediates of 32-bit operands are left to the disassembler when negative:
 * it extends some. */
static bool immediate_is_plain(const struct x86 *x, uint8_t size)
{
	return size == 8 || x->immediate >= 0;
}

/* ---- one-byte opcodes ---- */

static bool read_arithmetic(const struct x86 *x, uint64_t next,
			    struct machine_insn *insn)
{
	uint8_t size = x->opcode & 1 ? operand_size(x) : 1;

	insn->to = rm_operand(x, size, next);
	insn->from = reg_operand(x, size);
	if (x->opcode & 2) {
		struct machine_operand swap = insn->to;

		insn->to = insn->from;
		insn->from = swap;
	}
	finish_arithmetic(insn, x->opcode >> 3);
	return true;
}

static bool read_immediate_group(const struct x86 *x, uint64_t next,
				 struct machine_insn *insn)
{
	uint8_t size = x->opcode & 1 ? operand_size(x) : 1;

	if (!immediate_is_plain(x, size) && x->reg != 7)
		return false;
	insn->to = rm_operand(x, size, next);
	insn->from = immediate_operand(x->immediate, size);
	if (x->reg == 7 && size == 8 && !x->immediate) {
		insn->operation = MACHINE_TEST;
		insn->from = insn->to;
		memset(&insn->to, 0, sizeof insn->to);
		return true;
	}
	finish_arithmetic(insn, x->reg);
	return true;
}

static bool read_move(const struct x86 *x, uint64_t next,
		      struct machine_insn *insn)
{
	uint8_t size = x->opcode & 1 ? operand_size(x) : 1;
	bool load = x->opcode & 2;

	insn->operation = MACHINE_MOVE;
	insn->to = load ? reg_operand(x, size) : rm_operand(x, size, next);
	insn->from = load ? rm_operand(x, size, next) : reg_operand(x, size);
	return true;
}

static bool read_move_immediate(const struct x86 *x, uint64_t next,
				struct machine_insn *insn)
{
	uint8_t size = x->opcode & 1 ? operand_size(x) : 1;

	if (x->reg != 0 || !immediate_is_plain(x, size))
		return false;
	insn->operation = MACHINE_MOVE;
	insn->to = rm_operand(x, size, next);
	insn->from = immediate_operand(x->immediate, size);
	return true;
}

static bool read_branch(const struct x86 *x, uint64_t next,
			enum machine_operation operation,
			struct machine_insn *insn)
{
	if (x->rex)
		return false;
	insn->operation = (uint8_t)operation;
	insn->from = immediate_operand(
		(int64_t)(next + (uint64_t)x->immediate), 8);
	if (operation == MACHINE_BRANCH && (x->opcode & 15) == 4)
		insn->condition = MACHINE_IF_ZERO;
	if (operation == MACHINE_BRANCH && (x->opcode & 15) == 5)
		insn->condition = MACHINE_IF_NOT_ZERO;
	return true;
}

/* test r, r of a pointer's size. */
static bool read_test(const struct x86 *x, struct machine_insn *insn)
{
	struct machine_operand reg = reg_operand(x, 8);
	struct machine_operand rm = rm_operand(x, 8, 0);

	insn->operation = MACHINE_NOTHING;
	if (x->opcode == 0x85 && x->wide && rm.kind == MACHINE_REGISTER &&
	    rm.reg == reg.reg) {
		insn->operation = MACHINE_TEST;
		insn->from = reg;
	}
	return true;
}

/* push, pop; mov r, imm: the register is in the opcode. */
static bool read_by_opcode(const struct x86 *x, struct machine_insn *insn)
{
	unsigned int number = (x->opcode & 7) | (x->rex & 1) << 3;
	struct machine_operand reg = general_operand(x, number, 8);

	if (x->half)
		return false;
	if (x->opcode < 0x58) {
		insn->operation = MACHINE_PUSH;
		insn->from = reg;
	} else if (x->opcode < 0x60) {
		insn->operation = MACHINE_POP;
		insn->to = reg;
	} else {
		if (!immediate_is_plain(x, operand_size(x)))
			return false;
		insn->operation = MACHINE_MOVE;
		insn->to = general_operand(x, number, operand_size(x));
		insn->from = immediate_operand(x->immediate, operand_size(x));
	}
	return true;
}

/* Group 5, /2 and /4: call and jmp through a register or memory. */
static bool read_indirect(const struct x86 *x, uint64_t next,
			  struct machine_insn *insn)
{
	if (x->half || (x->reg != 2 && x->reg != 4))
		return false;
	insn->operation = x->reg == 2 ? MACHINE_CALL : MACHINE_JUMP;
	insn->from = rm_operand(x, 8, next);
	return true;
}

static bool read_shift(const struct x86 *x, uint64_t next,
		       struct machine_insn *insn)
{
	uint8_t size = operand_size(x);

	if (x->opcode != 0xc1 || x->immediate < 0 ||
	    (x->reg != 4 && x->reg != 5 && x->reg != 7))
		return false;
	insn->to = rm_operand(x, size, next);
	insn->from = immediate_operand(x->immediate, 1);
	insn->operation = x->reg == 4 ? MACHINE_SHIFT
			: x->reg == 5 ? MACHINE_SHIFT_RIGHT
			: MACHINE_OTHER;
	if (x->reg == 7)
		insn->destroyed = register_bit(&insn->to);
	return true;
}

static bool read_address(const struct x86 *x, uint64_t next,
			 struct machine_insn *insn)
{
	if (x->mod == 3)
		return false;
	insn->operation = MACHINE_ADDRESS;
	insn->to = reg_operand(x, operand_size(x));
	insn->from = memory_operand(x, operand_size(x), next);
	return true;
}

static bool read_extend(const struct x86 *x, uint64_t next, uint8_t from,
			struct machine_insn *insn)
{
	insn->operation = MACHINE_EXTEND;
	insn->to = reg_operand(x, operand_size(x));
	insn->from = rm_operand(x, from, next);
	return true;
}

static bool read_multiply_by(const struct x86 *x, uint64_t next,
			     struct machine_insn *insn)
{
	uint8_t size = operand_size(x);

	if (!immediate_is_plain(x, size))
		return false;
	insn->operation = MACHINE_MULTIPLY;
	insn->to = reg_operand(x, size);
	insn->from = rm_operand(x, size, next);
	insn->other = immediate_operand(x->immediate, size);
	return true;
}

static bool read_one_byte(const struct x86 *x, uint64_t next,
			  struct machine_insn *insn)
{
	if (x->opcode < 0x40)
		return x->has_modrm && read_arithmetic(x, next, insn);
	switch (x->opcode) {
	case 0x50 ... 0x5f:
	case 0xb8 ... 0xbf:
		return read_by_opcode(x, insn);
	case 0x63:
		return x->wide && read_extend(x, next, 4, insn);
	case 0x69: case 0x6b:
		return read_multiply_by(x, next, insn);
	case 0x70 ... 0x7f:
		return read_branch(x, next, MACHINE_BRANCH, insn);
	case 0x80: case 0x81: case 0x83:
		return read_immediate_group(x, next, insn);
	case 0x84: case 0x85:
		return read_test(x, insn);
	case 0x88 ... 0x8b:
		return read_move(x, next, insn);
	case 0x8d:
		return read_address(x, next, insn);
	case 0xc1:
		return read_shift(x, next, insn);
	case 0xc3:
		insn->operation = MACHINE_RETURN;
		return true;
	case 0xc6: case 0xc7:
		return read_move_immediate(x, next, insn);
	case 0xe8:
		return read_branch(x, next, MACHINE_CALL, insn);
	case 0xe9: case 0xeb:
		return read_branch(x, next, MACHINE_JUMP, insn);
	case 0xf6: case 0xf7:
		insn->operation = MACHINE_NOTHING;
		return x->reg == 0;
	case 0xff:
		return read_indirect(x, next, insn);
	default:
		return false;
	}
}

/* ---- two-byte opcodes ---- */

/* movups, movaps, movdqa, movdqu: whole vector registers. */
static bool read_vector_move(const struct x86 *x, uint64_t next, bool load,
			     struct machine_insn *insn)
{
	struct machine_operand reg =
		vector_operand(x->reg | (x->rex & 4) << 1u);
	struct machine_operand rm = vector_rm(x, 16, next);

	insn->operation = MACHINE_MOVE;
	insn->to = load ? reg : rm;
	insn->from = load ? rm : reg;
	return true;
}

static bool read_set(const struct x86 *x, uint64_t next,
		     struct machine_insn *insn)
{
	insn->to = rm_operand(x, 1, next);
	insn->destroyed = register_bit(&insn->to);
	return true;
}

static bool read_two_byte(const struct x86 *x, uint64_t next,
			  struct machine_insn *insn)
{
	switch (x->opcode) {
	case 0x10: case 0x11:
		return !x->repeat && read_vector_move(x, next,
						      x->opcode == 0x10, insn);
	case 0x28: case 0x29:
		return !x->repeat && read_vector_move(x, next,
						      x->opcode == 0x28, insn);
	case 0x6f: case 0x7f:
		return x->half != (x->repeat == 0xf3) &&
		       x->repeat != 0xf2 &&
		       read_vector_move(x, next, x->opcode == 0x6f, insn);
	case 0x1f:
		insn->operation = MACHINE_NOTHING;
		return true;
	case 0x40 ... 0x4f:
		insn->operation = MACHINE_SELECT;
		insn->to = reg_operand(x, operand_size(x));
		insn->from = rm_operand(x, operand_size(x), next);
		return true;
	case 0x80 ... 0x8f:
		return read_branch(x, next, MACHINE_BRANCH, insn);
	case 0x90 ... 0x9f:
		return read_set(x, next, insn);
	case 0xaf:
		insn->operation = MACHINE_MULTIPLY;
		insn->to = reg_operand(x, operand_size(x));
		insn->from = rm_operand(x, operand_size(x), next);
		return true;
	case 0xb6: case 0xbe:
		return read_extend(x, next, 1, insn);
	case 0xb7: case 0xbf:
		return read_extend(x, next, 2, insn);
	default:
		return false;
	}
}

bool x86_read(const unsigned char *code, size_t size, uint64_t address,
	      struct machine_insn *insn)
{
	struct x86 x;
	uint64_t next;

	if (!x86_parse(code, size, &x) || x.locked ||
	    (x.map != X86_ONE_BYTE && x.map != X86_0F) ||
	    (x.map == X86_ONE_BYTE && x.repeat))
		return false;
	memset(insn, 0, sizeof *insn);
	insn->address = address;
	insn->size = x.size;
	next = address + x.size;
	return x.map == X86_ONE_BYTE ? read_one_byte(&x, next, insn)
				     : read_two_byte(&x, next, insn);
}
