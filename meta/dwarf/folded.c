/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/folded.h"

#include <elf.h>
#include <stdlib.h>

#include "meta/dwarf/sort.h"

/* The subprogram that is declared and not defined, and whose code SYMBOL is;
 * or MODEL_NONE. */
static uint32_t declared(const struct model *model,
			 const struct model_symbol *symbol)
{
	uint32_t subprogram;

	if (symbol->type != STT_FUNC || !symbol->size ||
	    model_function_at(model, symbol->address))
		return MODEL_NONE;
	subprogram = model_subprogram_by_name(model, symbol->name);
	if (subprogram == MODEL_NONE ||
	    model->subprograms.at[subprogram].flags &
		    MODEL_SUBPROGRAM_DEFINED ||
	    model->subprograms.at[subprogram].type == MODEL_NONE)
		return MODEL_NONE;
	return subprogram;
}

/* What was compiled when the code before ADDRESS was: of the first COUNT
 * functions, which are sorted. */
static uint32_t unit_before(const struct model *model, uint32_t count,
			    uint64_t address)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->functions.at[middle].entry < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? model->functions.at[low - 1].unit_file : MODEL_NONE;
}

struct folded {
	struct found {
		uint32_t symbol, subprogram;
	} *at;
	uint32_t count, capacity;
};

static enum status find(const struct model *model, struct folded *folded)
{
	for (uint32_t i = 0; i < model->symbols.count; i++) {
		uint32_t subprogram = declared(model, &model->symbols.at[i]);
		struct found *found;

		if (subprogram == MODEL_NONE)
			continue;
		found = MODEL_APPEND(folded, 1);
		if (!found)
			return STATUS_NO_MEMORY;
		*found = (struct found){ i, subprogram };
	}
	return STATUS_OK;
}

static enum status add(struct model *model, uint32_t known,
		       const struct found *found)
{
	const struct model_symbol *symbol = &model->symbols.at[found->symbol];
	struct model_range *range = MODEL_APPEND(&model->ranges, 1);
	struct model_function *function = MODEL_APPEND(&model->functions, 1);

	if (!range || !function)
		return STATUS_NO_MEMORY;
	range->low = symbol->address;
	range->high = symbol->address + symbol->size;
	function->entry = symbol->address;
	function->subprogram = found->subprogram;
	function->unit_file = unit_before(model, known, symbol->address);
	function->range_first = model->ranges.count - 1;
	function->range_count = 1;
	model->subprograms.at[found->subprogram].flags |=
		MODEL_SUBPROGRAM_DEFINED;
	return STATUS_OK;
}

enum status folded_add(struct model *model)
{
	uint32_t known = model->functions.count;
	struct folded folded = { .count = 0 };
	enum status status = find(model, &folded);

	for (uint32_t i = 0; !status && i < folded.count; i++)
		status = add(model, known, &folded.at[i]);
	if (folded.count)
		sort_functions(model);
	free(folded.at);
	return status;
}
