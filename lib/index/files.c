/* SPDX-License-Identifier: Apache-2.0 */
#include "index/files.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

#include "base/sys.h"

#ifndef ALLOTYPE_REMOTE
#include "index/loaded.h"
#endif

/* A file with more program headers makes no sense. */
enum { HEADERS_MAX = 1024, CHUNK_SYMBOLS = 64, CHUNK_WORDS = 256 };

static bool is_loaded(const struct allotype_file *file)
{
	/* Pairs with the release in loaded.c, which sets it last. */
	return __atomic_load_n(&file->loaded, __ATOMIC_ACQUIRE) != 0;
}

/* What changes after a node was published is read each field on its own. */
static void copy_node(const struct allotype_file *seen,
		      struct allotype_file *file)
{
	memcpy(file, seen, offsetof(struct allotype_file, loaded));
	file->loaded = is_loaded(seen);
	memcpy(&file->bias, &seen->bias,
	       offsetof(struct allotype_file, metadata) -
		       offsetof(struct allotype_file, bias));
	/* Pairs with the release in metadata.c, which sets the path first. */
	file->metadata = __atomic_load_n(&seen->metadata, __ATOMIC_ACQUIRE);
	file->metadata_path = file->metadata ? seen->metadata_path : 0;
}

/* Program header NUMBER, if it is a loaded segment. */
static bool load_segment(const struct space *space,
			 const struct allotype_file *file, uint32_t number,
			 struct file_segment *segment)
{
	Elf64_Phdr buffer;
	const Elf64_Phdr *header = SPACE_VIEW(
		space, file->program_headers + number * sizeof buffer, &buffer);

	if (!header || header->p_type != PT_LOAD || !header->p_memsz)
		return false;
	segment->base = file->bias + header->p_vaddr;
	segment->limit = segment->base + header->p_memsz;
	segment->flags = header->p_flags;
	segment->number = number;
	return true;
}

static uint32_t header_count(const struct allotype_file *file)
{
	return file->program_header_count < HEADERS_MAX ?
		       file->program_header_count : HEADERS_MAX;
}

/* Is ADDRESS on a page of one of the segments? */
static bool holds(const struct space *space, const struct allotype_file *file,
		  uint64_t address)
{
	const uint64_t page = SYS_PAGE_SIZE;

	if (address < file->base || address >= file->limit)
		return false;
	for (uint32_t i = 0; i < header_count(file); i++) {
		struct file_segment segment;

		if (load_segment(space, file, i, &segment) &&
		    address >= (segment.base & ~(page - 1)) &&
		    address < ((segment.limit + page - 1) & ~(page - 1)))
			return true;
	}
	return false;
}

/* What a node of the list is sought by: SERIAL, or else ADDRESS. */
static bool is_sought(const struct space *space,
		      const struct allotype_file *seen, uint32_t serial,
		      uint64_t address)
{
	if (serial)
		return seen->serial == serial;
	return is_loaded(seen) && holds(space, seen, address);
}

static bool find_node(const struct space *space, uint64_t files,
		      uint32_t serial, uint64_t address,
		      struct allotype_file *file, uint64_t *node)
{
	uint64_t at = files;

	for (int i = 0; at && i < FILES_MAX; i++) {
		struct allotype_file buffer;
		const struct allotype_file *seen =
			SPACE_VIEW(space, at, &buffer);

		if (!seen)
			return false;
		if (is_sought(space, seen, serial, address)) {
			copy_node(seen, file);
			if (node)
				*node = at;
			return true;
		}
		at = seen->next;
	}
	return false;
}

bool files_find(const struct space *space, uint64_t files, uint64_t address,
		struct allotype_file *file, uint64_t *node)
{
	return find_node(space, files, 0, address, file, node);
}

bool files_find_serial(const struct space *space, uint64_t files,
		       uint32_t serial, struct allotype_file *file,
		       uint64_t *node)
{
	return serial && find_node(space, files, serial, 0, file, node);
}

bool files_next(const struct space *space, uint64_t *at,
		struct allotype_file *file, uint64_t *node)
{
	for (int i = 0; *at && i < FILES_MAX; i++) {
		struct allotype_file buffer;
		const struct allotype_file *seen =
			SPACE_VIEW(space, *at, &buffer);

		if (!seen)
			return false;
		*node = *at;
		*at = seen->next;
		if (is_loaded(seen)) {
			copy_node(seen, file);
			return true;
		}
	}
	return false;
}

bool files_segment(const struct space *space, const struct allotype_file *file,
		   uint64_t address, struct file_segment *segment)
{
	for (uint32_t i = 0; i < header_count(file); i++) {
		struct file_segment seen;

		if (load_segment(space, file, i, &seen) &&
		    address >= seen.base && address < seen.limit) {
			*segment = seen;
			return true;
		}
	}
	return false;
}

/* ---- dynamic symbols ---- */

struct symbol_table {
	uint64_t symbols, strings, string_size;
	uint64_t gnu_hash; /* address, or 0 */
	uint64_t count;    /* 0: see gnu_hash */
};

static bool find_symbol_table(const struct space *space,
			      const struct allotype_file *file,
			      struct symbol_table *table)
{
	uint64_t at = file->dynamic;

	*table = (struct symbol_table){ 0, 0, 0, 0, 0 };
	while (at) {
		Elf64_Dyn buffer;
		const Elf64_Dyn *entry = SPACE_VIEW(space, at, &buffer);

		if (!entry || entry->d_tag == DT_NULL)
			break;
		if (entry->d_tag == DT_SYMTAB)
			table->symbols = entry->d_un.d_ptr;
		else if (entry->d_tag == DT_STRTAB)
			table->strings = entry->d_un.d_ptr;
		else if (entry->d_tag == DT_STRSZ)
			table->string_size = entry->d_un.d_val;
		else if (entry->d_tag == DT_GNU_HASH)
			table->gnu_hash = entry->d_un.d_ptr;
		else if (entry->d_tag == ALLOTYPE_DT_SYMBOL_COUNT)
			table->count = entry->d_un.d_val;
		at += sizeof buffer;
	}
	return table->symbols && table->strings;
}

