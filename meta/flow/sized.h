/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a file by their size. */
#ifndef META_FLOW_SIZED_H
#define META_FLOW_SIZED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/model.h"

struct sized {
	uint32_t *types;    /* by size */
	uint32_t count;
};

enum status sized_init(struct sized *sized, const struct model *model);
void sized_deinit(struct sized *sized);

/* The only record of SIZE bytes that FITS says may be it, or MODEL_NONE. */
uint32_t sized_find(const struct sized *sized, const struct model *model,
		    uint64_t size,
		    bool (*fits)(void *context, uint32_t bare), void *context);

#endif
