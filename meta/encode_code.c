/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "allotype.h"
#include "meta/abi.h"
#include "meta/encoder.h"
#include "meta/pack.h"
#include "type/packed.h"

/* ---- variables ---- */

static bool fits_int32(int64_t value)
{
	return value >= INT32_MIN && value <= INT32_MAX;
}

/* Only what is in memory can be found by an address. */
static bool encode_base(const struct abi *abi,
			const struct model_location *location, uint8_t *base)
{
	if (!fits_int32(location->offset) || location->low >= location->high ||
	    location->is_piece)
		return false;
	switch (location->place) {
	case MODEL_PLACE_CFA:
	case MODEL_PLACE_INDIRECT_CFA:
		*base = ALLOTYPE_META_BASE_CFA;
		return true;
	case MODEL_PLACE_MEMORY:
		if (!abi)
			return false;
		*base = location->reg == abi->stack ? ALLOTYPE_META_BASE_RSP
						    : ALLOTYPE_META_BASE_RBP;
		return location->reg == abi->stack ||
		       location->reg == abi->frame;
	default:
		return false;
	}
}

/* Where variables are in memory, in their order. */
struct places {
	struct place {
		uint32_t variable, location;
		uint8_t base;
	} *at;
	uint32_t *firsts; /* of each variable, and the end */
};

static void find_places_of(const struct model *model, uint32_t variable,
			   struct places *places, uint32_t *count)
{
	const struct model_variable *v = &model->variables.at[variable];
	const struct abi *abi = abi_of(model->machine);

	for (uint32_t i = 0; i < v->location_count; i++) {
		uint32_t location = v->location_first + i;
		uint8_t base;

		if (!encode_base(abi, &model->locations.at[location], &base))
			continue;
		places->at[(*count)++] =
			(struct place){variable, location, base};
	}
}

static bool find_places(const struct model *model, struct places *places)
{
	uint32_t variables = model->variables.count, count = 0;
	size_t locations = 1;

	for (uint32_t i = 0; i < variables; i++)
		locations += model->variables.at[i].location_count;
	places->at = malloc(locations * sizeof *places->at);
	places->firsts = malloc(((size_t)variables + 1) *
				sizeof *places->firsts);
	if (!places->at || !places->firsts)
		return false;
	for (uint32_t i = 0; i < variables; i++) {
		places->firsts[i] = count;
		find_places_of(model, i, places, &count);
	}
	places->firsts[variables] = count;
	return true;
}

/* The parameters of a function's type, by their numbers in the model. */
struct parameters {
	uint32_t next, limit;
};

static struct parameters parameters_of(const struct model *model,
				       const struct model_function *function)
{
	uint32_t number = model->subprograms.at[function->subprogram].type;
	const struct model_type *type;

	if (number >= model->types.count)
		return (struct parameters){0, 0};
	type = &model->types.at[number];
	if (type->kind != ALLOC_KIND_FUNCTION)
		return (struct parameters){0, 0};
	return (struct parameters){type->first, type->first + type->count};
}

static void encode_variable(struct encoder *e, struct pack_pieces *pack,
			    const struct place *place,
			    struct parameters *parameters)
{
	const struct model_variable *from =
		&e->model->variables.at[place->variable];
	const struct model_location *location =
		&e->model->locations.at[place->location];
	struct allotype_meta_variable to = {
		.low = location->low,
		.high = location->high,
		.name = image_string(&e->image, from->name),
		.type = encoder_type(e, from->type),
		.offset = (int32_t)location->offset,
		.base = place->base,
	};
	uint32_t expected = ALLOTYPE_META_NONE;

	if (from->parameter != MODEL_NONE)
		to.flags |= ALLOTYPE_META_VARIABLE_PARAMETER;
	if (from->instance != MODEL_NONE)
		to.flags |= ALLOTYPE_META_VARIABLE_INLINED;
	if (location->place == MODEL_PLACE_INDIRECT_CFA)
		to.flags |= ALLOTYPE_META_VARIABLE_INDIRECT;
	if (pack_is_parameter(pack, &to) &&
	    parameters->next < parameters->limit)
		expected = encoder_type(
			e, e->model->members.at[parameters->next++].type);
	pack_variable(pack, &to, expected);
}

