/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the source line of an allocation says: sizeof, casts and what the
 * result is stored to, read by a C expression reader, where the source file is
 * at hand and verified to be the compiled one (MD5 of DWARF 5; else not newer
 * than the ELF file and the line names the callee).  For a line of a grammar
 * or the like: the line of the compiled file that was made of it.
 */
#ifndef META_SOURCE_SOURCE_H
#define META_SOURCE_SOURCE_H

#include <stdint.h>

#include "base/status.h"
#include "meta/model.h"

struct source;

/* ELF_PATH dates the compilation; DIRECTORY, or NULL, is searched for files
 * that are not where DWARF says (--source-dir). */
struct source *source_create(const struct model *model, const char *elf_path,
			     const char *directory);
void source_destroy(struct source *source);

struct source_hint {
	uint32_t type;       /* of the object or its elements */
	uint32_t evidence;   /* ALLOC_EVIDENCE_SIZEOF and/or _CAST; else one of
				_VARIABLE, _MEMBER, _RETURN, _ARGUMENT */
	uint64_t multiple;   /* sizeof's value as far as known, or 0 */
	bool single;         /* the size is exactly one sizeof(type) */
	bool by_size;          /* the size of the call had a part in it */
	bool read;             /* the statement is at hand, whatever it says */
};

/* A call that allocates. */
struct source_call {
	uint32_t file, line;   /* of model->files */
	const char *callee;
	const struct model_function *function; /* it is in, for the types of
						  variables; or NULL */
	uint64_t pc;
	uint64_t size;         /* what it asks for, or a multiple of; 0: not
				  known.  Tells types of one name apart. */
	bool indirect;         /* through a pointer, whatever its name */
};

/* What CALL allocates.  NOT_FOUND: the line says nothing or cannot be
 * trusted; by_size and read are set all the same.  One thread at a time. */
enum status source_hint_at(struct source *source,
			   const struct source_call *call,
			   struct source_hint *hint);

#endif
