/* SPDX-License-Identifier: Apache-2.0 */
/* Memory behind a model: interned strings and search tables made on demand. */
#ifndef META_POOL_H
#define META_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "meta/model.h"

struct pool_range {
	uint64_t low, high;
	uint32_t function;
};

/* A table from interned strings to indexes, open addressing; valid while the
 * array it was made of still has COUNT entries. */
struct pool_names {
	uint32_t *slots; /* index, or MODEL_NONE */
	uint32_t mask;
	uint32_t count;
};

struct pool_string {
	const char *text; /* NULL: free */
	uint32_t hash;
	uint32_t size;    /* its low bits */
};

struct model_pool {
	struct pool_chunk *chunks;
	struct pool_string *strings; /* hash table */
	uint32_t string_count, string_mask;
	struct pool_range *ranges; /* of functions, by low */
	uint32_t range_count;
	uint32_t ranges_of; /* model->functions.count then */
	struct pool_names types, subprograms;
	/* How far the members of a record reach up to each of them, by member;
	 * 0 for the first of a record: not in the order of their offsets. */
	uint64_t *reaches;
	uint32_t reach_count;
};

struct model_pool *pool_create(void);
void pool_destroy(struct model_pool *pool);
const char *pool_intern(struct model_pool *pool, const char *string,
			size_t size);
/* The interned string, or NULL if it was never interned. */
const char *pool_find(const struct model_pool *pool, const char *string,
		      size_t size);
/* Forgets the search tables: the arrays have changed. */
void pool_forget(struct model_pool *pool);

/* An empty table for COUNT names; false when memory is exhausted. */
bool pool_names_init(struct pool_names *names, uint32_t count);
/* The slot of STRING (interned) or the free one for it.  NAME_OF gives the
 * string of an index. */
uint32_t *pool_names_slot(const struct pool_names *names,
			  const struct model *model, const char *string,
			  const char *(*name_of)(const struct model *,
						 uint32_t));

#endif
