/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/abi.h"

#include <elf.h>
#include <stddef.h>

/* System V AMD64 psABI 3.2.1, 3.2.3, 3.6.2. */
static const struct abi x86_64 = {
	.machine = EM_X86_64,
	.general_count = 16,
	.stack = 7, .frame = 6, .link = ABI_NO_REGISTER,
	.arguments = { 5, 4, 1, 2, 8, 9 }, /* rdi rsi rdx rcx r8 r9 */
	.argument_count = 6,
	.result = { 0, 1 }, /* rax rdx */
	.changed = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 8 |
		   1 << 9 | 1 << 10 | 1 << 11,
	.entry_cfa = 8,
	.character = 6, /* DW_ATE_signed_char */
	.passes_result = true,
};

/* AAPCS64 6.1, 6.8, 6.9; DWARF for the Arm 64-bit Architecture 4.1. */
static const struct abi aarch64 = {
	.machine = EM_AARCH64,
	.general_count = 32,
	.stack = 31, .frame = 29, .link = 30,
	.arguments = { 0, 1, 2, 3, 4, 5, 6, 7 },
	.argument_count = 8,
	.result = { 0, 1 },
	.changed = 0x4007ffff, /* x0 to x18, x30 */
	.entry_cfa = 0,
	.character = 8, /* DW_ATE_unsigned_char */
	.passes_large = true,
};

static const struct abi *const known[] = { &x86_64, &aarch64 };

const struct abi *abi_of(uint16_t machine)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i]->machine == machine)
			return known[i];
	return NULL;
}
