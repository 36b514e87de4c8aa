/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_writer.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "allotype.h"

struct meta_writer {
	struct {
		unsigned char *bytes;
		size_t size;
		uint32_t count;
		uint32_t entry_size;
	} sections[ALLOTYPE_META_SECTION_COUNT];
};

static const uint32_t entry_sizes[ALLOTYPE_META_SECTION_COUNT] = {
	1, 40, 24, 32, 16, 24, 1, 64, 16, 8, 16, 24, 32, 24, 1, 4, 24,
};

struct meta_writer *meta_writer_create(void)
{
	struct meta_writer *writer = calloc(1, sizeof *writer);

	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++)
		writer->sections[i].entry_size = entry_sizes[i];
	meta_writer_add(writer, ALLOTYPE_META_STRINGS, "", 1);
	return writer;
}

void meta_writer_destroy(struct meta_writer *writer)
{
	if (!writer)
		return;
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++)
		free(writer->sections[i].bytes);
	free(writer);
}

uint32_t meta_writer_add(struct meta_writer *writer,
			 enum allotype_meta_section_id section,
			 const void *entry, size_t size)
{
	size_t old = writer->sections[section].size;
	uint32_t index = writer->sections[section].count;

	if (size % writer->sections[section].entry_size)
		abort();
	writer->sections[section].bytes =
		realloc(writer->sections[section].bytes, old + size);
	memcpy(writer->sections[section].bytes + old, entry, size);
	writer->sections[section].size = old + size;
	writer->sections[section].count +=
		(uint32_t)(size / writer->sections[section].entry_size);
	return index;
}

uint32_t meta_writer_string(struct meta_writer *writer, const char *string)
{
	return meta_writer_add(writer, ALLOTYPE_META_STRINGS, string,
			       strlen(string) + 1);
}

uint32_t meta_writer_base(struct meta_writer *writer, const char *name,
			  uint64_t size, uint8_t encoding)
{
	struct allotype_meta_type type = {
		.hash = allotype_hash_base(ALLOC_KIND_BASE, size, encoding,
					   name, strlen(name)),
		.size = size,
		.name = meta_writer_string(writer, name),
		.target = ALLOTYPE_META_NONE,
		.kind = ALLOC_KIND_BASE,
		.encoding = encoding,
	};

	return META_ADD(writer, ALLOTYPE_META_TYPES, type);
}

static const struct allotype_meta_type *type_at(struct meta_writer *writer,
						uint32_t index)
{
	return (const struct allotype_meta_type *)
		       writer->sections[ALLOTYPE_META_TYPES].bytes + index;
}

uint32_t meta_writer_pointer(struct meta_writer *writer, const char *name,
			     uint32_t target)
{
	struct allotype_meta_type type = {
		.hash = allotype_hash_derived(ALLOC_KIND_POINTER,
					      type_at(writer, target)->hash,
					      0),
		.size = 8,
		.name = meta_writer_string(writer, name),
		.target = target,
		.kind = ALLOC_KIND_POINTER,
	};

	return META_ADD(writer, ALLOTYPE_META_TYPES, type);
}

uint32_t meta_writer_array(struct meta_writer *writer, const char *name,
			   uint32_t element, uint32_t count)
{
	struct allotype_meta_type type = {
		.hash = allotype_hash_derived(
			ALLOC_KIND_ARRAY, type_at(writer, element)->hash,
			count ? count : UINT64_MAX),
		.size = type_at(writer, element)->size * count,
		.name = meta_writer_string(writer, name),
		.target = element,
		.count = count,
		.kind = ALLOC_KIND_ARRAY,
		.flags = count ? 0 : ALLOTYPE_META_TYPE_FLEXIBLE,
	};

	return META_ADD(writer, ALLOTYPE_META_TYPES, type);
}

uint32_t meta_writer_record(struct meta_writer *writer, uint8_t kind,
			    const char *name, uint64_t size,
			    const struct meta_field *fields, uint32_t count)
{
	struct allotype_meta_type type = {
		.size = size,
		.name = meta_writer_string(writer, name),
		.target = ALLOTYPE_META_NONE,
		.first = writer->sections[ALLOTYPE_META_MEMBERS].count,
		.count = count,
		.kind = kind,
	};

	type.hash = allotype_hash_base(kind, size, 0, name, strlen(name));
	for (uint32_t i = 0; i < count; i++) {
		const char *field = fields[i].name ? fields[i].name : "";
		struct allotype_meta_member member = {
			.value = fields[i].offset,
			.name = *field ? meta_writer_string(writer, field) : 0,
			.type = fields[i].type,
			.bit_offset = fields[i].bit_offset,
			.bit_size = fields[i].bit_size,
			.flags = fields[i].flags,
		};

		META_ADD(writer, ALLOTYPE_META_MEMBERS, member);
		type.hash = allotype_hash_bytes(type.hash, field,
						strlen(field));
	}
	return META_ADD(writer, ALLOTYPE_META_TYPES, type);
}

void meta_writer_reseal(void *file)
{
	struct allotype_meta_header *header = file;

	header->header_checksum = allotype_meta_header_checksum(header);
}

void *meta_writer_finish(struct meta_writer *writer, const uint8_t *build_id,
			 uint16_t build_id_size, size_t *size)
{
	struct allotype_meta_header header = {
		.magic = ALLOTYPE_META_MAGIC,
		.version = ALLOTYPE_META_VERSION,
		.header_size = sizeof header,
		.flags = ALLOTYPE_META_HAS_DWARF,
		.elf_machine = EM_X86_64,
		.build_id_size = build_id_size,
		.section_count = ALLOTYPE_META_SECTION_COUNT,
	};
	uint64_t at = sizeof header;
	unsigned char *file;

	if (build_id_size)
		memcpy(header.build_id, build_id, build_id_size);
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++) {
		header.sections[i] = (struct allotype_meta_section){
			.offset = at,
			.size = writer->sections[i].size,
			.count = writer->sections[i].count,
			.entry_size = writer->sections[i].entry_size,
			.checksum = allotype_meta_checksum(
				writer->sections[i].bytes,
				writer->sections[i].size),
		};
		at = (at + writer->sections[i].size + 7) & ~7ull;
	}
	header.file_size = at;
	file = calloc(1, at);
	memcpy(file, &header, sizeof header);
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++)
		if (writer->sections[i].size)
			memcpy(file + header.sections[i].offset,
			       writer->sections[i].bytes,
			       writer->sections[i].size);
	meta_writer_reseal(file);
	*size = at;
	return file;
}
