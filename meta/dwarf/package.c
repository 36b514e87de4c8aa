/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libdw reads split units from files of their own only, the .dwo files that
 * skeleton units name, which it looks for beside the file with the skeletons
 * first.  So a package's units become such files again, in a directory with a
 * copy of that file, for as long as it takes libdw to open them.
 */
#include "meta/dwarf/package.h"

#include <dwarf.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/dwarf/cursor.h"
#include "meta/dwarf/package_index.h"

enum { STRINGS = PACKAGE_SECTIONS, PIECES };

struct package {
	Elf *elf;
	uint16_t machine;
	struct package_index units, types;
	Elf_Data *sections[PIECES]; /* NULL: none */
	char directory[PATH_MAX];
	int skeletons; /* the copy of their file */
};

static const char *const names[PIECES] = {
	[PACKAGE_INFO] = ".debug_info.dwo",
	[PACKAGE_TYPES] = ".debug_types.dwo",
	[PACKAGE_ABBREV] = ".debug_abbrev.dwo",
	[PACKAGE_LINE] = ".debug_line.dwo",
	[PACKAGE_LOC] = ".debug_loc.dwo",
	[PACKAGE_LOCLISTS] = ".debug_loclists.dwo",
	[PACKAGE_STR_OFFSETS] = ".debug_str_offsets.dwo",
	[PACKAGE_RNGLISTS] = ".debug_rnglists.dwo",
	[STRINGS] = ".debug_str.dwo",
};

/* ---- a unit as a file ---- */

/* Bytes that grow. */
struct buffer {
	unsigned char *bytes;
	size_t size, capacity;
	bool failed;
};

static void append(struct buffer *buffer, const void *bytes, size_t size)
{
	size_t wanted = buffer->size + size;

	if (wanted > buffer->capacity) {
		size_t capacity = wanted * 3 / 2 + 256;
		unsigned char *grown = realloc(buffer->bytes, capacity);

		if (!grown) {
			buffer->failed = true;
			return;
		}
		buffer->bytes = grown;
		buffer->capacity = capacity;
	}
	if (size)
		memcpy(buffer->bytes + buffer->size, bytes, size);
	buffer->size = wanted;
}

struct unit_file {
	struct buffer pieces[PIECES];
};

static void unit_file_deinit(struct unit_file *file)
{
	for (int i = 0; i < PIECES; i++)
		free(file->pieces[i].bytes);
}

static void add_contribution(const struct package *package,
			     const struct package_unit *unit,
			     enum package_section section,
			     struct unit_file *file)
{
	const Elf_Data *data = package->sections[section];
	uint32_t offset = unit->of[section].offset;
	uint32_t size = unit->of[section].size;

	if (!size)
		return;
	if (!data || offset > data->d_size || size > data->d_size - offset)
		file->pieces[section].failed = true;
	else
		append(&file->pieces[section],
		       (const unsigned char *)data->d_buf + offset, size);
}

/* The strings that the unit's offsets lead to, and none of the others'. */
static void add_strings(const struct package *package, struct unit_file *file)
{
	const Elf_Data *all = package->sections[STRINGS];
	struct buffer *offsets = &file->pieces[PACKAGE_STR_OFFSETS];
	struct buffer *strings = &file->pieces[STRINGS];
	size_t header = package->units.version == 5 ? 8 : 0;

	for (size_t at = header; at + 4 <= offsets->size; at += 4) {
		struct cursor cursor = {.at = offsets->bytes + at,
					.end = offsets->bytes + at + 4};
		uint64_t from = take_number(&cursor, 4);
		const char *string, *end = NULL;
		uint32_t to = (uint32_t)strings->size;

		if (all && from < all->d_size) {
			string = (const char *)all->d_buf + from;
			end = memchr(string, '\0', all->d_size - from);
		}
		if (!end) {
			strings->failed = true;
			return;
		}
		append(strings, string, (size_t)(end - string) + 1);
		for (int i = 0; i < 4; i++)
			offsets->bytes[at + i] = (unsigned char)(to >> 8 * i);
	}
}

/* Type units that came from the same file; libdw knows no others. */
static void add_types(const struct package *package,
		      const struct package_unit *unit, struct unit_file *file)
{
	for (uint32_t row = 1; row <= package->types.units; row++) {
		struct package_unit type;

		if (!package_index_unit(&package->types, row, &type) ||
		    type.of[PACKAGE_ABBREV].offset !=
			    unit->of[PACKAGE_ABBREV].offset ||
		    type.of[PACKAGE_STR_OFFSETS].offset !=
			    unit->of[PACKAGE_STR_OFFSETS].offset)
			continue;
		add_contribution(package, &type, PACKAGE_INFO, file);
		add_contribution(package, &type, PACKAGE_TYPES, file);
	}
}

