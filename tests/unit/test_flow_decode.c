/* SPDX-License-Identifier: Apache-2.0 */
/* Machine code to the analysis' own form of instructions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>

#include "meta/flow/decode.h"
#include "meta/model.h"
#include "mentions.h"

static int set_up(void **state)
{
	*state = decoder_create(EM_X86_64);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	decoder_destroy(*state);
	return 0;
}

#define BYTES(...) (const unsigned char[]){ __VA_ARGS__ }

static struct machine_insn decode(void **state, const unsigned char *code,
				  size_t size)
{
	struct machine_insn insns[MACHINE_PARTS];

	assert_int_equal(decoder_read(*state, code, size, 0x1000, insns), 1);
	assert_int_equal(insns[0].size, size);
	return insns[0];
}

static void stores_have_base_and_displacement(void **state)
{
	/* mov %rax, 0x10(%rbx,%r12,8) */
	struct machine_insn in = decode(
		state, BYTES(0x4a, 0x89, 0x44, 0xe3, 0x10), 5);

	assert_int_equal(in.operation, MACHINE_MOVE);
	assert_int_equal(in.from.reg, 0);
	assert_int_equal(in.to.kind, MACHINE_MEMORY);
	assert_int_equal(in.to.reg, 3);
	assert_int_equal(in.to.index, 12);
	assert_int_equal(in.to.scale, 8);
	assert_int_equal(in.to.value, 0x10);
	assert_int_equal(in.to.size, 8);
}

static void shifts_bring_in_zeros_or_the_sign(void **state)
{
	/* shl $3, %ecx; shr $8, %ebp; sar $8, %ebp */
	struct machine_insn left = decode(state, BYTES(0xc1, 0xe1, 3), 3);
	struct machine_insn right = decode(state, BYTES(0xc1, 0xed, 8), 3);
	struct machine_insn sign = decode(state, BYTES(0xc1, 0xfd, 8), 3);

	assert_int_equal(left.operation, MACHINE_SHIFT);
	assert_int_equal(left.to.reg, 2);
	assert_int_equal(right.operation, MACHINE_SHIFT_RIGHT);
	assert_int_equal(right.to.reg, 6);
	assert_int_equal(right.to.size, 4);
	assert_int_equal(right.from.value, 8);
	assert_int_equal(sign.operation, MACHINE_OTHER);
	assert_int_equal(sign.destroyed, 1u << 6);
}

static void rip_relative_operands_are_absolute(void **state)
{
	/* lea 0x100(%rip), %rdi */
	struct machine_insn in = decode(
		state, BYTES(0x48, 0x8d, 0x3d, 0, 1, 0, 0), 7);

	assert_int_equal(in.operation, MACHINE_ADDRESS);
	assert_true(machine_is_absolute(&in.from));
	assert_int_equal(in.from.value, 0x1107);
	assert_int_equal(in.to.reg, 5);
}

static void clearing_is_a_move_of_zero(void **state)
{
	/* xor %edi, %edi */
	struct machine_insn in = decode(state, BYTES(0x31, 0xff), 2);

	assert_int_equal(in.operation, MACHINE_MOVE);
	assert_int_equal(in.from.kind, MACHINE_IMMEDIATE);
	assert_int_equal(in.from.value, 0);
}

static void vector_halves_are_registers(void **state)
{
	/* movhps %xmm1, 8(%rdi); punpcklqdq %xmm2, %xmm0 */
	struct machine_insn in = decode(
		state, BYTES(0x0f, 0x17, 0x4f, 0x08), 4);

	assert_int_equal(in.from.reg, MACHINE_VECTOR_HIGH + 1);
	assert_int_equal(in.to.size, 8);
	in = decode(state, BYTES(0x66, 0x0f, 0x6c, 0xc2), 4);
	assert_int_equal(in.to.reg, MACHINE_VECTOR_HIGH);
	assert_int_equal(in.from.reg, MACHINE_VECTOR_LOW + 2);
}

