/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source files that are at hand and verified to be the compiled ones, with the
 * macros they define and the files they include.  Code is cut into tokens where
 * somebody asks for it: much less than is read.
 */
#ifndef META_SOURCE_SOURCEFILE_H
#define META_SOURCE_SOURCEFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/model.h"
#include "meta/source/token.h"

#define SOURCEFILE_NAMES 8

struct macro {
	const struct token *name;
	const struct token *parameters; /* between the parentheses */
	const struct token *body;
	uint32_t parameter_tokens, body_tokens;
	bool function_like;
	bool conditional; /* under an #if that may not hold */
};

struct sourcefile {
	char *path;
	uint32_t path_hash;
	char *text;
	size_t size;
	struct token_list directives;
	struct token_marks marks;
	struct token_list code;       /* between two marks: sourcefile_code */
	uint32_t code_first, code_limit;
	struct macro *macros;         /* by name, then line */
	uint32_t macro_count;
	uint64_t names[SOURCEFILE_NAMES]; /* bits of the macros' hashes */
	struct sourcefile **included; /* by this file's own text */
	uint32_t included_count;
	struct sourcefile **visible;  /* itself and what it includes, deeply */
	uint32_t visible_count;
	bool usable;                  /* at hand, verified, scanned */
	bool resolved;                /* included is filled in */
	bool cxx;                     /* by its name */
	bool asked;                   /* for, of servers */
	bool mark;
};

struct sourcefile_set;

/* Of paths and of macros' names. */
static inline uint32_t sourcefile_hash(const char *text, size_t size)
{
	return (uint32_t)allotype_hash_end(
		allotype_hash_bytes(ALLOTYPE_HASH_BASIS, text, size));
}

/* As source_create.  CXX: some of the program is C++.  NULL: no memory, or no
 * such ELF file. */
struct sourcefile_set *sourcefile_set_create(const struct model *model,
					     const char *elf_path,
					     const char *directory, bool cxx);
void sourcefile_set_destroy(struct sourcefile_set *set);

/* The file that MODEL lists at INDEX; NULL if it cannot be trusted. */
struct sourcefile *sourcefile_set_at(struct sourcefile_set *set,
				     uint32_t index);

/* The tokens of FILE from before line FIRST to behind line LAST: whole
 * functions, as far as one can tell from braces that begin a line.  Good until
 * FILE is asked for others. */
const struct token_list *sourcefile_code(struct sourcefile *file,
					 uint32_t first, uint32_t last);

/* FILE itself and those that it includes, near ones first, as far as their
 * text is at hand; returns how many. */
uint32_t sourcefile_visible(struct sourcefile_set *set,
			    struct sourcefile *file,
			    struct sourcefile *const **files);

/* The definitions of NAME that code of FILE may see, at most CAPACITY, with
 * different bodies; those in FILE itself hide others.  Where there is none:
 * those that UNIT sees, the compiled file that includes FILE; or NULL.
 * Returns how many. */
uint32_t sourcefile_find_macro(struct sourcefile_set *set,
			       struct sourcefile *file,
			       struct sourcefile *unit,
			       const struct token *name,
			       const struct macro **found, uint32_t capacity);

#endif
