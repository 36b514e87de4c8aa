/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/debuginfo.h"

#include <dwarf.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "meta/dwarf/cfi.h"
#include "meta/dwarf/folded.h"
#include "meta/dwarf/imports.h"
#include "meta/dwarf/inflate.h"
#include "meta/dwarf/threads.h"
#include "meta/dwarf/package.h"
#include "meta/dwarf/parts.h"
#include "meta/dwarf/reader.h"
#include "meta/dwarf/sort.h"
#include "meta/parallel.h"
#include "meta/pool.h"

/* libdwfl's own search, which asks debuginfod servers too, where
 * DEBUGINFOD_URLS names some.  libdwfl has opened what it found by then, so
 * a file that had to be inflated is opened beside it. */
static int find_debuginfo(Dwfl_Module *module, void **user_data,
			  const char *name, Dwarf_Addr base,
			  const char *file_name, const char *link,
			  GElf_Word checksum, char **debug_name)
{
	struct debuginfo *info = *user_data;
	int fd = dwfl_standard_find_debuginfo(module, user_data, name, base,
					      file_name, link, checksum,
					      debug_name);

	if (fd >= 0 && info && info->inflated < 0)
		info->inflated = inflate_file(fd, info->threads);
	return fd;
}

static char *debuginfo_path; /* NULL: libdwfl's own search path */
static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = find_debuginfo,
	.section_address = dwfl_offline_section_address,
	.debuginfo_path = &debuginfo_path,
};

/* Is it an executable or shared object?  Remembers its machine. */
static bool elf_acceptable(struct debuginfo *info, const char **reason)
{
	GElf_Ehdr header;

	if (!gelf_getehdr(info->elf, &header)) {
		*reason = "not an ELF file";
		return false;
	}
	info->machine = header.e_machine;
	info->type = header.e_type;
	info->byte_order = header.e_ident[EI_DATA];
	if (header.e_ident[EI_CLASS] == ELFCLASS64 &&
	    info->byte_order == ELFDATA2LSB)
		info->abi = abi_of(info->machine);
	if (header.e_type == ET_EXEC || header.e_type == ET_DYN)
		return true;
	*reason = header.e_type == ET_REL
			  ? "a relocatable object: link it first"
			  : "not an executable or shared object";
	return false;
}

bool debuginfo_is_understood(const struct debuginfo *info)
{
	return info->abi;
}

static enum status module_report(struct debuginfo *info, const char *path,
				 int fd, const char **reason)
{
	GElf_Addr bias;

	info->dwfl = dwfl_begin(&callbacks);
	if (!info->dwfl) {
		*reason = "out of memory";
		return STATUS_NO_MEMORY;
	}
	/* Base 0 makes the module's addresses link-time addresses. */
	info->module = dwfl_report_elf(info->dwfl, path, path, fd, 0, true);
	if (!info->module) {
		*reason = "not an ELF file";
		return STATUS_BAD_INPUT;
	}
	dwfl_report_end(info->dwfl, NULL, NULL);
	info->elf = dwfl_module_getelf(info->module, &bias);
	if (!info->elf || !elf_acceptable(info, reason)) {
		if (!info->elf)
			*reason = "not an ELF file";
		return STATUS_BAD_INPUT;
	}
	return STATUS_OK;
}

/* Inflates what the DWARF is in, if that serves anything: the file itself, or
 * the one that libdwfl finds when it looks for symbols. */
static void inflate(struct debuginfo *info)
{
	void **user_data;
	size_t size;
	char *bytes = elf_rawfile(info->elf, &size);

	dwfl_module_info(info->module, &user_data, NULL, NULL, NULL, NULL, NULL,
			 NULL);
	*user_data = info;
	if (bytes)
		info->inflated = inflate_elf(bytes, size, info->threads);
	if (info->inflated < 0)
		dwfl_module_getsymtab(info->module);
}

static void dwarf_open(struct debuginfo *info)
{
	GElf_Addr bias;

	inflate(info);
	if (info->inflated < 0) {
		info->dwarf = dwfl_module_getdwarf(info->module, &bias);
		if (info->dwarf)
			info->bias = bias;
	}
	/* Maybe it was found but now. */
	if (info->inflated < 0)
		return;
	/* libdwfl is content with the sections that are not compressed. */
	info->bias = 0;
	info->inflated_elf =
		elf_begin(info->inflated, ELF_C_READ_MMAP, NULL);
	info->inflated_dwarf =
		dwarf_begin_elf(info->inflated_elf, DWARF_C_READ, NULL);
	info->dwarf = info->inflated_dwarf;
}

