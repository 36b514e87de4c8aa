/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/table.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MOST 4096 /* of one jump table */
#define DISTANCE_MOST 24  /* instructions from its address to the jump */
#define LOOK_BACK 512     /* steps, for what sets a register */
#define COMPARE_MOST 64   /* from the comparison with its length */

/* Entries are distances from a base. */
struct table {
	uint64_t address, base;
	uint32_t count;         /* at most */
	uint8_t entry_size;
	uint8_t shift;
	bool is_signed;
};

/* The instruction that entry NUMBER leads to, or MODEL_NONE. */
static uint32_t entry_target(const struct tables *tables,
			     const struct table *table, uint32_t number)
{
	const unsigned char *bytes = debuginfo_code(
		tables->info,
		table->address + (uint64_t)number * table->entry_size,
		table->entry_size);
	uint64_t value = 0;

	if (!bytes)
		return MODEL_NONE;
	memcpy(&value, bytes, table->entry_size);
	if (table->is_signed && bytes[table->entry_size - 1] & 0x80)
		value |= ~0ULL << 8 * table->entry_size;
	return code_find(tables->code, table->base + (value << table->shift));
}

/* ---- x86-64 ---- */

/* Position-independent tables hold 32-bit distances from their own start. */
static struct table table_at(uint64_t address)
{
	return (struct table){
		.address = address, .base = address, .count = ENTRIES_MOST,
		.entry_size = 4, .is_signed = true,
	};
}

/* The start of a jump table that IN takes the address of, or 0. */
static uint64_t table_taken(const struct tables *tables,
			    const struct machine_insn *in)
{
	struct table table = table_at((uint64_t)in->from.value);

	return in->operation == MACHINE_ADDRESS &&
	       machine_is_absolute(&in->from) &&
	       entry_target(tables, &table, 0) != MODEL_NONE
		       ? table.address : 0;
}

enum {
	LOAD_MOST = 6,       /* instructions from the load of an entry */
	HOISTED_MOST = 4096, /* from the address, taken before the loop */
};

/* The register that holds the start of the table whose entry is loaded just
 * before JUMP; or MACHINE_NO_REGISTER. */
static uint8_t table_register(const struct code *code, uint32_t jump)
{
	for (uint32_t i = jump; i > 0 && jump - i < LOAD_MOST; i--) {
		const struct machine_operand *from = &code->insns[i - 1].from;

		if (from->kind == MACHINE_MEMORY && from->scale == 4 &&
		    from->index != MACHINE_NO_REGISTER)
			return from->reg;
	}
	return MACHINE_NO_REGISTER;
}

/* The address of the table that JUMP takes its target from is loaded near it,
 * or before the loop that it is in. */
static bool find_x86(const struct tables *tables, uint32_t jump,
		     struct table *table)
{
	uint8_t reg = table_register(tables->code, jump);
	uint64_t address = 0;

	for (uint32_t i = jump; i > 0 && jump - i < HOISTED_MOST && !address;
	     i--) {
		const struct machine_insn *in = &tables->code->insns[i - 1];

		if (reg != MACHINE_NO_REGISTER
			    ? in->to.kind == MACHINE_REGISTER &&
			      in->to.reg == reg
			    : jump - i < DISTANCE_MOST)
			address = table_taken(tables, in);
	}
	*table = table_at(address);
	return address;
}

static enum status find_starts(struct tables *tables)
{
	const struct code *code = tables->code;
	uint32_t count = 0;

	for (uint32_t i = 0; i < code->insn_count; i++)
		count += table_taken(tables, &code->insns[i]) != 0;
	tables->starts = calloc(count + 1, sizeof *tables->starts);
	if (!tables->starts)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < code->insn_count; i++) {
		uint64_t start = table_taken(tables, &code->insns[i]);

		if (start)
			tables->starts[tables->count++] = start;
	}
	return STATUS_OK;
}

/* ---- AArch64 ---- */

/* The last step before number BEFORE, not too far, that sets REG; or
 * MODEL_NONE. */
static uint32_t last_set(const struct code *code, uint32_t before, uint8_t reg)
{
	uint32_t first = before > LOOK_BACK ? before - LOOK_BACK : 0;

	while (before-- > first) {
		const struct machine_insn *in = &code->insns[before];
		uint64_t destroyed = in->destroyed;

		if (machine_is_register(&in->to) && in->to.reg == reg)
			return before;
		if (in->operation == MACHINE_CALL)
			destroyed = machine_call_destroys(code->abi);
		if (reg < MACHINE_VECTOR_HIGH && destroyed >> reg & 1)
			return MODEL_NONE;
	}
	return MODEL_NONE;
}

