/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF images, as loaded into a target's memory and as files on disk: just
 * what it takes to recognise one and to find the runtime in it.
 */
#ifndef TARGET_IMAGE_H
#define TARGET_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/space.h"
#include "base/status.h"

struct image_id {
	uint8_t bytes[ALLOTYPE_BUILD_ID_MAX];
	size_t size; /* 0: none */
};

bool image_id_equal(const struct image_id *a, const struct image_id *b);

/* The build ID of the image whose ELF header is at BASE. */
enum status image_memory_id(const struct space *space, uint64_t base,
			    struct image_id *id);
/* The address of dynamic symbol NAME of the image at BASE. */
enum status image_memory_symbol(const struct space *space, uint64_t base,
				const char *name, uint64_t *address);

/* What a file on disk is. */
struct image_file {
	bool is_elf;
	bool is_64_bit;     /* x86-64, in fact */
	bool is_executable; /* may be started: no plain object or core */
	bool is_static;     /* names no program interpreter */
	bool is_privileged; /* set-user-ID or set-group-ID */
	struct image_id id;
	char interpreter[256]; /* PT_INTERP, or "" */
};

/* SYSTEM when PATH cannot be read (errno says why). */
enum status image_file_examine(const char *path, struct image_file *file);

#endif
