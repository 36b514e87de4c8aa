/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about types that need not be in the model. */
#ifndef META_SOURCE_CTYPE_H
#define META_SOURCE_CTYPE_H

#include "meta/source/scope.h"

bool ctype_pointee(const struct scope *scope, struct ctype type,
		   struct ctype *pointee);
/* Without qualifiers and all dimensions of arrays; *WAS_ARRAY unless NULL. */
struct ctype ctype_element(const struct scope *scope, struct ctype type,
			   bool *was_array);
bool ctype_same(const struct scope *scope, struct ctype a, struct ctype b);
bool ctype_is_bytes(const struct scope *scope, struct ctype type);
bool ctype_is_record(const struct scope *scope, struct ctype type);
uint64_t ctype_size(const struct scope *scope, struct ctype type);
/* As a type of the model; MODEL_NONE if it has none. */
uint32_t ctype_index(const struct scope *scope, struct ctype type);

#endif