/* The address that REG holds before number BEFORE: adr, or adrp and add. */
static bool address_in(const struct code *code, uint32_t before, uint8_t reg,
		       uint64_t *address)
{
	uint64_t sum = 0;

	for (unsigned int step = 0; step < 3; step++) {
		uint32_t set = last_set(code, before, reg);
		const struct machine_insn *in;

		if (set == MODEL_NONE)
			return false;
		in = &code->insns[set];
		if (in->operation != MACHINE_ADDRESS &&
		    in->operation != MACHINE_PAGE)
			return false;
		sum += (uint64_t)in->from.value;
		if (machine_is_absolute(&in->from)) {
			*address = sum;
			return true;
		}
		if (in->from.index != MACHINE_NO_REGISTER)
			return false;
		before = set;
		reg = in->from.reg;
	}
	return false;
}

static bool word_at(struct debuginfo *info, uint64_t address, uint32_t *word)
{
	const unsigned char *bytes = debuginfo_code(info, address, 4);

	if (bytes)
		memcpy(word, bytes, sizeof *word);
	return bytes;
}

/* The number that an unsigned comparison before the jump allows at most, as
 * tables have no end of their own: cmp w, #most; or subs, its result unused. */
static bool find_count(struct debuginfo *info, const struct code *code,
		       uint32_t jump, uint32_t *count)
{
	for (uint32_t i = jump; i > 0 && jump - i < COMPARE_MOST; i--) {
		uint32_t word;

		if (code->insns[i - 1].operation != MACHINE_NOTHING ||
		    !word_at(info, code->insns[i - 1].address, &word) ||
		    (word & 0x7fc00000) != 0x71000000)
			continue;
		*count = (word >> 10 & 0xfff) + 1;
		return true;
	}
	return false;
}

/* What is added to the base, and how it was loaded. */
static bool read_load(struct debuginfo *info, const struct code *code,
		      uint32_t before, uint8_t reg, struct table *table)
{
	uint32_t set = last_set(code, before, reg), word;
	const struct machine_insn *in;

	if (set == MODEL_NONE)
		return false;
	in = &code->insns[set];
	if ((in->operation != MACHINE_MOVE && in->operation != MACHINE_EXTEND) ||
	    in->from.kind != MACHINE_MEMORY || in->from.size > 4 ||
	    in->from.reg >= MACHINE_GENERAL_COUNT ||
	    !word_at(info, in->address, &word))
		return false;
	table->entry_size = in->from.size;
	table->is_signed |= (word >> 22 & 3) >= 2;
	return address_in(code, set, in->from.reg, &table->address);
}

/* br x: x = base + entry, which the addition may extend and shift. */
static bool find_aarch64(struct debuginfo *info, const struct code *code,
			 uint32_t jump, struct table *table)
{
	uint32_t set = last_set(code, jump, code->insns[jump].from.reg), word;
	const struct machine_insn *in;
	uint8_t base, index;

	if (set == MODEL_NONE)
		return false;
	in = &code->insns[set];
	memset(table, 0, sizeof *table);
	if (in->operation == MACHINE_ADDRESS && in->from.scale) {
		base = in->from.reg;
		index = in->from.index;
		table->shift = (uint8_t)__builtin_ctz(in->from.scale);
	} else if (in->operation == MACHINE_ADD &&
		   machine_is_register(&in->other)) {
		base = in->from.reg;
		index = in->other.reg;
	} else {
		return false;
	}
	/* The extended form, of a signed number. */
	if (word_at(info, in->address, &word) &&
	    (word & 0x1f200000) == 0x0b200000)
		table->is_signed = word >> 15 & 1;
	return find_count(info, code, jump, &table->count) &&
	       address_in(code, set, base, &table->base) &&
	       read_load(info, code, set, index, table);
}

/* ---- all ---- */

enum status tables_init(struct tables *tables, struct debuginfo *info,
			const struct code *code)
{
	*tables = (struct tables){ .info = info, .code = code };
	return code->abi->machine == EM_X86_64 ? find_starts(tables)
					       : STATUS_OK;
}

void tables_deinit(struct tables *tables)
{
	free(tables->starts);
	*tables = (struct tables){ .count = 0 };
}

static bool begins_table(const struct tables *tables, uint64_t address)
{
	for (uint32_t i = 0; i < tables->count; i++)
		if (tables->starts[i] == address)
			return true;
	return false;
}

/* Where another of the function's tables begins, this one ends: its entries
 * would lead anywhere. */
uint32_t tables_visit(const struct tables *tables, uint32_t jump,
		      void (*visit)(void *context, uint32_t insn),
		      void *context)
{
	uint32_t found = 0;
	struct table table;

	if (!(tables->code->abi->machine == EM_X86_64
		      ? find_x86(tables, jump, &table)
		      : find_aarch64(tables->info, tables->code, jump,
				     &table)))
		return 0;
	for (; found < table.count; found++) {
		uint32_t insn = entry_target(tables, &table, found);

		if (insn == MODEL_NONE ||
		    (found && begins_table(tables, table.address +
					   found * table.entry_size)))
			break;
		visit(context, insn);
	}
	return found;
}
