/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/threads.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "meta/dwarf/reader.h"

struct thread_name {
	const char *name;
	uint64_t offset; /* in the block of thread-local variables */
};

struct thread_names {
	MODEL_ARRAY(struct thread_name) names; /* by name */
};

void thread_names_destroy(struct thread_names *names)
{
	if (!names)
		return;
	free(names->names.at);
	free(names);
}

/* ---- where the block is (ELF Handling For Thread-Local Storage) ---- */

enum { AARCH64_HEAD = 16 }; /* before the block, at the thread pointer */

static uint64_t aligned(uint64_t size, uint64_t align)
{
	return (size + align - 1) / align * align;
}

/* Variant I: the block begins after the thread pointer; variant II, of
 * x86-64: it ends there. */
static void block_read(struct model *model, const GElf_Phdr *header)
{
	uint64_t align = header->p_align ? header->p_align : 1;

	model->thread_size = header->p_memsz;
	if (model->machine == EM_AARCH64)
		model->thread_start = (int64_t)aligned(AARCH64_HEAD, align);
	else
		model->thread_start = -(int64_t)aligned(header->p_memsz, align);
}

static void thread_block_read(struct reader *reader)
{
	Elf *elf = reader->info->elf;
	size_t count;

	if (!reader->info->abi || elf_getphdrnum(elf, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;

		if (gelf_getphdr(elf, (int)i, &header) &&
		    header.p_type == PT_TLS &&
		    header.p_memsz <= MODEL_THREAD_REACH / 2 &&
		    header.p_align <= MODEL_THREAD_REACH / 4)
			block_read(reader->model, &header);
	}
}

/* ---- variables by their symbols ---- */

static int name_order(const void *a, const void *b)
{
	const struct thread_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void thread_names_read(struct reader *reader)
{
	struct thread_names *names = calloc(1, sizeof *names);
	int count = dwfl_module_getsymtab(reader->info->module);

	if (!names) {
		reader->exhausted = true;
		return;
	}
	reader->info->thread_names = names;
	for (int i = 0; i < count; i++) {
		struct thread_name *entry;
		GElf_Sym symbol;
		const char *name = dwfl_module_getsym(reader->info->module, i,
						      &symbol, NULL);

		if (!name || GELF_ST_TYPE(symbol.st_info) != STT_TLS ||
		    symbol.st_shndx == SHN_UNDEF || !symbol.st_size ||
		    symbol.st_value >= reader->model->thread_size)
			continue;
		entry = MODEL_APPEND(&names->names, 1);
		if (!entry) {
			reader->exhausted = true;
			return;
		}
		*entry = (struct thread_name){ name, symbol.st_value };
	}
	if (names->names.count)
		qsort(names->names.at, names->names.count,
		      sizeof *names->names.at, name_order);
}

void reader_threads(struct reader *reader)
{
	thread_block_read(reader);
	if (reader->model->thread_size &&
	    reader->model->machine == EM_AARCH64)
		thread_names_read(reader);
}

/* Two of a name are in different files, and nobody knows which is which. */
static bool find_name(const struct thread_names *names, const char *name,
		      uint64_t *offset)
{
	const struct thread_name key = { .name = name }, *found, *end;

	if (!name || !names->names.count)
		return false;
	end = names->names.at + names->names.count;
	found = bsearch(&key, names->names.at, names->names.count, sizeof key,
			name_order);
	if (!found ||
	    (found > names->names.at && !name_order(found - 1, &key)) ||
	    (found + 1 < end && !name_order(found + 1, &key)))
		return false;
	*offset = found->offset;
	return true;
}

bool reader_thread_local(const struct reader *reader, Dwarf_Die *die,
			 uint64_t *address)
{
	const struct thread_names *names = reader->info->thread_names;
	uint64_t offset;

	if (!names || dwarf_hasattr(die, DW_AT_declaration) ||
	    dwarf_hasattr(die, DW_AT_location) ||
	    dwarf_hasattr(die, DW_AT_const_value) ||
	    (!find_name(names, die_linkage_name(die), &offset) &&
	     !find_name(names, die_name(die), &offset)))
		return false;
	*address = model_thread_address(reader->model, offset);
	return true;
}
