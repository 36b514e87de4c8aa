/* SPDX-License-Identifier: Apache-2.0 */
/* Runs call frame instructions (DWARF 5 section 6.4.2). */
#ifndef INDEX_CFI_PROGRAM_H
#define INDEX_CFI_PROGRAM_H

#include "base/cursor.h"
#include "base/status.h"
#include "index/cfi.h"

struct cfi_program {
	uint64_t code_factor;
	int64_t data_factor;
	uint64_t low; /* first address of the FDE */
	uint64_t pc;  /* the row that is wanted */
};

/* The initial instructions of the CIE, then those of the FDE, up to the row
 * that covers pc.  The expressions of ROW point into the two. */
enum status cfi_program_run(const struct cfi_program *program,
			    struct cursor *cie, struct cursor *fde,
			    struct cfi_row *row);

#endif
