/* SPDX-License-Identifier: Apache-2.0 */
/* AArch64 instructions to the analysis' own form: by their encodings, as the
 * assembler makes them; against the disassembler; and of any bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <capstone/capstone.h>
#include <cmocka.h>
#include <elf.h>

#include "meta/flow/aarch64.h"
#include "meta/flow/decode.h"
#include "mentions.h"

static unsigned int read_word(uint32_t word,
			      struct machine_insn insns[MACHINE_PARTS])
{
	unsigned char code[4] = {
		(unsigned char)word, (unsigned char)(word >> 8),
		(unsigned char)(word >> 16), (unsigned char)(word >> 24),
	};

	return aarch64_read(code, sizeof code, 0x1000, insns);
}

/* ---- what instructions mean ---- */

struct text {
	char at[256];
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static void put(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->size += (size_t)vsnprintf(text->at + text->size,
					sizeof text->at - text->size, format,
					arguments);
	va_end(arguments);
	assert_true(text->size < sizeof text->at);
}

static void put_register(struct text *text, uint8_t reg)
{
	if (reg < MACHINE_VECTOR_LOW)
		put(text, reg == 31 ? "sp" : "x%u", reg);
	else if (reg == MACHINE_SCRATCH)
		put(text, "scratch");
	else
		put(text, "v%u.%s", reg % 32u,
		    reg < MACHINE_VECTOR_HIGH ? "low" : "high");
}

static void put_memory(struct text *text, const struct machine_operand *o)
{
	put(text, "[");
	if (o->reg != MACHINE_NO_REGISTER)
		put_register(text, o->reg);
	if (o->index != MACHINE_NO_REGISTER) {
		put(text, "+");
		put_register(text, o->index);
		put(text, "*%u", o->scale);
	}
	put(text, "%+lld]", (long long)o->value);
}

static void put_operand(struct text *text, const struct machine_operand *o)
{
	if (o->kind == MACHINE_NO_OPERAND)
		return;
	put(text, " ");
	if (o->kind == MACHINE_REGISTER)
		put_register(text, o->reg);
	else if (o->kind == MACHINE_MEMORY)
		put_memory(text, o);
	else if (o->kind == MACHINE_IMMEDIATE)
		put(text, "%lld", (long long)o->value);
	else
		put(text, "?");
	put(text, "/%u", o->size);
}

static void put_step(struct text *text, const struct machine_insn *step)
{
	static const char *const names[] = {
		[MACHINE_OTHER] = "other", [MACHINE_NOTHING] = "nothing",
		[MACHINE_MOVE] = "move", [MACHINE_EXTEND] = "extend",
		[MACHINE_ADDRESS] = "address", [MACHINE_PAGE] = "page",
		[MACHINE_ADD] = "add", [MACHINE_SUBTRACT] = "subtract",
		[MACHINE_SHIFT] = "shift", [MACHINE_SHIFT_RIGHT] = "right",
		[MACHINE_MULTIPLY] = "multiply",
		[MACHINE_MASK] = "mask", [MACHINE_SELECT] = "select",
		[MACHINE_INSERT] = "insert", [MACHINE_CALL] = "call",
		[MACHINE_JUMP] = "jump", [MACHINE_BRANCH] = "branch",
		[MACHINE_RETURN] = "return", [MACHINE_STOP] = "stop",
		[MACHINE_TEST] = "test",
	};
	static const char *const conditions[] = {
		[MACHINE_IF_ANYTHING] = "", [MACHINE_IF_ZERO] = " if zero",
		[MACHINE_IF_NOT_ZERO] = " if not zero",
	};

	put(text, "%s%s", text->size ? "; " : "", names[step->operation]);
	put_operand(text, &step->to);
	put_operand(text, &step->from);
	put_operand(text, &step->other);
	put(text, "%s", conditions[step->condition]);
	for (uint8_t reg = 0; reg < MACHINE_VECTOR_HIGH; reg++)
		if (step->destroyed >> reg & 1) {
			put(text, " !");
			put_register(text, reg);
		}
}

static const struct {
	uint32_t word;
	const char *wanted;
} encodings[] = {
	{ 0xf8627820, "move x0/8 [x1+x2*8+0]/8" },
	{ 0xb9000fe3, "move [sp+12]/4 x3/4" },
	{ 0xb89fc0a4, "extend x4/8 [x5-4]/4" },
	{ 0x38401ce6, "extend x6/4 [x7+1]/1; address x7/8 [x7+1]/8" },
	{ 0xf8410528, "move x8/8 [x9+0]/8; address x9/8 [x9+16]/8" },
	{ 0xa9be7bfd, "move [sp-32]/8 x29/8; move [sp-24]/8 x30/8; "
		      "add sp/8 -32/8" },
	/* The base comes last. */
	{ 0xa9408001, "move x1/8 [x0+8]/8; move x0/8 [x0+16]/8" },
	{ 0xa9408400, "move x1/8 [x0+16]/8; move x0/8 [x0+8]/8" },
	{ 0xad400440, "move v0.low/16 [x2+0]/16; "
		      "move v1.low/16 [x2+16]/16" },
	{ 0xf900007f, "move [x3+0]/8 0/8" },
	{ 0x90000000, "page x0/8 [+4096]/8" },
	{ 0x91048c00, "address x0/8 [x0+291]/8" },
	{ 0xd10103ff, "subtract sp/8 64/8" },
	{ 0x910003fd, "move x29/8 sp/8" },
	{ 0xaa0203e1, "move x1/8 x2/8" },
	{ 0x52807d01, "move x1/4 1000/4" },
	{ 0xf2a24681, "insert x1/8 4660/2 16/1" },
	{ 0x928001e1, "move x1/8 -16/8" },
	{ 0x927cec41, "mask x1/8 x2/8 -16/8" },
	{ 0xd37cec41, "shift x1/8 x2/8 4/1" },
	{ 0xd348fc41, "right x1/8 x2/8 8/1" },
	{ 0x53037c41, "right x1/4 x2/4 3/1" },
	{ 0x9348fc41, "other !x1" }, /* the sign comes in */
	{ 0xd3482c41, "other !x1" }, /* only some of what is above */
	{ 0x93407c41, "extend x1/8 x2/4" },
	{ 0x8b030c41, "address x1/8 [x2+x3*8+0]/8" },
	{ 0x8b23c041, "add x1/8 x2/8 x3/4" },
	{ 0xcb030041, "subtract x1/8 x2/8 x3/8" },
	{ 0x9b031041, "multiply scratch/8 x2/8 x3/8; "
		      "add x1/8 x4/8 scratch/8" },
	{ 0x9ba37c41, "multiply x1/8 x2/4 x3/4" },
	{ 0x9a830041, "select x1/8 x2/8 x3/8" },
	{ 0x1a9f17e1, "other !x1" },
	{ 0xf100143f, "nothing" },
	{ 0xf240083f, "nothing" },
	{ 0x4e080c20, "move v0.low/8 x1/8; move v0.high/8 x1/8" },
	{ 0x9e670041, "move v1.low/8 x2/8" },
	{ 0x4e181c61, "move v1.high/8 x3/8" },
	{ 0x94000040, "call 4352/8" },
	{ 0x17ffffff, "jump 4092/8" },
	{ 0x54000040, "branch 4104/8 if zero" },
	{ 0x54000041, "branch 4104/8 if not zero" },
	{ 0x54000048, "branch 4104/8" },
	{ 0xb4000061, "test x1/8; branch 4108/8 if zero" },
	{ 0xb5000061, "test x1/8; branch 4108/8 if not zero" },
	{ 0xb400007f, "branch 4108/8" },
	{ 0x34000061, "branch 4108/8" },
	/* What is compared last counts. */
	{ 0xf100003f, "test x1/8" },
	{ 0x7100003f, "nothing" },
	{ 0xf10003ff, "nothing" },
	{ 0xf1000441, "nothing; address x1/8 [x2-1]/8" },
	{ 0xab030c41, "nothing; address x1/8 [x2+x3*8+0]/8" },
	{ 0x37180081, "branch 4112/8" },
	{ 0xd63f00a0, "call x5/8" },
	{ 0xd61f00c0, "jump x6/8" },
	{ 0xd65f03c0, "return" },
	{ 0xd4200020, "stop" },
	{ 0x00000000, "stop" },
	{ 0xd503245f, "other" },
	{ 0xd53bd041, "page x1/8 [+4611686018427387904]/8" },
	{ 0xd53bd061, "other !x1" },
	{ 0xc85f7c41, "other !x1" },
	{ 0xc8037c41, "other [x2+0]/8; other !x3" },
	{ 0xf8210062, "other [x3+0]/8; other !x2" },
	{ 0x9e780001, "other !x1" },
	{ 0x1e632841, "other !v1.low" },
	{ 0x58000101, "move x1/8 [+4128]/8" },
};

static void instructions_mean_what_they_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
		struct machine_insn steps[MACHINE_PARTS];
		unsigned int count = read_word(encodings[i].word, steps);
		struct text text = { .size = 0 };

