/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded ELF files, as the published index lists them: readers.  The writer
 * is loaded.h.
 */
#ifndef INDEX_FILES_H
#define INDEX_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/space.h"

/* The loaded file whose segments hold ADDRESS.  FILES is the head of the
 * list (allotype_index.files).  *FILE is a copy; *NODE, unless NODE is NULL,
 * the address of the original. */
bool files_find(const struct space *space, uint64_t files, uint64_t address,
		struct allotype_file *file, uint64_t *node);
/* The file with this serial, loaded or not. */
bool files_find_serial(const struct space *space, uint64_t files,
		       uint32_t serial, struct allotype_file *file,
		       uint64_t *node);

/* The loaded files, one at a time: *AT is the head of the list first, and then
 * what this has made of it; *NODE is the address of the original.  False:
 * there are no more.  A torn list may have no end: nobody asks for more than
 * FILES_MAX. */
enum { FILES_MAX = 1 << 16 };
bool files_next(const struct space *space, uint64_t *at,
		struct allotype_file *file, uint64_t *node);

/* The program header segment of FILE that holds ADDRESS: its bounds, and
 * PF_* flags.  False between segments. */
struct file_segment {
	uint64_t base, limit;
	uint32_t flags;  /* PF_R, PF_W, PF_X */
	uint32_t number; /* of the program header */
};
bool files_segment(const struct space *space, const struct allotype_file *file,
		   uint64_t address, struct file_segment *segment);

/* The dynamic symbol of FILE that holds ADDRESS; NAME gets the address of
 * its name.  For files without metadata. */
struct file_symbol {
	uint64_t base, size;
	uint64_t name;    /* address of a NUL-terminated string */
	uint8_t type;     /* STT_* */
};
bool files_symbol(const struct space *space, const struct allotype_file *file,
		  uint64_t address, struct file_symbol *symbol);
/* For the writer: the number of symbols that the DT_GNU_HASH table at
 * address TABLE in SEGMENT covers; 0 when it makes no sense. */
uint64_t files_gnu_hash_count(const struct space *space, uint64_t table,
			      const struct file_segment *segment);

/*
 * Inside the process the memory of a file may go at any moment, by a
 * dlclose in another thread.  Everything above reads private copies, or
 * files that were there at start and can never go.  Who reads a file's own
 * memory (.eh_frame) does it between these two; NODE is the address of the
 * original.  False: the file is closed or about to be, keep out.  Never
 * waits; a dlclose waits for the readers.
 */
bool files_enter(uint64_t node);
void files_leave(uint64_t node);

#endif
