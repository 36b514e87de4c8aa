/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/sized.h"

#include <stdlib.h>

#include "meta/flow/flow.h"
#include "meta/flow/shape.h"

struct entry {
	uint64_t size;
	uint32_t type;
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

static uint32_t collect(const struct model *model, struct entry *entries)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < model->types.count; i++)
		if (shape_is_record(model, i) && model->types.at[i].size)
			entries[count++] = (struct entry){
				.size = model->types.at[i].size, .type = i,
			};
	if (count)
		qsort(entries, count, sizeof *entries, compare);
	return count;
}

enum status sized_init(struct sized *sized, const struct model *model)
{
	size_t most = (size_t)model->types.count + 1;
	struct entry *entries = calloc(most, sizeof *entries);

	*sized = (struct sized){ .types = calloc(most, sizeof *sized->types) };
	if (entries && sized->types)
		sized->count = collect(model, entries);
	for (uint32_t i = 0; i < sized->count; i++)
		sized->types[i] = entries[i].type;
	free(entries);
	return entries && sized->types ? STATUS_OK : STATUS_NO_MEMORY;
}

void sized_deinit(struct sized *sized)
{
	free(sized->types);
	*sized = (struct sized){ .count = 0 };
}

static uint32_t lower_bound(const struct sized *sized,
			    const struct model *model, uint64_t size)
{
	uint32_t low = 0, high = sized->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->types.at[sized->types[middle]].size < size)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t sized_find(const struct sized *sized, const struct model *model,
		    uint64_t size,
		    bool (*fits)(void *context, uint32_t bare), void *context)
{
	uint32_t found = MODEL_NONE;

	for (uint32_t i = lower_bound(sized, model, size);
	     i < sized->count &&
	     model->types.at[sized->types[i]].size == size; i++) {
		uint32_t type = sized->types[i];

		if (!fits(context, type))
			continue;
		if (found != MODEL_NONE && flow_type_hash(model, found) !=
						   flow_type_hash(model, type))
			return MODEL_NONE;
		found = type;
	}
	return found;
}