static void encode_variables(struct encoder *e, struct pack_pieces *pack,
			     const struct places *places,
			     const struct model_function *from)
{
	struct parameters parameters = parameters_of(e->model, from);
	uint32_t first = from->variable_first;
	uint32_t limit = places->firsts[first + from->variable_count];

	pack_variables(pack);
	for (uint32_t i = places->firsts[first]; i < limit; i++)
		encode_variable(e, pack, &places->at[i], &parameters);
	pack_variables_end(pack);
}

/* ---- names, those that most variables have first ---- */

struct name_use {
	const char *name;
	uint32_t count;
	uint32_t first; /* of the variables with it */
};

static int name_use_order(const void *a, const void *b)
{
	const struct name_use *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* Fills USES, which has room for all variables; how many names, or NONE. */
static uint32_t count_names(const struct model *model,
			    const struct places *places, struct name_use *uses)
{
	struct pointer_map seen = {0};
	uint32_t count = 0;

	for (uint32_t i = 0; i < model->variables.count; i++) {
		const struct model_variable *v = &model->variables.at[i];
		uint32_t at;

		if (!v->name || places->firsts[i] == places->firsts[i + 1])
			continue;
		at = pointer_map_find(&seen, v->name);
		if (at == POINTER_MAP_NONE) {
			at = count++;
			uses[at] = (struct name_use){v->name, 0, i};
			if (!pointer_map_set(&seen, v->name, at)) {
				count = ALLOTYPE_META_NONE;
				break;
			}
		}
		uses[at].count++;
	}
	pointer_map_deinit(&seen);
	return count;
}

static void encode_variable_names(struct encoder *e,
				  const struct places *places)
{
	size_t size = (size_t)e->model->variables.count + 1;
	struct name_use *uses = malloc(size * sizeof *uses);
	uint32_t count =
		uses ? count_names(e->model, places, uses) : ALLOTYPE_META_NONE;

	if (count == ALLOTYPE_META_NONE) {
		e->image.exhausted = true;
		count = 0;
	}
	if (count)
		qsort(uses, count, sizeof *uses, name_use_order);
	for (uint32_t i = 0; i < count; i++)
		image_string(&e->image, uses[i].name);
	free(uses);
}

/* ---- functions ---- */

/* Code of a function, nobody else's. */
struct piece {
	uint64_t low, high;
	uint32_t function;
};

static int piece_order(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->function < y->function ? -1 : x->function > y->function;
}

static uint32_t collect_pieces(const struct model *model, struct piece *pieces)
{
	uint32_t count = 0;

	for (uint32_t f = 0; f < model->functions.count; f++) {
		const struct model_function *function = &model->functions.at[f];

		for (uint32_t i = 0; i < function->range_count; i++) {
			const struct model_range *range =
				&model->ranges.at[function->range_first + i];

			pieces[count++] =
				(struct piece){range->low, range->high, f};
		}
	}
	return count;
}

/* What two functions claim is the first's; how many pieces are left. */
static uint32_t separate(struct piece *pieces, uint32_t count)
{
	uint64_t limit = 0;
	uint32_t kept = 0;

	qsort(pieces, count, sizeof *pieces, piece_order);
	for (uint32_t i = 0; i < count; i++) {
		struct piece piece = pieces[i];

		if (piece.low < limit)
			piece.low = limit;
		if (piece.low >= piece.high)
			continue;
		limit = piece.high;
		pieces[kept++] = piece;
	}
	return kept;
}

/* The piece of each function that stands for it: with its entry, if any. */
static void find_wholes(const struct model *model, const struct piece *pieces,
			uint32_t count, uint32_t *wholes)
{
	for (uint32_t i = 0; i < model->functions.count; i++)
		wholes[i] = ALLOTYPE_META_NONE;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t *whole = &wholes[pieces[i].function];

		if (*whole == ALLOTYPE_META_NONE ||
		    pieces[i].low ==
			    model->functions.at[pieces[i].function].entry)
			*whole = i;
	}
}