enum status debuginfo_open(const char *path, struct debuginfo **result,
			   const char **reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct debuginfo *info;
	enum status status;

	if (fd < 0) {
		*reason = "cannot be opened";
		return STATUS_NOT_FOUND;
	}
	info = calloc(1, sizeof *info);
	if (!info) {
		close(fd);
		*reason = "out of memory";
		return STATUS_NO_MEMORY;
	}
	info->inflated = -1;
	pthread_mutex_init(&info->cfi_lock, NULL);
	status = module_report(info, path, fd, reason);
	if (status) {
		/* libdwfl takes the descriptor only with the module. */
		if (!info->module)
			close(fd);
		debuginfo_close(info);
		return status;
	}
	*result = info;
	return STATUS_OK;
}

void debuginfo_close_inflated(struct debuginfo *info)
{
	if (info->inflated_dwarf)
		dwarf_end(info->inflated_dwarf);
	if (info->inflated_elf)
		elf_end(info->inflated_elf);
	if (info->inflated >= 0)
		close(info->inflated);
}

void debuginfo_close(struct debuginfo *info)
{
	if (!info)
		return;
	cfi_table_destroy(info->cfi);
	pthread_mutex_destroy(&info->cfi_lock);
	import_table_destroy(info->imports);
	thread_names_destroy(info->thread_names);
	debuginfo_close_inflated(info);
	if (info->dwfl)
		dwfl_end(info->dwfl);
	free(info);
}

/* ---- reading ---- */

static void statics_finish(struct model *model)
{
	for (uint32_t i = 0; i < model->statics.count; i++) {
		struct model_static *s = &model->statics.at[i];
		const struct model_symbol *symbol;

		s->size = model_type_size(model, s->type);
		symbol = model_symbol_at(model, s->address);
		/* A flexible array at the end makes it larger than its
		 * type. */
		if (symbol && symbol->address == s->address &&
		    symbol->size > s->size)
			s->size = symbol->size;
	}
}

/* What remains to be done when all is read: in two parts, of which neither
 * touches what the other does. */
struct finish {
	struct reader *reader;
	atomic_uint next; /* relaxed: it says no more than which is taken */
};

static void finish_types(struct reader *reader)
{
	reader_types_finish(reader);
	reader_pieces_finish(reader);
	statics_finish(reader->model);
	sort_statics(reader->model);
	reader_declared_finish(reader);
	sort_allocated(reader->model);
}

static void finish_code(struct reader *reader)
{
	sort_functions(reader->model);
	sort_lines(reader->model);
}

static void finish(void *context, unsigned int thread)
{
	static void (*const parts[])(struct reader *reader) = {
		finish_types, finish_code,
	};
	struct finish *f = context;

	(void)thread;
	for (;;) {
		unsigned int i = atomic_fetch_add_explicit(
			&f->next, 1, memory_order_relaxed);

		if (i >= sizeof parts / sizeof *parts)
			return;
		parts[i](f->reader);
	}
}

enum status debuginfo_read(struct debuginfo *info, struct model *model,
			   unsigned int threads, const char **reason)
{
	struct reader reader = {.info = info, .model = model};
	struct finish rest = {.reader = &reader};

	info->threads = threads;
	dwarf_open(info);
	package_open(info);
	reader_elf(&reader);
	if (info->dwarf) {
		model->has_dwarf = true;
		parts_read(&reader, threads);
		parallel_run(threads < 2 ? threads : 2, finish, &rest);
	}
	pool_forget(model->pool);
	reader.exhausted |= folded_add(model) != STATUS_OK;
	reader_deinit(&reader);
	if (!reader.exhausted)
		return STATUS_OK;
	*reason = "out of memory";
	return STATUS_NO_MEMORY;
}

const unsigned char *debuginfo_code(struct debuginfo *info, uint64_t address,
				    uint64_t size)
{
	size_t count, file_size;
	const char *file = elf_rawfile(info->elf, &file_size);

	if (!file || elf_getphdrnum(info->elf, &count))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		uint64_t skip;

		if (!gelf_getphdr(info->elf, (int)i, &header) ||
		    header.p_type != PT_LOAD || address < header.p_vaddr)
			continue;
		skip = address - header.p_vaddr;
		if (skip > header.p_filesz || size > header.p_filesz - skip)
			continue;
		if (header.p_offset > file_size ||
		    skip > file_size - header.p_offset ||
		    size > file_size - header.p_offset - skip)
			return NULL;
		return (const unsigned char *)file + header.p_offset + skip;
	}
	return NULL;
}
