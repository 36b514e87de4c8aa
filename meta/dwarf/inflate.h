/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressed sections (gABI, "Section Compression"), inflated before libelf
 * sees the file: those of zstd, which older libelf does not know, and those of
 * zlib where much is to be read on several threads: each one's handle would
 * inflate them again.  libzstd and libz do it, if the machine has them.
 */
#ifndef META_DWARF_INFLATE_H
#define META_DWARF_INFLATE_H

#include <stddef.h>

/* A descriptor of a copy in memory of the ELF file that these SIZE bytes are,
 * its sections inflated, on THREADS threads; -1 when it serves nothing, or they
 * cannot be. */
int inflate_elf(const void *bytes, size_t size, unsigned int threads);
/* The same of the file at FD. */
int inflate_file(int fd, unsigned int threads);

#endif
