/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The units of a large file, read in parts on several threads and joined in
 * their order.  How a file is divided depends on nothing but the file.
 */
#ifndef META_DWARF_PARTS_H
#define META_DWARF_PARTS_H

#include "meta/dwarf/reader.h"

/* Reads all units. */
void parts_read(struct reader *reader, unsigned int threads);

#endif