		for (unsigned int k = 0; k < count; k++)
			put_step(&text, &steps[k]);
		if (strcmp(text.at, encodings[i].wanted) != 0)
			fail_msg("%08x: %s instead of %s", encodings[i].word,
				 text.at, encodings[i].wanted);
	}
}

/* ---- any bits ---- */

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 32);
}

static void check_operand(const struct machine_operand *o)
{
	if (o->kind == MACHINE_REGISTER)
		assert_true(o->reg < MACHINE_REGISTERS && o->size);
	if (o->kind == MACHINE_MEMORY)
		assert_true((o->reg < MACHINE_GENERAL_COUNT ||
			     o->reg == MACHINE_NO_REGISTER) &&
			    (o->index < MACHINE_GENERAL_COUNT ||
			     o->index == MACHINE_NO_REGISTER) && o->size);
}

static void any_bits_have_steps(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 300000; round++) {
		struct machine_insn steps[MACHINE_PARTS];
		unsigned int count = read_word(next_random(&seed), steps);

		assert_in_range(count, 1, MACHINE_PARTS);
		for (unsigned int i = 0; i < count; i++) {
			assert_int_equal(steps[i].address, 0x1000);
			assert_int_equal(steps[i].size,
					 i + 1 == count ? AARCH64_INSN : 0);
			check_operand(&steps[i].to);
			check_operand(&steps[i].from);
			check_operand(&steps[i].other);
		}
	}
}