static bool unit_file_fill(const struct package *package,
			   const struct package_unit *unit,
			   struct unit_file *file)
{
	for (int i = 0; i < PACKAGE_SECTIONS; i++)
		add_contribution(package, unit, (enum package_section)i, file);
	add_types(package, unit, file);
	add_strings(package, file);
	for (int i = 0; i < PIECES; i++)
		if (file->pieces[i].failed)
			return false;
	return true;
}

/* An ELF file of the pieces: their bytes, then the names, then the headers. */
static void unit_file_layout(const struct package *package,
			     const struct unit_file *file, struct buffer *elf)
{
	Elf64_Shdr headers[PIECES + 2] = {0};
	struct buffer strings = {0};
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = package->machine,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof header,
		.e_shentsize = sizeof *headers,
		.e_shnum = PIECES + 2,
		.e_shstrndx = PIECES + 1,
	};
	static const unsigned char padding[8];

	append(elf, &header, sizeof header);
	append(&strings, "", 1);
	for (int i = 0; i < PIECES; i++) {
		headers[i + 1].sh_name = (Elf64_Word)strings.size;
		headers[i + 1].sh_type = SHT_PROGBITS;
		headers[i + 1].sh_offset = elf->size;
		headers[i + 1].sh_size = file->pieces[i].size;
		headers[i + 1].sh_addralign = 1;
		append(&strings, names[i], strlen(names[i]) + 1);
		append(elf, file->pieces[i].bytes, file->pieces[i].size);
	}
	headers[PIECES + 1].sh_type = SHT_STRTAB;
	headers[PIECES + 1].sh_offset = elf->size;
	headers[PIECES + 1].sh_size = strings.size;
	headers[PIECES + 1].sh_addralign = 1;
	append(elf, strings.bytes, strings.size);
	append(elf, padding, -elf->size % sizeof padding);
	header.e_shoff = elf->size;
	append(elf, headers, sizeof headers);
	elf->failed |= strings.failed;
	if (!elf->failed)
		memcpy(elf->bytes, &header, sizeof header);
	free(strings.bytes);
}

/* ---- files in the directory ---- */

static bool write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t written = write(fd, at, size);

		if (written <= 0)
			return false;
		at += written;
		size -= (size_t)written;
	}
	return true;
}

/* Makes the file NAME, and the directories it is in; its descriptor. */
static int create(const struct package *package, const char *name,
		  const void *bytes, size_t size)
{
	size_t base = strlen(package->directory);
	char path[PATH_MAX];
	int length =
		snprintf(path, sizeof path, "%s/%s", package->directory, name);
	int fd;

	if (length < 0 || (size_t)length >= sizeof path)
		return -1;
	for (char *slash = strchr(path + base + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 && !write_all(fd, bytes, size)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* A name that stays in the directory, of the same length: what is absolute or
 * leads upwards does not. */
static char *name_inside(const char *name)
{
	char *inside = strdup(name);

	if (inside && inside[0] == '/')
		inside[0] = '_';
	for (char *at = inside; at && *at; at += strcspn(at, "/")) {
		at += *at == '/';
		if (at[0] == '.' && at[1] == '.' && (!at[2] || at[2] == '/'))
			at[0] = at[1] = '_';
	}
	return inside;
}

/* Lets the copied skeletons name INSIDE where NAME is. */
static bool rename_unit(const struct package *package, Dwarf *dwarf,
			const char *name, const char *inside)
{
	size_t size, length = strlen(name);
	const char *image = elf_rawfile(dwarf_getelf(dwarf), &size);

	if (!strcmp(name, inside))
		return true;
	/* Elsewhere it is when its section is compressed. */
	if (name < image || name >= image + size)
		return false;
	return pwrite(package->skeletons, inside, length, name - image) ==
	       (ssize_t)length;
}

static const char *unit_name(Dwarf_Die *skeleton)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr(skeleton, DW_AT_dwo_name, &attribute) &&
	    !dwarf_attr(skeleton, DW_AT_GNU_dwo_name, &attribute))
		return NULL;
	return dwarf_formstring(&attribute);
}

/* Writes what the package has of the unit that SKELETON stands for. */
static bool unpack(const struct package *package, Dwarf *dwarf,
		   Dwarf_Die *skeleton, uint64_t identifier)
{
	const char *name = unit_name(skeleton);
	char *inside = name && *name ? name_inside(name) : NULL;
	struct unit_file file = {0};
	struct package_unit unit;
	struct buffer elf = {0};
	int fd = -1;

	if (inside && package_index_find(&package->units, identifier, &unit) &&
	    unit_file_fill(package, &unit, &file)) {
		unit_file_layout(package, &file, &elf);
		if (!elf.failed && rename_unit(package, dwarf, name, inside))
			fd = create(package, inside, elf.bytes, elf.size);
	}
	if (fd >= 0)
		close(fd);
	free(elf.bytes);
	free(inside);
	unit_file_deinit(&file);
	return fd >= 0;
}

/* How many units were unpacked. */
static uint32_t unpack_all(const struct package *package, Dwarf *dwarf)
{
	uint32_t count = 0;
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;
	uint8_t type;

	/* Not asked for, split units are not looked for yet. */
	while (!dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit, NULL)) {
		uint64_t identifier;

		if (type == DW_UT_skeleton &&
		    !dwarf_cu_info(cu, NULL, NULL, NULL, NULL, &identifier,
				   NULL, NULL))
			count += unpack(package, dwarf, &unit, identifier);
	}
	return count;
}

