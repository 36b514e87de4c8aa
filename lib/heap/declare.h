/* SPDX-License-Identifier: Apache-2.0 */
/* Types that the program declares for single objects. */
#ifndef HEAP_DECLARE_H
#define HEAP_DECLARE_H

#include <stdint.h>

#include "base/status.h"

/*
 * The live object of malloc's at ADDRESS is, from now on, of the type that
 * somebody above keeps at TYPE, with content hash HASH: its site becomes one
 * that says so.  MISUSE: no such object begins there; NO_MEMORY: the table
 * of sites is full.
 */
enum status heap_declare(uintptr_t address, uint64_t type, uint64_t hash);

#endif
