/* SPDX-License-Identifier: Apache-2.0 */
#include "type/metafile.h"

#include <elf.h>
#include <string.h>

#include "base/sys.h"
#include "type/table.h"

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

/* The last number of a table can be read as any other: it is not the last
 * of the file. */
static bool section_fits(const struct allotype_meta_section *section,
			 enum allotype_meta_section_id id, size_t file_size)
{
	size_t limit = file_size - TABLE_NUMBER_SIZE;

	if (!table_widths_fit(section, id) || section->offset % 8)
		return false;
	if (section->size !=
	    ((uint64_t)section->count * section->entry_size + 7) / 8)
		return false;
	return section->offset <= limit &&
	       section->size <= limit - section->offset;
}

static const char *check_sections(const struct allotype_meta_header *header)
{
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++)
		if (!section_fits(&header->sections[i],
				  (enum allotype_meta_section_id)i,
				  header->file_size))
			return "a section is out of bounds";
	return strings_fit(header) ? NULL : "its strings do not fit";
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

static enum status set_up(struct metafile *file, const unsigned char *data,
			  size_t size, const char **reason)
{
	const struct allotype_meta_header *header =
		(const struct allotype_meta_header *)data;
	size_t strings = (strings_memory(header) + 7) & ~(size_t)7;
	size_t types =
		(size_t)header->sections[ALLOTYPE_META_TYPES].count +
		header->sections[ALLOTYPE_META_DERIVED].count;
	size_t coded = sizeof *file->coded;
	size_t needed = (strings + coded + types * sizeof *file->notes +
			 SYS_PAGE_SIZE - 1) &
			~(SYS_PAGE_SIZE - 1);
	char *memory = sys_allocate(needed);

	if (!memory) {
		if (reason)
			*reason = "out of memory";
		return STATUS_NO_MEMORY;
	}
	sys_keep_small(memory, needed);
	*file = (struct metafile){
		.data = data,
		.size = size,
		.header = header,
		.coded = (struct coded *)(void *)(memory + needed - coded),
		.notes = (uint32_t *)(void *)(memory + strings),
		.memory = memory,
		.memory_size = needed,
	};
	coded_init(file->coded,
		   metafile_bytes(file, ALLOTYPE_META_CODES, 0, UINT64_MAX));
	strings_init(&file->strings, data, file->coded, memory);
	return STATUS_OK;
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
	return set_up(file, data, size, reason);
}

void metafile_deinit(struct metafile *file)
{
	if (file->memory)
		sys_release(file->memory, file->memory_size);
	file->memory = NULL;
}

size_t metafile_front_size(const struct allotype_meta_header *header)
{
	static const enum allotype_meta_section_id front[] = {
		ALLOTYPE_META_CODES, ALLOTYPE_META_SITES, ALLOTYPE_META_RULES
	};
	uint64_t end = 0;

	for (size_t i = 0; i < sizeof front / sizeof *front; i++) {
		const struct allotype_meta_section *section =
			&header->sections[front[i]];

		if (section->offset + section->size > end)
			end = section->offset + section->size;
	}
	return end;
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
	if (strings_end(&file->strings))
		return STATUS_OK;
	if (reason)
		*reason = "its strings do not end";
	return STATUS_BAD_INPUT;
}

const char *metafile_string(const struct metafile *file, uint32_t offset)
{
	return strings_at(&file->strings, offset);
}

uint32_t metafile_count(const struct metafile *file,
			enum allotype_meta_section_id section)
{
	return file->header->sections[section].count;
}

