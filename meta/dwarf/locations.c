/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DWARF expressions to model locations.  Only forms with one register or the
 * CFA are understood; the rest (pieces, entry values, implicit pointers)
 * gives no location, which is always a true answer.
 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>

enum { REG_RBP = 6, REGISTERS = 17 };

/* rbp is CFA - 16 wherever it is a frame base (System V AMD64 psABI 3.2.2). */
enum { RBP_FROM_CFA = -16 };

static bool register_of(const Dwarf_Op *op, uint8_t *reg)
{
	Dwarf_Word number;

	if (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31)
		number = op->atom - DW_OP_reg0;
	else if (op->atom == DW_OP_regx)
		number = op->number;
	else
		return false;
	*reg = (uint8_t)number;
	return number < REGISTERS;
}

static bool based_on(const Dwarf_Op *op, uint8_t *reg, int64_t *offset)
{
	Dwarf_Word number;

	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
		number = op->atom - DW_OP_breg0;
		*offset = (int64_t)op->number;
	} else if (op->atom == DW_OP_bregx) {
		number = op->number;
		*offset = (int64_t)op->number2;
	} else {
		return false;
	}
	*reg = (uint8_t)number;
	return number < REGISTERS;
}

/* What DW_OP_fbreg counts from: the CFA, or a register. */
static bool frame_base(Dwarf_Die *function, struct model_location *location)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t count;

	if (!dwarf_attr_integrate(function, DW_AT_frame_base, &attr) ||
	    dwarf_getlocation(&attr, &ops, &count) || count != 1)
		return false;
	if (ops[0].atom == DW_OP_call_frame_cfa) {
		location->place = MODEL_PLACE_CFA;
		return true;
	}
	location->place = MODEL_PLACE_MEMORY;
	return register_of(&ops[0], &location->reg) ||
	       based_on(&ops[0], &location->reg, &location->offset);
}

/* The address that an expression begins with. */
static bool base_translate(Dwarf_Die *function, const Dwarf_Op *op,
			   struct model_location *location)
{
	location->offset = 0;
	if (based_on(op, &location->reg, &location->offset)) {
		location->place = MODEL_PLACE_MEMORY;
		return true;
	}
	if (op->atom == DW_OP_call_frame_cfa) {
		location->place = MODEL_PLACE_CFA;
		return true;
	}
	if (op->atom != DW_OP_fbreg || !frame_base(function, location))
		return false;
	location->offset += (int64_t)op->number;
	return true;
}

/* [address, deref]: the variable is where memory at the address points. */
static bool make_indirect(struct model_location *location)
{
	if (location->place == MODEL_PLACE_MEMORY) {
		if (location->reg != REG_RBP)
			return false;
		location->offset += RBP_FROM_CFA;
	}
	location->place = MODEL_PLACE_INDIRECT_CFA;
	return true;
}

static bool translate(Dwarf_Die *function, const Dwarf_Op *ops, size_t count,
		      struct model_location *location)
{
	if (count == 1 && register_of(&ops[0], &location->reg)) {
		location->place = MODEL_PLACE_REGISTER;
		location->offset = 0;
		return true;
	}
	if (!count || !base_translate(function, &ops[0], location))
		return false;
	if (count > 1 && ops[1].atom == DW_OP_plus_uconst) {
		location->offset += (int64_t)ops[1].number;
		ops++;
		count--;
	}
	if (count == 1)
		return true;
	if (count != 2)
		return false;
	if (ops[1].atom == DW_OP_deref)
		return make_indirect(location);
	if (ops[1].atom != DW_OP_stack_value ||
	    location->place != MODEL_PLACE_MEMORY)
		return false;
	location->place = MODEL_PLACE_VALUE;
	return true;
}

static void location_keep(struct reader *reader,
			  const struct model_location *location,
			  struct model_variable *variable)
{
	struct model_location *kept =
		MODEL_APPEND(&reader->model->locations, 1);

	if (!kept) {
		reader->exhausted = true;
		return;
	}
	*kept = *location;
	if (!variable->location_count++)
		variable->location_first = reader->model->locations.count - 1;
}

/* One expression for the whole scope: a location for each of its ranges. */
static void spread(struct reader *reader, struct model_location *location,
		   const struct model_range *ranges, uint32_t count,
		   struct model_variable *variable)
{
	for (uint32_t i = 0; i < count; i++) {
		location->low = ranges[i].low;
		location->high = ranges[i].high;
		location_keep(reader, location, variable);
	}
}

void reader_locations(struct reader *reader, Dwarf_Die *variable,
		      Dwarf_Die *function, const struct model_range *ranges,
		      uint32_t count, struct model_variable *result)
{
	struct model_location location = {0};
	Dwarf_Addr base, low, high;
	Dwarf_Attribute attr;
	ptrdiff_t offset = 0;
	Dwarf_Op *ops;
	size_t op_count;

	if (!dwarf_attr(variable, DW_AT_location, &attr))
		return;
	if (!dwarf_getlocation(&attr, &ops, &op_count)) {
		if (translate(function, ops, op_count, &location))
			spread(reader, &location, ranges, count, result);
		return;
	}
	while ((offset = dwarf_getlocations(&attr, offset, &base, &low, &high,
					    &ops, &op_count)) > 0) {
		location.low = low + reader->info->bias;
		location.high = high + reader->info->bias;
		if (low < high && translate(function, ops, op_count, &location))
			location_keep(reader, &location, result);
	}
}

bool reader_static_address(struct reader *reader, Dwarf_Die *die,
			   uint64_t *address)
{
	Dwarf_Attribute attr, constant;
	Dwarf_Op *ops;
	size_t count;
	Dwarf_Addr value;

	if (!dwarf_attr(die, DW_AT_location, &attr) ||
	    dwarf_getlocation(&attr, &ops, &count) || !count)
		return false;
	switch (ops[0].atom) {
	case DW_OP_addr:
		value = ops[0].number;
		break;
	case DW_OP_addrx:
	case DW_OP_GNU_addr_index:
		if (dwarf_getlocation_attr(&attr, &ops[0], &constant) ||
		    dwarf_formaddr(&constant, &value))
			return false;
		break;
	default:
		return false;
	}
	if (count == 2 && ops[1].atom == DW_OP_plus_uconst)
		value += ops[1].number;
	else if (count != 1)
		return false;
	*address = value + reader->info->bias;
	return true;
}
