/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How C and C++ spell types that are made of others: pointers, arrays,
 * functions, qualified types.  Those of a metadata file and those that the
 * metadata compiler reads are spelled alike, whoever keeps them.
 */
#ifndef TYPE_DECLARATOR_H
#define TYPE_DECLARATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A spelling is cut off here. */
enum { DECLARATOR_SIZE_MAX = 8191 };

/* One type, as far as its spelling goes. */
struct declarator_part {
	const char *words;   /* its name; of a pointer to member, the class */
	const char *keyword; /* before the name, with a space; or NULL */
	uint32_t target;     /* pointee, element, result, what is qualified */
	uint32_t count;      /* elements, parameters */
	uint16_t flags;      /* enum allotype_meta_type_flag */
	uint8_t kind;        /* enum alloc_kind */
};

/* Where types are kept, by number. */
struct declarator_types {
	const void *context;
	/* False: no such type, which is void. */
	bool (*part)(const void *context, uint32_t number,
		     struct declarator_part *part);
	/* The type of a parameter of the function type NUMBER. */
	uint32_t (*parameter)(const void *context, uint32_t number,
			      uint32_t index);
};

/* Calls ADD(SINK, string, size) with the spelling of the type of this NUMBER,
 * a piece at a time, until it returns false or all is spelled.  False: cut
 * off. */
bool declarator_spell(const struct declarator_types *types, uint32_t number,
		      bool (*add)(void *sink, const char *string, size_t size),
		      void *sink);

#endif
