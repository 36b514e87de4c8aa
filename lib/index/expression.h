/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DWARF expressions of call frame information (DWARF 5 section 2.5).
 * Untrusted: the stack, the steps and the memory read are bounded.
 */
#ifndef INDEX_EXPRESSION_H
#define INDEX_EXPRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "index/unwind.h"

/* Evaluates the SIZE bytes at BYTES over the registers of FRAME, with
 * INITIAL on the stack unless it is NULL; the result is the top. */
enum status expression_evaluate(const struct unwind_space *where,
				const struct unwind_frame *frame,
				const uint8_t *bytes, size_t size,
				const uint64_t *initial, uint64_t *result);

#endif
