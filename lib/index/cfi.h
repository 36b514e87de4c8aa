/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call frame information of one file: finds the row of .eh_frame for a pc
 * (DWARF 5 section 6.4; LSB 5.0 section 10.6).  Untrusted input.
 */
#ifndef INDEX_CFI_H
#define INDEX_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/space.h"
#include "base/status.h"
#include "index/unwind.h"

enum cfi_kind {
	CFI_UNSPECIFIED,
	CFI_UNDEFINED,
	CFI_SAME,
	CFI_OFFSET,         /* saved at CFA + offset */
	CFI_VALUE_OFFSET,   /* is CFA + offset */
	CFI_REGISTER,       /* is in register `offset` */
	CFI_EXPRESSION,     /* saved where the expression says */
	CFI_VALUE_EXPRESSION,
};

struct cfi_rule {
	union {
		int64_t offset;
		const uint8_t *expression;
	};
	uint32_t size; /* of the expression */
	uint32_t kind; /* enum cfi_kind */
};

struct cfi_row {
	/* CFI_OFFSET from cfa_register, or CFI_EXPRESSION: the CFA. */
	struct cfi_rule cfa;
	uint32_t cfa_register;
	struct cfi_rule rules[UNWIND_REGISTERS];
};

#ifdef ALLOTYPE_REMOTE
enum { CFI_ENTRY_MAX = 32 * 1024 };
#else
enum { CFI_ENTRY_MAX = 1 }; /* entries are used in place */
#endif

struct cfi_info {
	struct cfi_row row;
	bool is_signal; /* 'S': a signal handler's trampoline */
	/* What expressions of the row point into, outside the process. */
	uint8_t cie_bytes[CFI_ENTRY_MAX], fde_bytes[CFI_ENTRY_MAX];
};

/* The row of FILE for PC.  NOT_FOUND: none covers it. */
enum status cfi_find(const struct space *space,
		     const struct allotype_file *file, uint64_t pc,
		     struct cfi_info *info);

#endif
