/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the metadata compiler knows about one ELF file, between reading its
 * debug information and writing its metadata.  dwarf/ fills it, flow/ and
 * source/ read it and add the allocation sites, writer.c writes it out.
 * Plain arrays and indexes; MODEL_NONE is no index.  Everything is owned by
 * the model and dies with it.  Strings are interned: equal strings are one
 * pointer.  Addresses are link-time addresses.
 */
#ifndef META_MODEL_H
#define META_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype.h"
#include "allotype/metafile.h"

#define MODEL_NONE UINT32_MAX

/* Equal types of all compilation units are one entry (same hash). */
struct model_type {
	uint64_t hash;
	uint64_t size;       /* 0: incomplete */
	const char *name;    /* complete spelling: "struct foo *" */
	const char *tag;     /* "foo", "ns::foo<int>"; NULL: anonymous/derived */
	uint32_t target;     /* pointee, element, return type, named type */
	uint32_t first;      /* in members */
	uint32_t count;      /* members, enumerators, parameters; elements */
	uint32_t definition; /* of a declaration: the defining type, or NONE */
	uint8_t kind;        /* enum alloc_kind */
	uint8_t encoding;    /* DW_ATE_* */
	uint16_t flags;      /* enum allotype_meta_type_flag */
};

struct model_member {
	int64_t value;       /* byte offset, enumerator's value, number */
	const char *name;    /* NULL: none */
	uint32_t type;
	uint16_t bit_offset, bit_size;
	uint32_t flags;      /* enum allotype_meta_member_flag */
};

/*
 * Thread-local variables of a file that is loaded at start have an address,
 * too: as far from this one as they are from the thread pointer.  It is
 * nothing that the runtime may know; those who read code do.
 */
#define MODEL_THREAD_POINTER (1ULL << 62)
#define MODEL_THREAD_REACH (1ULL << 32)

static inline bool model_is_thread_local(uint64_t address)
{
	return address - (MODEL_THREAD_POINTER - MODEL_THREAD_REACH) <
	       2 * MODEL_THREAD_REACH;
}

struct model_static {
	uint64_t address, size;
	const char *name;
	uint32_t type;
	uint32_t file, line;
	uint32_t declared_first, declared_count; /* in declared */
	/* Of a variable that the compiler has cut up, until types are known:
	 * the bytes [piece, piece + piece_size).  A variable in one piece has
	 * none. */
	uint32_t piece, piece_size;
};

/* What one unit declares a static of C to be, where that is more than its
 * definition says: units may each have a type of their own behind it.  Or what
 * a static is that the compiler has cut up. */
struct model_declared {
	const char *name;
	uint32_t unit_file; /* as model_function.unit_file */
	uint32_t type;
	uint32_t of;        /* in statics, or NONE: cut up */
	bool cut_up;
};

/* A function as programmed: the abstract thing behind a definition, its
 * clones, its inlined instances, or a mere declaration. */
struct model_subprogram {
	const char *name;         /* qualified for C++ */
	const char *linkage_name; /* what the symbol table says, or name */
	const char *plain_name;   /* unqualified, without template arguments */
	uint32_t type;            /* ALLOC_KIND_FUNCTION: return, parameters */
	uint32_t container;       /* type: class of a member function */
	uint32_t template_first, template_count; /* in template_types */
	uint32_t file, line;
	uint32_t flags;           /* enum model_subprogram_flag */
};
enum model_subprogram_flag {
	MODEL_SUBPROGRAM_NORETURN = 1 << 0,
	MODEL_SUBPROGRAM_CONSTRUCTOR = 1 << 1,
	MODEL_SUBPROGRAM_DESTRUCTOR = 1 << 2,
	MODEL_SUBPROGRAM_EXTERNAL = 1 << 3,
	MODEL_SUBPROGRAM_DEFINED = 1 << 4,  /* has code in this file */
	MODEL_SUBPROGRAM_METHOD = 1 << 5,   /* first parameter is this */
};

/* A record that the very file compiled declares, not a header. */
struct model_own_record {
	uint32_t file;   /* as model_function.unit_file */
	uint32_t type;
};

/* A record of C as the unit of a file defines it. */
struct model_unit_record {
	uint32_t file;   /* as model_function.unit_file */
	uint32_t type;
	const char *tag;
};

/* What the compiler has noted down that a call allocates. */
struct model_allocated {
	uint64_t address; /* it returns to; of a jump its own */
	uint32_t type;
	bool is_jump;
};

struct model_range {
	uint64_t low, high;
};

/* Code of a function, out of line. */
struct model_function {
	uint64_t entry;
	const char *symbol;     /* ELF symbol at entry (.isra.0 ...), or NULL */
	uint32_t subprogram;
	uint32_t unit_file;     /* what was compiled, in files; or NONE */
	uint32_t range_first, range_count;       /* in ranges, sorted */
	uint32_t variable_first, variable_count; /* own and inlined ones' */
	uint32_t inline_first, inline_count;     /* parents before children */
	uint32_t unplaced_first, unplaced_count; /* own and inlined ones' */
	uint32_t constant_first, constant_count; /* inlined ones' */
};

