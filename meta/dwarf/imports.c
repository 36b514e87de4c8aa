/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/imports.h"

#include <stdlib.h>
#include <string.h>

#include "meta/dwarf/reader.h"

struct import {
	uint64_t address; /* GOT slot, word of data, or PLT stub */
	const char *name;
	uint64_t own; /* the file's own symbol of that name, or 0 */
	bool is_got;
	bool is_stub;
};

struct relative {
	uint64_t place, target;
};

struct thread_slot {
	uint64_t place, offset;
	enum debuginfo_thread_slot kind;
};

struct import_table {
	MODEL_ARRAY(struct import) imports; /* by address */
	MODEL_ARRAY(struct relative) relatives; /* by place */
	MODEL_ARRAY(struct thread_slot) threads; /* by place */
	MODEL_ARRAY(struct import) copies; /* by address */
	/* What only the loader writes to. */
	uint64_t got_low, got_high;
	uint64_t constants_low, constants_high; /* .data.rel.ro */
};

void import_table_destroy(struct import_table *table)
{
	if (!table)
		return;
	free(table->imports.at);
	free(table->relatives.at);
	free(table->threads.at);
	free(table->copies.at);
	free(table);
}

static int import_order(const void *a, const void *b)
{
	const struct import *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static int relative_order(const void *a, const void *b)
{
	const struct relative *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static int thread_order(const void *a, const void *b)
{
	const struct thread_slot *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static void imports_sort(struct import_table *table)
{
	if (table->threads.count)
		qsort(table->threads.at, table->threads.count,
		      sizeof *table->threads.at, thread_order);
	if (table->relatives.count)
		qsort(table->relatives.at, table->relatives.count,
		      sizeof *table->relatives.at, relative_order);
	if (table->imports.count)
		qsort(table->imports.at, table->imports.count,
		      sizeof *table->imports.at, import_order);
	if (table->copies.count)
		qsort(table->copies.at, table->copies.count,
		      sizeof *table->copies.at, import_order);
}

/* Among COUNT imports, which are sorted. */
static const struct import *import_find(const struct import *imports,
					uint32_t count, uint64_t address)
{
	const struct import key = {.address = address};

	if (!count)
		return NULL;
	return bsearch(&key, imports, count, sizeof key, import_order);
}

static void import_add(struct import_table *table, const struct import *import)
{
	struct import *entry = MODEL_APPEND(&table->imports, 1);

	if (entry)
		*entry = *import;
}

static void relative_add(struct import_table *table, uint64_t place,
			 uint64_t target)
{
	struct relative *entry = MODEL_APPEND(&table->relatives, 1);

	if (entry)
		*entry = (struct relative){place, target};
}

/* ---- relocations ---- */

struct relocations {
	struct debuginfo *info;
	struct import_table *table;
	Elf *elf;
	Elf_Data *symbols;
	size_t strings; /* section of the symbols' names */
	uint16_t machine;
};

/* What the loader is asked to put into a word. */
enum relocation_kind {
	RELOCATION_OTHER,
	RELOCATION_RELATIVE,
	RELOCATION_GOT,    /* a symbol's address, into the GOT */
	RELOCATION_WORD,   /* likewise, into data */
	RELOCATION_COPY,   /* what another file's variable holds */
	RELOCATION_THREAD, /* where a thread-local variable is */
	RELOCATION_THREAD_CALL, /* a function that returns it */
	RELOCATION_THREAD_PAIR, /* whose it is; how far in is in the next */
};

static enum relocation_kind relocation_kind(uint16_t machine, uint32_t type)
{
	bool is_x86 = machine == EM_X86_64;

	if (type == (is_x86 ? R_X86_64_RELATIVE : R_AARCH64_RELATIVE))
		return RELOCATION_RELATIVE;
	if (type == (is_x86 ? R_X86_64_JUMP_SLOT : R_AARCH64_JUMP_SLOT) ||
	    type == (is_x86 ? R_X86_64_GLOB_DAT : R_AARCH64_GLOB_DAT))
		return RELOCATION_GOT;
	if (type == (is_x86 ? R_X86_64_TPOFF64 : R_AARCH64_TLS_TPREL))
		return RELOCATION_THREAD;
	if (type == (is_x86 ? R_X86_64_TLSDESC : R_AARCH64_TLSDESC))
		return RELOCATION_THREAD_CALL;
	if (type == (is_x86 ? R_X86_64_COPY : R_AARCH64_COPY))
		return RELOCATION_COPY;
	if (is_x86 && type == R_X86_64_DTPMOD64)
		return RELOCATION_THREAD_PAIR;
	return type == (is_x86 ? R_X86_64_64 : R_AARCH64_ABS64)
		       ? RELOCATION_WORD : RELOCATION_OTHER;
}

static void symbol_relocation(const struct relocations *r,
			      const GElf_Rela *rela, bool is_got)
{
	struct import import = {.address = rela->r_offset, .is_got = is_got};
	GElf_Sym symbol;

	if (!r->symbols ||
	    !gelf_getsym(r->symbols, (int)GELF_R_SYM(rela->r_info), &symbol))
		return;
	if (symbol.st_shndx != SHN_UNDEF && !is_got)
		relative_add(r->table, rela->r_offset,
			     symbol.st_value + (uint64_t)rela->r_addend);
	if (symbol.st_shndx != SHN_UNDEF &&
	    (GELF_ST_TYPE(symbol.st_info) == STT_FUNC ||
	     GELF_ST_TYPE(symbol.st_info) == STT_OBJECT))
		import.own = symbol.st_value;
	import.name = elf_strptr(r->elf, r->strings, symbol.st_name);
	if (import.name && import.name[0])
		import_add(r->table, &import);
}

static void copy_relocation(const struct relocations *r, const GElf_Rela *rela)
{
	struct import *entry;
	GElf_Sym symbol;
	const char *name;

	if (!r->symbols ||
	    !gelf_getsym(r->symbols, (int)GELF_R_SYM(rela->r_info), &symbol))
		return;
	name = elf_strptr(r->elf, r->strings, symbol.st_name);
	entry = name && name[0] ? MODEL_APPEND(&r->table->copies, 1) : NULL;
	if (entry)
		*entry = (struct import){.address = rela->r_offset,
					 .name = name};
}

/* What is in the file at ADDRESS, where nothing is relocated; or 0. */
static uint64_t word_of_file(const struct relocations *r, uint64_t address)
{
	const unsigned char *bytes =
		debuginfo_code(r->info, address, sizeof(uint64_t));
	uint64_t word = 0;

	if (bytes)
		memcpy(&word, bytes, sizeof word);
	return word;
}

/* Without a symbol, the addend alone tells, or the second word of a pair. */
static void thread_relocation(const struct relocations *r,
			      const GElf_Rela *rela,
			      enum debuginfo_thread_slot kind)
{
	int number = (int)GELF_R_SYM(rela->r_info);
	struct thread_slot *entry;
	GElf_Sym symbol = { .st_shndx = SHN_ABS };

	if (number && (!r->symbols ||
		       !gelf_getsym(r->symbols, number, &symbol)))
		return;
	if (symbol.st_shndx == SHN_UNDEF)
		return;
	entry = MODEL_APPEND(&r->table->threads, 1);
	if (entry)
		*entry = (struct thread_slot){
			.place = rela->r_offset,
			.kind = kind,
			.offset = symbol.st_value + (uint64_t)rela->r_addend,
		};
	if (entry && kind == DEBUGINFO_THREAD_PAIR && !number)
		entry->offset = word_of_file(r, rela->r_offset + 8);
}

static void relocation_read(const struct relocations *r, const GElf_Rela *rela)
{
	enum relocation_kind kind = relocation_kind(
		r->machine, (uint32_t)GELF_R_TYPE(rela->r_info));

	if (kind == RELOCATION_RELATIVE)
		relative_add(r->table, rela->r_offset,
			     (uint64_t)rela->r_addend);
	else if (kind == RELOCATION_THREAD)
		thread_relocation(r, rela, DEBUGINFO_THREAD_DISTANCE);
	else if (kind == RELOCATION_THREAD_CALL)
		thread_relocation(r, rela, DEBUGINFO_THREAD_CALLED);
	else if (kind == RELOCATION_THREAD_PAIR)
		thread_relocation(r, rela, DEBUGINFO_THREAD_PAIR);
	else if (kind == RELOCATION_COPY)
		copy_relocation(r, rela);
	else if (kind != RELOCATION_OTHER)
		symbol_relocation(r, rela, kind == RELOCATION_GOT);
}

static void relocations_read(struct debuginfo *info, struct import_table *table,
			     Elf_Scn *section, const GElf_Shdr *header)
{
	struct relocations r = {.info = info, .table = table, .elf = info->elf,
				.machine = info->machine};
	Elf_Scn *symbols = elf_getscn(info->elf, header->sh_link);
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Shdr symbols_header;
	size_t count;

	if (!data || !header->sh_entsize)
		return;
	if (symbols && gelf_getshdr(symbols, &symbols_header)) {
		r.symbols = elf_getdata(symbols, NULL);
		r.strings = symbols_header.sh_link;
	}
	count = data->d_size / header->sh_entsize;
	for (size_t i = 0; i < count && i < INT32_MAX; i++) {
		GElf_Rela rela;

		if (!gelf_getrela(data, (int)i, &rela))
			break;
		relocation_read(&r, &rela);
	}
}

/* ---- words of data that are code addresses, where nothing relocates ---- */

static void data_scan(struct debuginfo *info, struct import_table *table,
		      const GElf_Shdr *header)
{
	const unsigned char *bytes =
		debuginfo_code(info, header->sh_addr, header->sh_size);
	uint64_t target;

	for (uint64_t i = 0;
	     bytes && header->sh_size >= 8 && i <= header->sh_size - 8;
	     i += 8) {
		memcpy(&target, bytes + i, sizeof target);
		if (target && debuginfo_code(info, target, 1))
			relative_add(table, header->sh_addr + i, target);
	}
}

/* ---- PLT stubs ---- */

/* The GOT slot that the stub at BYTES jumps through:
 * [endbr64] [bnd] jmp *displacement(%rip). */
static bool stub_decode_x86(const unsigned char *bytes, size_t size,
			    uint64_t address, uint64_t *slot)
{
	static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	size_t at = 0;
	int32_t displacement;

	if (size >= sizeof endbr64 && !memcmp(bytes, endbr64, sizeof endbr64))
		at = sizeof endbr64;
	if (at < size && bytes[at] == 0xf2)
		at++;
	if (size - at < 6 || bytes[at] != 0xff || bytes[at + 1] != 0x25)
		return false;
	memcpy(&displacement, bytes + at + 2, sizeof displacement);
	*slot = address + at + 6 + (uint64_t)(int64_t)displacement;
	return true;
}

/* Likewise: [bti c], adrp x16, ldr x17 (AAELF64, sample PLTs). */
static bool stub_decode_aarch64(const unsigned char *bytes, size_t size,
				uint64_t address, uint64_t *slot)
{
	const uint32_t bti_c = 0xd503245f;
	uint32_t words[3], *at = words;
	int64_t pages;

	if (size < sizeof words)
		return false;
	memcpy(words, bytes, sizeof words);
	if (words[0] == bti_c) {
		address += 4;
		at++;
	}
	if ((at[0] & 0x9f00001f) != 0x90000010 ||
	    (at[1] & 0xffc003ff) != 0xf9400211)
		return false;
	pages = (int64_t)(at[0] >> 5 & 0x7ffff) << 2 | (at[0] >> 29 & 3);
	if (pages & 1 << 20)
		pages -= 1 << 21;
	*slot = (address & ~0xfffULL) + (uint64_t)pages * 4096 +
		(at[1] >> 10 & 0xfff) * 8;
	return true;
}

/* How far stubs may be apart: those of AArch64 are after one another, with
 * the first one larger and some a word longer. */
static uint64_t stub_step(const struct debuginfo *info,
			  const GElf_Shdr *header)
{
	if (info->machine != EM_X86_64)
		return 4;
	return header->sh_entsize == 8 ? 8 : 16;
}

static void stubs_read(struct debuginfo *info, struct import_table *table,
		       const GElf_Shdr *header, uint32_t slots)
{
	const unsigned char *bytes =
		debuginfo_code(info, header->sh_addr, header->sh_size);
	bool is_x86 = info->machine == EM_X86_64;
	uint64_t step = stub_step(info, header);

	for (uint64_t i = 0; bytes && i < header->sh_size; i += step) {
		uint64_t left = header->sh_size - i, slot = 0;
		struct import stub = {.address = header->sh_addr + i,
				      .is_stub = true};
		const struct import *import;

		if (!(is_x86 ? stub_decode_x86(bytes + i,
					       left < step ? left : step,
					       stub.address, &slot)
			     : stub_decode_aarch64(bytes + i, left,
						   stub.address, &slot)))
			continue;
		import = import_find(table->imports.at, slots, slot);
		if (!import)
			continue;
		stub.name = import->name;
		stub.own = import->own;
		import_add(table, &stub);
	}
}

/* ---- all of it ---- */

enum pass { PASS_RELOCATIONS, PASS_STUBS };

static void section_read(struct debuginfo *info, struct import_table *table,
			 Elf_Scn *section, enum pass pass, uint32_t slots)
{
	GElf_Shdr header;
	const char *name;
	size_t names;

	if (!gelf_getshdr(section, &header) ||
	    elf_getshdrstrndx(info->elf, &names) ||
	    !(header.sh_flags & SHF_ALLOC))
		return;
	name = elf_strptr(info->elf, names, header.sh_name);
	if (name && !strcmp(name, ".got")) {
		table->got_low = header.sh_addr;
		table->got_high = header.sh_addr + header.sh_size;
	}
	if (name && !strcmp(name, ".data.rel.ro")) {
		table->constants_low = header.sh_addr;
		table->constants_high = header.sh_addr + header.sh_size;
	}
	if (pass == PASS_STUBS) {
		if (name && !strncmp(name, ".plt", 4))
			stubs_read(info, table, &header, slots);
	} else if (header.sh_type == SHT_RELA) {
		relocations_read(info, table, section, &header);
	} else if (info->type == ET_EXEC && header.sh_type == SHT_PROGBITS &&
		   !(header.sh_flags & SHF_EXECINSTR)) {
		data_scan(info, table, &header);
	}
}

static void sections_read(struct debuginfo *info, struct import_table *table,
			  enum pass pass)
{
	uint32_t slots = table->imports.count;
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(info->elf, section)))
		section_read(info, table, section, pass, slots);
	imports_sort(table);
}

static struct import_table *imports_of(struct debuginfo *info)
{
	struct import_table *table = info->imports;

	if (table)
		return table;
	table = calloc(1, sizeof *table);
	if (!table)
		return NULL;
	if (info->abi) {
		sections_read(info, table, PASS_RELOCATIONS);
		sections_read(info, table, PASS_STUBS);
	}
	info->imports = table;
	return table;
}

const char *debuginfo_import_at(struct debuginfo *info, uint64_t address)
{
	const struct import_table *table = imports_of(info);
	const struct import *import = NULL;

	if (table)
		import = import_find(table->imports.at, table->imports.count,
				     address);
	return import ? import->name : NULL;
}

const char *debuginfo_copy_at(struct debuginfo *info, uint64_t address)
{
	const struct import_table *table = imports_of(info);
	const struct import *copy = NULL;

	if (table)
		copy = import_find(table->copies.at, table->copies.count,
				   address);
	return copy ? copy->name : NULL;
}

bool debuginfo_own_import(struct debuginfo *info, uint64_t address,
			  uint64_t *target)
{
	const struct import_table *table = imports_of(info);
	const struct import *import = NULL;

	if (table)
		import = import_find(table->imports.at, table->imports.count,
				     address);
	if (!import || !import->own)
		return false;
	*target = import->own;
	return true;
}

bool debuginfo_slot_target(struct debuginfo *info, uint64_t address,
			   uint64_t *target)
{
	const struct import_table *table = imports_of(info);
	const struct relative key = {.place = address}, *found;

	if (!table || !table->relatives.count ||
	    ((address < table->got_low || address >= table->got_high) &&
	     (address < table->constants_low ||
	      address >= table->constants_high)))
		return false;
	found = bsearch(&key, table->relatives.at, table->relatives.count,
			sizeof key, relative_order);
	if (found)
		*target = found->target;
	return found;
}

bool debuginfo_thread_slot(struct debuginfo *info, uint64_t address,
			   uint64_t *offset, enum debuginfo_thread_slot *kind)
{
	const struct import_table *table = imports_of(info);
	const struct thread_slot key = {.place = address}, *found;

	if (!table || !table->threads.count)
		return false;
	found = bsearch(&key, table->threads.at, table->threads.count,
			sizeof key, thread_order);
	if (!found)
		return false;
	*offset = found->offset;
	*kind = found->kind;
	return true;
}

void debuginfo_relative_relocations(struct debuginfo *info,
				    void (*visit)(void *context, uint64_t place,
						  uint64_t target),
				    void *context)
{
	const struct import_table *table = imports_of(info);

	for (uint32_t i = 0; table && i < table->relatives.count; i++)
		visit(context, table->relatives.at[i].place,
		      table->relatives.at[i].target);
}

void debuginfo_import_relocations(struct debuginfo *info,
				  void (*visit)(void *context, uint64_t place,
						const char *name, bool is_got),
				  void *context)
{
	const struct import_table *table = imports_of(info);

	for (uint32_t i = 0; table && i < table->imports.count; i++) {
		const struct import *import = &table->imports.at[i];

		if (!import->is_stub)
			visit(context, import->address, import->name,
			      import->is_got);
	}
	for (uint32_t i = 0; table && i < table->copies.count; i++)
		visit(context, table->copies.at[i].address,
		      table->copies.at[i].name, false);
}
