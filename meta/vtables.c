/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/vtables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "meta/classes.h"

struct search {
	struct debuginfo *info;
	struct model *model;
	struct class_candidates *candidates; /* of each vtable */
};

static bool is_table(const struct model_symbol *symbol, const char *prefix)
{
	return symbol->size && !strncmp(symbol->name, prefix, 4);
}

static bool tables_collect(struct search *search)
{
	struct model *model = search->model;

	for (uint32_t i = 0; i < model->symbols.count; i++) {
		const struct model_symbol *symbol = &model->symbols.at[i];
		struct model_vtable *table;

		if (!is_table(symbol, "_ZTV") && !is_table(symbol, "_ZTC"))
			continue;
		table = MODEL_APPEND(&model->vtables, 1);
		if (!table)
			return false;
		table->address = symbol->address;
		table->size = symbol->size;
		table->name = symbol->name;
		table->type = MODEL_NONE;
	}
	search->candidates = calloc((size_t)model->vtables.count + 1,
				    sizeof *search->candidates);
	return search->candidates;
}

static bool is_class(const struct model *model, uint32_t type)
{
	return model->types.at[type].kind == ALLOC_KIND_STRUCT &&
	       model->types.at[type].size;
}

static void classes_find(struct search *search,
			 const struct class_index *index)
{
	struct model *model = search->model;

	for (uint32_t i = 0; i < model->vtables.count; i++) {
		struct class_candidates *candidates = &search->candidates[i];
		struct model_vtable *table = &model->vtables.at[i];

		if (table->name[3] != 'V')
			continue;
		class_index_find(index, table->name + 4, candidates);
		if (candidates->count == 1 &&
		    is_class(model, candidates->types[0]))
			table->type = candidates->types[0];
	}
}

/* TABLE has the function at TARGET. */
static void tell_by_function(struct search *search, uint32_t table,
			     uint64_t target)
{
	const struct model *model = search->model;
	const struct class_candidates *candidates = &search->candidates[table];
	const struct model_function *function;
	uint32_t type;

	if (candidates->count < 2)
		return;
	function = model_function_at(model, target);
	if (!function || function->entry != target)
		return;
	type = model_type_strip(
		model,
		model->subprograms.at[function->subprogram].container);
	for (uint32_t i = 0; i < candidates->count; i++)
		if (candidates->types[i] == type)
			model->vtables.at[table].type = type;
}

static void visit_relocation(void *context, uint64_t place, uint64_t target)
{
	struct search *search = context;
	const struct model *model = search->model;
	uint32_t low = 0, high = model->vtables.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->vtables.at[middle].address <= place)
			low = middle + 1;
		else
			high = middle;
	}
	if (low && place - model->vtables.at[low - 1].address <
			   model->vtables.at[low - 1].size)
		tell_by_function(search, low - 1, target);
}

/* Programs at fixed addresses have no relocations. */
static void tell_by_contents(struct search *search)
{
	const struct model *model = search->model;

	for (uint32_t i = 0; i < model->vtables.count; i++) {
		const struct model_vtable *table = &model->vtables.at[i];
		const unsigned char *bytes;

		if (search->candidates[i].count < 2)
			continue;
		bytes = debuginfo_code(search->info, table->address,
				       table->size);
		for (uint64_t at = 0; bytes && at + 8 <= table->size; at += 8) {
			uint64_t target;

			memcpy(&target, bytes + at, sizeof target);
			tell_by_function(search, i, target);
		}
	}
}

/* ---- tables of objects under construction ---- */

/* _ZTC, the class, the offset of the part, _, the part's class. */
static bool is_part_of(const char *table, const char *class_name,
		       int64_t *offset)
{
	size_t length = strlen(class_name);
	char *end;

	table += strlen("_ZTC");
	if (strncmp(table, class_name, length) ||
	    !isdigit((unsigned char)table[length]))
		return false;
	*offset = strtoll(table + length, &end, 10);
	return *end == '_';
}

static void part_find(struct model *model, struct model_vtable *part)
{
	for (uint32_t i = 0; i < model->vtables.count; i++) {
		const struct model_vtable *whole = &model->vtables.at[i];

		if (whole->name[3] == 'V' && whole->type != MODEL_NONE &&
		    is_part_of(part->name, whole->name + 4, &part->offset)) {
			part->type = whole->type;
			return;
		}
	}
}

static enum status fill(struct search *search)
{
	struct model *model = search->model;
	struct class_index *index = class_index_create(model);

	if (!index)
		return STATUS_NO_MEMORY;
	classes_find(search, index);
	class_index_destroy(index);
	debuginfo_relative_relocations(search->info, visit_relocation, search);
	tell_by_contents(search);
	for (uint32_t i = 0; i < model->vtables.count; i++)
		if (model->vtables.at[i].name[3] == 'C')
			part_find(model, &model->vtables.at[i]);
	return STATUS_OK;
}

enum status vtables_find(struct debuginfo *info, struct model *model)
{
	struct search search = { .info = info, .model = model };
	enum status status = STATUS_NO_MEMORY;

	if (tables_collect(&search))
		status = model->vtables.count ? fill(&search) : STATUS_OK;
	for (uint32_t i = 0; !status && i < model->vtables.count; i++)
		model->vtables.at[i].bytes = debuginfo_code(
			info, model->vtables.at[i].address,
			model->vtables.at[i].size);
	free(search.candidates);
	return status;
}
