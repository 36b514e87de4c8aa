/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_writer.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "allotype.h"
#include "type/table_pack.h"

struct meta_writer {
	struct {
		unsigned char *bytes;
		size_t size;
		uint32_t count;
		uint32_t entry_size;
	} sections[ALLOTYPE_META_SECTION_COUNT];
};

struct meta_writer *meta_writer_create(void)
{
	struct meta_writer *writer = calloc(1, sizeof *writer);

	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++) {
		uint8_t size =
			table_layout((enum allotype_meta_section_id)i)->size;

		writer->sections[i].entry_size = size ? size : 1;
	}
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

static uint32_t add_type(struct meta_writer *writer,
			 const struct allotype_meta_type *type)
{
	return meta_writer_add(writer, ALLOTYPE_META_TYPES, type, sizeof *type)
	       << 1;
}

uint32_t meta_writer_base(struct meta_writer *writer, const char *name,
			  uint64_t size, uint8_t encoding)
{
	struct allotype_meta_type type = {
		.hash = allotype_hash_base(ALLOC_KIND_BASE, size, encoding,
					   name, strlen(name)),
		.size = size,
		.name = meta_writer_string(writer, name),
		.first = ALLOTYPE_META_NONE,
		.kind = ALLOC_KIND_BASE,
		.encoding = encoding,
	};

	return add_type(writer, &type);
}

static uint64_t hash_of(struct meta_writer *writer, uint32_t type)
{
	const struct allotype_meta_derived *derived;

	if (!(type & 1))
		return ((const struct allotype_meta_type *)writer
				->sections[ALLOTYPE_META_TYPES]
				.bytes)[type >> 1]
			.hash;
	derived = (const struct allotype_meta_derived *)writer
			  ->sections[ALLOTYPE_META_DERIVED]
			  .bytes +
		  (type >> 1);
	return allotype_hash_derived((uint8_t)derived->kind,
				     hash_of(writer, derived->target),
				     derived->value);
}

static uint64_t size_of(struct meta_writer *writer, uint32_t type)
{
	return type & 1 ? 8
			: ((const struct allotype_meta_type *)writer
				   ->sections[ALLOTYPE_META_TYPES]
				   .bytes)[type >> 1]
				  .size;
}

uint32_t meta_writer_derived(struct meta_writer *writer, uint8_t kind,
			     uint32_t target, uint32_t value)
{
	struct allotype_meta_derived derived = {
		.target = target,
		.value = value,
		.kind = kind,
	};

	return META_ADD(writer, ALLOTYPE_META_DERIVED, derived) << 1 | 1;
}

uint32_t meta_writer_pointer(struct meta_writer *writer, uint32_t target)
{
	return meta_writer_derived(writer, ALLOC_KIND_POINTER, target, 0);
}

void meta_bits_put(struct meta_bits *bits, uint64_t value, unsigned int size)
{
	while (size--) {
		if (value >> size & 1)
			bits->bytes[bits->size / 8] |=
				(unsigned char)(0x80 >> bits->size % 8);
		bits->size++;
	}
}

void meta_bits_number(struct meta_bits *bits, uint64_t number)
{
	unsigned int size;

	meta_bits_put(bits, coded_symbol_of(number, &size), 8);
	meta_bits_put(bits, number, size);
}

