/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/inflate.h"

#include <dlfcn.h>
#include <elf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/parallel.h"

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

enum {
	/* Debug information never shrinks to less; who says so, lies. */
	RATIO_MAX = 1100,
	SECTIONS_MAX = 64,
	/* Of .debug_info, inflated: less is read on one thread. */
	LARGE = 2 << 20,
};

/* A section to inflate. */
struct deflated {
	Elf64_Shdr header;
	uint64_t place; /* of the header */
	Elf64_Chdr compression;
	uint64_t from, end; /* in the file, the compression header included */
};

struct inflation {
	const unsigned char *bytes; /* of the file */
	size_t size;
	struct deflated sections[SECTIONS_MAX];
	unsigned int count;
	bool has_zstd, has_large, has_supplement;
	unsigned char *copy;
	uint64_t length; /* of the copy */
	/* The first section that no thread has taken, and whether one could not
	 * be inflated.  Relaxed: they say no more. */
	atomic_uint next;
	atomic_bool failed;
	size_t (*zstd)(void *to, size_t to_size, const void *from,
		       size_t from_size);
	int (*zlib)(unsigned char *to, unsigned long *to_size,
		    const unsigned char *from, unsigned long from_size);
};

/* The function NAME of LIBRARY, or NULL. */
static void *find_function(const char *library, const char *name)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

	return handle ? dlsym(handle, name) : NULL;
}

static bool read_at(const struct inflation *elf, uint64_t offset, void *to,
		    size_t size)
{
	if (offset > elf->size || size > elf->size - offset)
		return false;
	memcpy(to, elf->bytes + offset, size);
	return true;
}

/* ---- what there is ---- */

/* Is it compressed, and sane? */
static bool is_compressed(const struct inflation *elf,
			  const Elf64_Shdr *section, Elf64_Chdr *header)
{
	return section->sh_flags & SHF_COMPRESSED &&
	       section->sh_type != SHT_NOBITS &&
	       section->sh_size > sizeof *header &&
	       section->sh_size <= elf->size &&
	       section->sh_offset <= elf->size - section->sh_size &&
	       read_at(elf, section->sh_offset, header, sizeof *header) &&
	       (header->ch_type == ELFCOMPRESS_ZSTD ||
		header->ch_type == ELFCOMPRESS_ZLIB) &&
	       header->ch_size / RATIO_MAX <= section->sh_size;
}

/* Does NAMES, the section of names, have NAME for SECTION? */
static bool is_named(const struct inflation *elf, const Elf64_Shdr *names,
		     const Elf64_Shdr *section, const char *name)
{
	char found[32] = "";

	return section->sh_name < names->sh_size &&
	       read_at(elf, names->sh_offset + section->sh_name, found,
		       strlen(name) + 1) &&
	       !strcmp(found, name);
}

static void note_section(struct inflation *elf, const Elf64_Shdr *names,
			 const Elf64_Shdr *header, uint64_t place)
{
	struct deflated *section = &elf->sections[elf->count];

	if (is_named(elf, names, header, ".gnu_debugaltlink"))
		elf->has_supplement = true;
	if (elf->count == SECTIONS_MAX ||
	    !is_compressed(elf, header, &section->compression))
		return;
	section->header = *header;
	section->place = place;
	section->from = header->sh_offset;
	section->end = header->sh_offset + header->sh_size;
	elf->count++;
	if (section->compression.ch_type == ELFCOMPRESS_ZSTD)
		elf->has_zstd = true;
	else if (section->compression.ch_size >= LARGE &&
		 is_named(elf, names, header, ".debug_info"))
		elf->has_large = true;
}

