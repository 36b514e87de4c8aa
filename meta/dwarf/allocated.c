/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiler has noted down that a call allocates: clang does for
 * operator new and for functions declared to allocate (LLVM 21's
 * DW_AT_LLVM_alloc_type; DWARF issue 250407.1).
 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>

enum { LLVM_ALLOC_TYPE = 0x3e0e };

static bool address_of(struct reader *reader, Dwarf_Die *die, unsigned int name,
		       uint64_t *address)
{
	Dwarf_Attribute attribute;
	Dwarf_Addr value;

	if (!die_attribute(die, name, &attribute) ||
	    dwarf_formaddr(&attribute, &value))
		return false;
	*address = value + reader->info->bias;
	return reader_address_is_loaded(reader, *address - 1, true);
}

/* GNU's extension of DWARF 4 has but the return address. */
static bool place_of(struct reader *reader, Dwarf_Die *die,
		     struct model_allocated *place)
{
	if (die_tag(die) == DW_TAG_GNU_call_site)
		return address_of(reader, die, DW_AT_low_pc, &place->address);
	if (address_of(reader, die, DW_AT_call_return_pc, &place->address))
		return true;
	place->is_jump = true;
	return address_of(reader, die, DW_AT_call_pc, &place->address);
}

void reader_allocated(struct reader *reader, Dwarf_Die *call)
{
	struct model_allocated place = {.is_jump = false}, *kept;
	Dwarf_Die type;

	if (!die_has(call, LLVM_ALLOC_TYPE) ||
	    !die_reference(call, LLVM_ALLOC_TYPE, &type) ||
	    !place_of(reader, call, &place))
		return;
	place.type = reader_type(reader, &type);
	kept = MODEL_APPEND(&reader->model->allocated, 1);
	if (kept)
		*kept = place;
	else
		reader->exhausted = true;
}
