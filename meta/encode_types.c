/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "meta/coder.h"
#include "meta/derived.h"
#include "meta/encoder.h"
#include "meta/reach.h"
#include "type/metafile_spelling.h"

enum { WIDE_SIZE = 28 }; /* bits of a wide member, about */

/* ---- numbers ---- */

struct use {
	uint32_t type;
	uint32_t count;
	bool derived;
};

static int use_order(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->derived != y->derived)
		return x->derived ? 1 : -1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->type < y->type ? -1 : x->type > y->type;
}

static void use_one(const struct model *model, struct use *uses, uint32_t type)
{
	if (type < model->types.count)
		uses[type].count++;
}

static void count_uses(const struct model *model, const uint32_t *numbers,
		       struct use *uses)
{
	for (uint32_t i = 0; i < model->variables.count; i++)
		if (model->variables.at[i].location_count)
			use_one(model, uses, model->variables.at[i].type);
	for (uint32_t i = 0; i < model->functions.count; i++) {
		uint32_t subprogram = model->functions.at[i].subprogram;

		use_one(model, uses, model->subprograms.at[subprogram].type);
	}
	for (uint32_t i = 0; i < model->types.count; i++) {
		const struct model_type *type = &model->types.at[i];

		if (numbers[i] == ALLOTYPE_META_NONE ||
		    type->kind != ALLOC_KIND_FUNCTION)
			continue;
		for (uint32_t p = 0; p < type->count; p++)
			use_one(model, uses,
				model->members.at[type->first + p].type);
	}
}

/* The types with a number, in the order of the file; how many. */
static uint32_t order_types(const struct model *model, const uint32_t *numbers,
			    const bool *is_derived, struct use *uses)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->types.count; i++) {
		uses[i].type = i;
		uses[i].derived = is_derived[i];
	}
	count_uses(model, numbers, uses);
	for (uint32_t i = 0; i < model->types.count; i++)
		if (numbers[i] != ALLOTYPE_META_NONE)
			uses[kept++] = uses[i];
	qsort(uses, kept, sizeof *uses, use_order);
	return kept;
}

bool encoder_number_types(struct encoder *e)
{
	size_t size = (size_t)e->model->types.count + 1;
	struct use *uses = calloc(size, sizeof *uses);
	bool *is_derived = derived_types(e->model);
	uint32_t plain = 0, derived = 0;

	e->numbers = reach_types(e->model);
	e->order = calloc(size, sizeof *e->order);
	if (!uses || !is_derived || !e->numbers || !e->order) {
		free(is_derived);
		free(uses);
		return false;
	}
	e->order_count = order_types(e->model, e->numbers, is_derived, uses);
	free(is_derived);
	for (uint32_t i = 0; i < e->order_count; i++) {
		e->order[i] = uses[i].type;
		e->numbers[uses[i].type] =
			uses[i].derived ? derived++ << 1 | 1 : plain++ << 1;
	}
	e->void_number = plain << 1;
	free(uses);
	return true;
}

uint32_t encoder_type(const struct encoder *e, uint32_t type)
{
	return type < e->model->types.count ? e->numbers[type]
					    : ALLOTYPE_META_NONE;
}

/* ---- types ---- */

/* Void is an entry of its own in a file. */
static uint32_t target_number(const struct encoder *e,
			      const struct model_type *type)
{
	return type->target == MODEL_NONE ? e->void_number
					  : encoder_type(e, type->target);
}

/* Returns the byte of the section where they begin. */
static uint32_t encode_parameters(struct encoder *e,
				  const struct model_type *type)
{
	uint32_t first = coder_align(e->parameters);

	coder_number(e->parameters, CODED_PARAMETERS, type->count);
	for (uint32_t i = 0; i < type->count; i++) {
		const struct model_member *from =
			&e->model->members.at[type->first + i];

		/* One more, so that 0 is NONE. */
		coder_number(e->parameters, CODED_PARAMETER,
			     (uint32_t)(encoder_type(e, from->type) + 1));
	}
	return first;
}

static void count_parameters(struct encoder *e)
{
	for (uint32_t i = 0; i < e->order_count; i++) {
		const struct model_type *type =
			&e->model->types.at[e->order[i]];

		if (type->kind == ALLOC_KIND_FUNCTION)
			encode_parameters(e, type);
	}
	coder_choose(e->parameters, CODED_OF_ROWS);
}

/* The bits that MEMBER's value needs, or 33: it has more to say. */
static unsigned int member_bits(const struct model_member *member)
{
	if (member->bit_offset || member->bit_size || member->flags ||
	    member->value < 0 || member->value > INT32_MAX)
		return 33;
	return 32 - (unsigned int)__builtin_clz((uint32_t)member->value << 1 |
						1);
}

static bool has_members(uint8_t kind)
{
	return kind >= ALLOC_KIND_STRUCT && kind <= ALLOC_KIND_ENUM;
}

/* The width of members' values, in bits, that makes the file smallest: few that
 * are wide cost less than a bit for all. */
