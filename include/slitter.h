/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source-compatible with the C interface of slitter, the slab allocator of
 * Backtrace I/O: what was written for it compiles and runs against Allotype's
 * runtime (-lallotype).  The classes are those of allotype/heap.h, which says
 * what is promised about their memory, and what ends the program.
 *
 * Since 0.2.
 */
#ifndef SLITTER_H
#define SLITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A class, by its number; 0 is none. */
struct slitter_class {
	uint32_t id;
};

struct slitter_class_config {
	const char *name;        /* copied; NULL: none */
	size_t size;             /* of an object, bytes: 64 MiB at most */
	bool zero_init;          /* objects come filled with zeros */
	const char *mapper_name; /* NULL: the default; "file": memory of
				    unlinked files, see below */
};

/* Registers a class before main starts, and defines its variable. */
#define DEFINE_SLITTER_CLASS(variable, ...)                                    \
	struct slitter_class variable;                                         \
	__attribute__((constructor)) static void                               \
	slitter_register_class_##variable(void)                                \
	{                                                                      \
		const struct slitter_class_config config = { __VA_ARGS__ };    \
		variable = slitter_class_register(&config);                    \
	}

/* Failures here end the program with a message. */
struct slitter_class
slitter_class_register(const struct slitter_class_config *config);
void *slitter_allocate(struct slitter_class object_class);
/* OBJECT may be NULL. */
void slitter_release(struct slitter_class object_class, void *object);

/* The directory where the mapper "file" makes its next files: see
 * alloc_mapper_set_directory. */
void slitter_set_file_backed_slab_directory(const char *directory);

#ifdef __cplusplus
}
#endif
#endif