static void thread_local_memory_is_from_the_thread_pointer(void **state)
{
	/* mov %fs:0x28, %rax */
	struct machine_insn in = decode(
		state, BYTES(0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0), 9);

	assert_true(machine_is_absolute(&in.from));
	assert_int_equal((uint64_t)in.from.value, MODEL_THREAD_POINTER + 0x28);
	/* mov %gs:0x28, %rax */
	in = decode(state, BYTES(0x65, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0),
		    9);
	assert_int_equal(in.from.kind, MACHINE_OPAQUE);
}

static void other_instructions_say_what_they_destroy(void **state)
{
	/* cpuid */
	struct machine_insn in = decode(state, BYTES(0x0f, 0xa2), 2);

	assert_int_equal(in.operation, MACHINE_OTHER);
	assert_int_equal(in.destroyed & 0xffff, 0xf); /* rax rdx rcx rbx */
}

static void truncated_code_is_refused(void **state)
{
	struct machine_insn insns[MACHINE_PARTS];

	assert_int_equal(decoder_read(*state, BYTES(0x48, 0x8d), 2, 0, insns),
			 0);
	assert_int_equal(decoder_read(*state, BYTES(0x90), 0, 0, insns), 0);
	assert_null(decoder_create(EM_NONE));
}

static void a_scan_finds_calls_and_addresses(void **state)
{
	static const unsigned char code[] = {
		0xe8, 0x00, 0x01, 0x00, 0x00,             /* call +0x100 */
		0xff, 0x15, 0x10, 0x00, 0x00, 0x00,       /* call *0x10(%rip) */
		0xff, 0xd0,                               /* call *%rax */
		0x06,                                     /* no instruction */
		0x48, 0x8d, 0x05, 0x20, 0x00, 0x00, 0x00, /* lea 0x20(%rip) */
		0x89, 0xd8,                               /* mov %ebx, %eax */
		0xe9, 0x00, 0x02, 0x00, 0x00,             /* jmp +0x200 */
		0xeb, 0xe2,                               /* jmp -30 */
		0xc3,                                     /* ret */
		0xff, 0xe0,                               /* jmp *%rax */
	};
	struct mentions m = { .count = 0 };

	assert_true(decoder_scan(*state, code, sizeof code, 0x1000,
				 mentions_keep, &m));
	assert_int_equal(m.count, 8);
	assert_int_equal(m.at[0].kind, DECODER_CALL);
	assert_int_equal(m.at[0].target, 0x1105);
	assert_int_equal(m.at[1].kind, DECODER_CALL_SLOT);
	assert_int_equal(m.at[1].target, 0x101b);
	assert_int_equal(m.at[2].kind, DECODER_CALL_INDIRECT);
	assert_int_equal(m.at[3].kind, DECODER_ADDRESS);
	assert_int_equal(m.at[3].target, 0x1035);
	assert_int_equal(m.at[4].kind, DECODER_JUMP);
	assert_int_equal(m.at[4].address, 0x1017);
	assert_int_equal(m.at[4].size, 5);
	assert_int_equal(m.at[5].kind, DECODER_JUMP);
	assert_int_equal(m.at[5].target, 0x1000);
	assert_int_equal(m.at[6].kind, DECODER_LEAVE);
	assert_int_equal(m.at[7].kind, DECODER_JUMP_INDIRECT);
	assert_int_equal(m.at[7].address, 0x101f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(stores_have_base_and_displacement),
		TEST(shifts_bring_in_zeros_or_the_sign),
		TEST(rip_relative_operands_are_absolute),
		TEST(clearing_is_a_move_of_zero),
		TEST(vector_halves_are_registers),
		TEST(thread_local_memory_is_from_the_thread_pointer),
		TEST(other_instructions_say_what_they_destroy),
		TEST(truncated_code_is_refused),
		TEST(a_scan_finds_calls_and_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
