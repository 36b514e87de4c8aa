/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/embedding.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/flow.h"
#include "meta/flow/shape.h"

enum { DEPTH_MOST = 6 };

struct embedding {
	uint64_t inner; /* hash of a record */
	uint64_t size;  /* of the type that begins with it */
	uint64_t hash;
	uint32_t type;
};

static int compare(const void *a, const void *b)
{
	const struct embedding *x = a, *y = b;

	if (x->inner != y->inner)
		return x->inner < y->inner ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

static bool append(struct embeddings *e, const struct embedding *entry)
{
	if (e->count == e->capacity) {
		uint32_t capacity = e->capacity ? e->capacity * 2 : 256;
		struct embedding *at = reallocarray(e->at, capacity,
						    sizeof *at);

		if (!at)
			return false;
		e->at = at;
		e->capacity = capacity;
	}
	e->at[e->count++] = *entry;
	return true;
}

/* Adds OUTER for each record that RECORD, its beginning, begins with. */
static bool add_first_members(struct embeddings *e, const struct model *model,
			      uint32_t outer, uint32_t record, int depth)
{
	const struct model_type *t = &model->types.at[record];
	struct embedding entry = {
		.size = model->types.at[outer].size,
		.hash = flow_type_hash(model, outer), .type = outer,
	};

	for (uint32_t i = 0; i < t->count && depth < DEPTH_MOST; i++) {
		const struct model_member *m = &model->members.at[t->first + i];
		uint32_t inner = model_type_strip(model, m->type);

		if (m->value || !shape_is_record(model, inner) ||
		    !model->types.at[inner].size)
			continue;
		entry.inner = flow_type_hash(model, inner);
		if (!append(e, &entry) ||
		    !add_first_members(e, model, outer, inner, depth + 1))
			return false;
	}
	return true;
}

enum status embeddings_init(struct embeddings *embeddings,
			    const struct model *model)
{
	memset(embeddings, 0, sizeof *embeddings);
	for (uint32_t i = 0; i < model->types.count; i++)
		if (shape_is_record(model, i) && model->types.at[i].size &&
		    model_type_strip(model, i) == i &&
		    !add_first_members(embeddings, model, i, i, 0))
			return STATUS_NO_MEMORY;
	if (embeddings->count)
		qsort(embeddings->at, embeddings->count,
		      sizeof *embeddings->at, compare);
	return STATUS_OK;
}

void embeddings_deinit(struct embeddings *embeddings)
{
	free(embeddings->at);
	memset(embeddings, 0, sizeof *embeddings);
}

/* The first entry that is not before those of INNER and SIZE. */
static uint32_t lower_bound(const struct embeddings *e, uint64_t inner,
			    uint64_t size)
{
	uint32_t low = 0, high = e->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct embedding *m = &e->at[middle];

		if (m->inner < inner || (m->inner == inner && m->size < size))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t embeddings_find(const struct embeddings *embeddings,
			 const struct model *model, uint32_t inner,
			 uint64_t size)
{
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t i = lower_bound(embeddings, hash, size);
	uint32_t found = MODEL_NONE;
	uint64_t found_hash = 0;

	for (; i < embeddings->count; i++) {
		const struct embedding *e = &embeddings->at[i];

		if (e->inner != hash || e->size != size)
			break;
		if (found != MODEL_NONE && e->hash != found_hash)
			return MODEL_NONE;
		if (found == MODEL_NONE) {
			found = e->type;
			found_hash = e->hash;
		}
	}
	return found;
}

bool embeddings_is_base(const struct embeddings *embeddings,
			const struct model *model, uint32_t inner)
{
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t i = lower_bound(embeddings, hash, 0);

	return i < embeddings->count && embeddings->at[i].inner == hash;
}
