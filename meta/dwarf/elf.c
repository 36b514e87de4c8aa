/* SPDX-License-Identifier: Apache-2.0 */
/* What the ELF file says without any debug information. */
#include "meta/dwarf/reader.h"

#include <string.h>

#include "meta/dwarf/sort.h"

size_t debuginfo_build_id(struct debuginfo *info,
			  uint8_t build_id[DEBUGINFO_BUILD_ID_MAX])
{
	const unsigned char *bits;
	GElf_Addr address;
	int size = dwfl_module_build_id(info->module, &bits, &address);

	if (size <= 0)
		return 0;
	if (size > DEBUGINFO_BUILD_ID_MAX)
		size = DEBUGINFO_BUILD_ID_MAX;
	memcpy(build_id, bits, (size_t)size);
	return (size_t)size;
}

static void section_add(struct reader *reader, const GElf_Shdr *header,
			const char *name)
{
	struct model_elf_section *section;

	/* The template of thread-local variables has no place in memory. */
	if (!(header->sh_flags & SHF_ALLOC) || !header->sh_size ||
	    ((header->sh_flags & SHF_TLS) && header->sh_type == SHT_NOBITS) ||
	    header->sh_addr + header->sh_size < header->sh_addr)
		return;
	section = MODEL_APPEND(&reader->model->sections, 1);
	if (!section) {
		reader->exhausted = true;
		return;
	}
	section->address = header->sh_addr;
	section->size = header->sh_size;
	section->name = reader_intern(reader, name ? name : "");
	section->type = header->sh_type;
	section->flags = (uint32_t)header->sh_flags;
}

static void sections_read(struct reader *reader)
{
	Elf *elf = reader->info->elf;
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header))
			section_add(reader, &header,
				    elf_strptr(elf, names, header.sh_name));
	}
}

static bool symbol_wanted(const GElf_Sym *symbol, const char *name)
{
	unsigned char type = GELF_ST_TYPE(symbol->st_info);

	if (symbol->st_shndx == SHN_UNDEF || !name || !name[0])
		return false;
	return type == STT_FUNC || type == STT_OBJECT ||
	       type == STT_GNU_IFUNC || (type == STT_NOTYPE && symbol->st_size);
}

/* Adds a symbol, its name without the version: fopen@@GLIBC_2.2.5. */
static void symbol_add(struct reader *reader, const GElf_Sym *symbol,
		       uint64_t address, const char *name)
{
	const char *plain = model_intern(reader->model, name,
					 strcspn(name, "@"));
	struct model_symbol *entry =
		plain ? MODEL_APPEND(&reader->model->symbols, 1) : NULL;

	if (!entry) {
		reader->exhausted = true;
		return;
	}
	entry->address = address;
	entry->size = symbol->st_size;
	entry->name = plain;
	entry->type = GELF_ST_TYPE(symbol->st_info);
	entry->binding = GELF_ST_BIND(symbol->st_info);
}

/* dwfl's table is .symtab, of the debug file if need be, or .dynsym. */
static void symbols_read(struct reader *reader)
{
	int count = dwfl_module_getsymtab(reader->info->module);

	for (int i = 0; i < count && !reader->exhausted; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		const char *name = dwfl_module_getsym_info(reader->info->module,
							   i, &symbol, &address,
							   NULL, NULL, NULL);

		if (name && symbol_wanted(&symbol, name) &&
		    reader_address_is_loaded(reader, address, false))
			symbol_add(reader, &symbol, address, name);
	}
}

void reader_elf(struct reader *reader)
{
	reader->model->machine = reader->info->machine;
	reader->model->build_id_size = (uint32_t)debuginfo_build_id(
		reader->info, reader->model->build_id);
	sections_read(reader);
	reader_threads(reader);
	sort_sections(reader->model);
	symbols_read(reader);
	sort_symbols(reader->model);
}

Elf_Data *reader_section(Elf *elf, const char *name)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *found;

		if (!gelf_getshdr(section, &header) ||
		    header.sh_type == SHT_NOBITS ||
		    header.sh_flags & SHF_COMPRESSED)
			continue;
		found = elf_strptr(elf, names, header.sh_name);
		if (found && !strcmp(found, name))
			return elf_getdata(section, NULL);
	}
	return NULL;
}
