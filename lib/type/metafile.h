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
#include "type/coded.h"
#include "type/packed.h"
#include "type/strings.h"

struct metafile {
	const unsigned char *data; /* the mapped file */
	size_t size;
	const struct allotype_meta_header *header;
	struct strings strings;
	struct coded *coded;
	uint32_t *notes;           /* of each type */
	void *memory;              /* for these and what is unpacked */
	size_t memory_size;
};

/* Checks magic, version, header checksum, bounds and build ID (skipped when
 * BUILD_ID is NULL) of the SIZE bytes at DATA, which must stay mapped and
 * unchanged.  Constant time.  *REASON, unless NULL, gets a static string
 * that says what is wrong.  NO_MEMORY: no address space for what is unpacked
 * later; takes no more than that. */
enum status metafile_init(struct metafile *file, const void *data, size_t size,
			  const uint8_t *build_id, size_t build_id_size,
			  const char **reason);
/* Gives that up; not the SIZE bytes.  A FILE of zeros has none. */
void metafile_deinit(struct metafile *file);
/* Bytes at the front that hold what is read at once and while the program
 * allocates: the header, codes, sites and rules, where these come first as they
 * should.  A hint. */
size_t metafile_front_size(const struct allotype_meta_header *header);
/* Checks every section's checksum and the ends of the strings as well: what the
 * tools do. */
enum status metafile_verify(const struct metafile *file, const char **reason);

/* The string at OFFSET; "" for offset 0 or a bad one. */
const char *metafile_string(const struct metafile *file, uint32_t offset);

/* Entry INDEX of a table, as its structure; false when there is none.  How many
 * entries of one that is sorted by address, its entries' first field, begin at
 * or below ADDRESS. */
bool metafile_entry(const struct metafile *file,
		    enum allotype_meta_section_id section, uint32_t index,
		    void *entry);
uint32_t metafile_count_up_to(const struct metafile *file,
			      enum allotype_meta_section_id section,
			      uint64_t address);
/* Bytes [FROM, LIMIT) of a section of bytes; none of them when out of it. */
struct packed_cursor metafile_bytes(const struct metafile *file,
				    enum allotype_meta_section_id section,
				    uint64_t from, uint64_t limit);

/* Bits from byte FROM of a coded section on. */
struct coded_cursor metafile_bits(const struct metafile *file,
				  enum allotype_meta_section_id section,
				  uint64_t from);

/* ---- types ---- */

/* A type, whichever section it is in. */
struct metafile_type {
	uint64_t size;   /* 0: incomplete */
	uint32_t name;   /* string; 0: to be spelled, or none */
	uint32_t target; /* pointee, element, return type, named type */
	uint32_t first;  /* of the members, to ask for them */
	uint32_t count;  /* members, enumerators, parameters; elements */
	uint8_t kind;
	uint8_t encoding;
	uint16_t flags;  /* enum allotype_meta_type_flag */
};
/* The type of this NUMBER; false when there is none. */
bool metafile_type(const struct metafile *file, uint32_t number,
		   struct metafile_type *type);
enum {
	METAFILE_HASH_VISITS = 1024,
	METAFILE_HASH_DEPTH = 24, /* little: a handler's stack may be small */
};
/* The content hash of a type, worked out; 0 when there is none.  Types that
 * lead to more than these without a record in between, as only a corrupt file
 * has them, get a wrong one. */
uint64_t metafile_type_hash(const struct metafile *file, uint32_t number);
/* N(NAME) of meta/FORMAT.md. */
uint64_t metafile_name_hash(const char *name);
/* How many types there are, and the numbers of all from 0 to that. */
uint32_t metafile_type_count(const struct metafile *file);
uint32_t metafile_type_number(const struct metafile *file, uint32_t index);
/* Where readers may remember what a type is to them: a word, zero at first,
 * for who writes it before he reads it.  NULL: no such type. */
uint32_t *metafile_type_note(const struct metafile *file, uint32_t number);

