/* SPDX-License-Identifier: Apache-2.0 */
/* Records that variables point to, where only the size of an object is known. */
#ifndef META_FLOW_POINTED_H
#define META_FLOW_POINTED_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/flow/ballot.h"

/* Is one object asked for that may be a record, and no source names its type? */
bool pointed_is_record(const struct ballot *b);

/* The only record of this size that local variables point to, if it has members
 * where the object is stored to; or MODEL_NONE. */
uint32_t pointed_local(const struct ballot *b);

/* The same, or of this size that variables of the file point to, or that are the
 * elements of an array of this size; or MODEL_NONE. */
uint32_t pointed_find(const struct ballot *b);

#endif