/* An inlined instance within a function. */
struct model_inline {
	uint32_t subprogram;
	uint32_t parent;        /* inline, or NONE: directly in the function */
	uint32_t range_first, range_count;
	uint32_t call_file, call_line;
};

struct model_variable {
	const char *name;
	uint32_t type;
	uint32_t instance;      /* inline it belongs to, or NONE */
	uint32_t parameter;     /* its number, or NONE for a local */
	uint32_t location_first, location_count;
};

/* A local variable of C that the compiler has left no place for. */
struct model_unplaced {
	uint32_t type;
	uint32_t instance;      /* as model_variable.instance */
};

/* A parameter that is the same number throughout. */
struct model_constant {
	uint32_t instance;      /* as model_variable.instance */
	uint32_t parameter;     /* its number */
	uint64_t value;
};

/* Where a variable is while pc is in [low, high). */
enum model_place {
	MODEL_PLACE_REGISTER, /* in reg */
	MODEL_PLACE_VALUE,    /* its value is reg + offset (stack value) */
	MODEL_PLACE_CFA,      /* in memory at CFA + offset */
	MODEL_PLACE_MEMORY,   /* in memory at reg + offset */
	MODEL_PLACE_INDIRECT_CFA, /* its address is in memory at CFA + offset */
};
struct model_location {
	uint64_t low, high;
	int64_t offset;
	uint8_t place;  /* enum model_place */
	uint8_t reg;    /* DWARF number: 0 rax 1 rdx 2 rcx 3 rbx 4 rsi 5 rdi
			   6 rbp 7 rsp 8.. r8.. */
	bool is_piece;  /* only the eight bytes at "piece" of the variable */
	uint16_t piece;
};

struct model_line {
	uint64_t address;
	uint32_t file;  /* in files */
	uint32_t line;  /* 0: end of sequence */
};

struct model_file {
	const char *name;   /* absolute if DWARF gives the directory */
	uint8_t md5[16];
	bool has_md5;
};

struct model_elf_section {
	uint64_t address, size;
	const char *name;
	uint32_t type, flags;
};

struct model_symbol {
	uint64_t address, size;
	const char *name;
	uint8_t type, binding;
};

/* A virtual table: of the class TYPE, or while a part at OFFSET in it is
 * being constructed. */
struct model_vtable {
	uint64_t address, size;
	const char *name;    /* its symbol */
	uint32_t type;       /* NONE: not known */
	int64_t offset;
	const unsigned char *bytes; /* of the ELF file, while it is open */
};

/* How to step out of a frame at one call (struct allotype_meta_rule). */
struct model_rule {
	int32_t cfa_offset;
	int16_t rbp_offset;
	uint8_t base;   /* enum allotype_meta_base */
};

struct model_alternative {
	uint32_t type, evidence;
	int32_t offset;
	uint32_t confidence;
};

/* struct allotype_meta_site before it is written. */
struct model_site {
	uint64_t address;   /* return address */
	uint64_t size;
	uint32_t multiple;
	uint32_t type;
	uint32_t evidence;
	const char *function, *callee;
	uint32_t file, line;
	uint32_t alternative_first, alternative_count;
	uint8_t kind, confidence;
	bool has_rule;
	struct model_rule rule;
	int32_t type_offset;
	uint32_t flags;
};

/* Growing arrays: at[0..count). */
#define MODEL_ARRAY(type)                                                      \
	struct {                                                               \
		type *at;                                                      \
		uint32_t count, capacity;                                      \
	}

struct model {
	uint16_t machine;              /* EM_* */
	uint8_t build_id[64];
	uint32_t build_id_size;
	bool has_dwarf;
	uint64_t thread_size;          /* of thread-local variables */
	int64_t thread_start;          /* theirs, from the thread pointer */
	MODEL_ARRAY(struct model_type) types;
	MODEL_ARRAY(struct model_member) members;
	MODEL_ARRAY(struct model_static) statics;       /* by address */
	MODEL_ARRAY(struct model_declared) declared;    /* by static, unit */
	MODEL_ARRAY(struct model_subprogram) subprograms;
	MODEL_ARRAY(uint32_t) template_types;
	MODEL_ARRAY(struct model_own_record) own_records;
	/* Of tags that units define in several ways, by file and tag. */
	MODEL_ARRAY(struct model_unit_record) unit_records;
	MODEL_ARRAY(struct model_allocated) allocated;  /* by address */
	MODEL_ARRAY(struct model_function) functions;   /* by entry */
	MODEL_ARRAY(struct model_range) ranges;
	MODEL_ARRAY(struct model_inline) inlines;
	MODEL_ARRAY(struct model_variable) variables;
	MODEL_ARRAY(struct model_unplaced) unplaced;
	MODEL_ARRAY(struct model_constant) constants;
	MODEL_ARRAY(struct model_location) locations;
	MODEL_ARRAY(struct model_line) lines;           /* by address */
	MODEL_ARRAY(struct model_file) files;
	MODEL_ARRAY(struct model_elf_section) sections; /* by address */
	MODEL_ARRAY(struct model_symbol) symbols;       /* by address */
	MODEL_ARRAY(struct model_vtable) vtables;       /* by address */
	MODEL_ARRAY(struct model_site) sites;           /* by address */
	MODEL_ARRAY(struct model_alternative) alternatives;
	struct model_pool *pool;       /* interned strings, memory */
};

