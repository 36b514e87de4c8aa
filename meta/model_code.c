/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about a model's code and data by address or name. */
#include "meta/model.h"

#include <stdlib.h>
#include <string.h>

#include "meta/pool.h"

/* The last of COUNT entries of ENTRY_SIZE bytes whose leading uint64_t is not
 * above ADDRESS; COUNT if there is none. */
static uint32_t search_last(const void *entries, uint32_t count,
			    size_t entry_size, uint64_t address)
{
	const unsigned char *bytes = entries;
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint64_t key;

		memcpy(&key, bytes + middle * entry_size, sizeof key);
		if (key <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : count;
}

static int range_compare(const void *a, const void *b)
{
	const struct pool_range *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	if (x->function != y->function)
		return x->function < y->function ? -1 : 1;
	return 0;
}

static uint32_t functions_fill(const struct model *model, struct pool_range *at)
{
	uint32_t n = 0;

	for (uint32_t f = 0; f < model->functions.count; f++) {
		const struct model_function *function = &model->functions.at[f];

		for (uint32_t i = 0; i < function->range_count; i++) {
			const struct model_range *r =
				&model->ranges.at[function->range_first + i];

			at[n++] = (struct pool_range){r->low, r->high, f};
		}
	}
	return n;
}

static void functions_index(const struct model *model)
{
	struct model_pool *pool = model->pool;

	if (pool->ranges && pool->ranges_of == model->functions.count)
		return;
	free(pool->ranges);
	pool->ranges = malloc(((size_t)model->ranges.count + 1) *
			      sizeof *pool->ranges);
	if (!pool->ranges)
		return;
	pool->range_count = functions_fill(model, pool->ranges);
	pool->ranges_of = model->functions.count;
	qsort(pool->ranges, pool->range_count, sizeof *pool->ranges,
	      range_compare);
}

const struct model_function *model_function_at(const struct model *model,
					       uint64_t address)
{
	const struct model_pool *pool = model->pool;
	uint32_t i;

	functions_index(model);
	if (!pool->ranges)
		return NULL;
	i = search_last(pool->ranges, pool->range_count, sizeof *pool->ranges,
			address);
	if (i == pool->range_count || address >= pool->ranges[i].high)
		return NULL;
	return &model->functions.at[pool->ranges[i].function];
}

const struct model_static *model_static_at(const struct model *model,
					   uint64_t address)
{
	const struct model_static *s = model->statics.at;
	uint32_t i = search_last(s, model->statics.count, sizeof *s, address);

	if (i == model->statics.count)
		return NULL;
	s += i;
	return address - s->address < (s->size ? s->size : 1) ? s : NULL;
}

uint32_t model_static_type(const struct model *model,
			   const struct model_static *s, uint32_t unit_file)
{
	for (uint32_t i = 0; i < s->declared_count; i++) {
		const struct model_declared *d =
			&model->declared.at[s->declared_first + i];

		if (d->unit_file == unit_file)
			return d->type;
	}
	return s->type;
}

const struct model_symbol *model_symbol_at(const struct model *model,
					   uint64_t address)
{
	const struct model_symbol *s = model->symbols.at;
	uint32_t i = search_last(s, model->symbols.count, sizeof *s, address);

	if (i == model->symbols.count)
		return NULL;
	s += i;
	return address - s->address < (s->size ? s->size : 1) ? s : NULL;
}

const struct model_line *model_line_at(const struct model *model,
				       uint64_t address)
{
	const struct model_line *l = model->lines.at;
	uint32_t i = search_last(l, model->lines.count, sizeof *l, address);

	return i < model->lines.count && l[i].line ? l + i : NULL;
}

uint64_t model_thread_address(const struct model *model, uint64_t offset)
{
	return MODEL_THREAD_POINTER + (uint64_t)model->thread_start + offset;
}

uint32_t model_allocated_at(const struct model *model, uint64_t address,
			    bool is_jump)
{
	const struct model_allocated *at = model->allocated.at;
	uint32_t i = search_last(at, model->allocated.count, sizeof *at,
				 address);

	for (; i < model->allocated.count && at[i].address == address; i--)
		if (at[i].is_jump == is_jump)
			return at[i].type;
	return MODEL_NONE;
}

static const char *subprogram_name_of(const struct model *model,
				      uint32_t subprogram)
{
	return model->subprograms.at[subprogram].linkage_name;
}

static void subprograms_index(const struct model *model)
{
	struct pool_names *names = &model->pool->subprograms;
	const struct model_subprogram *all = model->subprograms.at;

	if (names->slots && names->count == model->subprograms.count)
		return;
	if (!pool_names_init(names, model->subprograms.count))
		return;
	for (uint32_t i = 0; i < model->subprograms.count; i++) {
		uint32_t *slot;

		if (!all[i].linkage_name)
			continue;
		slot = pool_names_slot(names, model, all[i].linkage_name,
				       subprogram_name_of);
		if (*slot == MODEL_NONE ||
		    (!(all[*slot].flags & MODEL_SUBPROGRAM_DEFINED) &&
		     (all[i].flags & MODEL_SUBPROGRAM_DEFINED)))
			*slot = i;
	}
}

uint32_t model_subprogram_by_name(const struct model *model,
				  const char *linkage_name)
{
	const char *string =
		pool_find(model->pool, linkage_name, strlen(linkage_name));

	if (!string)
		return MODEL_NONE;
	subprograms_index(model);
	if (!model->pool->subprograms.slots)
		return MODEL_NONE;
	return *pool_names_slot(&model->pool->subprograms, model, string,
				subprogram_name_of);
}

static bool inline_holds(const struct model *model,
			 const struct model_inline *instance, uint64_t address)
{
	for (uint32_t i = 0; i < instance->range_count; i++) {
		const struct model_range *r =
			&model->ranges.at[instance->range_first + i];

		if (address >= r->low && address < r->high)
			return true;
	}
	return false;
}

uint32_t model_inline_at(const struct model *model,
			 const struct model_function *function,
			 uint64_t address)
{
	uint32_t found = MODEL_NONE;

	/* Parents come before children: the last one that holds the address
	 * and hangs below the one found so far is the innermost. */
	for (uint32_t i = 0; i < function->inline_count; i++) {
		uint32_t index = function->inline_first + i;
		const struct model_inline *instance = &model->inlines.at[index];

		if (instance->parent == found &&
		    inline_holds(model, instance, address))
			found = index;
	}
	return found;
}
