/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/reach.h"

#include <stdlib.h>
#include <string.h>

enum { REACHED = 0 };

struct reach {
	const struct model *model;
	uint32_t *numbers;
	uint32_t *pending; /* reached, and not followed yet: each type once */
	uint32_t pending_count;
};

static void reach_one(struct reach *reach, uint32_t type)
{
	if (type >= reach->model->types.count ||
	    reach->numbers[type] == REACHED)
		return;
	reach->numbers[type] = REACHED;
	reach->pending[reach->pending_count++] = type;
}

static bool is_root(uint8_t kind)
{
	return kind == ALLOC_KIND_BASE || kind == ALLOC_KIND_STRUCT ||
	       kind == ALLOC_KIND_UNION || kind == ALLOC_KIND_ENUM;
}

static void reach_roots(struct reach *reach)
{
	const struct model *model = reach->model;

	for (uint32_t i = 0; i < model->types.count; i++)
		if (is_root(model->types.at[i].kind))
			reach_one(reach, i);
	for (uint32_t i = 0; i < model->statics.count; i++)
		if (!model_is_thread_local(model->statics.at[i].address))
			reach_one(reach, model->statics.at[i].type);
	for (uint32_t i = 0; i < model->functions.count; i++) {
		uint32_t subprogram = model->functions.at[i].subprogram;

		reach_one(reach, model->subprograms.at[subprogram].type);
	}
	for (uint32_t i = 0; i < model->variables.count; i++)
		reach_one(reach, model->variables.at[i].type);
	for (uint32_t i = 0; i < model->sites.count; i++)
		reach_one(reach, model->sites.at[i].type);
	for (uint32_t i = 0; i < model->alternatives.count; i++)
		reach_one(reach, model->alternatives.at[i].type);
}

static void reach_parts(struct reach *reach, const struct model_type *type)
{
	reach_one(reach, type->target);
	if (type->kind < ALLOC_KIND_STRUCT || type->kind > ALLOC_KIND_FUNCTION)
		return;
	for (uint32_t i = 0; i < type->count; i++)
		reach_one(reach,
			  reach->model->members.at[type->first + i].type);
}

uint32_t *reach_types(const struct model *model)
{
	size_t size = ((size_t)model->types.count + 1) * sizeof(uint32_t);
	struct reach reach = {.model = model};

	reach.numbers = malloc(size);
	reach.pending = malloc(size);
	if (!reach.numbers || !reach.pending) {
		free(reach.numbers);
		free(reach.pending);
		return NULL;
	}
	memset(reach.numbers, 0xff, size);
	reach_roots(&reach);
	while (reach.pending_count) {
		uint32_t type = reach.pending[--reach.pending_count];

		reach_parts(&reach, &model->types.at[type]);
	}
	free(reach.pending);
	return reach.numbers;
}
