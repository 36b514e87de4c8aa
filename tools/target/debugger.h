/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debugger that started this command, if it did: it answers questions
 * about its process over a pair of pipes, where the process would not let
 * anybody else look into it.  allotype-gdb.py is the other end.
 *
 * Questions are lines: "memory ADDRESS SIZE" (hexadecimal without 0x, and
 * decimal) and "registers TID".  The answer is the byte 'n', or 'y' and the
 * bytes asked for: memory, or the UNWIND_REGISTERS registers in DWARF's
 * order, 8 bytes each.
 */
#ifndef TARGET_DEBUGGER_H
#define TARGET_DEBUGGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "index/unwind.h"

/* PIPES is "READ,WRITE", two descriptors. */
enum status debugger_connect(const char *pipes);
bool debugger_is_connected(void);
bool debugger_read(uint64_t address, void *buffer, size_t size);
enum status debugger_registers(int tid, struct unwind_frame *frame);

#endif
