/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that begin with another one, as those of a class do with their
 * base, or what is on a list with its links, or with all of the members that
 * another has, or with the tag that is all that another has but room: pointers
 * to the inner record may well be to the outer one, and how much was asked for
 * tells, or what is used of it.
 */
#ifndef META_FLOW_EMBEDDING_H
#define META_FLOW_EMBEDDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/flow/written.h"
#include "meta/model.h"

struct embeddings {
	struct embedding *at; /* by inner record and size */
	uint32_t count, capacity;
};

enum status embeddings_init(struct embeddings *embeddings,
			    const struct model *model);
void embeddings_deinit(struct embeddings *embeddings);

/* The only record of SIZE bytes that begins with the record INNER, at any
 * depth, or with the same members as that, or a union of all that do;
 * MODEL_NONE if there is none, or several. */
uint32_t embeddings_find(const struct embeddings *embeddings,
			 const struct model *model, uint32_t inner,
			 uint64_t size);
/* Are there several such? */
bool embeddings_several(const struct embeddings *embeddings,
			const struct model *model, uint32_t inner,
			uint64_t size);
/* Of several such, the one that WRITTEN fits best, if that has but numbers
 * behind INNER: pointers to others may be put there where it is cast to one of
 * them, on some ways only.  Or MODEL_NONE. */
uint32_t embeddings_fitting(const struct embeddings *embeddings,
			    const struct model *model, uint32_t inner,
			    uint64_t size, const struct written *written);
/* Of several such, the only one for which TOLD is true; or MODEL_NONE. */
uint32_t embeddings_told(const struct embeddings *embeddings,
			 const struct model *model, uint32_t inner,
			 uint64_t size,
			 bool (*told)(const void *context, uint32_t type),
			 const void *context);
/* The records of more than BEYOND bytes that begin with the record INNER: at
 * most MOST, those of fewer bytes first.  Returns how many there are. */
uint32_t embeddings_beyond(const struct embeddings *embeddings,
			   const struct model *model, uint32_t inner,
			   uint64_t beyond, uint32_t *outers, uint32_t most);
/* Do other records begin with the record INNER? */
bool embeddings_is_base(const struct embeddings *embeddings,
			const struct model *model, uint32_t inner);

/* Does the record OUTER begin so with INNER? */
bool embeddings_begins(const struct embeddings *embeddings,
		       const struct model *model, uint32_t outer,
		       uint32_t inner);
/* A record that begins with INNER: of all that have something OFFSET bytes from
 * their beginning one, if they have the same there; or MODEL_NONE. */
uint32_t embeddings_around(const struct embeddings *embeddings,
			   const struct model *model, uint32_t inner,
			   uint64_t offset);

#endif