/* The highest of COUNT words at ADDRESS. */
static bool highest_word(const struct space *space, uint64_t address,
			 uint64_t count, uint32_t *highest)
{
	*highest = 0;
	while (count) {
		uint32_t buffer[CHUNK_WORDS];
		uint64_t n = count < CHUNK_WORDS ? count : CHUNK_WORDS;
		const uint32_t *words = space_view(space, address, buffer,
						   n * sizeof *words);

		if (!words)
			return false;
		for (uint64_t i = 0; i < n; i++)
			if (words[i] > *highest)
				*highest = words[i];
		address += n * sizeof *words;
		count -= n;
	}
	return true;
}

/* How many symbols a GNU hash table covers: its chains end with the last
 * symbol.  Nothing outside SEGMENT is read. */
uint64_t files_gnu_hash_count(const struct space *space, uint64_t table,
			      const struct file_segment *segment)
{
	struct { uint32_t buckets, first, bloom, shift; } buffer;
	const __typeof__(buffer) *header;
	uint64_t buckets, chains;
	uint32_t last;

	if (segment->limit - table < sizeof buffer)
		return 0;
	header = SPACE_VIEW(space, table, &buffer);
	if (!header)
		return 0;
	buckets = table + sizeof buffer + header->bloom * sizeof(uint64_t);
	chains = buckets + header->buckets * sizeof(uint32_t);
	if (buckets >= segment->limit || chains > segment->limit ||
	    !highest_word(space, buckets, header->buckets, &last))
		return 0;
	if (last < header->first)
		return header->first;
	for (uint64_t i = last;; i++) {
		uint64_t at = chains + (i - header->first) * sizeof(uint32_t);
		uint32_t word;
		const uint32_t *chain;

		if (at + sizeof word > segment->limit)
			return 0;
		chain = SPACE_VIEW(space, at, &word);
		if (!chain)
			return 0;
		if (*chain & 1)
			return i + 1;
	}
}

static uint64_t count_symbols(const struct space *space,
			      const struct allotype_file *file,
			      const struct symbol_table *table)
{
	struct file_segment segment;
	uint64_t count, room;

	if (table->count) /* a copy, counted when it was made */
		return table->count;
	if (!files_segment(space, file, table->gnu_hash, &segment))
		return 0;
	count = files_gnu_hash_count(space, table->gnu_hash, &segment);
	if (!files_segment(space, file, table->symbols, &segment))
		return 0;
	room = (segment.limit - table->symbols) / sizeof(Elf64_Sym);
	return count < room ? count : room;
}

static bool symbol_holds(const Elf64_Sym *symbol, uint64_t link_address)
{
	unsigned int type = ELF64_ST_TYPE(symbol->st_info);

	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS)
		return false;
	if (type != STT_FUNC && type != STT_OBJECT && type != STT_GNU_IFUNC &&
	    type != STT_NOTYPE)
		return false;
	return link_address - symbol->st_value < symbol->st_size;
}

/* Of several names for one place: the smallest, then the global, then the
 * first. */
static bool symbol_better(const Elf64_Sym *symbol, const Elf64_Sym *best)
{
	if (symbol->st_size != best->st_size)
		return symbol->st_size < best->st_size;
	return ELF64_ST_BIND(symbol->st_info) == STB_GLOBAL &&
	       ELF64_ST_BIND(best->st_info) != STB_GLOBAL;
}

static bool search_symbols(const struct space *space, uint64_t symbols,
			   uint64_t count, uint64_t link_address,
			   Elf64_Sym *best)
{
	bool found = false;

	while (count) {
		Elf64_Sym buffer[CHUNK_SYMBOLS];
		uint64_t n = count < CHUNK_SYMBOLS ? count : CHUNK_SYMBOLS;
		const Elf64_Sym *view = space_view(space, symbols, buffer,
						   n * sizeof *view);

		if (!view)
			return false;
		for (uint64_t i = 0; i < n; i++) {
			if (!symbol_holds(&view[i], link_address) ||
			    (found && !symbol_better(&view[i], best)))
				continue;
			*best = view[i];
			found = true;
		}
		symbols += n * sizeof *view;
		count -= n;
	}
	return found;
}

bool files_symbol(const struct space *space, const struct allotype_file *file,
		  uint64_t address, struct file_symbol *symbol)
{
	struct symbol_table table;
	Elf64_Sym best = { 0 };

	if (!find_symbol_table(space, file, &table) ||
	    !search_symbols(space, table.symbols,
			    count_symbols(space, file, &table),
			    address - file->bias, &best) ||
	    best.st_name >= table.string_size)
		return false;
	symbol->base = file->bias + best.st_value;
	symbol->size = best.st_size;
	symbol->name = table.strings + best.st_name;
	symbol->type = ELF64_ST_TYPE(best.st_info);
	return true;
}

bool files_enter(uint64_t node)
{
#ifdef ALLOTYPE_REMOTE
	(void)node;
	return true;
#else
	return loaded_enter((const struct allotype_file *)(uintptr_t)node);
#endif
}

void files_leave(uint64_t node)
{
#ifdef ALLOTYPE_REMOTE
	(void)node;
#else
	loaded_leave((const struct allotype_file *)(uintptr_t)node);
#endif
}
