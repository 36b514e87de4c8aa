/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/x86_slow.h"

#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

#include "meta/model.h"

struct x86_slow {
	csh detailed, plain;
	cs_insn *detailed_insn, *plain_insn;
};

enum { GENERAL = 16, RAX = 0, RSP = 7 }; /* DWARF numbers */

struct x86_slow *x86_slow_create(void)
{
	struct x86_slow *x = calloc(1, sizeof *x);

	if (!x)
		return NULL;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &x->detailed) == CS_ERR_OK &&
	    cs_option(x->detailed, CS_OPT_DETAIL, CS_OPT_ON) == CS_ERR_OK &&
	    cs_open(CS_ARCH_X86, CS_MODE_64, &x->plain) == CS_ERR_OK) {
		x->detailed_insn = cs_malloc(x->detailed);
		x->plain_insn = cs_malloc(x->plain);
	}
	if (!x->detailed_insn || !x->plain_insn) {
		x86_slow_destroy(x);
		return NULL;
	}
	return x;
}

void x86_slow_destroy(struct x86_slow *x)
{
	if (!x)
		return;
	if (x->detailed_insn)
		cs_free(x->detailed_insn, 1);
	if (x->plain_insn)
		cs_free(x->plain_insn, 1);
	if (x->detailed)
		cs_close(&x->detailed);
	if (x->plain)
		cs_close(&x->plain);
	free(x);
}

/* The 64- and 32-bit names of the general registers, by DWARF number. */
static const uint16_t wide_names[GENERAL][2] = {
	{ X86_REG_RAX, X86_REG_EAX },  { X86_REG_RDX, X86_REG_EDX },
	{ X86_REG_RCX, X86_REG_ECX },  { X86_REG_RBX, X86_REG_EBX },
	{ X86_REG_RSI, X86_REG_ESI },  { X86_REG_RDI, X86_REG_EDI },
	{ X86_REG_RBP, X86_REG_EBP },  { X86_REG_RSP, X86_REG_ESP },
	{ X86_REG_R8, X86_REG_R8D },   { X86_REG_R9, X86_REG_R9D },
	{ X86_REG_R10, X86_REG_R10D }, { X86_REG_R11, X86_REG_R11D },
	{ X86_REG_R12, X86_REG_R12D }, { X86_REG_R13, X86_REG_R13D },
	{ X86_REG_R14, X86_REG_R14D }, { X86_REG_R15, X86_REG_R15D },
};
static const uint16_t narrow_names[GENERAL][3] = {
	{ X86_REG_AX, X86_REG_AL, X86_REG_AH },
	{ X86_REG_DX, X86_REG_DL, X86_REG_DH },
	{ X86_REG_CX, X86_REG_CL, X86_REG_CH },
	{ X86_REG_BX, X86_REG_BL, X86_REG_BH },
	{ X86_REG_SI, X86_REG_SIL, X86_REG_SIL },
	{ X86_REG_DI, X86_REG_DIL, X86_REG_DIL },
	{ X86_REG_BP, X86_REG_BPL, X86_REG_BPL },
	{ X86_REG_SP, X86_REG_SPL, X86_REG_SPL },
	{ X86_REG_R8W, X86_REG_R8B, X86_REG_R8B },
	{ X86_REG_R9W, X86_REG_R9B, X86_REG_R9B },
	{ X86_REG_R10W, X86_REG_R10B, X86_REG_R10B },
	{ X86_REG_R11W, X86_REG_R11B, X86_REG_R11B },
	{ X86_REG_R12W, X86_REG_R12B, X86_REG_R12B },
	{ X86_REG_R13W, X86_REG_R13B, X86_REG_R13B },
	{ X86_REG_R14W, X86_REG_R14B, X86_REG_R14B },
	{ X86_REG_R15W, X86_REG_R15B, X86_REG_R15B },
};

