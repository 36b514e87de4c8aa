/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DWARF expressions to model locations.  Only forms with one register or the
 * CFA are understood, of all of the variable or of pieces as large as a
 * pointer; the rest (entry values, implicit pointers) gives no location,
 * which is always a true answer.  Numbers have no place.
 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>

#include "meta/dwarf/loclists.h"

/* Where the return address is at CFA - 8, the frame register is CFA - 16
 * wherever it is a frame base (System V AMD64 psABI 3.2.2). */
enum { FRAME_FROM_CFA = -16 };

enum { PIECE_MOST = UINT16_MAX }; /* where a piece may begin */

static bool is_general(const struct abi *abi, Dwarf_Word number)
{
	return abi && number < abi->general_count;
}

static bool register_of(const struct abi *abi, const Dwarf_Op *op, uint8_t *reg)
{
	Dwarf_Word number;

	if (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31)
		number = op->atom - DW_OP_reg0;
	else if (op->atom == DW_OP_regx)
		number = op->number;
	else
		return false;
	*reg = (uint8_t)number;
	return is_general(abi, number);
}

static bool based_on(const struct abi *abi, const Dwarf_Op *op, uint8_t *reg,
		     int64_t *offset)
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
	return is_general(abi, number);
}

/* What DW_OP_fbreg counts from: the CFA, or a register. */
static bool frame_base(const struct abi *abi, Dwarf_Die *function,
		       struct model_location *location)
{
	Dwarf_Op ops[EXPRESSION_OPS];
	Dwarf_Attribute attr;

	if (!die_attribute_integrated(function, DW_AT_frame_base, &attr) ||
	    expression_of(&attr, ops) != 1)
		return false;
	if (ops[0].atom == DW_OP_call_frame_cfa) {
		location->place = MODEL_PLACE_CFA;
		return true;
	}
	location->place = MODEL_PLACE_MEMORY;
	return register_of(abi, &ops[0], &location->reg) ||
	       based_on(abi, &ops[0], &location->reg, &location->offset);
}

/* The address that an expression begins with. */
static bool base_translate(const struct abi *abi, Dwarf_Die *function,
			   const Dwarf_Op *op, struct model_location *location)
{
	location->offset = 0;
	if (based_on(abi, op, &location->reg, &location->offset)) {
		location->place = MODEL_PLACE_MEMORY;
		return true;
	}
	if (op->atom == DW_OP_call_frame_cfa) {
		location->place = MODEL_PLACE_CFA;
		return true;
	}
	if (op->atom != DW_OP_fbreg || !frame_base(abi, function, location))
		return false;
	location->offset += (int64_t)op->number;
	return true;
}

/* [address, deref]: the variable is where memory at the address points. */
static bool make_indirect(const struct abi *abi,
			  struct model_location *location)
{
	if (location->place == MODEL_PLACE_MEMORY) {
		if (location->reg != abi->frame ||
		    abi->link != ABI_NO_REGISTER)
			return false;
		location->offset += FRAME_FROM_CFA;
	}
	location->place = MODEL_PLACE_INDIRECT_CFA;
	return true;
}

bool reader_is_number(const Dwarf_Op *op, uint64_t *number)
{
	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		*number = op->atom - DW_OP_lit0;
	else if (op->atom >= DW_OP_const1u && op->atom <= DW_OP_consts)
		*number = op->number;
	else
		return false;
	return true;
}

static bool translate(const struct abi *abi, Dwarf_Die *function,
		      const Dwarf_Op *ops, size_t count,
		      struct model_location *location)
{
	/* There, for all the compiler knows: a part of a union may be. */
	if (count > 1 && ops[count - 1].atom == DW_OP_GNU_uninit)
		count--;
	if (count == 1 && register_of(abi, &ops[0], &location->reg)) {
		location->place = MODEL_PLACE_REGISTER;
		location->offset = 0;
		return true;
	}
	if (!count || !base_translate(abi, function, &ops[0], location))
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
		return make_indirect(abi, location);
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

/* The pieces of a variable that is kept apart (DWARF 5 section 2.6.1.2). */
static void keep_pieces(struct reader *reader, Dwarf_Die *function,
			const Dwarf_Op *ops, size_t count,
			const struct model_location *whole,
			struct model_variable *variable)
{
	struct model_location location = *whole;
	size_t first = 0;
	uint64_t at = 0;

