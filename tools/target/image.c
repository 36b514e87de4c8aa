/* SPDX-License-Identifier: Apache-2.0 */
#include "target/image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PROGRAM_HEADERS = 512, MAX_NOTES = 65536, MAX_DYNAMIC = 1024 };

bool image_id_equal(const struct image_id *a, const struct image_id *b)
{
	return a->size && a->size == b->size &&
	       !memcmp(a->bytes, b->bytes, a->size);
}

static void set_id(struct image_id *id, const void *bytes, size_t size)
{
	id->size = size < sizeof id->bytes ? size : sizeof id->bytes;
	memcpy(id->bytes, bytes, id->size);
}

/* ---- in memory ---- */

static enum status read_header(const struct space *space, uint64_t base,
			       Elf64_Ehdr *header)
{
	if (!space->read(space, base, header, sizeof *header))
		return STATUS_NOT_FOUND;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_phentsize != sizeof(Elf64_Phdr) ||
	    header->e_phnum > MAX_PROGRAM_HEADERS)
		return STATUS_BAD_INPUT;
	return STATUS_OK;
}

/* Program header number N. */
static bool read_program_header(const struct space *space, uint64_t base,
				const Elf64_Ehdr *header, unsigned int n,
				Elf64_Phdr *entry)
{
	return space->read(space, base + header->e_phoff + n * sizeof *entry,
			   entry, sizeof *entry);
}

/* The first program header of TYPE, and the load bias. */
static enum status find_program_header(const struct space *space,
				       uint64_t base, uint32_t type,
				       Elf64_Phdr *found, uint64_t *bias)
{
	Elf64_Ehdr header;
	Elf64_Phdr entry;
	bool have_bias = false, have = false;
	enum status status = read_header(space, base, &header);

	if (status)
		return status;
	for (unsigned int n = 0; n < header.e_phnum; n++) {
		if (!read_program_header(space, base, &header, n, &entry))
			return STATUS_NOT_FOUND;
		if (entry.p_type == PT_LOAD && !have_bias) {
			*bias = base - (entry.p_vaddr - entry.p_offset);
			have_bias = true;
		}
		if (entry.p_type == type && !have) {
			*found = entry;
			have = true;
		}
	}
	return have && have_bias ? STATUS_OK : STATUS_NOT_FOUND;
}

static enum status note_id(const struct space *space, uint64_t address,
			   uint64_t limit, struct image_id *id)
{
	Elf64_Nhdr note;
	char name[4];

	while (limit - address >= sizeof note) {
		uint64_t name_at = address + sizeof note, data_at;

		if (!space->read(space, address, &note, sizeof note))
			return STATUS_NOT_FOUND;
		data_at = name_at + ((note.n_namesz + 3) & ~3ULL);
		address = data_at + ((note.n_descsz + 3) & ~3ULL);
		if (address > limit || data_at < name_at)
			return STATUS_BAD_INPUT;
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
		    note.n_descsz > sizeof id->bytes || !note.n_descsz)
			continue;
		if (!space->read(space, name_at, name, sizeof name) ||
		    !space->read(space, data_at, id->bytes, note.n_descsz))
			return STATUS_NOT_FOUND;
		if (!memcmp(name, "GNU", 4)) {
			id->size = note.n_descsz;
			return STATUS_OK;
		}
	}
	return STATUS_NOT_FOUND;
}

enum status image_memory_id(const struct space *space, uint64_t base,
			    struct image_id *id)
{
	Elf64_Ehdr header;
	Elf64_Phdr entry;
	struct image_id found = { .size = 0 };
	enum status status = read_header(space, base, &header);

	if (status)
		return status;
	for (unsigned int n = 0; n < header.e_phnum; n++) {
		if (!read_program_header(space, base, &header, n, &entry))
			return STATUS_NOT_FOUND;
		/* A note lies in the first segment, with the header: there
		 * its offset is its distance from BASE. */
		if (entry.p_type != PT_NOTE || entry.p_filesz > MAX_NOTES)
			continue;
		if (!note_id(space, base + entry.p_offset,
			     base + entry.p_offset + entry.p_filesz, &found)) {
			*id = found;
			return STATUS_OK;
		}
	}
	return STATUS_NOT_FOUND;
}

struct dynamic {
	uint64_t bias;
	uint64_t symbols, strings, gnu_hash;
};

static enum status read_dynamic(const struct space *space, uint64_t base,
				struct dynamic *dynamic)
{
	Elf64_Phdr header = { .p_vaddr = 0 };
	Elf64_Dyn entry;
	enum status status = find_program_header(space, base, PT_DYNAMIC,
						 &header, &dynamic->bias);

	if (status)
		return status;
	for (unsigned int n = 0; n < MAX_DYNAMIC; n++) {
		uint64_t at = dynamic->bias + header.p_vaddr + n * sizeof entry;
		uint64_t value;

		if (!space->read(space, at, &entry, sizeof entry))
			return STATUS_NOT_FOUND;
		/* The loader has made addresses of these, if it got so far. */
		value = entry.d_un.d_ptr;
		if (value < dynamic->bias)
			value += dynamic->bias;
		if (entry.d_tag == DT_NULL)
			break;
		if (entry.d_tag == DT_SYMTAB)
			dynamic->symbols = value;
		else if (entry.d_tag == DT_STRTAB)
			dynamic->strings = value;
		else if (entry.d_tag == DT_GNU_HASH)
			dynamic->gnu_hash = value;
	}
	return dynamic->symbols && dynamic->strings && dynamic->gnu_hash ?
		       STATUS_OK : STATUS_NOT_FOUND;
}