static uint8_t register_number(unsigned int name)
{
	for (unsigned int i = 0; i < GENERAL; i++)
		if (name == wide_names[i][0] || name == wide_names[i][1])
			return (uint8_t)i;
	if (name >= X86_REG_XMM0 && name <= X86_REG_XMM15)
		return (uint8_t)(MACHINE_VECTOR_LOW + name - X86_REG_XMM0);
	for (unsigned int i = 0; i < GENERAL; i++)
		for (unsigned int k = 0; k < 3; k++)
			if (name == narrow_names[i][k])
				return (uint8_t)i;
	return MACHINE_NO_REGISTER;
}

static void read_memory(const cs_insn *in, const x86_op_mem *mem,
			struct machine_operand *out)
{
	out->kind = MACHINE_MEMORY;
	out->value = mem->disp;
	out->reg = out->index = MACHINE_NO_REGISTER;
	if (mem->segment == X86_REG_FS) {
		out->value += (int64_t)MODEL_THREAD_POINTER;
	} else if (mem->segment == X86_REG_GS) {
		out->kind = MACHINE_OPAQUE;
		return;
	}
	if (mem->base == X86_REG_RIP)
		out->value += (int64_t)(in->address + in->size);
	else if (mem->base != X86_REG_INVALID)
		out->reg = register_number(mem->base);
	if (mem->index != X86_REG_INVALID) {
		out->index = register_number(mem->index);
		out->scale = (uint8_t)mem->scale;
	}
}

static void read_operand(const cs_insn *in, const cs_x86_op *op,
			 struct machine_operand *out)
{
	memset(out, 0, sizeof *out);
	out->size = op->size;
	switch (op->type) {
	case X86_OP_REG:
		out->kind = MACHINE_REGISTER;
		out->reg = register_number(op->reg);
		break;
	case X86_OP_IMM:
		out->kind = MACHINE_IMMEDIATE;
		out->value = op->imm;
		break;
	case X86_OP_MEM:
		read_memory(in, &op->mem, out);
		break;
	default:
		out->kind = MACHINE_NO_OPERAND;
	}
}

static bool is_vector(const struct machine_operand *operand)
{
	return operand->kind == MACHINE_REGISTER &&
	       operand->reg >= MACHINE_VECTOR_LOW &&
	       operand->reg < MACHINE_VECTOR_HIGH;
}

/* The half of a vector register that a half-wide move means. */
static void use_high_half(struct machine_operand *operand)
{
	if (is_vector(operand))
		operand->reg += MACHINE_VECTOR_HIGH - MACHINE_VECTOR_LOW;
	operand->size = 8;
}

static enum machine_operation control_operation(unsigned int id)
{
	switch (id) {
	case X86_INS_CALL:
	case X86_INS_LCALL:
		return MACHINE_CALL;
	case X86_INS_JMP:
	case X86_INS_LJMP:
		return MACHINE_JUMP;
	case X86_INS_RET:
	case X86_INS_RETF:
		return MACHINE_RETURN;
	case X86_INS_UD2:
	case X86_INS_UD0: case X86_INS_UD2B:
	case X86_INS_HLT:
	case X86_INS_INT3:
		return MACHINE_STOP;
	case X86_INS_JAE: case X86_INS_JA: case X86_INS_JBE:
	case X86_INS_JB: case X86_INS_JCXZ: case X86_INS_JECXZ:
	case X86_INS_JRCXZ: case X86_INS_JE: case X86_INS_JGE:
	case X86_INS_JG: case X86_INS_JLE: case X86_INS_JL:
	case X86_INS_JNE: case X86_INS_JNO: case X86_INS_JNP:
	case X86_INS_JNS: case X86_INS_JO: case X86_INS_JP:
	case X86_INS_JS: case X86_INS_LOOP: case X86_INS_LOOPE:
	case X86_INS_LOOPNE:
		return MACHINE_BRANCH;
	default:
		return MACHINE_OTHER;
	}
}