	location.is_piece = true;
	for (size_t i = 0; i < count && at <= PIECE_MOST; i++) {
		if (ops[i].atom != DW_OP_piece)
			continue;
		location.piece = (uint16_t)at;
		if (ops[i].number == sizeof(uint64_t) &&
		    translate(reader->info->abi, function, ops + first,
			      i - first, &location))
			location_keep(reader, &location, variable);
		at += ops[i].number;
		first = i + 1;
	}
}

/* The number that a variable is, by the expressions read so far. */
struct constant {
	uint64_t value;
	bool known;
	bool varies;
};

/* A number on the stack that is the value (DWARF 5 section 2.6.1.1.3). */
static void note_constant(struct constant *constant, const Dwarf_Op *ops,
			  size_t count)
{
	uint64_t value;

	if (count != 2 || ops[1].atom != DW_OP_stack_value ||
	    !reader_is_number(&ops[0], &value)) {
		constant->varies = true;
		return;
	}
	constant->varies |= constant->known && constant->value != value;
	constant->known = true;
	constant->value = value;
}

struct list_context {
	struct reader *reader;
	Dwarf_Die *function;
	struct model_variable *variable;
	struct constant constant;
};

static void list_visit(void *opaque, uint64_t low, uint64_t high,
		       const Dwarf_Op *ops, size_t count)
{
	struct list_context *context = opaque;
	struct model_location location = {
		.low = low + context->reader->info->bias,
		.high = high + context->reader->info->bias,
	};

	if (low >= high)
		return;
	note_constant(&context->constant, ops, count);
	if (!count)
		return;
	if (ops[count - 1].atom == DW_OP_piece)
		keep_pieces(context->reader, context->function, ops, count,
			    &location, context->variable);
	else if (translate(context->reader->info->abi, context->function, ops,
			   count, &location))
		location_keep(context->reader, &location, context->variable);
}

/* One expression for the whole scope: a location for each of the COUNT ranges
 * of that. */
static void whole_visit(struct list_context *context,
			const struct model_range *ranges, uint32_t count,
			const Dwarf_Op *ops, size_t op_count)
{
	struct model_location location = {0};

	note_constant(&context->constant, ops, op_count);
	if (!translate(context->reader->info->abi, context->function, ops,
		       op_count, &location))
		return;
	for (uint32_t i = 0; i < count; i++) {
		location.low = ranges[i].low;
		location.high = ranges[i].high;
		location_keep(context->reader, &location, context->variable);
	}
}

/* As libdw reads it, with all its forms. */
static void list_read_slowly(struct list_context *context,
			     Dwarf_Attribute *attr)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t offset = 0;
	Dwarf_Op *ops;
	size_t count;

	while ((offset = dwarf_getlocations(attr, offset, &base, &low, &high,
					    &ops, &count)) > 0)
		list_visit(context, low, high, ops, count);
}

bool reader_locations(struct reader *reader, Dwarf_Die *variable,
		      Dwarf_Die *function, const struct model_range *ranges,
		      uint32_t count, struct model_variable *result,
		      uint64_t *constant)
{
	struct list_context context = {reader, function, result, {0}};
	uint32_t kept = reader->model->locations.count;
	Dwarf_Op ops[EXPRESSION_OPS], *all;
	Dwarf_Attribute attr;
	size_t op_count;

	if (!die_attribute(variable, DW_AT_location, &attr))
		return die_own_unsigned(variable, DW_AT_const_value, constant);
	if (attr.form == DW_FORM_exprloc) {
		op_count = expression_of(&attr, ops);
		whole_visit(&context, ranges, count, ops, op_count);
	} else if (!loclist_read(reader, &attr, list_visit, &context)) {
		reader->model->locations.count = kept;
		result->location_count = 0;
		context.constant = (struct constant){0};
		if (dwarf_getlocation(&attr, &all, &op_count))
			list_read_slowly(&context, &attr);
		else
			whole_visit(&context, ranges, count, all, op_count);
	}
	*constant = context.constant.value;
	return context.constant.known && !context.constant.varies;
}

/* DWARF 5, section 2.5.1.3, and GNU's form of it. */
static bool thread_local_address(const struct model *model,
				 const Dwarf_Op *ops, size_t count,
				 uint64_t *address)
{
	if (count != 2 || !model->thread_size ||
	    (ops[1].atom != DW_OP_form_tls_address &&
	     ops[1].atom != DW_OP_GNU_push_tls_address) ||
	    (ops[0].atom != DW_OP_const4u && ops[0].atom != DW_OP_const8u &&
	     ops[0].atom != DW_OP_constu) ||
	    ops[0].number >= model->thread_size)
		return false;
	*address = model_thread_address(model, ops[0].number);
	return true;
}

bool reader_static_address(struct reader *reader, Dwarf_Die *die,
			   uint64_t *address)
{
	Dwarf_Attribute attr, constant;
	Dwarf_Op *ops;
	size_t count;
	Dwarf_Addr value;

	if (!die_attribute(die, DW_AT_location, &attr) ||
	    attr.form == DW_FORM_sec_offset ||
	    dwarf_getlocation(&attr, &ops, &count) || !count)
		return false;
	if (thread_local_address(reader->model, ops, count, address))
		return true;
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