/* ---- opening ---- */

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

/* libdw opens the split units when it is first asked for them. */
static void open_units(Dwarf *dwarf)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit, split;
	uint8_t type;

	while (!dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit, &split))
		continue;
}

/* The copy becomes what is read. */
static bool take_over(struct debuginfo *info, int fd)
{
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	Dwarf *dwarf = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;

	if (!dwarf) {
		if (elf)
			elf_end(elf);
		return false;
	}
	open_units(dwarf);
	debuginfo_close_inflated(info);
	info->inflated = fd;
	info->inflated_elf = elf;
	info->inflated_dwarf = info->dwarf = dwarf;
	info->bias = 0;
	return true;
}

static bool make_directory(struct package *package)
{
	const char *parent = getenv("TMPDIR");
	int length = snprintf(package->directory, sizeof package->directory,
			      "%s/allotype-dwp-XXXXXX",
			      parent && *parent ? parent : "/tmp");

	return length > 0 && (size_t)length < sizeof package->directory &&
	       mkdtemp(package->directory);
}

static void unpack_and_open(struct package *package, struct debuginfo *info)
{
	size_t size;
	const char *image = elf_rawfile(dwarf_getelf(info->dwarf), &size);

	if (!image || !make_directory(package))
		return;
	package->skeletons = create(package, "skeletons", image, size);
	if (package->skeletons >= 0 &&
	    (!unpack_all(package, info->dwarf) ||
	     !take_over(info, package->skeletons)))
		close(package->skeletons);
	nftw(package->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool sections_find(struct package *package)
{
	Elf_Data *units = reader_section(package->elf, ".debug_cu_index");
	Elf_Data *types = reader_section(package->elf, ".debug_tu_index");
	GElf_Ehdr header;

	if (!units || !gelf_getehdr(package->elf, &header) ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    !package_index_init(&package->units, units->d_buf, units->d_size))
		return false;
	package->machine = header.e_machine;
	if (!types ||
	    !package_index_init(&package->types, types->d_buf, types->d_size))
		package->types = (struct package_index){0};
	for (int i = 0; i < PIECES; i++)
		package->sections[i] = reader_section(package->elf, names[i]);
	return true;
}

/* The package beside the file at PATH; -1: there is none. */
static int find_beside(const char *path)
{
	char name[PATH_MAX];
	int length = path ? snprintf(name, sizeof name, "%s.dwp", path) : -1;

	if (length < 0 || (size_t)length >= sizeof name)
		return -1;
	return open(name, O_RDONLY | O_CLOEXEC);
}

void package_open(struct debuginfo *info)
{
	struct package package = {.skeletons = -1};
	const char *file = NULL, *debug_file = NULL;
	int fd = -1;

	if (!info->dwarf)
		return;
	dwfl_module_info(info->module, NULL, NULL, NULL, NULL, NULL, &file,
			 &debug_file);
	fd = find_beside(file);
	if (fd < 0)
		fd = find_beside(debug_file);
	if (fd < 0)
		return;
	package.elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (package.elf && sections_find(&package))
		unpack_and_open(&package, info);
	if (package.elf)
		elf_end(package.elf);
	close(fd);
}
