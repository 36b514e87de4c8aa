/* SPDX-License-Identifier: Apache-2.0 */
#include "type/metafile.h"

#include <elf.h>
#include <string.h>

#define ENTRY(section, type) [ALLOTYPE_META_##section] = sizeof(type)

static const uint32_t entry_sizes[ALLOTYPE_META_SECTION_COUNT] = {
	ENTRY(STRINGS, char),
	ENTRY(TYPES, struct allotype_meta_type),
	ENTRY(MEMBERS, struct allotype_meta_member),
	ENTRY(STATICS, struct allotype_meta_static),
	ENTRY(CODE, struct allotype_meta_code_block),
	ENTRY(FUNCTIONS, char),
	ENTRY(VARIABLES, char),
	ENTRY(SITES, struct allotype_meta_site),
	ENTRY(ALTERNATIVES, struct allotype_meta_alternative),
	ENTRY(RULES, struct allotype_meta_rule),
	ENTRY(LINES, struct allotype_meta_line_block),
	ENTRY(FILES, struct allotype_meta_source_file),
	ENTRY(ELF_SECTIONS, struct allotype_meta_elf_section),
	ENTRY(SYMBOLS, struct allotype_meta_symbol),
	ENTRY(ROWS, char),
	ENTRY(PARAMETERS, char),
	ENTRY(VTABLES, struct allotype_meta_vtable),
	ENTRY(DERIVED, struct allotype_meta_derived),
	ENTRY(WIDE_MEMBERS, struct allotype_meta_wide_member),
};

static const char *check_header(const struct allotype_meta_header *header,
				size_t size)
{
	if (size < sizeof *header)
		return "shorter than its header";
	if (header->magic != ALLOTYPE_META_MAGIC)
		return "not a metadata file";
	if (header->version != ALLOTYPE_META_VERSION)
		return "of another version of the format";
	if (header->header_size != sizeof *header ||
	    header->section_count != ALLOTYPE_META_SECTION_COUNT)
		return "its header has an unknown layout";
	if (header->file_size != size)
		return "truncated, or longer than it says";
	if (header->header_checksum != allotype_meta_header_checksum(header))
		return "the checksum of its header is wrong";
	return NULL;
}

static bool section_fits(const struct allotype_meta_section *section,
			 uint32_t entry_size, size_t file_size)
{
	if (section->entry_size != entry_size || section->offset % 8)
		return false;
	if (section->size != (uint64_t)section->count * entry_size)
		return false;
	return section->offset <= file_size &&
	       section->size <= file_size - section->offset;
}

static const char *check_sections(const struct allotype_meta_header *header)
{
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++)
		if (!section_fits(&header->sections[i], entry_sizes[i],
				  header->file_size))
			return "a section is out of bounds";
	return NULL;
}

static const char *check_build_id(const struct allotype_meta_header *header,
				  const uint8_t *build_id, size_t size)
{
	if (header->build_id_size > sizeof header->build_id)
		return "its build ID is too long";
	if (!build_id)
		return NULL;
	if (header->build_id_size != size ||
	    memcmp(header->build_id, build_id, size) != 0)
		return "of another build ID";
	return NULL;
}

enum status metafile_init(struct metafile *file, const void *data, size_t size,
			  const uint8_t *build_id, size_t build_id_size,
			  const char **reason)
{
	const struct allotype_meta_header *header = data;
	const char *wrong;

	if (!data || (uintptr_t)data % 8)
		return STATUS_MISUSE;
	wrong = check_header(header, size);
	if (!wrong)
		wrong = check_sections(header);
	if (!wrong)
		wrong = check_build_id(header, build_id, build_id_size);
	if (wrong) {
		if (reason)
			*reason = wrong;
		return STATUS_BAD_INPUT;
	}
	file->data = data;
	file->size = size;
	file->header = header;
	return STATUS_OK;
}

size_t metafile_front_size(const struct allotype_meta_header *header)
{
	const struct allotype_meta_section *sites =
		&header->sections[ALLOTYPE_META_SITES];
	const struct allotype_meta_section *rules =
		&header->sections[ALLOTYPE_META_RULES];
	uint64_t end = sites->offset + sites->size;

	return rules->offset + rules->size > end ? rules->offset + rules->size
						 : end;
}

/* Both ends: then every string in between ends, and 0 is empty. */
static bool strings_end(const struct metafile *file)
{
	const struct allotype_meta_section *strings =
		&file->header->sections[ALLOTYPE_META_STRINGS];
	const unsigned char *bytes =
		(const unsigned char *)file->data + strings->offset;

	return strings->size && !bytes[0] && !bytes[strings->size - 1];
}

enum status metafile_verify(const struct metafile *file, const char **reason)
{
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++) {
		const struct allotype_meta_section *section =
			&file->header->sections[i];

		if (allotype_meta_checksum(file->data + section->offset,
					   section->size) == section->checksum)
			continue;
		if (reason)
			*reason = "the checksum of a section is wrong";
		return STATUS_BAD_INPUT;
	}
	if (strings_end(file))
		return STATUS_OK;
	if (reason)
		*reason = "its strings do not end";
	return STATUS_BAD_INPUT;
}

const char *metafile_string(const struct metafile *file, uint32_t offset)
{
	const struct allotype_meta_section *strings =
		&file->header->sections[ALLOTYPE_META_STRINGS];

	/* The last byte: then every string ends. */
	if (offset >= strings->size ||
	    file->data[strings->offset + strings->size - 1])
		return "";
	return (const char *)file->data + strings->offset + offset;
}