bool metafile_entry(const struct metafile *file,
		    enum allotype_meta_section_id id, uint32_t index,
		    void *entry)
{
	const struct allotype_meta_section *section =
		&file->header->sections[id];

	if (index >= section->count)
		return false;
	table_read(section, id, file->data + section->offset, index, entry);
	return true;
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

struct coded_cursor metafile_bits(const struct metafile *file,
				  enum allotype_meta_section_id id,
				  uint64_t from)
{
	const struct allotype_meta_section *section =
		&file->header->sections[id];

	return (struct coded_cursor){
		.coded = file->coded,
		.bytes = file->data + section->offset,
		.at = (from < section->size ? from : section->size) * 8,
		.limit = section->size * 8,
	};
}

/* ---- by index ---- */

bool metafile_alternative(const struct metafile *file, uint32_t index,
			  struct allotype_meta_alternative *alternative)
{
	return metafile_entry(file, ALLOTYPE_META_ALTERNATIVES, index,
			      alternative);
}

bool metafile_rule(const struct metafile *file, uint32_t index,
		   struct allotype_meta_rule *rule)
{
	return metafile_entry(file, ALLOTYPE_META_RULES, index, rule);
}

bool metafile_site(const struct metafile *file, uint32_t index,
		   struct allotype_meta_site *site)
{
	return metafile_entry(file, ALLOTYPE_META_SITES, index, site);
}

bool metafile_static(const struct metafile *file, uint32_t index,
		     struct allotype_meta_static *entry)
{
	return metafile_entry(file, ALLOTYPE_META_STATICS, index, entry);
}

bool metafile_symbol(const struct metafile *file, uint32_t index,
		     struct allotype_meta_symbol *symbol)
{
	return metafile_entry(file, ALLOTYPE_META_SYMBOLS, index, symbol);
}

const char *metafile_source_file(const struct metafile *file, uint32_t index)
{
	struct allotype_meta_source_file source;
	const char *name = "";

	if (metafile_entry(file, ALLOTYPE_META_FILES, index, &source))
		name = metafile_string(file, source.name);
	return *name ? name : NULL;
}

/* ---- by address ---- */

/* WIDTH: of the addresses of a table's entries, of SIZE bits each. */
static inline uint32_t count_up_to(const unsigned char *entries, uint32_t count,
				   uint32_t size, uint8_t width,
				   uint64_t address, bool is_short)
{
	uint32_t low = 0;

	while (count) {
		uint32_t half = count / 2;
		uint64_t at = (uint64_t)(low + half) * size;
		uint64_t middle = is_short ?
					  table_short_number(entries, at, width) :
					  table_number(entries, at, width);

		if (middle > address) {
			count = half;
		} else {
			low += half + 1;
			count -= half + 1;
		}
	}
	return low;
}

uint32_t metafile_count_up_to(const struct metafile *file,
			      enum allotype_meta_section_id id,
			      uint64_t address)
{
	const struct allotype_meta_section *section =
		&file->header->sections[id];
	const unsigned char *entries = file->data + section->offset;
	uint32_t size = section->entry_size;
	uint8_t width = section->widths[0];

	if (width <= TABLE_SHORT_WIDTH)
		return count_up_to(entries, section->count, size, width,
				   address, true);
	return count_up_to(entries, section->count, size, width, address,
			   false);
}

static bool holds(uint64_t base, uint64_t size, uint64_t address)
{
	return address >= base && address - base < size;
}

/* Labels of no size and symbols inside others sit between an address and
 * the entry that holds it: look a bounded number of entries back. */
enum { LOOK_BACK = 32 };

bool metafile_static_at(const struct metafile *file, uint64_t address,
			struct allotype_meta_static *found)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_STATICS, address);
	struct allotype_meta_static entry;

	for (int i = 0; i < LOOK_BACK && n > 0; i++) {
		if (!metafile_static(file, --n, &entry) ||
		    !holds(entry.address, entry.size, address))
			continue;
		*found = entry;
		return true;
	}
	return false;
}

bool metafile_symbol_at(const struct metafile *file, uint64_t address,
			struct allotype_meta_symbol *found)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_SYMBOLS, address);
	struct allotype_meta_symbol entry;

	for (int i = 0; i < LOOK_BACK && n > 0; i++) {
		if (!metafile_symbol(file, --n, &entry) ||
		    !holds(entry.address, entry.size, address))
			continue;
		*found = entry;
		return true;
	}
	return false;
}

bool metafile_vtable_at(const struct metafile *file, uint64_t address,
			struct allotype_meta_vtable *found)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_VTABLES, address);
	struct allotype_meta_vtable entry;

	if (!n || !metafile_entry(file, ALLOTYPE_META_VTABLES, n - 1, &entry) ||
	    !holds(entry.address, entry.size, address))
		return false;
	*found = entry;
	return true;
}

bool metafile_elf_section_at(const struct metafile *file, uint64_t address,
			     struct allotype_meta_elf_section *found)
{
	struct allotype_meta_elf_section section;

	for (uint32_t i = 0; metafile_entry(file, ALLOTYPE_META_ELF_SECTIONS, i,
					    &section); i++) {
		/* .tbss has an address and occupies nothing. */
		if (section.type == SHT_NOBITS && section.flags & SHF_TLS)
			continue;
		if (!holds(section.address, section.size, address))
			continue;
		*found = section;
		return true;
	}
	return false;
}

bool metafile_line_block_at(const struct metafile *file, uint64_t address,
			    struct allotype_meta_line_block *block)
{
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_LINES, address);

	return n && metafile_entry(file, ALLOTYPE_META_LINES, n - 1, block);
}

bool metafile_site_at(const struct metafile *file, uint64_t address,
		      struct allotype_meta_site *found)
{
	const struct allotype_meta_section *sites =
		&file->header->sections[ALLOTYPE_META_SITES];
	uint32_t n = metafile_count_up_to(file, ALLOTYPE_META_SITES, address);
	const unsigned char *entries = file->data + sites->offset;

	if (!n--)
		return false;
	if (table_number(entries, (uint64_t)n * sites->entry_size,
			 sites->widths[0]) != address)
		return false;
	table_read(sites, ALLOTYPE_META_SITES, entries, n, found);
	return true;
}
