/* SPDX-License-Identifier: Apache-2.0 */
/* The quick decoder against the disassembler, over the code of the metadata
 * compiler and of the file that TEST_CODE names. */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "meta/flow/x86.h"
#include "meta/flow/x86_slow.h"

struct tally {
	uint64_t all, parsed, read, different;
};

static bool same_operand(const struct machine_operand *a,
			 const struct machine_operand *b)
{
	return a->kind == b->kind && a->value == b->value &&
	       a->size == b->size && a->reg == b->reg &&
	       a->index == b->index && a->scale == b->scale;
}

static bool same(const struct machine_insn *a, const struct machine_insn *b)
{
	return a->address == b->address && a->size == b->size &&
	       a->operation == b->operation &&
	       a->condition == b->condition && a->destroyed == b->destroyed &&
	       same_operand(&a->to, &b->to) &&
	       same_operand(&a->from, &b->from) &&
	       same_operand(&a->other, &b->other);
}

static void tell_operand(const char *name, const struct machine_operand *o)
{
	if (o->kind)
		print_error(" %s(%u %lld size %u reg %u index %u*%u)", name,
			    o->kind, (long long)o->value, o->size, o->reg,
			    o->index, o->scale);
}

static void tell(const char *who, const struct machine_insn *in)
{
	print_error("  %s: size %u operation %u destroyed %llx", who, in->size,
		    in->operation, (unsigned long long)in->destroyed);
	tell_operand("to", &in->to);
	tell_operand("from", &in->from);
	tell_operand("other", &in->other);
	print_error("\n");
}

static void compare_one(const unsigned char *code, size_t size,
			uint64_t address, const struct machine_insn *slow,
			struct tally *tally)
{
	struct machine_insn quick;
	struct x86 x;
	bool wrong = false;

	tally->all++;
	if (x86_parse(code, size, &x)) {
		tally->parsed++;
		wrong = x.size != slow->size;
	}
	if (x86_read(code, size, address, &quick)) {
		tally->read++;
		wrong |= !same(&quick, slow);
	}
	if (!wrong || tally->different++ >= 20)
		return;
	print_error("%#llx:", (unsigned long long)address);
	for (unsigned int i = 0; i < slow->size; i++)
		print_error(" %02x", code[i]);
	print_error(" (length %u)\n", x.size);
	tell("quick", &quick);
	tell("slow", slow);
}

static void compare_code(const unsigned char *code, size_t size,
			 uint64_t address, struct tally *tally)
{
	struct x86_slow *disassembler = x86_slow_create();

	assert_non_null(disassembler);
	while (size) {
		struct machine_insn slow;
		size_t length = 1;

		if (x86_slow_read(disassembler, code, size, address, &slow)) {
			compare_one(code, size, address, &slow, tally);
			length = slow.size;
		}
		code += length;
		size -= length;
		address += length;
	}
	x86_slow_destroy(disassembler);
}

static void compare_file(const char *path)
{
	struct tally tally = { 0 };
	struct stat about;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const unsigned char *bytes;
	const Elf64_Ehdr *elf;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &about), 0);
	bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd,
		     0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	close(fd);
	elf = (const Elf64_Ehdr *)bytes;
	for (unsigned int i = 0; i < elf->e_shnum; i++) {
		const Elf64_Shdr *section =
			(const Elf64_Shdr *)(bytes + elf->e_shoff) + i;

		if (section->sh_type == SHT_PROGBITS &&
		    section->sh_flags & SHF_EXECINSTR)
			compare_code(bytes + section->sh_offset,
				     section->sh_size, section->sh_addr,
				     &tally);
	}
	munmap((void *)bytes, (size_t)about.st_size);
	if (getenv("TEST_CODE"))
		print_message("%s: %llu instructions, %llu cut, %llu read\n",
			      path, (unsigned long long)tally.all,
			      (unsigned long long)tally.parsed,
			      (unsigned long long)tally.read);
	assert_int_equal(tally.different, 0);
	/* The point of it is to do without the disassembler. */
	assert_true(tally.parsed * 100 > tally.all * 95);
	assert_true(tally.read * 100 > tally.all * 80);
}

static void agrees_with_the_disassembler(void **state)
{
	const char *more = getenv("TEST_CODE");
	const char *folder = getenv("top_builddir");
	char path[4096];

	(void)state;
	snprintf(path, sizeof path, "%s/allotype-meta", folder ? folder : ".");
	compare_file(path);
	if (more)
		compare_file(more);
}

/* Any bytes: no crash, nothing beyond their end. */
static void takes_any_bytes(void **state)
{
	unsigned char *end, *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t seed = 1;

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(mprotect(page + 4096, 4096, PROT_NONE), 0);
	end = page + 4096;
	for (unsigned int round = 0; round < 100000; round++) {
		size_t size = round % 16;
		struct machine_insn insn;
		struct x86 x;

		for (size_t i = 1; i <= size; i++) {
			seed = seed * 1664525 + 1013904223;
			end[-(ptrdiff_t)i] = (unsigned char)(seed >> 24);
		}
		if (x86_parse(end - size, size, &x))
			assert_in_range(x.size, 1, size);
		if (x86_read(end - size, size, 4096, &insn))
			assert_in_range(insn.size, 1, size);
	}
	munmap(page, 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_disassembler),
		cmocka_unit_test(takes_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
