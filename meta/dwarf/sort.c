/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/sort.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

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

/* Rows in their order, as a unit has them for each of its sections: up to the
 * end of a sequence at most. */
struct line_run {
	const struct model_line *first;
	uint32_t count;
};

static int run_order(const void *a, const void *b)
{
	const struct line_run *x = a, *y = b;
	int result = line_order(x->first, y->first);

	return result ? result : order(x->count, y->count);
}

/* Cuts the COUNT rows AT into RUNS, which are as many at most; returns how
 * many. */
static uint32_t find_runs(const struct model_line *at, uint32_t count,
			  struct line_run *runs)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!i || !at[i - 1].line ||
		    line_order(&at[i - 1], &at[i]) > 0)
			runs[found++] = (struct line_run){ &at[i], 0 };
		runs[found - 1].count++;
	}
	return found;
}

/* Copies the runs one after the other; false when that leaves no order. */
static bool join_runs(const struct line_run *runs, uint32_t count,
		      struct model_line *out)
{
	for (uint32_t i = 0; i < count; i++) {
		if (i && line_order(&out[-1], runs[i].first) > 0)
			return false;
		memcpy(out, runs[i].first, runs[i].count * sizeof *out);
		out += runs[i].count;
	}
	return true;
}

/* Orders rows by their runs, which seldom overlap; false if that fails. */
static bool sort_runs(struct model_line *at, uint32_t count)
{
	struct line_run *runs = calloc(count, sizeof *runs);
	struct model_line *joined = calloc(count, sizeof *joined);
	bool done = false;

	if (runs && joined) {
		uint32_t found = find_runs(at, count, runs);

		qsort(runs, found, sizeof *runs, run_order);
		done = join_runs(runs, found, joined);
		if (done)
			memcpy(at, joined, count * sizeof *at);
	}
	free(runs);
	free(joined);
	return done;
}

void sort_lines(struct model *model)
{
	struct model_line *at = model->lines.at;
	uint32_t kept = 0;

	if (!model->lines.count)
		return;
	if (!sort_runs(at, model->lines.count))
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