struct model *model_create(void);   /* NULL: no memory */
void model_destroy(struct model *model);

/* Appends COUNT zeroed entries; NULL when memory is exhausted (then nothing
 * changed).  struct model_site *s = MODEL_APPEND(&model->sites, 1); */
void *model_append(void **at, uint32_t *count, uint32_t *capacity,
		   size_t entry_size, uint32_t entries);
#define MODEL_APPEND(array, entries)                                           \
	((__typeof__((array)->at))model_append(                                \
		(void **)&(array)->at, &(array)->count, &(array)->capacity,    \
		sizeof *(array)->at, (entries)))

/* The interned copy of SIZE bytes; NULL when memory is exhausted. */
const char *model_intern(struct model *model, const char *string, size_t size);

/* ---- questions about types; all accept MODEL_NONE (void/unknown) ---- */

/* Without typedefs and qualifiers, declarations replaced by definitions;
 * MODEL_NONE for void. */
uint32_t model_type_strip(const struct model *model, uint32_t type);
/* Without qualifiers only: keeps typedef names (const robj -> robj). */
uint32_t model_type_unqualified(const struct model *model, uint32_t type);
/* What the unit of FILE takes TYPE, of the same tag, for: its own definition, if
 * units have several. */
uint32_t model_type_in_unit(const struct model *model, uint32_t file,
			    uint32_t type);
/* Two struct model_unit_record by file and tag, the order of
 * model.unit_records. */
int model_unit_record_compare(const void *a, const void *b);
uint64_t model_type_size(const struct model *model, uint32_t type);
/* Pointee of a pointer type behind typedefs; *POINTEE may be MODEL_NONE for
 * void *.  False if TYPE is not a pointer. */
bool model_type_pointee(const struct model *model, uint32_t type,
			uint32_t *pointee);
/* Does the very FILE (model_function.unit_file) declare the record TYPE? */
bool model_is_own_record(const struct model *model, uint32_t type,
			 uint32_t file);
/* void, char, signed/unsigned char, std::byte: says nothing but bytes. */
bool model_type_is_bytes(const struct model *model, uint32_t type);
/* The scalar (or pointer) members that begin at byte OFFSET of TYPE, through
 * nested structs, arrays, base classes and all members of unions; up to
 * CAPACITY of them.  Returns how many; *THROUGH_UNION, unless NULL. */
uint32_t model_type_scalars_at(const struct model *model, uint32_t type,
			       uint64_t offset, uint32_t *scalars,
			       uint32_t capacity, bool *through_union);
/* Makes the question above and the next quick for records of many members,
 * until types change and pool_forget says so.  False: memory is exhausted, all
 * works. */
bool model_types_measure(const struct model *model);
/* Members FIRST up to LIMIT of RECORD, a struct or union, are all that may hold
 * what is OFFSET bytes from its beginning; not all of them do. */
void model_members_around(const struct model *model,
			  const struct model_type *record, uint64_t offset,
			  uint32_t *first, uint32_t *limit);
/* By C spelling without cv ("struct foo", "foo_t", "unsigned long"), as seen
 * from anywhere; prefers complete types.  MODEL_NONE if there is none. */
uint32_t model_type_by_name(const struct model *model, const char *name);

/* ---- questions about code ---- */
const struct model_function *model_function_at(const struct model *model,
					       uint64_t address);
const struct model_static *model_static_at(const struct model *model,
					   uint64_t address);
/* What S is to the unit compiled from UNIT_FILE. */
uint32_t model_static_type(const struct model *model,
			   const struct model_static *s, uint32_t unit_file);
const struct model_symbol *model_symbol_at(const struct model *model,
					   uint64_t address);
const struct model_line *model_line_at(const struct model *model,
				       uint64_t address);
/* Where the thread-local variable is that is OFFSET bytes into the file's. */
uint64_t model_thread_address(const struct model *model, uint64_t offset);
/* What the call that returns to ADDRESS, or the jump there, allocates, as the
 * compiler says; or MODEL_NONE. */
uint32_t model_allocated_at(const struct model *model, uint64_t address,
			    bool is_jump);
/* A subprogram by its linkage name: a definition, else a declaration. */
uint32_t model_subprogram_by_name(const struct model *model,
				  const char *linkage_name);
/* The innermost inline instance of FUNCTION at ADDRESS, or MODEL_NONE. */
uint32_t model_inline_at(const struct model *model,
			 const struct model_function *function,
			 uint64_t address);

#endif
