/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line tables as compilers write them for DWARF 5 (section 6.2), read in
 * place.  libdw makes an object of each row and sorts all of them; here rows
 * stay where they are, and only tables that are out of order are sorted.
 * What is written otherwise, and older versions, are left to libdw.
 */
#ifndef META_DWARF_LINETABLE_H
#define META_DWARF_LINETABLE_H

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

#include "meta/model.h"

struct line_file {
	const char *name;         /* as in the debug information */
	uint64_t directory;
	const unsigned char *md5; /* or NULL */
	uint32_t index;           /* in the model's files, when asked for */
	bool has_index;
};

struct line_row {
	uint64_t address;
	uint32_t line;
	uint32_t file;            /* LINE_ROW_END: the sequence ends */
	uint32_t number;
};
#define LINE_ROW_END UINT32_MAX

struct line_table {
	const void *of;           /* the Dwarf_CU it was read for */
	bool has_files;
	MODEL_ARRAY(const char *) directories;
	MODEL_ARRAY(struct line_file) files;
	/* The program; NULL: it is libdw's. */
	const unsigned char *at, *end;
	uint8_t instruction, line_range, opcode_base;
	int8_t line_base;
	MODEL_ARRAY(struct line_row) rows;
};

/* .debug_line, .debug_line_str and .debug_str; NULL: there is none. */
struct line_sections {
	const Elf_Data *lines, *line_strings, *strings;
};

/* Reads the header at OFFSET in the lines, of a unit with offsets of
 * OFFSET_SIZE bytes.  False: it is libdw's. */
bool line_table_open(struct line_table *table,
		     const struct line_sections *sections, uint64_t offset,
		     uint8_t offset_size);
void line_table_deinit(struct line_table *table);
/* The name of file NUMBER with its directory, in BUFFER or not; NULL: there is
 * none. */
const char *line_table_name(const struct line_table *table, uint64_t number,
			    char *buffer, size_t size);
/* Fills table->rows, in libdw's order: by address, ends of sequences first,
 * then as in the program; the last one is an end.  False: they are libdw's, or
 * memory is exhausted. */
bool line_table_run(struct line_table *table);

#endif
