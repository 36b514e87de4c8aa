/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/tagged.h"

#include <ctype.h>
#include <string.h>

enum { LEAST = 3 /* letters that say something */ };

/* Is the place AT in NAME, or before underscores, one where a word begins? */
static bool begins_word(const char *name, const char *at)
{
	return at == name || at[-1] == '_' ||
	       (isupper((unsigned char)*at) && !isupper((unsigned char)at[-1]));
}

/* The last letter or digit before END, or NULL. */
static const char *before(const char *name, const char *end)
{
	while (end > name)
		if (isalnum((unsigned char)*--end))
			return end;
	return NULL;
}

/* Without what programs add to the names of types. */
static const char *end_of_name(const char *name)
{
	const char *end = name + strlen(name);

	return end - name > 2 && end[-2] == '_' &&
			       (end[-1] == 't' || end[-1] == 's')
		       ? end - 2 : end;
}

/* Is the rest of the RECORD's name, up to B, what the ENUMERATOR's, up to A,
 * begins with? */
static bool begins_alike(const char *enumerator, const char *a,
			 const char *record, const char *b)
{
	const char *x = enumerator, *y = record;

	for (;;) {
		while (y < b && !isalnum((unsigned char)*y))
			y++;
		while (x < a && !isalnum((unsigned char)*x))
			x++;
		if (y == b || x == a)
			return y == b && begins_word(enumerator, x);
		if (tolower((unsigned char)*x++) != tolower((unsigned char)*y++))
			return false;
	}
}

/* Do ENUMERATOR and RECORD name the same: letters and digits alone, and those
 * of any case; one ends as the other, with a word at least; and the enumerator
 * begins as the rest of the record does: EXPR_TYPE_NAME and ExprName? */
static bool is_named_after(const char *enumerator, const char *record)
{
	const char *a = enumerator + strlen(enumerator);
	const char *b = end_of_name(record);
	const char *x = before(enumerator, a), *y = before(record, b);
	unsigned int letters = 0;

	while (x && y && tolower((unsigned char)*x) ==
				 tolower((unsigned char)*y)) {
		a = x;
		b = y;
		letters++;
		x = before(enumerator, a);
		y = before(record, b);
	}
	return letters >= LEAST && begins_word(enumerator, a) &&
	       begins_word(record, b) &&
	       (!x || begins_alike(enumerator, a, record, b));
}

static const char *enumerator_of(const struct model *model, uint32_t type,
				 int64_t value)
{
	uint32_t bare = model_type_strip(model, type);
	const struct model_type *t;

	if (bare == MODEL_NONE ||
	    model->types.at[bare].kind != ALLOC_KIND_ENUM)
		return NULL;
	t = &model->types.at[bare];
	for (uint32_t i = 0; i < t->count; i++)
		if (model->members.at[t->first + i].value == value)
			return model->members.at[t->first + i].name;
	return NULL;
}

/* The enumerator VALUE of a TYPE, not 0, which anything may be: at OFFSET or, if
 * that is negative, in any member of this type. */
struct tag {
	const struct model *model;
	uint32_t type; /* or MODEL_NONE: any enumeration */
	int32_t offset;
	int32_t value;
};

static bool is_tag_at(const struct tag *tag, uint32_t bare, uint64_t offset,
		      const char *name)
{
	const struct model *model = tag->model;
	const char *enumerator;
	uint32_t scalar;

	if (model_type_scalars_at(model, bare, offset, &scalar, 1, NULL) != 1 ||
	    (tag->type != MODEL_NONE && flow_type_hash(model, scalar) !=
						flow_type_hash(model, tag->type)))
		return false;
	enumerator = enumerator_of(model, scalar, tag->value);
	return enumerator && is_named_after(enumerator, name);
}

