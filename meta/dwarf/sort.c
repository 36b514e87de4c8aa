/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/sort.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "meta/dwarf/runs.h"

/* -1, 0, 1 as qsort wants it. */
static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int names_order(const char *a, const char *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	return strcmp(a, b);
}

static int section_order(const void *a, const void *b)
{
	const struct model_elf_section *x = a, *y = b;
	int result = order(x->address, y->address);

	return result ? result : order(x->size, y->size);
}

void sort_sections(struct model *model)
{
	if (model->sections.count)
		qsort(model->sections.at, model->sections.count,
		      sizeof *model->sections.at, section_order);
}

/* Of several names for one address: sized before not, functions and objects
 * before others, exported before local, then fewer underscores in front (the
 * name that programs use), global before weak, then by name. */
static unsigned int symbol_rank(const struct model_symbol *symbol)
{
	unsigned int rank = symbol->size ? 0 : 64;

	if (symbol->type == STT_NOTYPE)
		rank += 32;
	if (symbol->binding == STB_LOCAL)
		rank += 16;
	else if (symbol->binding == STB_WEAK)
		rank++;
	for (unsigned int i = 0; i < 3 && symbol->name[i] == '_'; i++)
		rank += 2;
	return rank;
}

static int symbol_order(const void *a, const void *b)
{
	const struct model_symbol *x = a, *y = b;
	int result = order(x->address, y->address);

	if (!result)
		result = order(symbol_rank(x), symbol_rank(y));
	if (!result)
		result = names_order(x->name, y->name);
	return result ? result : order(x->size, y->size);
}

void sort_symbols(struct model *model)
{
	struct model_symbol *at = model->symbols.at;
	uint32_t kept = 0;

	if (!model->symbols.count)
		return;
	qsort(at, model->symbols.count, sizeof *at, symbol_order);
	for (uint32_t i = 0; i < model->symbols.count; i++)
		if (!kept || at[kept - 1].address != at[i].address)
			at[kept++] = at[i];
	model->symbols.count = kept;
}

static int static_order(const void *a, const void *b)
{
	const struct model_static *x = a, *y = b;
	int result = order(x->address, y->address);

	if (!result)
		result = order(y->size, x->size);
	if (!result)
		result = order(x->type, y->type);
	if (!result)
		result = names_order(x->name, y->name);
	if (!result)
		result = order(x->file, y->file);
	return result ? result : order(x->line, y->line);
}

void sort_statics(struct model *model)
{
	struct model_static *at = model->statics.at;
	uint32_t kept = 0;

	if (!model->statics.count)
		return;
	qsort(at, model->statics.count, sizeof *at, static_order);
	for (uint32_t i = 0; i < model->statics.count; i++)
		if (!kept || at[kept - 1].address != at[i].address)
			at[kept++] = at[i];
	model->statics.count = kept;
}

static int allocated_order(const void *a, const void *b)
{
	const struct model_allocated *x = a, *y = b;
	int result = order(x->address, y->address);

	if (!result)
		result = order(x->is_jump, y->is_jump);
	return result ? result : order(x->type, y->type);
}

void sort_allocated(struct model *model)
{
	if (model->allocated.count)
		qsort(model->allocated.at, model->allocated.count,
		      sizeof *model->allocated.at, allocated_order);
}

static int function_order(const void *a, const void *b)
{
	const struct model_function *x = a, *y = b;
	int result = order(x->entry, y->entry);

	return result ? result : order(x->subprogram, y->subprogram);
}

/* Code that several units claim (folded, or kept once) is the first one's. */
void sort_functions(struct model *model)
{
	struct model_function *at = model->functions.at;
	uint32_t kept = 0;

	if (!model->functions.count)
		return;
	qsort(at, model->functions.count, sizeof *at, function_order);
	for (uint32_t i = 0; i < model->functions.count; i++) {
		const struct model_symbol *symbol;

		if (kept && at[kept - 1].entry == at[i].entry)
			continue;
		symbol = model_symbol_at(model, at[i].entry);
		if (symbol && symbol->address == at[i].entry)
			at[i].symbol = symbol->name;
		at[kept++] = at[i];
	}
	model->functions.count = kept;
}

/* An end of a sequence comes before the beginning of the next one. */
static int line_order(const void *a, const void *b)
{
	const struct model_line *x = a, *y = b;
	int result = order(x->address, y->address);

	if (!result)
		result = order(x->line != 0, y->line != 0);
	if (!result)
		result = order(x->file, y->file);
	return result ? result : order(x->line, y->line);
}

/* A unit has rows for each of its sections. */
static bool line_ends(const void *line)
{
	return !((const struct model_line *)line)->line;
}

void sort_lines(struct model *model)
{
	struct model_line *at = model->lines.at;
	uint32_t kept = 0;

	if (!model->lines.count)
		return;
	if (!runs_sort(at, model->lines.count, sizeof *at, line_order,
		       line_ends))
		qsort(at, model->lines.count, sizeof *at, line_order);
	for (uint32_t i = 0; i < model->lines.count; i++) {
		if (kept && at[kept - 1].address == at[i].address)
			kept--;
		if (kept && at[kept - 1].file == at[i].file &&
		    at[kept - 1].line == at[i].line)
			continue;
		at[kept++] = at[i];
	}
	model->lines.count = kept;
}
