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

/* A wrapper that exists only inlined is never examined as a function:
 * returning void *, or characters for characters, makes it one, unless it
 * keeps an object to itself.  Marks all of them. */
enum status where_mark_inlined(struct flow *flow);

/* Wrappers may keep some objects to themselves and give on others: finds what
 * sites inlined from them are of that kind (kept_in). */
void where_mark_kept(struct flow *flow);

/* Is it T *make<T>(size_t), with no parameter but numbers? */
bool where_is_generic_allocator(const struct model *model, uint32_t subprogram);

/* The type parameter of the C++ allocator, or of a library function that
 * asks for SIZE bytes (0: not known) by `new T', that the site is inlined
 * from or in; or MODEL_NONE. */
uint32_t where_template_type(const struct flow *flow,
			     const struct flow_site *site, uint64_t size);

/* The characters that a wrapper returns which SITE is inlined from, as strdup
 * does; or MODEL_NONE. */
uint32_t where_characters(const struct flow *flow,
			  const struct flow_site *site);

#endif
