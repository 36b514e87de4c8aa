/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only module that knows libdw: reads DWARF 4 and 5 through libdwfl
 * (separate, compressed, dwz and split files included) into a model, and
 * answers what the call frame information says.
 */
#ifndef META_DWARF_DEBUGINFO_H
#define META_DWARF_DEBUGINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/model.h"

struct debuginfo;

/* Opens the ELF file at PATH.  *REASON gets a static string on failure.
 * NOT_FOUND: no such file; BAD_INPUT: not an ELF executable or shared
 * object. */
enum status debuginfo_open(const char *path, struct debuginfo **info,
			   const char **reason);
void debuginfo_close(struct debuginfo *info);

enum { DEBUGINFO_BUILD_ID_MAX = 64 };
/* Copies the build ID; returns its size in bytes, 0 if there is none. */
size_t debuginfo_build_id(struct debuginfo *info,
			  uint8_t build_id[DEBUGINFO_BUILD_ID_MAX]);

/* Opens what debug files belong to it, and fills everything in MODEL but sites
 * and alternatives.  THREADS work at it; they change nothing of it.  No DWARF is
 * no failure. */
enum status debuginfo_read(struct debuginfo *info, struct model *model,
			   unsigned int threads, const char **reason);

/* The CFA rule at PC: CFA = reg + offset (DWARF register number), and where,
 * from the CFA, the frame register (rbp, x29) and the return address are
 * saved; 0: they are in their registers.  False when there is none or it is an
 * expression, or the machine is not understood. */
struct cfa_rule {
	int32_t offset;
	int32_t frame_offset;
	int32_t return_offset;
	uint8_t reg;
	uint64_t low, high; /* the rule holds for pc in [low, high) */
};
bool debuginfo_cfa_rule(struct debuginfo *info, uint64_t pc,
			struct cfa_rule *rule);

/* Is its code that of a machine that meta/abi.h knows, with 64-bit little-endian
 * data? */
bool debuginfo_is_understood(const struct debuginfo *info);

/* The ELF file itself, for code bytes: bytes of [address, address + size)
 * of the loaded image, or NULL when they are not all in one segment's file
 * contents.  Valid until debuginfo_close. */
const unsigned char *debuginfo_code(struct debuginfo *info, uint64_t address,
				    uint64_t size);
/* Dynamic relocations and PLT: the name of the imported symbol that the GOT
 * slot at ADDRESS, or the PLT stub at ADDRESS, leads to; NULL if none. */
const char *debuginfo_import_at(struct debuginfo *info, uint64_t address);
/* The name of another file's variable that the loader copies to ADDRESS, for
 * all to use; NULL if none. */
const char *debuginfo_copy_at(struct debuginfo *info, uint64_t address);
/* The file's own function or variable of that name: a shared object reaches
 * what it exports in that way.  Another file's may take its place when the
 * program runs. */
bool debuginfo_own_import(struct debuginfo *info, uint64_t address,
			  uint64_t *target);
/* The function of the file itself that the GOT slot at ADDRESS leads to. */
bool debuginfo_slot_target(struct debuginfo *info, uint64_t address,
			   uint64_t *target);
/* What the loader fills in for a thread-local variable of the file. */
enum debuginfo_thread_slot {
	DEBUGINFO_THREAD_DISTANCE, /* a word: its distance from the pointer */
	DEBUGINFO_THREAD_CALLED,   /* a function that returns the distance */
	DEBUGINFO_THREAD_PAIR,     /* what __tls_get_addr finds it by */
};
/* Is ADDRESS that of such a place?  The variable is OFFSET bytes into the
 * file's. */
bool debuginfo_thread_slot(struct debuginfo *info, uint64_t address,
			   uint64_t *offset, enum debuginfo_thread_slot *kind);
/* Addresses stored in data by relative relocations (functions whose address
 * is taken): calls VISIT(context, place, target) for each. */
void debuginfo_relative_relocations(struct debuginfo *info,
				    void (*visit)(void *context,
						  uint64_t place,
						  uint64_t target),
				    void *context);
/* Imports whose address is taken by data relocations (a word of data,
 * or of the GOT), or that are copied: calls VISIT(context, place, name,
 * is_got). */
void debuginfo_import_relocations(struct debuginfo *info,
				  void (*visit)(void *context, uint64_t place,
						const char *name, bool is_got),
				  void *context);

#endif
