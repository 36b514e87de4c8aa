/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/zstd.h"

#include <dlfcn.h>
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

/* Debug information never shrinks to less; who says so, lies. */
enum { RATIO_MAX = 1024 };

struct elf_copy {
	const unsigned char *bytes; /* of the file, mapped */
	size_t size;
	int copy;	 /* descriptor */
	uint64_t length; /* of the copy */
	size_t (*decompress)(void *to, size_t to_size, const void *from,
			     size_t from_size);
};

/* libzstd's ZSTD_decompress, or NULL. */
static void *decompressor(void)
{
	void *library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);

	return library ? dlsym(library, "ZSTD_decompress") : NULL;
}

static bool write_at(int fd, const void *bytes, size_t size, uint64_t offset)
{
	const unsigned char *from = bytes;

	while (size) {
		ssize_t written = pwrite(fd, from, size, (off_t)offset);

		if (written <= 0)
			return false;
		from += written;
		offset += (uint64_t)written;
		size -= (size_t)written;
	}
	return true;
}

static bool read_at(const struct elf_copy *elf, uint64_t offset, void *to,
		    size_t size)
{
	if (offset > elf->size || size > elf->size - offset)
		return false;
	memcpy(to, elf->bytes + offset, size);
	return true;
}

/* Is the section compressed with zstd, and sane? */
static bool is_compressed(const struct elf_copy *elf, const Elf64_Shdr *section,
			  Elf64_Chdr *header)
{
	return section->sh_flags & SHF_COMPRESSED &&
	       section->sh_type != SHT_NOBITS &&
	       section->sh_size > sizeof *header &&
	       section->sh_size <= elf->size &&
	       section->sh_offset <= elf->size - section->sh_size &&
	       read_at(elf, section->sh_offset, header, sizeof *header) &&
	       header->ch_type == ELFCOMPRESS_ZSTD &&
	       header->ch_size / RATIO_MAX <= section->sh_size;
}

/* Makes the copy, and gets the library, when the first section wants it. */
static bool copy_begin(struct elf_copy *elf)
{
	if (elf->copy >= 0)
		return true;
	*(void **)&elf->decompress = decompressor();
	if (!elf->decompress)
		return false;
	elf->copy = memfd_create("inflated", MFD_CLOEXEC);
	elf->length = (elf->size + 15) & ~(uint64_t)15;
	return elf->copy >= 0 &&
	       write_at(elf->copy, elf->bytes, elf->size, 0);
}

/* Appends the section's content to the copy and lets its header at PLACE say
 * where it is. */
static bool section_inflate(struct elf_copy *elf, Elf64_Shdr section,
			    const Elf64_Chdr *header, uint64_t place)
{
	size_t size = header->ch_size;
	unsigned char *content = malloc(size + 1);
	bool ok = false;

	if (!content)
		return false;
	if (elf->decompress(content, size,
			    elf->bytes + section.sh_offset + sizeof *header,
			    section.sh_size - sizeof *header) != size)
		goto out;
	section.sh_flags &= ~(uint64_t)SHF_COMPRESSED;
	section.sh_offset = elf->length;
	section.sh_size = size;
	section.sh_addralign = header->ch_addralign;
	ok = write_at(elf->copy, content, size, elf->length) &&
	     write_at(elf->copy, &section, sizeof section, place);
	elf->length += (size + 15) & ~(uint64_t)15;
out:
	free(content);
	return ok;
}

static bool sections_inflate(struct elf_copy *elf)
{
	Elf64_Ehdr header;

	if (!read_at(elf, 0, &header, sizeof header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_shentsize != sizeof(Elf64_Shdr))
		return false;
	for (uint64_t i = 0; i < header.e_shnum; i++) {
		uint64_t place = header.e_shoff + i * sizeof(Elf64_Shdr);
		Elf64_Shdr section;
		Elf64_Chdr compression;

		if (place < header.e_shoff ||
		    !read_at(elf, place, &section, sizeof section))
			return false;
		if (!is_compressed(elf, &section, &compression))
			continue;
		if (!copy_begin(elf) ||
		    !section_inflate(elf, section, &compression, place))
			return false;
	}
	return elf->copy >= 0;
}

int zstd_inflate(int fd)
{
	struct elf_copy elf = {.copy = -1};
	struct stat status;
	void *bytes;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || !status.st_size)
		return -1;
	elf.size = (size_t)status.st_size;
	bytes = mmap(NULL, elf.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -1;
	elf.bytes = bytes;
	if (!sections_inflate(&elf) && elf.copy >= 0) {
		close(elf.copy);
		elf.copy = -1;
	}
	munmap(bytes, elf.size);
	return elf.copy;
}