static bool has_tag(void *context, uint32_t bare)
{
	enum { MOST = 64, STEP = 4 }; /* bytes */
	const struct tag *tag = context;
	const struct model_type *t = &tag->model->types.at[bare];
	const char *name = t->tag ? t->tag : t->name;

	if (!name)
		return false;
	if (tag->offset >= 0)
		return is_tag_at(tag, bare, (uint64_t)tag->offset, name);
	for (uint64_t at = 0; at < MOST && at < t->size; at += STEP)
		if (is_tag_at(tag, bare, at, name))
			return true;
	return false;
}

static uint32_t find(const struct flow *flow, const struct site_size *size,
		     struct tag *tag)
{
	return sized_find(&flow->sized, flow->model, (uint64_t)size->element,
			  has_tag, tag);
}

/* The site puts it there. */
static uint32_t find_written(const struct flow *flow,
			     const struct flow_site *site,
			     const struct site_size *size)
{
	uint32_t found = MODEL_NONE;

	for (uint32_t i = 0; i < site->written.count && found == MODEL_NONE;
	     i++) {
		const struct written_part *part = &site->written.at[i];
		struct tag tag = { flow->model, MODEL_NONE, part->offset,
				   part->number };

		if (part->is_constant && part->number && part->offset >= 0)
			found = find(flow, size, &tag);
	}
	return found;
}

/* The parameter NUMBER of a FUNCTION is given VALUE. */
static uint32_t find_by(const struct flow *flow, const struct site_size *size,
			uint32_t function, uint32_t number, uint64_t value)
{
	const struct model *model = flow->model;
	const struct model_type *t = &model->types.at[function];
	struct tag tag = { model, MODEL_NONE, -1, (int32_t)value };

	if (!value || number >= t->count)
		return MODEL_NONE;
	tag.type = model_type_strip(model,
				    model->members.at[t->first + number].type);
	return tag.type != MODEL_NONE &&
			       model->types.at[tag.type].kind == ALLOC_KIND_ENUM
		       ? find(flow, size, &tag) : MODEL_NONE;
}

/* It is given to who makes the object. */
static uint32_t find_given(const struct flow *flow,
			   const struct flow_site *site,
			   const struct site_size *size)
{
	uint64_t entry = flow->allocators.at[site->allocator].entry;
	uint32_t type = entry ? flow_callee_at(flow, entry).type : MODEL_NONE;
	uint32_t found = MODEL_NONE;

	for (uint32_t i = 0; i < MACHINE_ARGUMENTS && type != MODEL_NONE &&
			     found == MODEL_NONE; i++) {
		const struct value *value = flow_argument(flow, site, (int)i);

		if (value->kind == VALUE_CONSTANT)
			found = find_by(flow, size, type, i,
					(uint64_t)value->number);
	}
	return found;
}

/* Likewise, to who is inlined. */
static uint32_t find_inlined(const struct flow *flow,
			     const struct flow_site *site,
			     const struct site_size *size)
{
	const struct model *model = flow->model;
	const struct model_function *f = &model->functions.at[site->function];
	uint32_t subprogram = MODEL_NONE, found = MODEL_NONE;

	if (site->instance != MODEL_NONE)
		subprogram = model->inlines.at[site->instance].subprogram;
	if (subprogram == MODEL_NONE ||
	    model->subprograms.at[subprogram].type == MODEL_NONE)
		return MODEL_NONE;
	for (uint32_t i = 0; i < f->constant_count && found == MODEL_NONE; i++) {
		const struct model_constant *c =
			&model->constants.at[f->constant_first + i];

		if (c->instance == site->instance)
			found = find_by(flow, size,
					model->subprograms.at[subprogram].type,
					c->parameter, c->value);
	}
	return found;
}

uint32_t tagged_record(const struct flow *flow, const struct flow_site *site,
		       const struct site_size *size)
{
	uint32_t found;

	if (size->kind != SIZE_CONSTANT || size->element <= 0 ||
	    flow->allocators.at[site->allocator].delta)
		return MODEL_NONE;
	found = find_written(flow, site, size);
	if (found == MODEL_NONE)
		found = find_given(flow, site, size);
	return found != MODEL_NONE ? found : find_inlined(flow, site, size);
}
