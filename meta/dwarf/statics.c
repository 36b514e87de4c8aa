/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <elf.h>

static bool note_code(struct reader *reader, const struct model_elf_section *s)
{
	if (!(s->flags & SHF_EXECINSTR))
		return false;
	reader->code = (struct model_range){s->address, s->address + s->size};
	return true;
}

bool reader_address_is_loaded(struct reader *reader, uint64_t address,
			      bool code)
{
	const struct model *model = reader->model;
	uint32_t low = 0, high = model->sections.count;

	/* Most are asked about within one section. */
	if (address - reader->code.low < reader->code.high - reader->code.low)
		return address;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct model_elf_section *s = &model->sections.at[middle];

		if (address < s->address)
			high = middle;
		else if (address - s->address >= s->size)
			low = middle + 1;
		else
			return address && (!code || note_code(reader, s));
	}
	return false;
}

struct model_static *reader_static_add(struct reader *reader, Dwarf_Die *die,
				       uint64_t address)
{
	uint32_t type = reader_type_of(reader, die);
	struct model_static *entry = MODEL_APPEND(&reader->model->statics, 1);
	const char *name = die_name(die);

	if (!entry) {
		reader->exhausted = true;
		return NULL;
	}
	entry->address = address;
	entry->type = type;
	entry->name = name ? reader_qualify(reader, die, name) : NULL;
	reader_declared_at(reader, die, &entry->file, &entry->line);
	return entry;
}

void reader_static(struct reader *reader, Dwarf_Die *die)
{
	uint64_t address;

	if (!reader_static_address(reader, die, &address))
		reader_pieces(reader, die);
	else if (model_is_thread_local(address) ||
		 reader_address_is_loaded(reader, address, false))
		reader_static_add(reader, die, address);
}

void reader_global(struct reader *reader, Dwarf_Die *die)
{
	uint64_t address;

	if (reader_thread_local(reader, die, &address))
		reader_static_add(reader, die, address);
	else if (!reader->is_cxx && die_has(die, DW_AT_declaration))
		reader_declared(reader, die, false);
	else
		reader_static(reader, die);
}
