/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that a source file gives out as void * and gets back so: in its
 * functions with a void * parameter, the record's pointer is a variable.
 */
#ifndef META_FLOW_HANDLES_H
#define META_FLOW_HANDLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/flow/written.h"

struct handles {
	struct handle *at; /* by file and size */
	uint32_t count, capacity;
};

enum status handles_init(struct handles *handles, const struct model *model);
void handles_deinit(struct handles *handles);

/* The only such record of SIZE bytes in FILE, what was compiled, or of several
 * the only one that no other file has so; or MODEL_NONE. */
uint32_t handles_find(const struct handles *handles, uint32_t file,
		      uint64_t size);

/* Of the records of SIZE bytes that variables point to in the file that
 * FUNCTION is in, the one that WRITTEN fits best; or MODEL_NONE.  Own ones: those
 * that the very file declares, which otherwise count where several do. */
uint32_t handles_find_own(const struct model *model, uint32_t function,
			  uint64_t size, const struct written *written);
uint32_t handles_find_pointed(const struct model *model, uint32_t function,
			      uint64_t size, const struct written *written);

/* Has FUNCTION, or what is inlined in it, a variable that points to a type of this
 * flow_type_hash, or to a pointer to one? */
bool handles_are_local(const struct model *model, uint32_t function,
		       uint64_t hash);
/* Has the file that FUNCTION is in a variable that points to a type of this
 * flow_type_hash? */
bool handles_are_used(const struct model *model, uint32_t function,
		      uint64_t hash);

#endif
