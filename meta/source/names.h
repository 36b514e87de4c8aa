/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds things of a model by their name alone.  Several things may share a
 * name; whoever asks decides.  The model must not change meanwhile.
 */
#ifndef META_SOURCE_NAMES_H
#define META_SOURCE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/model.h"

struct names;

enum names_table {
	NAMES_TYPES,       /* base types, typedefs, C++ classes and enums */
	NAMES_TAGS,        /* structs, unions, enums by tag */
	NAMES_STATICS,
	NAMES_CUT_UP,      /* statics in pieces, in declared */
	NAMES_SUBPROGRAMS, /* by plain name */
	NAMES_POINTERS,    /* pointer types; ask with names_pointer */
	NAMES_TAILS,       /* C++ classes, enums and typedefs in scopes, by the
			    * last part of their names; ask with names_scoped */
	NAMES_TABLE_COUNT,
};

struct names *names_create(const struct model *model);
void names_destroy(struct names *names);

/* Entries of that name: *ENTRY is the first one's number (to be passed to
 * names_next), the result its index in the model; MODEL_NONE: no more. */
uint32_t names_first(const struct names *names, enum names_table table,
		     const char *name, size_t size, uint32_t *entry);
uint32_t names_next(const struct names *names, uint32_t *entry);

/* Who asks for a type, which may be one of several of that name. */
struct names_asker {
	uint32_t unit_file; /* as model_function.unit_file, or MODEL_NONE */
	uint64_t wanted;    /* bytes, or 0 */
	bool *by_size;      /* becomes true when that told types apart */
};

/* The one type of that name, in TYPES or TAGS; of several, the one that the
 * unit declares itself, and if they differ in size, the one that is wanted.
 * MODEL_NONE if there is none. */
uint32_t names_type(const struct names *names, enum names_table table,
		    const char *name, size_t size,
		    const struct names_asker *asker);
/* The full name of the C++ types that end in ::NAME, of typedefs if no others
 * do; NULL if there are none, or of several names. */
const char *names_scoped(const struct names *names, const char *name,
			 size_t size);
/* The type "TARGET *" of the model, or MODEL_NONE. */
uint32_t names_pointer(const struct names *names, uint32_t target);

#endif
