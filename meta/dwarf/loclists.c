/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/loclists.h"

#include <dwarf.h>
#include <string.h>

#include "meta/dwarf/cursor.h"

/* ---- expressions ---- */

/* One operation of those that locations.c knows. */
static bool op_read(struct cursor *cursor, Dwarf_Op *op)
{
	memset(op, 0, sizeof *op);
	op->atom = (uint8_t)take_number(cursor, 1);
	switch (op->atom) {
	case DW_OP_reg0 ... DW_OP_reg31:
	case DW_OP_call_frame_cfa:
	case DW_OP_deref:
	case DW_OP_stack_value:
	case DW_OP_GNU_uninit:
	case DW_OP_lit0 ... DW_OP_lit31:
		break;
	case DW_OP_breg0 ... DW_OP_breg31:
	case DW_OP_fbreg:
		op->number = (Dwarf_Word)take_sleb(cursor);
		break;
	case DW_OP_regx:
	case DW_OP_constu:
	case DW_OP_plus_uconst:
	case DW_OP_piece:
		op->number = take_uleb(cursor);
		break;
	case DW_OP_const1u:
		op->number = take_number(cursor, 1);
		break;
	case DW_OP_const2u:
		op->number = take_number(cursor, 2);
		break;
	case DW_OP_const4u:
		op->number = take_number(cursor, 4);
		break;
	case DW_OP_bregx:
		op->number = take_uleb(cursor);
		op->number2 = (Dwarf_Word)take_sleb(cursor);
		break;
	default:
		return false;
	}
	return !cursor->failed;
}

static size_t expression_read(const unsigned char *bytes, uint64_t size,
			      Dwarf_Op ops[EXPRESSION_OPS])
{
	struct cursor cursor = {.at = bytes, .end = bytes + size};
	size_t count = 0;

	while (cursor.at < cursor.end)
		if (count == EXPRESSION_OPS || !op_read(&cursor, &ops[count++]))
			return 0;
	return count;
}

size_t expression_of(Dwarf_Attribute *attribute, Dwarf_Op ops[EXPRESSION_OPS])
{
	Dwarf_Block block;

	return dwarf_formblock(attribute, &block) || !block.length
		       ? 0 : expression_read(block.data, block.length, ops);
}

/* ---- lists ---- */

struct list {
	struct cursor cursor;
	uint64_t base;
	uint8_t address_size;
	bool old;              /* DWARF 4's, section 2.6.2 */
};

enum entry { ENTRY_RANGE, ENTRY_BASE, ENTRY_END, ENTRY_UNKNOWN };

static enum entry old_entry(struct list *list, uint64_t *low, uint64_t *high)
{
	uint64_t escape = list->address_size == 8 ? UINT64_MAX : UINT32_MAX;
	uint64_t begin = take_number(&list->cursor, list->address_size);
	uint64_t end = take_number(&list->cursor, list->address_size);

	if (begin == escape) {
		list->base = end;
		return ENTRY_BASE;
	}
	*low = list->base + begin;
	*high = list->base + end;
	return begin || end ? ENTRY_RANGE : ENTRY_END;
}

/* DWARF 5 section 7.7.3; indexed addresses are libdw's business. */
static enum entry new_entry(struct list *list, uint64_t *low, uint64_t *high)
{
	struct cursor *cursor = &list->cursor;

	switch (take_number(cursor, 1)) {
	case DW_LLE_end_of_list:
		return ENTRY_END;
	case DW_LLE_offset_pair:
		*low = list->base + take_uleb(cursor);
		*high = list->base + take_uleb(cursor);
		return ENTRY_RANGE;
	case DW_LLE_base_address:
		list->base = take_number(cursor, list->address_size);
		return ENTRY_BASE;
	case DW_LLE_start_end:
		*low = take_number(cursor, list->address_size);
		*high = take_number(cursor, list->address_size);
		return ENTRY_RANGE;
	case DW_LLE_start_length:
		*low = take_number(cursor, list->address_size);
		*high = *low + take_uleb(cursor);
		return ENTRY_RANGE;
	default:
		return ENTRY_UNKNOWN;
	}
}

/* The section with the lists of the unit's version. */
static Elf_Data *lists_section(struct reader *reader, bool old)
{
	Elf_Data **data = &reader->list_data[old];

	if (!*data && !reader->list_sought[old])
		*data = reader_section(dwarf_getelf(reader->info->dwarf),
				       old ? ".debug_loc" : ".debug_loclists");
	reader->list_sought[old] = true;
	return *data;
}

/* What offsets count from: where the unit begins. */
static uint64_t unit_base(struct reader *reader)
{
	Dwarf_Attribute attr;
	Dwarf_Addr base;

	if (reader->base_of == reader->cu_die.cu)
		return reader->base;
	if (dwarf_lowpc(&reader->cu_die, &base) &&
	    (!dwarf_attr(&reader->cu_die, DW_AT_entry_pc, &attr) ||
	     dwarf_formaddr(&attr, &base)))
		base = 0;
	reader->base_of = reader->cu_die.cu;
	reader->base = base;
	return base;
}

static bool list_begin(struct reader *reader, Dwarf_Attribute *attribute,
		       struct list *list)
{
	Dwarf_Half version;
	Dwarf_Word offset;
	Elf_Data *data;

	/* Lists of other units have other bases and sections. */
	if (attribute->form != DW_FORM_sec_offset ||
	    attribute->cu != reader->cu_die.cu ||
	    reader->info->byte_order != ELFDATA2LSB ||
	    dwarf_cu_info(attribute->cu, &version, NULL, NULL, NULL, NULL,
			  NULL, NULL) ||
	    dwarf_formudata(attribute, &offset))
		return false;
	list->old = version < 5;
	list->address_size = reader->address_size;
	data = lists_section(reader, list->old);
	if (!data || offset >= data->d_size)
		return false;
	list->base = unit_base(reader);
	list->cursor.at = (const unsigned char *)data->d_buf + offset;
	list->cursor.end = (const unsigned char *)data->d_buf + data->d_size;
	return true;
}

bool loclist_read(struct reader *reader, Dwarf_Attribute *attribute,
		  void (*visit)(void *context, uint64_t low, uint64_t high,
				const Dwarf_Op *ops, size_t count),
		  void *context)
{
	struct list list = {.old = false};
	Dwarf_Op ops[EXPRESSION_OPS];

	if (!list_begin(reader, attribute, &list))
		return false;
	while (!list.cursor.failed) {
		uint64_t low = 0, high = 0, size;
		enum entry entry = list.old ? old_entry(&list, &low, &high)
					    : new_entry(&list, &low, &high);
		const unsigned char *bytes;

		if (entry == ENTRY_UNKNOWN)
			return false;
		if (entry == ENTRY_END)
			break;
		if (entry == ENTRY_BASE)
			continue;
		size = list.old ? take_number(&list.cursor, 2)
				: take_uleb(&list.cursor);
		bytes = take(&list.cursor, size);
		if (bytes)
			visit(context, low, high, ops,
			      expression_read(bytes, size, ops));
	}
	return true;
}
