/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a compiled metadata file in place (allotype/metafile.h,
 * meta/FORMAT.md).  A file is untrusted: every index and offset is checked
 * at use, so that a corrupt one gives wrong or no answers, never a fault.
 * Lookups never allocate and never lock.
 */
#ifndef TYPE_METAFILE_H
#define TYPE_METAFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/metafile.h"
#include "base/status.h"
#include "type/packed.h"

struct metafile {
	const unsigned char *data; /* the mapped file */
	size_t size;
	const struct allotype_meta_header *header;
};

/* Checks magic, version, header checksum, bounds and build ID (skipped when
 * BUILD_ID is NULL) of the SIZE bytes at DATA, which must stay mapped and
 * unchanged.  Constant time.  *REASON, unless NULL, gets a static string
 * that says what is wrong. */
enum status metafile_init(struct metafile *file, const void *data, size_t size,
			  const uint8_t *build_id, size_t build_id_size,
			  const char **reason);
/* Bytes at the front that hold what is read while the program allocates: the
 * header, sites and rules, where these come first as they should.  A hint. */
size_t metafile_front_size(const struct allotype_meta_header *header);
/* Checks every section's checksum and the ends of the strings as well: what the
 * tools do. */
enum status metafile_verify(const struct metafile *file, const char **reason);

/* The string at OFFSET; "" for offset 0 or a bad one. */
const char *metafile_string(const struct metafile *file, uint32_t offset);

/* Entry INDEX of a section, or NULL when there is none. */
const struct allotype_meta_type *metafile_type(const struct metafile *file,
					       uint32_t index);
const struct allotype_meta_member *
metafile_member(const struct metafile *file, uint32_t index);
/* The type of a parameter; NONE when there is none. */
uint32_t metafile_parameter(const struct metafile *file, uint32_t index);
const struct allotype_meta_function *
metafile_function(const struct metafile *file, uint32_t index);
const struct allotype_meta_alternative *
metafile_alternative(const struct metafile *file, uint32_t index);
const struct allotype_meta_rule *metafile_rule(const struct metafile *file,
					       uint32_t index);
const char *metafile_source_file(const struct metafile *file, uint32_t index);
uint32_t metafile_count(const struct metafile *file,
			enum allotype_meta_section_id section);

/* The entry that holds link-time ADDRESS, or NULL.  O(log n). */
const struct allotype_meta_static *
metafile_static_at(const struct metafile *file, uint64_t address);
const struct allotype_meta_symbol *
metafile_symbol_at(const struct metafile *file, uint64_t address);
const struct allotype_meta_vtable *
metafile_vtable_at(const struct metafile *file, uint64_t address);
const struct allotype_meta_range *
metafile_range_at(const struct metafile *file, uint64_t address);
const struct allotype_meta_elf_section *
metafile_elf_section_at(const struct metafile *file, uint64_t address);
const struct allotype_meta_line_block *
metafile_line_block_at(const struct metafile *file, uint64_t address);
/* What the code at ADDRESS comes from; false: from nowhere known. */
bool metafile_line_at(const struct metafile *file, uint64_t address,
		      struct allotype_meta_line *line);
/* The site with exactly this return address, or NULL. */
const struct allotype_meta_site *
metafile_site_at(const struct metafile *file, uint64_t address);
/* By number, for listings. */
const struct allotype_meta_range *metafile_range(const struct metafile *file,
						 uint32_t index);
const struct allotype_meta_site *metafile_site(const struct metafile *file,
					       uint32_t index);
const struct allotype_meta_static *
metafile_static(const struct metafile *file, uint32_t index);
const struct allotype_meta_symbol *
metafile_symbol(const struct metafile *file, uint32_t index);

/* The variables of FUNCTION, one after the other. */
struct metafile_variables {
	struct packed_cursor cursor;
	struct allotype_meta_variable last;
	uint32_t left;
};
void metafile_variables(const struct metafile *file,
			const struct allotype_meta_function *function,
			struct metafile_variables *iterator);
bool metafile_variables_next(struct metafile_variables *iterator,
			     struct allotype_meta_variable *variable);

#endif
