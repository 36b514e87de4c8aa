/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the source an allocating call is, as the programmer wrote it. */
#ifndef META_FLOW_WHERE_H
#define META_FLOW_WHERE_H

#include "meta/flow/flow.h"

struct where {
	const char *function, *callee;
	uint32_t file, line;   /* MODEL_NONE and 0: unknown */
};

/*
 * A call inlined from a wrapper, or from the C++ library, is at the line
 * where that was called, in the function that called it.
 */
struct where where_is_site(const struct flow *flow,
			   const struct flow_site *site);

/* Is the programmer's call that of SUBPROGRAM, or MODEL_NONE, not the one in
 * it?  So it is for the inline parts of headers that call an allocator by
 * another name. */
bool where_is_stepped_over(const struct flow *flow, uint32_t subprogram);

/* The type parameter of the C++ allocator, or of a library function that
 * asks for SIZE bytes (0: not known) by `new T', that the site is inlined
 * from or in; or MODEL_NONE. */
uint32_t where_template_type(const struct flow *flow,
			     const struct flow_site *site, uint64_t size);

#endif
