/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call frame information through libdw, which interprets a function's rows
 * from its start at every question.  The data flow asks at every
 * instruction, so answers are kept: the last row, and a direct-mapped table.
 */
#include "meta/dwarf/cfi.h"

#include <dwarf.h>
#include <pthread.h>
#include <stdlib.h>

#include "meta/dwarf/reader.h"

enum { CFI_SLOTS = 1 << 14 };

struct cfi_slot {
	uint64_t pc;
	struct cfa_rule rule;
	bool known, found;
};

struct cfi_table {
	Dwarf_CFI *eh, *debug;
	uint64_t eh_bias, debug_bias;
	struct cfa_rule last;
	bool has_last;
	struct cfi_slot slots[CFI_SLOTS];
};

void cfi_table_destroy(struct cfi_table *table)
{
	free(table);
}

static struct cfi_table *cfi_table_create(struct debuginfo *info)
{
	struct cfi_table *table = calloc(1, sizeof *table);

	if (!table)
		return NULL;
	table->eh = dwfl_module_eh_cfi(info->module, &table->eh_bias);
	table->debug = dwarf_getcfi(info->dwarf);
	table->debug_bias = info->bias;
	return table;
}

static bool cfa_translate(const Dwarf_Op *ops, size_t count,
			  struct cfa_rule *rule)
{
	int64_t offset;

	if (count != 1)
		return false;
	if (ops[0].atom == DW_OP_bregx) {
		rule->reg = (uint8_t)ops[0].number;
		offset = (int64_t)ops[0].number2;
	} else if (ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31) {
		rule->reg = (uint8_t)(ops[0].atom - DW_OP_breg0);
		offset = (int64_t)ops[0].number;
	} else {
		return false;
	}
	rule->offset = (int32_t)offset;
	return rule->offset == offset;
}

/* Where REG is saved: [call_frame_cfa, plus_uconst N]; no operations when it
 * is not saved. */
static bool saved_translate(Dwarf_Frame *frame, uint8_t reg, int32_t *where)
{
	Dwarf_Op memory[3], *ops;
	size_t count;
	int64_t offset;

	*where = 0;
	if (dwarf_frame_register(frame, reg, memory, &ops, &count))
		return false;
	if (!count)
		return true;
	if (count != 2 || ops[0].atom != DW_OP_call_frame_cfa ||
	    ops[1].atom != DW_OP_plus_uconst)
		return false;
	offset = (int64_t)ops[1].number;
	*where = (int32_t)offset;
	return *where == offset;
}

static bool return_translate(const struct abi *abi, Dwarf_Frame *frame,
			     struct cfa_rule *rule)
{
	rule->return_offset = -8;
	return abi->link == ABI_NO_REGISTER ||
	       saved_translate(frame, abi->link, &rule->return_offset);
}

static bool frame_translate(const struct abi *abi, Dwarf_CFI *cfi,
			    uint64_t bias, uint64_t pc, struct cfa_rule *rule)
{
	Dwarf_Frame *frame;
	Dwarf_Op *ops;
	Dwarf_Addr low, high;
	size_t count;
	bool ok;

	if (!cfi || dwarf_cfi_addrframe(cfi, pc - bias, &frame))
		return false;
	ok = dwarf_frame_info(frame, &low, &high, NULL) >= 0 &&
	     !dwarf_frame_cfa(frame, &ops, &count) &&
	     cfa_translate(ops, count, rule) &&
	     saved_translate(frame, abi->frame, &rule->frame_offset) &&
	     return_translate(abi, frame, rule);
	free(frame);
	if (!ok)
		return false;
	rule->low = low + bias;
	rule->high = high + bias;
	return true;
}

static bool find_rule(struct debuginfo *info, uint64_t pc,
		      struct cfa_rule *rule)
{
	struct cfi_table *table;
	struct cfi_slot *slot;

	if (!info->abi)
		return false;
	if (!info->cfi)
		info->cfi = cfi_table_create(info);
	table = info->cfi;
	if (!table)
		return false;
	if (table->has_last && pc >= table->last.low && pc < table->last.high) {
		*rule = table->last;
		return true;
	}
	slot = &table->slots[(pc ^ (pc >> 14)) % CFI_SLOTS];
	if (!slot->known || slot->pc != pc) {
		slot->pc = pc;
		slot->known = true;
		slot->found = frame_translate(info->abi, table->eh,
					      table->eh_bias, pc,
					      &slot->rule) ||
			      frame_translate(info->abi, table->debug,
					      table->debug_bias, pc,
					      &slot->rule);
	}
	if (!slot->found)
		return false;
	table->last = slot->rule;
	table->has_last = true;
	*rule = slot->rule;
	return true;
}

bool debuginfo_cfa_rule(struct debuginfo *info, uint64_t pc,
			struct cfa_rule *rule)
{
	bool found;

	pthread_mutex_lock(&info->cfi_lock);
	found = find_rule(info, pc, rule);
	pthread_mutex_unlock(&info->cfi_lock);
	return found;
}