/* The general registers that the steps set. */
static uint32_t set_by(const struct machine_insn *steps, unsigned int count)
{
	uint32_t set = 0;

	for (unsigned int i = 0; i < count; i++) {
		set |= (uint32_t)steps[i].destroyed;
		if (machine_is_register(&steps[i].to) &&
		    steps[i].to.reg < MACHINE_GENERAL_COUNT)
			set |= 1u << steps[i].to.reg;
	}
	return set;
}

/* The general register of a number operand; the disassembler's names. */
static int number_of(unsigned int name)
{
	if (name >= ARM64_REG_X0 && name <= ARM64_REG_X28)
		return (int)(name - ARM64_REG_X0);
	if (name >= ARM64_REG_W0 && name <= ARM64_REG_W30)
		return (int)(name - ARM64_REG_W0);
	if (name == ARM64_REG_X29 || name == ARM64_REG_X30)
		return name == ARM64_REG_X29 ? 29 : 30;
	return name == ARM64_REG_SP || name == ARM64_REG_WSP ? 31 : -1;
}

/* Arithmetic and plain loads put their result into the first operand; what
 * the disassembler knows of the others is not always right. */
static bool has_plain_result(const cs_insn *in)
{
	static const unsigned int plain[] = {
		ARM64_INS_ADD, ARM64_INS_SUB, ARM64_INS_AND, ARM64_INS_ORR,
		ARM64_INS_EOR, ARM64_INS_BIC, ARM64_INS_MOV, ARM64_INS_MOVZ,
		ARM64_INS_MOVN, ARM64_INS_MOVK, ARM64_INS_LSL, ARM64_INS_LSR,
		ARM64_INS_ASR, ARM64_INS_SXTW, ARM64_INS_UBFX, ARM64_INS_SBFX,
		ARM64_INS_UBFIZ, ARM64_INS_BFI, ARM64_INS_MADD, ARM64_INS_MUL,
		ARM64_INS_MSUB, ARM64_INS_UMULL, ARM64_INS_UMULH,
		ARM64_INS_UDIV, ARM64_INS_CSEL, ARM64_INS_CSINC,
		ARM64_INS_CSET, ARM64_INS_ADR, ARM64_INS_ADRP, ARM64_INS_LDUR,
		ARM64_INS_CLZ, ARM64_INS_REV, ARM64_INS_EXTR, ARM64_INS_LDAR,
		ARM64_INS_FCVTZS, ARM64_INS_UMOV, ARM64_INS_MRS,
		ARM64_INS_LDURSW, ARM64_INS_LDURB,
	};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (in->id == plain[i])
			return true;
	return false;
}