static enum machine_operation data_operation(unsigned int id)
{
	switch (id) {
	case X86_INS_CMP: case X86_INS_TEST: case X86_INS_NOP:
	case X86_INS_ENDBR64: case X86_INS_BT: case X86_INS_PREFETCHT0:
	case X86_INS_PREFETCHNTA: case X86_INS_PREFETCHW:
	case X86_INS_UCOMISD: case X86_INS_UCOMISS: case X86_INS_COMISD:
	case X86_INS_COMISS:
		return MACHINE_NOTHING;
	case X86_INS_MOV: case X86_INS_MOVABS: case X86_INS_MOVQ:
	case X86_INS_MOVUPS: case X86_INS_MOVAPS: case X86_INS_MOVDQU:
	case X86_INS_MOVDQA: case X86_INS_MOVUPD: case X86_INS_MOVAPD:
	case X86_INS_MOVHPS: case X86_INS_MOVHPD: case X86_INS_MOVLPS:
	case X86_INS_MOVLPD: case X86_INS_MOVSD: case X86_INS_PINSRQ:
	case X86_INS_PUNPCKLQDQ:
		return MACHINE_MOVE;
	case X86_INS_MOVSXD: case X86_INS_MOVSX: case X86_INS_MOVZX:
		return MACHINE_EXTEND;
	case X86_INS_LEA:
		return MACHINE_ADDRESS;
	case X86_INS_ADD:
		return MACHINE_ADD;
	case X86_INS_SUB:
		return MACHINE_SUBTRACT;
	case X86_INS_AND:
		return MACHINE_MASK;
	case X86_INS_SHL: case X86_INS_SAL:
		return MACHINE_SHIFT;
	case X86_INS_SHR:
		return MACHINE_SHIFT_RIGHT;
	case X86_INS_IMUL: case X86_INS_MUL:
		return MACHINE_MULTIPLY;
	case X86_INS_CMOVA: case X86_INS_CMOVAE: case X86_INS_CMOVB:
	case X86_INS_CMOVBE: case X86_INS_CMOVE: case X86_INS_CMOVG:
	case X86_INS_CMOVGE: case X86_INS_CMOVL: case X86_INS_CMOVLE:
	case X86_INS_CMOVNE: case X86_INS_CMOVNO: case X86_INS_CMOVNP:
	case X86_INS_CMOVNS: case X86_INS_CMOVO: case X86_INS_CMOVP:
	case X86_INS_CMOVS:
		return MACHINE_SELECT;
	case X86_INS_PUSH:
		return MACHINE_PUSH;
	case X86_INS_POP:
		return MACHINE_POP;
	case X86_INS_XCHG:
		return MACHINE_EXCHANGE;
	default:
		return MACHINE_OTHER;
	}
}

/* Moves that concern one half of a vector register. */
static void adjust_vector_move(unsigned int id, const cs_x86 *x86,
			       struct machine_insn *insn)
{
	switch (id) {
	case X86_INS_MOVHPS:
	case X86_INS_MOVHPD:
		use_high_half(&insn->to);
		use_high_half(&insn->from);
		break;
	case X86_INS_PUNPCKLQDQ:
		use_high_half(&insn->to);
		insn->from.size = 8;
		break;
	case X86_INS_PINSRQ:
		insn->from.size = 8;
		insn->to.size = 8;
		if (x86->op_count > 2 && x86->operands[2].imm == 1)
			use_high_half(&insn->to);
		break;
	case X86_INS_MOVQ:
	case X86_INS_MOVLPS:
	case X86_INS_MOVLPD:
	case X86_INS_MOVSD:
		insn->to.size = 8;
		insn->from.size = 8;
		break;
	default:
		break;
	}
}

static uint64_t destroyed_registers(csh handle, const cs_insn *in)
{
	cs_regs read, written;
	uint8_t read_count = 0, written_count = 0;
	uint64_t set = 0;

	if (cs_regs_access(handle, in, read, &read_count, written,
			   &written_count))
		return MACHINE_VECTORS | 0xffff;
	for (unsigned int i = 0; i < written_count; i++) {
		uint8_t reg = register_number(written[i]);

		if (reg == MACHINE_NO_REGISTER || reg == RSP)
			continue;
		set |= 1ULL << reg;
	}
	return set;
}

