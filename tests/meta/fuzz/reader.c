/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer's input as a metadata file, its header sealed again, since no
 * mutation gets past a checksum.  The reader answers or does not; it never
 * reads outside of the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "type/metafile.h"
#include "type/metafile_spelling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENTRIES_MAX = 300 };

/* Reads every byte of a string. */
static void use_string(const struct metafile *file, uint32_t offset)
{
	volatile size_t length = strlen(metafile_string(file, offset));

	(void)length;
}

static void use_function(const struct metafile *file, uint32_t index)
{
	struct metafile_function function;
	struct metafile_variables variables;
	struct allotype_meta_variable variable;

	if (!metafile_function(file, index, &function))
		return;
	use_string(file, function.name);
	metafile_source_file(file, function.file);
	metafile_variables(file, &function, &variables);
	while (metafile_variables_next(&variables, &variable))
		use_string(file, variable.name);
}

static void use_type(const struct metafile *file, uint32_t number)
{
	struct metafile_member member;
	struct metafile_type type;
	struct text text;
	char name[256];

	if (!metafile_type(file, number, &type) ||
	    !metafile_type_note(file, number))
		return;
	*metafile_type_note(file, number) = number;
	use_string(file, type.name);
	metafile_type_hash(file, number);
	text_init(&text, name, sizeof name);
	metafile_spell(&text, file, number);
	if (metafile_type_is_named(file, number, name) &&
	    text.length >= sizeof name)
		abort();
	for (uint32_t i = 0; i < type.count && i < ENTRIES_MAX; i++) {
		if (metafile_member(file, &type, i, &member))
			use_string(file, member.name);
		metafile_parameter(file, &type, i);
	}
}

static void use_address(const struct metafile *file, uint64_t address)
{
	struct allotype_meta_alternative alternative;
	struct allotype_meta_elf_section section;
	struct allotype_meta_static variable;
	struct allotype_meta_symbol symbol;
	struct metafile_function function;
	struct allotype_meta_vtable table;
	struct allotype_meta_line line;
	struct allotype_meta_rule rule;
	struct allotype_meta_site site;

	if (metafile_static_at(file, address, &variable))
		use_string(file, variable.name);
	if (metafile_symbol_at(file, address, &symbol))
		use_string(file, symbol.name);
	metafile_vtable_at(file, address, &table);
	metafile_function_at(file, address, &function);
	metafile_elf_section_at(file, address, &section);
	if (metafile_line_at(file, address, &line))
		metafile_source_file(file, line.file);
	if (metafile_site_at(file, address, &site)) {
		use_string(file, site.callee);
		metafile_rule(file, site.rule, &rule);
		metafile_alternative(file, site.first_alternative,
				     &alternative);
	}
}

static void use(const struct metafile *file)
{
	for (uint32_t i = 0; i < ENTRIES_MAX; i++) {
		struct metafile_function piece;
		struct allotype_meta_site site;

		use_type(file, i);
		use_function(file, i);
		if (metafile_site(file, i, &site))
			use_address(file, site.address);
		if (metafile_function(file, i, &piece)) {
			use_address(file, piece.low);
			use_address(file, piece.high - 1);
		}
		use_address(file, i * 16);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct allotype_meta_header *header;
	struct metafile file = {0};
	uint8_t *copy;

	if (size < sizeof *header)
		return 0;
	/* As long as the input and no longer: ASan sees the end. */
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	header = (struct allotype_meta_header *)copy;
	header->file_size = size;
	header->header_checksum = allotype_meta_header_checksum(header);
	if (!metafile_init(&file, copy, size, NULL, 0, NULL))
		use(&file);
	metafile_deinit(&file);
	free(copy);
	return 0;
}
