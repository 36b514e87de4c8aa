/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside dwarf/: the state of reading one file, and what its parts offer each
 * other.  A DIE is known by its address in memory (Dwarf_Die.addr), which is
 * unique over all units and all debug files of a process.
 *
 * Running out of memory is remembered in reader->exhausted, and reading goes
 * on with holes until debuginfo_read looks: no part has to unwind.
 */
#ifndef META_DWARF_READER_H
#define META_DWARF_READER_H

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "meta/abi.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/dwarf/dies.h"
#include "meta/dwarf/linetable.h"
#include "meta/pointer_map.h"
#include "meta/model.h"

enum {
	READER_DEPTH = 200, /* of nested DIEs and of chains of types */
	READER_CHAIN = 16,  /* of specifications and abstract origins */
};

struct cfi_table;
struct import_table;
struct thread_names;

struct debuginfo {
	Dwfl *dwfl;
	Dwfl_Module *module;
	Elf *elf;      /* the file itself */
	Dwarf *dwarf;  /* or NULL; opened with the first reading */
	uint64_t bias; /* added to DWARF's addresses: link-time ones */
	uint16_t machine;
	const struct abi *abi; /* or NULL: a machine not understood */
	uint16_t type;		      /* ET_* */
	uint8_t byte_order;	      /* ELFDATA2* */
	unsigned int threads;	      /* that read it */
	int inflated;		      /* a debug file in memory, or -1 */
	Elf *inflated_elf;
	Dwarf *inflated_dwarf;
	struct cfi_table *cfi;	      /* made on first use; under cfi_lock */
	pthread_mutex_t cfi_lock;
	struct import_table *imports; /* made on first use */
	struct thread_names *thread_names; /* or NULL */
};

/* Ends what reads the file in memory, if there is one. */
void debuginfo_close_inflated(struct debuginfo *info);

/* Where a C++ DIE is declared. */
struct reader_scope {
	const char *name;    /* "ns::foo" */
	Dwarf_Die container; /* the class, when in_class */
	bool in_class;
};

struct reader_queued {
	Dwarf_Die die;
	uint32_t type;
};

/* Entries of the model's template_types. */
struct reader_list {
	uint32_t first, count;
};

/* How far the model was when a unit began: what follows refers to types by
 * numbers that merging changes. */
struct reader_mark {
	uint32_t types, members, statics, declared, subprograms, template_types,
		own_records, unit_records, allocated, variables, unplaced, handles;
};

struct reader {
	struct debuginfo *info;
	struct model *model;
	bool exhausted;
	/* No unit refers to another: what was met in one can be forgotten. */
	bool independent;

	/* Types: DIE -> handle -> index in model->types. */
	struct pointer_map type_handles;
	MODEL_ARRAY(uint32_t) handles;
	MODEL_ARRAY(struct reader_queued) queue;
	MODEL_ARRAY(uint64_t) shallow; /* hashes of merged types */
	struct pointer_map merged;     /* full hash -> type */

	struct pointer_map subprograms; /* root DIE -> subprogram */
	struct pointer_map parameters;	/* abstract parameter -> number */
	struct pointer_map scopes;	/* DIE -> scope_entries */
	struct pointer_map scoped_units;
	struct pointer_map imported_units;
	MODEL_ARRAY(struct reader_scope) scope_entries;
	struct pointer_map templates;   /* class DIE -> template_lists */
	MODEL_ARRAY(struct reader_list) template_lists;
	MODEL_ARRAY(Dwarf_Die) nested; /* functions within functions */
	MODEL_ARRAY(struct model_range) block_ranges; /* a stack */

	struct pointer_map unified; /* name -> unified_names */
	MODEL_ARRAY(const char *) unified_names;

	struct pointer_map file_names;
	/* The unit being read. */
	Dwarf_Die cu_die;
	uint32_t unit_file; /* its DW_AT_name, in files; or NONE */
	bool is_cxx;
	uint8_t address_size;
	/* Of the unit whose files were asked for last: its line table, or if
	 * that is libdw's to read, its files. */
	struct line_table line_table;
	const void *files_of;
	Dwarf_Files *files;
	size_t files_count;
	struct model_range code; /* a section of it, asked about last */
	struct line_sections line_sections;
	bool lines_sought;
	/* loclists.c: sections of lists, of DWARF 5 and older; the base of
	 * the unit asked for last. */
	Elf_Data *list_data[2];
	bool list_sought[2];
	const void *base_of;
	uint64_t base;
};

/* ---- units.c ---- */
/* Reads the units from number FIRST up to LIMIT, in the order of
 * dwarf_get_units. */
void reader_units(struct reader *reader, uint32_t first, uint32_t limit);
void reader_deinit(struct reader *reader);

/* ---- attributes (attributes.c) ---- */
/* Through abstract origins and specifications; NULL or false: not there. */
const char *die_name(Dwarf_Die *die);
const char *die_linkage_name(Dwarf_Die *die);
bool die_unsigned(Dwarf_Die *die, unsigned int attribute, uint64_t *value);
bool die_flag(Dwarf_Die *die, unsigned int attribute);
bool die_reference(Dwarf_Die *die, unsigned int attribute, Dwarf_Die *target);
/* The same without following other DIEs. */
bool die_own_unsigned(Dwarf_Die *die, unsigned int attribute, uint64_t *value);
bool die_own_signed(Dwarf_Die *die, unsigned int attribute, int64_t *value);
/* The DIE that stands for a function, whatever instance DIE is. */
Dwarf_Die die_root(Dwarf_Die *die);
/* DW_AT_decl_file and _line as model values; MODEL_NONE and 0 if absent. */
void reader_declared_at(struct reader *reader, Dwarf_Die *die, uint32_t *file,
			uint32_t *line);
