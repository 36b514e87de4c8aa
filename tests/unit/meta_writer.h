/* SPDX-License-Identifier: Apache-2.0 */
/* Writes small metadata files by hand, for tests of their readers. */
#ifndef TESTS_META_WRITER_H
#define TESTS_META_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "allotype/metafile.h"
#include "type/metafile.h"

struct meta_writer;

struct meta_writer *meta_writer_create(void);
void meta_writer_destroy(struct meta_writer *writer);

/* Appends the BYTES of one entry to SECTION and returns its index. */
uint32_t meta_writer_add(struct meta_writer *writer,
			 enum allotype_meta_section_id section,
			 const void *entry, size_t size);
/* Appends a string and returns its offset. */
uint32_t meta_writer_string(struct meta_writer *writer, const char *string);

#define META_ADD(writer, section, ...)                                        \
	meta_writer_add((writer), (section), &(__VA_ARGS__),                   \
			sizeof(__VA_ARGS__))

/* Types that hash as meta/FORMAT.md says; their numbers. */
uint32_t meta_writer_base(struct meta_writer *writer, const char *name,
			  uint64_t size, uint8_t encoding);
uint32_t meta_writer_pointer(struct meta_writer *writer, uint32_t target);
uint32_t meta_writer_array(struct meta_writer *writer, uint32_t element,
			   uint32_t count);
uint32_t meta_writer_function(struct meta_writer *writer, uint32_t result,
			      const uint32_t *parameters, unsigned char count);
/* Any entry of derived types. */
uint32_t meta_writer_derived(struct meta_writer *writer, uint8_t kind,
			     uint32_t target, uint32_t value);
struct meta_field {
	const char *name;
	uint32_t type;
	uint32_t offset;
	uint16_t bit_offset, bit_size;
	uint32_t flags; /* enum allotype_meta_member_flag */
};
uint32_t meta_writer_record(struct meta_writer *writer, uint8_t kind,
			    const char *name, uint64_t size,
			    const struct meta_field *fields, uint32_t count);

/* Coded numbers.  In these files, a symbol's code is the symbol, in 8 bits. */
struct meta_bits {
	unsigned char bytes[256];
	unsigned int size; /* bits */
};
void meta_bits_put(struct meta_bits *bits, uint64_t value, unsigned int size);
void meta_bits_number(struct meta_bits *bits, uint64_t number);
void meta_bits_signed(struct meta_bits *bits, int64_t number);

/* Appends the piece of code with a function's entry, the first of a block,
 * and its VARIABLES. */
void meta_writer_piece(struct meta_writer *writer,
		       const struct metafile_function *function,
		       const struct meta_bits *variables);
/* The finished file, 16-aligned, to free(); its size in *SIZE. */
void *meta_writer_finish(struct meta_writer *writer, const uint8_t *build_id,
			 uint16_t build_id_size, size_t *size);
/* Makes the header's checksum right again after a deliberate change. */
void meta_writer_reseal(void *file);

#endif