static unsigned int measure_members(const struct encoder *e)
{
	uint64_t counts[34] = {0}, all = 0, wide = 0, least = UINT64_MAX;
	unsigned int best = 32;

	for (uint32_t i = 0; i < e->order_count; i++) {
		const struct model_type *type =
			&e->model->types.at[e->order[i]];

		for (uint32_t m = 0;
		     has_members(type->kind) && m < type->count; m++)
			counts[member_bits(
				&e->model->members.at[type->first + m])]++;
	}
	for (unsigned int width = 0; width < 34; width++)
		all += counts[width];
	for (unsigned int width = 32; width; width--) {
		wide += counts[width + 1];
		/* Their numbers must fit, too. */
		if (wide >> (width - 1))
			break;
		if (all * width + wide * WIDE_SIZE < least) {
			least = all * width + wide * WIDE_SIZE;
			best = width;
		}
	}
	return best;
}

static uint32_t encode_wide(struct encoder *e, const struct model_member *from)
{
	uint32_t number = e->image.sections[ALLOTYPE_META_WIDE_MEMBERS].count;
	struct allotype_meta_wide_member *to = ENCODER_APPEND(
		&e->image, WIDE_MEMBERS, allotype_meta_wide_member);

	if (!to)
		return ALLOTYPE_META_NONE;
	to->value = from->value;
	to->bit_offset = from->bit_offset;
	to->bit_size = from->bit_size;
	to->flags = from->flags;
	return number << 1 | 1;
}

/* The members of a type, as entries of their own; where they begin. */
static uint32_t encode_members(struct encoder *e, const struct model_type *type)
{
	uint32_t first = e->image.sections[ALLOTYPE_META_MEMBERS].count;

	for (uint32_t i = 0; i < type->count; i++) {
		const struct model_member *from =
			&e->model->members.at[type->first + i];
		struct allotype_meta_member *to = ENCODER_APPEND(
			&e->image, MEMBERS, allotype_meta_member);

		if (!to)
			break;
		to->value = member_bits(from) > e->member_width
				    ? encode_wide(e, from)
				    : (uint32_t)from->value << 1;
		to->name = image_string(&e->image, from->name);
		to->type = encoder_type(e, from->type);
	}
	return first;
}

static void encode_type(struct encoder *e, const struct model_type *from)
{
	struct allotype_meta_type *to =
		ENCODER_APPEND(&e->image, TYPES, allotype_meta_type);

	if (!to)
		return;
	to->hash = from->hash;
	to->size = from->size;
	to->name = image_string(&e->image, metafile_kind_is_spelled(from->kind)
						   ? from->tag
						   : from->name);
	if (has_members(from->kind))
		to->first = from->count ? encode_members(e, from) : 0;
	else if (from->kind == ALLOC_KIND_BASE)
		to->first = ALLOTYPE_META_NONE;
	else
		to->first = target_number(e, from);
	if (from->kind == ALLOC_KIND_FUNCTION)
		to->size = encode_parameters(e, from);
	to->count = from->count;
	to->kind = from->kind;
	to->encoding = from->encoding;
	to->flags = from->flags;
}

static void encode_derived(struct encoder *e, const struct model_type *from)
{
	struct allotype_meta_derived *to =
		ENCODER_APPEND(&e->image, DERIVED, allotype_meta_derived);

	if (!to)
		return;
	to->target = target_number(e, from);
	if (from->kind == ALLOC_KIND_TYPEDEF)
		to->value = image_string(&e->image, from->name);
	else if (from->kind == ALLOC_KIND_FUNCTION)
		to->value = encode_parameters(e, from);
	to->kind = (uint16_t)(from->kind | (from->flags & UINT8_MAX)
					   << ALLOTYPE_META_DERIVED_FLAGS_SHIFT);
}

static void encode_void(struct encoder *e)
{
	struct allotype_meta_type *to =
		ENCODER_APPEND(&e->image, TYPES, allotype_meta_type);

	if (!to)
		return;
	to->hash = allotype_hash_base(ALLOC_KIND_VOID, 0, 0, "void", 4);
	to->name = image_string(&e->image, "void");
	to->first = ALLOTYPE_META_NONE;
	to->kind = ALLOC_KIND_VOID;
}

void encoder_types(struct encoder *e)
{
	e->parameters = coder_create(&e->image, ALLOTYPE_META_PARAMETERS,
				     CODED_OF_PARAMETERS, CODED_OF_ROWS);
	if (!e->parameters)
		return;
	count_parameters(e);
	e->member_width = measure_members(e);
	for (uint32_t i = 0; i < e->order_count; i++) {
		const struct model_type *type =
			&e->model->types.at[e->order[i]];

		if (e->numbers[e->order[i]] & 1)
			encode_derived(e, type);
		else
			encode_type(e, type);
	}
	encode_void(e);
	coder_align(e->parameters);
	coder_destroy(e->parameters);
}
