/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections compressed with zstd (ELFCOMPRESS_ZSTD of the gABI), which older
 * libelf does not know: libzstd, if the machine has it, inflates them before
 * libelf sees the file.
 */
#ifndef META_DWARF_ZSTD_H
#define META_DWARF_ZSTD_H

/* A descriptor of a copy in memory of the ELF file at FD whose sections are
 * inflated; -1 when there are none, or when they cannot be. */
int zstd_inflate(int fd);

#endif
