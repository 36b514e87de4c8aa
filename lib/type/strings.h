/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strings of a metadata file, which are packed (meta/FORMAT.md): a block of
 * them is unpacked into memory set aside when the file is loaded, the first
 * time that one of its strings is asked for.  Never locks, never waits,
 * never allocates: who comes meanwhile, a signal handler for one, unpacks the
 * same bytes to the same place.
 */
#ifndef TYPE_STRINGS_H
#define TYPE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/metafile.h"
#include "type/coded.h"

enum {
	STRINGS_BLOCK = 8192,   /* bytes of text */
	/* Symbols below this are bytes; others, n more, matches of n more bytes
	 * than the shortest; the last one, of more than that. */
	STRINGS_MATCH = 256,
	STRINGS_LONG = 11,
	STRINGS_SHORTEST = 4,   /* match */
	STRINGS_NEAREST = 8,    /* so that what is read was written */
};

struct strings {
	const unsigned char *file;
	struct coded *coded;
	char *text;
	uint8_t *states; /* of each block: see strings.c */
	uint32_t size;   /* of the text */
};

/* Do the sections that hold strings agree? */
bool strings_fit(const struct allotype_meta_header *header);
/* The memory, zeroed, that the strings of a file that fits need. */
size_t strings_memory(const struct allotype_meta_header *header);
/* MEMORY is aligned as a uint64_t.  CODED: the file's. */
void strings_init(struct strings *strings, const unsigned char *file,
		  struct coded *coded, void *memory);

/* The text at OFFSET up to a NUL; "" for a bad one. */
const char *strings_at(const struct strings *strings, uint32_t offset);
/* Is there text, and do its first and its last byte end a string? */
bool strings_end(const struct strings *strings);

#endif