/* xor r, r makes zero; cdqe widens rax: say so in plainer operations. */
static void recognize_idioms(const cs_insn *in, struct machine_insn *insn)
{
	if (in->id == X86_INS_XOR && insn->from.kind == MACHINE_REGISTER &&
	    insn->to.kind == MACHINE_REGISTER &&
	    insn->to.reg == insn->from.reg && insn->to.size >= 4) {
		insn->operation = MACHINE_MOVE;
		insn->from.kind = MACHINE_IMMEDIATE;
		insn->from.value = 0;
	} else if (in->id == X86_INS_CDQE) {
		insn->operation = MACHINE_EXTEND;
		insn->to.kind = insn->from.kind = MACHINE_REGISTER;
		insn->to.reg = insn->from.reg = RAX;
		insn->to.size = 8;
		insn->from.size = 4;
	}
}

/* Of eight bytes with themselves, or with zero? */
static bool is_test(unsigned int id, const cs_x86_op *operands)
{
	if (id == X86_INS_CMP)
		return operands[0].size == 8 &&
		       operands[1].type == X86_OP_IMM && !operands[1].imm;
	return id == X86_INS_TEST && operands[0].type == X86_OP_REG &&
	       operands[1].type == X86_OP_REG && operands[0].size == 8 &&
	       operands[0].reg == operands[1].reg;
}

/* Tests, and what goes by them. */
static void recognize_test(const cs_insn *in, struct machine_insn *insn)
{
	const cs_x86_op *operands = in->detail->x86.operands;

	if (in->id == X86_INS_JE)
		insn->condition = MACHINE_IF_ZERO;
	else if (in->id == X86_INS_JNE)
		insn->condition = MACHINE_IF_NOT_ZERO;
	if (!is_test(in->id, operands))
		return;
	insn->operation = MACHINE_TEST;
	read_operand(in, &operands[0], &insn->from);
}

static void fill_operands(const cs_insn *in, struct machine_insn *insn)
{
	const cs_x86 *x86 = &in->detail->x86;
	unsigned int first = 0;

	switch (insn->operation) {
	case MACHINE_CALL:
	case MACHINE_JUMP:
	case MACHINE_BRANCH:
	case MACHINE_PUSH:
		break;
	default:
		if (x86->op_count)
			read_operand(in, &x86->operands[first++], &insn->to);
	}
	if (x86->op_count > first)
		read_operand(in, &x86->operands[first++], &insn->from);
	if (x86->op_count > first && insn->operation == MACHINE_MULTIPLY)
		read_operand(in, &x86->operands[first], &insn->other);
}

bool x86_slow_read(struct x86_slow *x, const unsigned char *code, size_t size,
		   uint64_t address, struct machine_insn *insn)
{
	cs_insn *in = x->detailed_insn;
	uint64_t next = address;

	if (!cs_disasm_iter(x->detailed, &code, &size, &next, in))
		return false;
	memset(insn, 0, sizeof *insn);
	insn->address = address;
	insn->size = (uint8_t)in->size;
	insn->operation = control_operation(in->id);
	if (insn->operation == MACHINE_OTHER)
		insn->operation = data_operation(in->id);
	recognize_test(in, insn);
	if (insn->operation == MACHINE_NOTHING ||
	    insn->operation == MACHINE_TEST)
		return true;
	fill_operands(in, insn);
	recognize_idioms(in, insn);
	if (insn->operation == MACHINE_MOVE)
		adjust_vector_move(in->id, &in->detail->x86, insn);
	if (insn->operation == MACHINE_OTHER)
		insn->destroyed = destroyed_registers(x->detailed, in);
	return true;
}

size_t x86_slow_length(struct x86_slow *x, const unsigned char *code,
		       size_t size)
{
	uint64_t address = 0;

	return cs_disasm_iter(x->plain, &code, &size, &address, x->plain_insn)
		       ? x->plain_insn->size : 1;
}