void meta_bits_signed(struct meta_bits *bits, int64_t number)
{
	meta_bits_number(bits, (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

uint32_t meta_writer_function(struct meta_writer *writer, uint32_t result,
			      const uint32_t *parameters, unsigned char count)
{
	uint32_t first = writer->sections[ALLOTYPE_META_PARAMETERS].count;
	struct meta_bits bits = {0};

	meta_bits_number(&bits, count);
	for (unsigned char i = 0; i < count; i++)
		meta_bits_number(&bits, (uint32_t)(parameters[i] + 1));
	meta_writer_add(writer, ALLOTYPE_META_PARAMETERS, bits.bytes,
			(bits.size + 7) / 8);
	return meta_writer_derived(writer, ALLOC_KIND_FUNCTION, result, first);
}

uint32_t meta_writer_array(struct meta_writer *writer, uint32_t element,
			   uint32_t count)
{
	struct allotype_meta_type type = {
		.hash = allotype_hash_derived(ALLOC_KIND_ARRAY,
					      hash_of(writer, element),
					      count ? count : UINT64_MAX),
		.size = size_of(writer, element) * count,
		.first = element,
		.count = count,
		.kind = ALLOC_KIND_ARRAY,
		.flags = count ? 0 : ALLOTYPE_META_TYPE_FLEXIBLE,
	};

	return add_type(writer, &type);
}

static void add_member(struct meta_writer *writer,
		       const struct meta_field *field, const char *name)
{
	struct allotype_meta_member member = {
		.value = field->offset << 1,
		.name = *name ? meta_writer_string(writer, name) : 0,
		.type = field->type,
	};
	struct allotype_meta_wide_member wide = {
		.value = field->offset,
		.bit_offset = field->bit_offset,
		.bit_size = field->bit_size,
		.flags = field->flags,
	};

	if (wide.bit_size || wide.flags)
		member.value =
			META_ADD(writer, ALLOTYPE_META_WIDE_MEMBERS, wide)
				<< 1 |
			1;
	META_ADD(writer, ALLOTYPE_META_MEMBERS, member);
}

uint32_t meta_writer_record(struct meta_writer *writer, uint8_t kind,
			    const char *name, uint64_t size,
			    const struct meta_field *fields, uint32_t count)
{
	struct allotype_meta_type type = {
		.size = size,
		.name = meta_writer_string(writer, name),
		.first = writer->sections[ALLOTYPE_META_MEMBERS].count,
		.count = count,
		.kind = kind,
	};

	type.hash = allotype_hash_base(kind, size, 0, name, strlen(name));
	for (uint32_t i = 0; i < count; i++) {
		const char *field = fields[i].name ? fields[i].name : "";

		add_member(writer, &fields[i], field);
		type.hash = allotype_hash_bytes(type.hash, field,
						strlen(field));
	}
	return add_type(writer, &type);
}

/* 256 symbols in each context, the code of each of 8 bits. */
static void add_codes(struct meta_writer *writer)
{
	unsigned char code[132] = { 0x82, 0x01, 0x80, 0x02 };

	memset(code + 4, 0x88, 128);
	for (int i = 0; i < CODED_CONTEXTS; i++)
		META_ADD(writer, ALLOTYPE_META_CODES, code);
}

void meta_writer_piece(struct meta_writer *writer,
		       const struct metafile_function *f,
		       const struct meta_bits *variables)
{
	struct allotype_meta_code_block block = {
		.address = f->low,
		.functions = writer->sections[ALLOTYPE_META_FUNCTIONS].count,
	};
	struct meta_bits bits = {0};
	bool is_derived = f->type != ALLOTYPE_META_NONE && f->type & 1;

	meta_bits_put(&bits,
		      PACKED_PIECE_FILE | PACKED_PIECE_VARIABLES |
			      (is_derived ? 0 : PACKED_PIECE_PLAIN),
		      8);
	meta_bits_number(&bits, f->high - f->low);
	meta_bits_signed(&bits, f->name);
	meta_bits_number(&bits, is_derived ? f->type / 2 :
				f->type == ALLOTYPE_META_NONE ? 0 :
				f->type / 2 + 1);
	meta_bits_number(&bits, (uint32_t)(f->file + 1));
	meta_bits_signed(&bits, f->line);
	meta_bits_number(&bits, f->variable_count);
	if (f->variable_count >= PACKED_MANY_VARIABLES)
		meta_bits_number(&bits, variables->size);
	for (unsigned int i = 0; variables && i < variables->size; i++)
		meta_bits_put(&bits, variables->bytes[i / 8] >> (7 - i % 8) & 1,
			      1);
	META_ADD(writer, ALLOTYPE_META_CODE, block);
	meta_writer_add(writer, ALLOTYPE_META_FUNCTIONS, bits.bytes,
			(bits.size + 7) / 8);
}

void meta_writer_reseal(void *file)
{
	struct allotype_meta_header *header = file;

	header->header_checksum = allotype_meta_header_checksum(header);
}

/* A byte's code is the byte: what is packed is the text. */
static void add_string_blocks(struct meta_writer *writer,
			      struct allotype_meta_header *header)
{
	struct allotype_meta_string_block block = {0};

	header->strings_size = writer->sections[ALLOTYPE_META_STRINGS].count;
	for (; block.offset < header->strings_size;
	     block.offset += STRINGS_BLOCK)
		META_ADD(writer, ALLOTYPE_META_STRING_BLOCKS, block);
}

static void write_section(const struct meta_writer *writer,
			  enum allotype_meta_section_id id,
			  const struct allotype_meta_section *section,
			  unsigned char *bytes)
{
	const unsigned char *from = writer->sections[id].bytes;

	if (!table_layout(id)->size) {
		if (section->size)
			memcpy(bytes, from, section->size);
		return;
	}
	for (uint32_t i = 0; i < section->count; i++)
		table_pack_entry(section, id, from + i * table_layout(id)->size,
				 bytes, i);
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

	add_string_blocks(writer, &header);
	add_codes(writer);
	if (build_id_size)
		memcpy(header.build_id, build_id, build_id_size);
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++) {
		struct allotype_meta_section *section = &header.sections[i];

		table_pack_measure(section, (enum allotype_meta_section_id)i,
				   writer->sections[i].bytes,
				   writer->sections[i].count);
		section->offset = at;
		section->count = writer->sections[i].count;
		section->size = table_pack_size(section, section->count);
		at = (at + section->size + 7) & ~7ull;
	}
	header.file_size = at + TABLE_NUMBER_SIZE;
	file = calloc(1, header.file_size);
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++) {
		struct allotype_meta_section *section = &header.sections[i];

		write_section(writer, (enum allotype_meta_section_id)i, section,
			      file + section->offset);
		section->checksum = allotype_meta_checksum(
			file + section->offset, section->size);
	}
	memcpy(file, &header, sizeof header);
	meta_writer_reseal(file);
	*size = header.file_size;
	return file;
}