static bool name_is(const struct space *space, uint64_t address,
		    const char *name)
{
	char found[64];
	size_t size = strlen(name) + 1;

	return size <= sizeof found &&
	       space->read(space, address, found, size) &&
	       !memcmp(found, name, size);
}

/* One chain of a DT_GNU_HASH table; it ends with an odd hash. */
static enum status search_chain(const struct space *space,
				const struct dynamic *dynamic, uint64_t chain,
				uint32_t symbol, uint32_t hash,
				const char *name, uint64_t *address)
{
	for (unsigned int steps = 0; steps < 4096; steps++, symbol++) {
		uint32_t value;
		Elf64_Sym entry;
		uint64_t at = dynamic->symbols + symbol * sizeof entry;

		if (!space->read(space, chain + steps * 4, &value,
				 sizeof value))
			return STATUS_NOT_FOUND;
		if ((value | 1) == (hash | 1) &&
		    space->read(space, at, &entry, sizeof entry) &&
		    entry.st_shndx != SHN_UNDEF &&
		    name_is(space, dynamic->strings + entry.st_name, name)) {
			*address = entry.st_value + dynamic->bias;
			return STATUS_OK;
		}
		if (value & 1)
			break;
	}
	return STATUS_NOT_FOUND;
}

enum status image_memory_symbol(const struct space *space, uint64_t base,
				const char *name, uint64_t *address)
{
	struct { uint32_t buckets, first, bloom, shift; } header;
	struct dynamic dynamic = { .bias = 0 };
	uint64_t buckets, chain;
	uint32_t hash = 5381, symbol;
	enum status status = read_dynamic(space, base, &dynamic);

	if (status)
		return status;
	for (const char *p = name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	if (!space->read(space, dynamic.gnu_hash, &header, sizeof header) ||
	    !header.buckets)
		return STATUS_NOT_FOUND;
	buckets = dynamic.gnu_hash + sizeof header + header.bloom * 8ULL;
	if (!space->read(space, buckets + hash % header.buckets * 4ULL,
			 &symbol, sizeof symbol) || symbol < header.first)
		return STATUS_NOT_FOUND;
	chain = buckets + header.buckets * 4ULL +
		(symbol - header.first) * 4ULL;
	return search_chain(space, &dynamic, chain, symbol, hash, name,
			    address);
}

/* ---- on disk ---- */

static void examine_notes(Elf *elf, const GElf_Phdr *header,
			  struct image_file *file)
{
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)header->p_offset,
					      header->p_filesz, ELF_T_NHDR);
	GElf_Nhdr note;
	size_t name, bytes, at = 0;

	while (data && (at = gelf_getnote(data, at, &note, &name, &bytes))) {
		const char *base = data->d_buf;

		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(base + name, "GNU", 4))
			set_id(&file->id, base + bytes, note.n_descsz);
	}
}

static void examine_interpreter(int fd, const GElf_Phdr *header,
				struct image_file *file)
{
	size_t size = header->p_filesz;
	ssize_t n;

	file->is_static = false;
	if (size >= sizeof file->interpreter)
		size = sizeof file->interpreter - 1;
	n = pread(fd, file->interpreter, size, (off_t)header->p_offset);
	file->interpreter[n > 0 ? n : 0] = '\0';
}

static void examine_elf(Elf *elf, int fd, struct image_file *file)
{
	GElf_Ehdr header;
	GElf_Phdr entry;
	size_t count;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
		return;
	file->is_elf = true;
	file->is_64_bit = header.e_ident[EI_CLASS] == ELFCLASS64 &&
			  header.e_machine == EM_X86_64;
	file->is_executable = header.e_type == ET_EXEC ||
			      header.e_type == ET_DYN;
	file->is_static = true;
	if (elf_getphdrnum(elf, &count))
		return;
	for (size_t n = 0; n < count; n++) {
		if (!gelf_getphdr(elf, (int)n, &entry))
			continue;
		if (entry.p_type == PT_INTERP)
			examine_interpreter(fd, &entry, file);
		else if (entry.p_type == PT_NOTE && !file->id.size)
			examine_notes(elf, &entry, file);
	}
}

enum status image_file_examine(const char *path, struct image_file *file)
{
	struct stat stat;
	Elf *elf;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return STATUS_SYSTEM;
	memset(file, 0, sizeof *file);
	if (!fstat(fd, &stat) && S_ISREG(stat.st_mode)) {
		file->is_privileged = stat.st_mode & (S_ISUID | S_ISGID);
		elf_version(EV_CURRENT);
		elf = elf_begin(fd, ELF_C_READ, NULL);
		if (elf) {
			examine_elf(elf, fd, file);
			elf_end(elf);
		}
	}
	close(fd);
	return STATUS_OK;
}