struct metafile_member {
	int64_t value;       /* byte offset; an enumerator's value */
	uint32_t name;
	uint32_t type;       /* NONE for an enumerator */
	uint16_t bit_offset; /* from the byte offset */
	uint16_t bit_size;   /* 0: not a bit-field */
	uint32_t flags;      /* enum allotype_meta_member_flag */
};
/* Member INDEX of a record or enumeration; false when there is none. */
bool metafile_member(const struct metafile *file,
		     const struct metafile_type *owner, uint32_t index,
		     struct metafile_member *member);
/* The types of the parameters of a function: CODED_PARAMETER numbers, one more
 * than the type's each. */
struct coded_cursor metafile_parameters(const struct metafile *file,
					const struct metafile_type *function);
/* The type of parameter INDEX of a function; NONE when there is none. */
uint32_t metafile_parameter(const struct metafile *file,
			    const struct metafile_type *function,
			    uint32_t index);

/* ---- by number; false when there is none ---- */

bool metafile_alternative(const struct metafile *file, uint32_t index,
			  struct allotype_meta_alternative *alternative);
bool metafile_rule(const struct metafile *file, uint32_t index,
		   struct allotype_meta_rule *rule);
/* NULL when there is none. */
const char *metafile_source_file(const struct metafile *file, uint32_t index);
uint32_t metafile_count(const struct metafile *file,
			enum allotype_meta_section_id section);

/* The entry that holds link-time ADDRESS; false: none.  O(log n). */
bool metafile_static_at(const struct metafile *file, uint64_t address,
			struct allotype_meta_static *found);
bool metafile_symbol_at(const struct metafile *file, uint64_t address,
			struct allotype_meta_symbol *found);
bool metafile_vtable_at(const struct metafile *file, uint64_t address,
			struct allotype_meta_vtable *found);
bool metafile_elf_section_at(const struct metafile *file, uint64_t address,
			     struct allotype_meta_elf_section *found);
bool metafile_line_block_at(const struct metafile *file, uint64_t address,
			    struct allotype_meta_line_block *block);
/* What the code at ADDRESS comes from; false: from nowhere known. */
bool metafile_line_at(const struct metafile *file, uint64_t address,
		      struct allotype_meta_line *line);
/* The site with exactly this return address; false: none. */
bool metafile_site_at(const struct metafile *file, uint64_t address,
		      struct allotype_meta_site *found);
/* By number, for listings. */
bool metafile_site(const struct metafile *file, uint32_t index,
		   struct allotype_meta_site *site);
bool metafile_static(const struct metafile *file, uint32_t index,
		     struct allotype_meta_static *entry);
bool metafile_symbol(const struct metafile *file, uint32_t index,
		     struct allotype_meta_symbol *symbol);

/* ---- functions ---- */

/* A piece of code and the function it belongs to. */
struct metafile_function {
	uint64_t low, high;     /* of the piece */
	uint64_t entry, limit;  /* of the piece with the function's entry */
	uint32_t name;          /* qualified for C++ */
	uint32_t type;          /* ALLOC_KIND_FUNCTION, or NONE */
	uint32_t file, line;
	uint32_t variable_count;
	uint64_t variables;     /* the bit where they begin */
	bool is_part;           /* not the piece with the entry */
};
/* The piece of code that holds link-time ADDRESS; false: none.  O(log n). */
bool metafile_function_at(const struct metafile *file, uint64_t address,
			  struct metafile_function *function);
/* The piece of this NUMBER, from 0, by address; false: there is none. */
bool metafile_function(const struct metafile *file, uint32_t number,
		       struct metafile_function *function);

/* The variables of FUNCTION, one after the other. */
struct metafile_variables {
	struct coded_cursor cursor;
	uint32_t left;
	struct coded_cursor parameters; /* types of those to come */
	struct allotype_meta_variable last;
};
void metafile_variables(const struct metafile *file,
			const struct metafile_function *function,
			struct metafile_variables *iterator);
bool metafile_variables_next(struct metafile_variables *iterator,
			     struct allotype_meta_variable *variable);

#endif