static const char *function_name(const struct model *model,
				 const struct model_function *function)
{
	const struct model_subprogram *subprogram =
		&model->subprograms.at[function->subprogram];

	return subprogram->name ? subprogram->name : function->symbol;
}

static void encode_function(struct encoder *e, struct pack_pieces *pack,
			    const struct places *places,
			    const struct piece *piece)
{
	const struct model_function *from =
		&e->model->functions.at[piece->function];
	const struct model_subprogram *subprogram =
		&e->model->subprograms.at[from->subprogram];
	struct metafile_function to = {
		.low = piece->low,
		.high = piece->high,
		.name = image_name(&e->image, function_name(e->model, from)),
		.type = encoder_type(e, subprogram->type),
		.file = subprogram->file,
		.line = subprogram->line,
	};

	to.variable_count =
		places->firsts[from->variable_first + from->variable_count] -
		places->firsts[from->variable_first];
	pack_function(pack, &to);
	if (to.variable_count >= PACKED_MANY_VARIABLES ||
	    !pack_is_measuring(pack))
		encode_variables(e, pack, places, from);
}

/* One after the other, so that the steps between them are short. */
static void encode_names(struct encoder *e, const struct piece *pieces,
			 uint32_t count, const uint32_t *wholes)
{
	const struct model *model = e->model;

	for (uint32_t i = 0; i < count; i++)
		if (wholes[pieces[i].function] == i)
			image_name(&e->image,
				   function_name(model,
						 &model->functions
							  .at[pieces[i].function]));
}

/* Pieces as they will stand in the file. */
struct pieces {
	struct piece *at;
	uint32_t *sizes;  /* of their variables */
	uint32_t *wholes; /* of each function */
	uint32_t count;
};

static void encode_pieces(struct encoder *e, struct coder *coder,
			  const struct places *places,
			  const struct pieces *all)
{
	struct pack_pieces pack = {
		.image = &e->image, .coder = coder, .sizes = all->sizes};

	for (uint32_t i = 0; i < all->count; i++) {
		const struct piece *piece = &all->at[i];
		uint32_t whole = all->wholes[piece->function];

		if (whole == i)
			encode_function(e, &pack, places, piece);
		else
			pack_part(&pack, piece->low, piece->high, whole);
	}
	coder_align(coder);
}

static void encode_code(struct encoder *e, struct coder *coder,
			const struct places *places, struct pieces *all)
{
	all->count = separate(all->at, collect_pieces(e->model, all->at));
	find_wholes(e->model, all->at, all->count, all->wholes);
	encode_variable_names(e, places);
	encode_names(e, all->at, all->count, all->wholes);
	encode_pieces(e, coder, places, all);
	coder_choose(coder, CODED_VARIABLES_SIZE);
	encode_pieces(e, coder, places, all);
	coder_choose(coder, CODED_OF_PARAMETERS);
	encode_pieces(e, coder, places, all);
}

void encoder_code(struct encoder *e)
{
	size_t pieces_max = (size_t)e->model->ranges.count + 1;
	size_t functions = (size_t)e->model->functions.count + 1;
	struct pieces all = {
		.at = malloc(pieces_max * sizeof *all.at),
		.sizes = malloc(pieces_max * sizeof *all.sizes),
		.wholes = malloc(functions * sizeof *all.wholes),
	};
	struct coder *coder = coder_create(&e->image, ALLOTYPE_META_FUNCTIONS,
					   CODED_OF_CODE, CODED_OF_PARAMETERS);
	struct places places = {0};

	if (find_places(e->model, &places) && all.at && all.sizes &&
	    all.wholes && coder)
		encode_code(e, coder, &places, &all);
	else
		e->image.exhausted = true;
	coder_destroy(coder);
	free(places.at);
	free(places.firsts);
	free(all.at);
	free(all.sizes);
	free(all.wholes);
}
