/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer's input as a metadata file, its header sealed again, since no
 * mutation gets past a checksum.  The reader answers or does not; it never
 * reads outside of the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "type/metafile.h"

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
	const struct allotype_meta_function *function =
		metafile_function(file, index);
	struct metafile_variables variables;
	struct allotype_meta_variable variable;

	if (!function)
		return;
	use_string(file, function->name);
	metafile_source_file(file, function->file);
	metafile_variables(file, function, &variables);
	while (metafile_variables_next(&variables, &variable))
		use_string(file, variable.name);
}

static void use_type(const struct metafile *file, uint32_t index)
{
	const struct allotype_meta_type *type = metafile_type(file, index);

	if (!type)
		return;
	use_string(file, type->name);
	for (uint32_t i = 0; i < type->count && i < ENTRIES_MAX; i++) {
		const struct allotype_meta_member *member =
			metafile_member(file, type->first + i);

		if (member)
			use_string(file, member->name);
		metafile_parameter(file, type->first + i);
	}
}

static void use_address(const struct metafile *file, uint64_t address)
{
	const struct allotype_meta_site *site = metafile_site_at(file, address);
	struct allotype_meta_line line;

	metafile_static_at(file, address);
	metafile_symbol_at(file, address);
	metafile_range_at(file, address);
	metafile_elf_section_at(file, address);
	if (metafile_line_at(file, address, &line))
		metafile_source_file(file, line.file);
	if (site) {
		use_string(file, site->callee);
		metafile_rule(file, site->rule);
		metafile_alternative(file, site->first_alternative);
	}
}

static void use(const struct metafile *file)
{
	for (uint32_t i = 0; i < ENTRIES_MAX; i++) {
		const struct allotype_meta_site *site = metafile_site(file, i);
		const struct allotype_meta_range *range =
			metafile_range(file, i);

		use_type(file, i);
		use_function(file, i);
		if (site)
			use_address(file, site->address);
		if (range) {
			use_address(file, range->low);
			use_address(file, range->low + range->size - 1);
		}
		use_address(file, i * 16);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct allotype_meta_header *header;
	struct metafile file;
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
	free(copy);
	return 0;
}
