/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the C++ library and of Rust's.  What they allocate is charged
 * to the program's call, however deep inside it happens; its type is known
 * inside, where templates and generics are.
 */
#ifndef META_FLOW_LIBRARY_H
#define META_FLOW_LIBRARY_H

#include "meta/flow/choose.h"

/* Is SUBPROGRAM, which may be MODEL_NONE, the library's, or a member that the
 * program gives the library to allocate with? */
bool library_owns_subprogram(const struct model *model, uint32_t subprogram);
/* Is it compiled from Rust? */
bool library_is_rust(const struct model *model, uint32_t subprogram);
/* Is the call in library code only, whatever is inlined where? */
bool library_owns_site(const struct flow *flow, const struct flow_site *site);

/* Describes FUNCTION as one whose callers are charged, if it is the library's
 * and allocates; false also if what it allocates depends on the caller. */
bool library_describe(struct flow *flow, uint32_t function,
		      struct allocator *wrapper);

/* Does the code at SITE, in such a function, tell the type itself? */
bool library_says_type(const struct flow *flow, const struct flow_site *site,
		       const struct choice *choice);

/* Once all sites are known: collects what each such function allocates. */
enum status library_settle(struct flow *flow);
/* Is what SITE allocates the library's to say, and not what it returns? */
bool library_answers(const struct flow *flow, const struct flow_site *site);
/* Does the library's ALLOCATOR itself know what it allocates? */
bool library_knows(const struct flow *flow, uint32_t allocator);
/* What a call of one allocates: a type if it is always that one, else the
 * likeliest and alternatives. */
void library_choose(const struct flow *flow, const struct flow_site *site,
		    struct choice *choice);

/* One type that a function allocates. */
struct library_type {
	uint64_t hash;
	struct choice_candidate candidate;
	uint8_t confidence;
	bool bytes;
};
#define LIBRARY_TYPES (CHOICE_ALTERNATIVES + 1)
struct library_set {
	struct library_type at[LIBRARY_TYPES];
	uint32_t count;
};

#endif