static bool find_sections(struct inflation *elf)
{
	Elf64_Shdr names = {0};
	Elf64_Ehdr header;

	if (!read_at(elf, 0, &header, sizeof header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_shentsize != sizeof(Elf64_Shdr) ||
	    !read_at(elf, header.e_shoff + header.e_shstrndx * sizeof names,
		     &names, sizeof names))
		return false;
	for (uint64_t i = 0; i < header.e_shnum; i++) {
		uint64_t place = header.e_shoff + i * sizeof(Elf64_Shdr);
		Elf64_Shdr section;

		if (place < header.e_shoff ||
		    !read_at(elf, place, &section, sizeof section))
			return false;
		note_section(elf, &names, &section, place);
	}
	return true;
}

/* A file that shares debug information with others is read on one thread. */
static bool serves(const struct inflation *elf, unsigned int threads)
{
	return elf->has_zstd ||
	       (elf->has_large && threads > 1 && !elf->has_supplement);
}

/* ---- the copy ---- */

/* Gives every section its place behind the file. */
static void lay_out(struct inflation *elf)
{
	elf->length = (elf->size + 15) & ~(uint64_t)15;
	for (unsigned int i = 0; i < elf->count; i++) {
		Elf64_Shdr *header = &elf->sections[i].header;

		header->sh_flags &= ~(uint64_t)SHF_COMPRESSED;
		header->sh_offset = elf->length;
		header->sh_size = elf->sections[i].compression.ch_size;
		header->sh_addralign = elf->sections[i].compression.ch_addralign;
		elf->length += (header->sh_size + 15) & ~(uint64_t)15;
	}
}

/* The file without the sections that are inflated: nobody reads those there. */
static void copy_rest(struct inflation *elf)
{
	uint64_t at = 0;

	while (at < elf->size) {
		uint64_t end = elf->size, next = elf->size;

		for (unsigned int i = 0; i < elf->count; i++) {
			const struct deflated *section = &elf->sections[i];

			if (section->from < at || section->from >= end)
				continue;
			end = section->from;
			next = section->end;
		}
		memcpy(elf->copy + at, elf->bytes + at, end - at);
		at = next;
	}
	for (unsigned int i = 0; i < elf->count; i++)
		memcpy(elf->copy + elf->sections[i].place,
		       &elf->sections[i].header, sizeof(Elf64_Shdr));
}

static bool inflate_section(const struct inflation *elf,
			    const struct deflated *section)
{
	const Elf64_Chdr *compression = &section->compression;
	uint64_t from = section->from + sizeof *compression;
	unsigned char *to = elf->copy + section->header.sh_offset;
	unsigned long size = compression->ch_size;

	if (compression->ch_type == ELFCOMPRESS_ZSTD)
		return elf->zstd && elf->zstd(to, size, elf->bytes + from,
					      section->end - from) == size;
	return elf->zlib &&
	       !elf->zlib(to, &size, elf->bytes + from, section->end - from) &&
	       size == compression->ch_size;
}

static void work(void *context, unsigned int thread)
{
	struct inflation *elf = context;

	(void)thread;
	for (;;) {
		unsigned int i = atomic_fetch_add_explicit(
			&elf->next, 1, memory_order_relaxed);

		if (i >= elf->count)
			return;
		if (!inflate_section(elf, &elf->sections[i]))
			atomic_store_explicit(&elf->failed, true,
					      memory_order_relaxed);
	}
}

static bool fill_copy(struct inflation *elf, int fd, unsigned int threads)
{
	if (ftruncate(fd, (off_t)elf->length))
		return false;
	elf->copy = mmap(NULL, elf->length, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);
	if (elf->copy == MAP_FAILED)
		return false;
	copy_rest(elf);
	*(void **)&elf->zstd = find_function("libzstd.so.1", "ZSTD_decompress");
	*(void **)&elf->zlib = find_function("libz.so.1", "uncompress");
	parallel_run(threads < elf->count ? threads : elf->count, work, elf);
	munmap(elf->copy, elf->length);
	return !elf->failed;
}

int inflate_elf(const void *bytes, size_t size, unsigned int threads)
{
	struct inflation elf = { .bytes = bytes, .size = size };
	int fd;

	if (!find_sections(&elf) || !serves(&elf, threads))
		return -1;
	lay_out(&elf);
	fd = memfd_create("inflated", MFD_CLOEXEC);
	if (fd >= 0 && !fill_copy(&elf, fd, threads)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int inflate_file(int fd, unsigned int threads)
{
	struct stat status;
	size_t size;
	void *bytes;
	int copy;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || !status.st_size)
		return -1;
	size = (size_t)status.st_size;
	bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -1;
	copy = inflate_elf(bytes, size, threads);
	munmap(bytes, size);
	return copy;
}