/* File NUMBER of DIE's unit. */
uint32_t reader_file(struct reader *reader, Dwarf_Die *die, uint64_t number);
uint32_t reader_file_named(struct reader *reader, const char *name);
const char *reader_intern(struct reader *reader, const char *string);

/* ---- scopes.c ---- */
bool reader_unit_is_cxx(Dwarf_Die *unit);
const struct reader_scope *reader_scope(struct reader *reader, Dwarf_Die *die);
/* "ns::foo::NAME", interned. */
const char *reader_qualify(struct reader *reader, Dwarf_Die *die,
			   const char *name);

/* ---- types.c ---- */
uint32_t reader_type(struct reader *reader, Dwarf_Die *die);
/* Of DW_AT_type; MODEL_NONE is void. */
uint32_t reader_type_of(struct reader *reader, Dwarf_Die *die);
/* The function type of a subprogram. */
uint32_t reader_function_type(struct reader *reader, Dwarf_Die *die);
/* Reads the members of all types met so far. */
void reader_types_complete(struct reader *reader);
/* members.c: reads what the children of DIE say about type OWNER. */
void reader_members(struct reader *reader, Dwarf_Die *die, uint32_t owner);

/* unify.c: gives the types since MARK one spelling of what is in angle
 * brackets, whatever compiler wrote it. */
void reader_names_unify(struct reader *reader, const struct reader_mark *mark);

/* ---- merge.c ---- */
void reader_mark(const struct reader *reader, struct reader_mark *mark);
/* Makes types since MARK that equal older ones those. */
void reader_types_merge(struct reader *reader, const struct reader_mark *mark);
/* After the last unit: declarations become definitions, names are spelled. */
void reader_types_finish(struct reader *reader);

/* unit_records.c: notes that the unit defines TYPE; and keeps, when all types are
 * merged, what units define in several ways. */
void unit_record_note(struct reader *reader, uint32_t type);
void unit_records_finish(struct reader *reader);

/* ---- functions.c, statics.c ---- */
uint32_t reader_subprogram(struct reader *reader, Dwarf_Die *die);
void reader_function(struct reader *reader, Dwarf_Die *die);
void reader_static(struct reader *reader, Dwarf_Die *die);
/* One that is not in a function. */
void reader_global(struct reader *reader, Dwarf_Die *die);
/* declared.c: one that the unit only declares, or that is CUT_UP. */
void reader_declared(struct reader *reader, Dwarf_Die *die, bool cut_up);
/* When statics are sorted: keeps what their definitions do not say. */
void reader_declared_finish(struct reader *reader);
/* pieces.c: the parts of one that the compiler has cut up, if it has. */
void reader_pieces(struct reader *reader, Dwarf_Die *die);
/* When types are complete: makes them statics of their own. */
void reader_pieces_finish(struct reader *reader);
struct model_static *reader_static_add(struct reader *reader, Dwarf_Die *die,
				       uint64_t address);
/* Is ADDRESS in a loaded section; of code, if CODE? */
bool reader_address_is_loaded(struct reader *reader, uint64_t address,
			      bool code);

/* ---- allocated.c ---- */
/* What the compiler says that CALL, a call site, allocates, if it does. */
void reader_allocated(struct reader *reader, Dwarf_Die *call);

/* ---- locations.c ---- */
/* Adds the locations of VARIABLE, a parameter or local of FUNCTION (its DIE),
 * visible in the COUNT ranges at RANGES.  True: it has none, as it is *CONSTANT
 * wherever it is known. */
bool reader_locations(struct reader *reader, Dwarf_Die *variable,
		      Dwarf_Die *function, const struct model_range *ranges,
		      uint32_t count, struct model_variable *result,
		      uint64_t *constant);
/* Is OP a number? */
bool reader_is_number(const Dwarf_Op *op, uint64_t *number);
/* The address of a static variable. */
bool reader_static_address(struct reader *reader, Dwarf_Die *die,
			   uint64_t *address);

/* ---- threads.c ---- */
/* Where thread-local variables are from the thread pointer. */
void reader_threads(struct reader *reader);
/* The address of one of them, of which the debug information only says that
 * there is a variable: compilers for AArch64 write no more. */
bool reader_thread_local(const struct reader *reader, Dwarf_Die *die,
			 uint64_t *address);

/* ---- lines.c, elf.c ---- */
/* The line table of DIE's unit; NULL: it is libdw's to read. */
struct line_table *reader_line_table(struct reader *reader, Dwarf_Die *die);
void reader_lines(struct reader *reader);
/* The MD5 of source files, which libdw does not give out. */
void reader_checksums(struct reader *reader);
void reader_elf(struct reader *reader);
/* A section's bytes; NULL: there is none, or it is compressed still. */
Elf_Data *reader_section(Elf *elf, const char *name);

#endif
