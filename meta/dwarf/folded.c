/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/folded.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* How many functions begin before ADDRESS. */
static uint32_t functions_before(const struct model *model, uint64_t address)
{
	uint32_t low = 0, high = model->functions.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->functions.at[middle].entry < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The subprogram that is declared and not defined, and whose code SYMBOL is;
 * or MODEL_NONE. */
static uint32_t declared(const struct model *model,
			 const struct model_symbol *symbol)
{
	uint32_t subprogram;

	if (symbol->type != STT_FUNC || !symbol->size)
		return MODEL_NONE;
	subprogram = model_subprogram_by_name(model, symbol->name);
	if (subprogram == MODEL_NONE ||
	    model->subprograms.at[subprogram].flags &
		    MODEL_SUBPROGRAM_DEFINED ||
	    model->subprograms.at[subprogram].type == MODEL_NONE)
		return MODEL_NONE;
	return subprogram;
}

struct folded {
	struct found {
		uint32_t symbol, subprogram;
	} *at;
	uint32_t count, capacity;
};

/* Symbols and functions are both sorted. */
static enum status find(const struct model *model, struct folded *folded)
{
	uint32_t f = 0;

	for (uint32_t i = 0; i < model->symbols.count; i++) {
		const struct model_symbol *symbol = &model->symbols.at[i];
		struct found *found;
		uint32_t subprogram;

		while (f < model->functions.count &&
		       model->functions.at[f].entry < symbol->address)
			f++;
		if (f < model->functions.count &&
		    model->functions.at[f].entry == symbol->address)
			continue;
		subprogram = declared(model, symbol);
		if (subprogram == MODEL_NONE)
			continue;
		found = MODEL_APPEND(folded, 1);
		if (!found)
			return STATUS_NO_MEMORY;
		*found = (struct found){ i, subprogram };
	}
	return STATUS_OK;
}

static enum status add(struct model *model, const struct found *found)
{
	const struct model_symbol *symbol = &model->symbols.at[found->symbol];
	uint32_t before = functions_before(model, symbol->address);
	struct model_range *range = MODEL_APPEND(&model->ranges, 1);
	struct model_function *at;

	if (!range || !MODEL_APPEND(&model->functions, 1))
		return STATUS_NO_MEMORY;
	range->low = symbol->address;
	range->high = symbol->address + symbol->size;
	at = &model->functions.at[before];
	memmove(at + 1, at,
		(model->functions.count - 1 - before) * sizeof *at);
	*at = (struct model_function){
		.entry = symbol->address,
		.symbol = symbol->name,
		.subprogram = found->subprogram,
		/* Most likely it was compiled with that. */
		.unit_file = before ? at[-1].unit_file : MODEL_NONE,
		.range_first = model->ranges.count - 1,
		.range_count = 1,
	};
	model->subprograms.at[found->subprogram].flags |=
		MODEL_SUBPROGRAM_DEFINED;
	return STATUS_OK;
}

enum status folded_add(struct model *model)
{
	struct folded folded = { .count = 0 };
	enum status status = find(model, &folded);

	for (uint32_t i = 0; !status && i < folded.count; i++)
		status = add(model, &folded.at[i]);
	free(folded.at);
	return status;
}
