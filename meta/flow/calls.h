/* SPDX-License-Identifier: Apache-2.0 */
/* All calls of a file, found by one quick scan of its functions. */
#ifndef META_FLOW_CALLS_H
#define META_FLOW_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/flow/decode.h"
#include "meta/model.h"

struct call {
	uint64_t address, target; /* target 0: indirect */
	const char *import;     /* its name, if target is one */
	uint64_t signature;     /* of an indirect call, once known; or 0 */
	uint32_t function;      /* in model->functions */
	uint8_t size;
	bool tail;
};

struct calls {
	struct call *at;        /* by import, target, address */
	uint32_t count, capacity;
	uint64_t *taken;        /* addresses taken, sorted */
	uint32_t taken_count, taken_capacity;
	const char **taken_imports;
	uint32_t taken_import_count, taken_import_capacity;
	bool *leaves;           /* may each of model->functions return? */
};

/* The functions of MODEL must not change afterwards. */
enum status calls_read(struct debuginfo *info, struct model *model,
		       unsigned int threads, struct calls *calls);
void calls_deinit(struct calls *calls);

/* The calls of TARGET, or of IMPORT unless NULL: at[*first..). */
uint32_t calls_find(const struct calls *calls, uint64_t target,
		    const char *import, uint32_t *first);
/* The indirect call at ADDRESS, or NULL. */
struct call *calls_indirect_at(const struct calls *calls, uint64_t address);
bool calls_is_taken(const struct calls *calls, uint64_t address);
/* Does the file know a function or variable of others that is called SYMBOL,
 * or named after it? */
bool calls_has_import_like(const struct calls *calls, const char *symbol);

#endif