uint32_t metafile_count(const struct metafile *file,
			enum allotype_meta_section_id section)
{
	return file->header->sections[section].count;
}

const void *metafile_entry(const struct metafile *file,
			   enum allotype_meta_section_id id, uint32_t index)
{
	const struct allotype_meta_section *section =
		&file->header->sections[id];

	if (index >= section->count)
		return NULL;
	return file->data + section->offset + (uint64_t)index * entry_sizes[id];
}

struct packed_cursor metafile_bytes(const struct metafile *file,
				    enum allotype_meta_section_id id,
				    uint64_t from, uint64_t limit)
{
	const struct allotype_meta_section *section =
		&file->header->sections[id];
	const unsigned char *bytes = file->data + section->offset;

	if (limit > section->size)
		limit = section->size;
	if (from > limit)
		from = limit;
	return (struct packed_cursor){ bytes + from, bytes + limit, false };
}

/* ---- by index ---- */

const struct allotype_meta_alternative *
metafile_alternative(const struct metafile *file, uint32_t index)
{
	return metafile_entry(file, ALLOTYPE_META_ALTERNATIVES, index);
}

const struct allotype_meta_rule *metafile_rule(const struct metafile *file,
					       uint32_t index)
{
	return metafile_entry(file, ALLOTYPE_META_RULES, index);
}

const struct allotype_meta_site *metafile_site(const struct metafile *file,
					       uint32_t index)
{
	return metafile_entry(file, ALLOTYPE_META_SITES, index);
}

const struct allotype_meta_static *metafile_static(const struct metafile *file,
						   uint32_t index)
{
	return metafile_entry(file, ALLOTYPE_META_STATICS, index);
}

const struct allotype_meta_symbol *metafile_symbol(const struct metafile *file,
						   uint32_t index)
{
	return metafile_entry(file, ALLOTYPE_META_SYMBOLS, index);
}

const char *metafile_source_file(const struct metafile *file, uint32_t index)
{
	const struct allotype_meta_source_file *source =
		metafile_entry(file, ALLOTYPE_META_FILES, index);
	const char *name = source ? metafile_string(file, source->name) : "";

	return *name ? name : NULL;
}

/* ---- by address ---- */

uint32_t metafile_count_up_to(const struct metafile *file,
			      enum allotype_meta_section_id id,
			      uint64_t address)
{
	const char *entries = metafile_entry(file, id, 0);
	uint32_t low = 0, count = metafile_count(file, id);
	size_t size = entry_sizes[id];

	while (count) {
		uint32_t half = count / 2;
		const void *middle = entries + (low + half) * size;

		if (*(const uint64_t *)middle > address) {
			count = half;
		} else {
			low += half + 1;
			count -= half + 1;
		}
	}
	return low;
}

static bool holds(uint64_t base, uint64_t size, uint64_t address)
{
	return address >= base && address - base < size;
}

/* Labels of no size and symbols inside others sit between an address and
 * the entry that holds it: look a bounded number of entries back. */
enum { LOOK_BACK = 32 };

const struct allotype_meta_static *
metafile_static_at(const struct metafile *file, uint64_t address)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_STATICS, address);

	for (int i = 0; i < LOOK_BACK && n > 0; i++) {
		const struct allotype_meta_static *entry =
			metafile_static(file, --n);

		if (holds(entry->address, entry->size, address))
			return entry;
	}
	return NULL;
}

const struct allotype_meta_symbol *
metafile_symbol_at(const struct metafile *file, uint64_t address)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_SYMBOLS, address);

	for (int i = 0; i < LOOK_BACK && n > 0; i++) {
		const struct allotype_meta_symbol *entry =
			metafile_symbol(file, --n);

		if (holds(entry->address, entry->size, address))
			return entry;
	}
	return NULL;
}

const struct allotype_meta_vtable *
metafile_vtable_at(const struct metafile *file, uint64_t address)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_VTABLES, address);
	const struct allotype_meta_vtable *entry;

	if (!n)
		return NULL;
	entry = metafile_entry(file, ALLOTYPE_META_VTABLES, n - 1);
	return holds(entry->address, entry->size, address) ? entry : NULL;
}

const struct allotype_meta_elf_section *
metafile_elf_section_at(const struct metafile *file, uint64_t address)
{
	uint32_t count = metafile_count(file, ALLOTYPE_META_ELF_SECTIONS);

	for (uint32_t i = 0; i < count; i++) {
		const struct allotype_meta_elf_section *section =
			metafile_entry(file, ALLOTYPE_META_ELF_SECTIONS, i);

		/* .tbss has an address and occupies nothing. */
		if (section->type == SHT_NOBITS && section->flags & SHF_TLS)
			continue;
		if (holds(section->address, section->size, address))
			return section;
	}
	return NULL;
}

const struct allotype_meta_line_block *
metafile_line_block_at(const struct metafile *file, uint64_t address)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_LINES, address);

	return n ? metafile_entry(file, ALLOTYPE_META_LINES, n - 1) : NULL;
}

const struct allotype_meta_site *metafile_site_at(const struct metafile *file,
						  uint64_t address)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_SITES, address);
	const struct allotype_meta_site *site;

	if (!n)
		return NULL;
	site = metafile_site(file, n - 1);
	return site->address == address ? site : NULL;
}
