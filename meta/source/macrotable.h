/* SPDX-License-Identifier: Apache-2.0 */
/* The macros that source files define, by name. */
#ifndef META_SOURCE_MACROTABLE_H
#define META_SOURCE_MACROTABLE_H

#include "base/status.h"
#include "meta/source/sourcefile.h"

enum { MACRO_BITS = 1 << 16 };

/* Bits of the hashes of all macros' names: most words are none's. */
struct macro_names {
	uint64_t bits[MACRO_BITS / 64];
};

/* Fills file->macros from its directives, and adds their names to NAMES.  CXX:
 * some of the program is C++. */
enum status macros_collect(struct sourcefile *file, bool cxx,
			   struct macro_names *names);
/* The first definition of NAME in FILE, or NULL. */
const struct macro *macros_first(const struct sourcefile *file,
				 const struct token *name);
/* The definitions of NAME in FILES with different bodies, at most CAPACITY;
 * those in the first file hide others, unless there is but one, which may not be
 * compiled.  Returns how many. */
uint32_t macros_find(const struct macro_names *names,
		     struct sourcefile *const *files, uint32_t file_count,
		     const struct token *name, const struct macro **found,
		     uint32_t capacity);

#endif
