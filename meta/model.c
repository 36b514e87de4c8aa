/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/model.h"

#include <stdlib.h>
#include <string.h>

#include "meta/pool.h"

struct model *model_create(void)
{
	struct model *model = calloc(1, sizeof *model);

	if (!model)
		return NULL;
	model->pool = pool_create();
	if (!model->pool) {
		free(model);
		return NULL;
	}
	return model;
}

void model_destroy(struct model *model)
{
	if (!model)
		return;
	free(model->types.at);
	free(model->members.at);
	free(model->statics.at);
	free(model->declared.at);
	free(model->subprograms.at);
	free(model->template_types.at);
	free(model->own_records.at);
	free(model->unit_records.at);
	free(model->allocated.at);
	free(model->functions.at);
	free(model->ranges.at);
	free(model->inlines.at);
	free(model->variables.at);
	free(model->unplaced.at);
	free(model->constants.at);
	free(model->locations.at);
	free(model->lines.at);
	free(model->files.at);
	free(model->sections.at);
	free(model->symbols.at);
	free(model->vtables.at);
	free(model->sites.at);
	free(model->alternatives.at);
	pool_destroy(model->pool);
	free(model);
}

void *model_append(void **at, uint32_t *count, uint32_t *capacity,
		   size_t entry_size, uint32_t entries)
{
	uint64_t wanted = (uint64_t)*count + entries;
	uint64_t room = *capacity;
	unsigned char *array = *at;

	if (wanted >= MODEL_NONE)
		return NULL;
	if (wanted > room) {
		room = room * 3 / 2 + 16;
		if (room < wanted)
			room = wanted;
		if (room >= MODEL_NONE)
			room = MODEL_NONE - 1;
		array = realloc(array, room * entry_size);
		if (!array)
			return NULL;
		*at = array;
		*capacity = (uint32_t)room;
	}
	array += (size_t)*count * entry_size;
	memset(array, 0, (size_t)entries * entry_size);
	*count = (uint32_t)wanted;
	return array;
}

const char *model_intern(struct model *model, const char *string, size_t size)
{
	return pool_intern(model->pool, string, size);
}
