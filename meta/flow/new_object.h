/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program's own `new T' makes, where nothing names T.  It asks for
 * exactly one T, so a little tells much: what is made in it, where it is
 * stored to, which records the file compiled has.
 */
#ifndef META_FLOW_NEW_OBJECT_H
#define META_FLOW_NEW_OBJECT_H

#include "meta/flow/flow.h"
#include "meta/flow/size.h"

/* The only record of the size asked for, of `new' or of any other allocator,
 * that has, where parts of the object are used as records, these; or
 * MODEL_NONE. */
uint32_t new_object_by_parts(const struct flow *flow,
			     const struct flow_site *site,
			     const struct site_size *size);

/* The only record of that size that the file takes void * for (HANDLE) or
 * declares itself (SHAPE), and that goes with the stores; or MODEL_NONE. */
uint32_t new_object_by_shape(const struct flow *flow,
			     const struct flow_site *site,
			     const struct site_size *size,
			     enum evidence_kind *kind);

/* The class whose own operator new the call is, or is inlined from; or
 * MODEL_NONE. */
uint32_t new_object_class(const struct flow *flow,
			  const struct flow_site *site);

/* `new T[n]' with a size that is no multiple of anything. */
bool new_object_is_characters(const struct flow *flow,
			      const struct flow_site *site,
			      const struct site_size *size);

#endif