static uint32_t set_by_disassembler(const cs_insn *in)
{
	const cs_arm64_op *to = &in->detail->arm64.operands[0];
	int number = to->type == ARM64_OP_REG ? number_of(to->reg) : -1;

	return number < 0 ? 0 : 1u << number;
}

static void agrees_with_the_disassembler(void **state)
{
	unsigned int compared = 0;
	uint64_t seed = 2;
	cs_insn *in;
	csh handle;

	(void)state;
	assert_int_equal(cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle),
			 CS_ERR_OK);
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	in = cs_malloc(handle);
	for (unsigned int round = 0; round < 100000; round++) {
		uint32_t word = next_random(&seed);
		const uint8_t *code = (const uint8_t *)&word;
		struct machine_insn steps[MACHINE_PARTS];
		unsigned int count = read_word(word, steps);
		size_t size = sizeof word;
		uint64_t address = 0x1000;

		if (!cs_disasm_iter(handle, &code, &size, &address, in) ||
		    !has_plain_result(in))
			continue;
		compared++;
		if (set_by(steps, count) != set_by_disassembler(in))
			fail_msg("%08x: %s %s sets %x, not %x", word,
				 in->mnemonic, in->op_str,
				 set_by_disassembler(in),
				 set_by(steps, count));
	}
	assert_true(compared > 5000);
	cs_free(in, 1);
	cs_close(&handle);
}

/* ---- scans ---- */

static void a_scan_puts_addresses_together(void **state)
{
	static const uint32_t words[] = {
		0xb0000000, /* adrp x0, 0x2000 */
		0xf9400801, /* ldr x1, [x0, 16] */
		0x91048c00, /* add x0, x0, 0x123 */
		0xd63f0020, /* blr x1 */
		0xd63f0020, /* blr x1, which the call has changed */
		0x94000040, /* bl +0x100 */
		0x54000040, /* b.eq +8 */
		0xd65f03c0, /* ret */
	};
	struct mentions m = { .count = 0 };
	struct decoder *decoder = decoder_create(EM_AARCH64);

	(void)state;
	assert_non_null(decoder);
	assert_true(decoder_scan(decoder, (const unsigned char *)words,
				 sizeof words, 0x1000, mentions_keep, &m));
	decoder_destroy(decoder);
	assert_int_equal(m.count, 6);
	assert_int_equal(m.at[0].kind, DECODER_ADDRESS);
	assert_int_equal(m.at[0].target, 0x2123);
	assert_int_equal(m.at[1].kind, DECODER_CALL_SLOT);
	assert_int_equal(m.at[1].target, 0x2010);
	assert_int_equal(m.at[1].address, 0x100c);
	assert_int_equal(m.at[2].kind, DECODER_CALL_INDIRECT);
	assert_int_equal(m.at[3].kind, DECODER_CALL);
	assert_int_equal(m.at[3].target, 0x1114);
	assert_int_equal(m.at[4].kind, DECODER_JUMP);
	assert_int_equal(m.at[4].target, 0x1020);
	assert_int_equal(m.at[5].kind, DECODER_LEAVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_mean_what_they_say),
		cmocka_unit_test(any_bits_have_steps),
		cmocka_unit_test(agrees_with_the_disassembler),
		cmocka_unit_test(a_scan_puts_addresses_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
