/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the system would load to run a command: the ELF files whose metadata
 * is worth preparing, and why the runtime might not get into it.
 */
#ifndef TOOLS_LOADER_H
#define TOOLS_LOADER_H

#include <stddef.h>

#include "base/status.h"
#include "target/image.h"

struct loader_files {
	char **paths; /* each once; the program first */
	size_t count;
};

/* The path execvp(3) would run for NAME; NULL and errno if there is none.
 * The caller frees it. */
char *loader_find_command(const char *name);

/* The program that runs for the file at PATH: itself, or for a script its
 * interpreter (through /usr/bin/env as well).  *PROGRAM is the caller's to
 * free; *FILE describes it. */
enum status loader_find_program(const char *path, char **program,
				struct image_file *file);

/* Adds PROGRAM and the libraries its loader would load with it. */
void loader_list(const char *program, const struct image_file *file,
		 struct loader_files *files);
void loader_files_deinit(struct loader_files *files);

/* The path of liballotype.so: ALLOTYPE_LIBRARY, beside this command, or
 * where it was to be installed.  NULL after a message. */
char *loader_find_runtime(void);

#endif
