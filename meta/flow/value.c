/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/value.h"

#include <stdlib.h>
#include <string.h>

#include "allotype/metafile.h"
#include "meta/flow/carve.h"
#include "meta/flow/flow.h"
#include "meta/flow/shape.h"
#include "meta/model.h"

#define JOINS 4096 /* remembered */
#define ADDED_MOST 4096 /* to a number that is unknown, and remembered */

/* What two values join to never changes: the last results, by both. */
struct join {
	uint32_t a, b, result;
};

struct values {
	const struct model *model;
	struct value *at;
	struct join joins[JOINS]; /* zeros: unknown and unknown */
	uint32_t count, capacity;
	uint32_t *buckets;    /* numbers; 0: empty */
	uint32_t bucket_count;
	bool failed;
};

struct values *values_create(const struct model *model)
{
	struct values *v = calloc(1, sizeof *v);

	if (!v)
		return NULL;
	v->model = model;
	v->capacity = 1024;
	v->bucket_count = 4096;
	v->at = calloc(v->capacity, sizeof *v->at);
	v->buckets = calloc(v->bucket_count, sizeof *v->buckets);
	if (!v->at || !v->buckets) {
		values_destroy(v);
		return NULL;
	}
	v->at[0] = value_unknown();
	v->count = 1;
	return v;
}

void values_destroy(struct values *values)
{
	if (!values)
		return;
	free(values->at);
	free(values->buckets);
	free(values);
}

bool values_failed(const struct values *values)
{
	return values->failed;
}

const struct value *values_at(const struct values *values, uint32_t number)
{
	return &values->at[number];
}

const struct value *values_more(const struct values *values,
				const struct value *value)
{
	return value->more == VALUE_UNKNOWN ? NULL : &values->at[value->more];
}

/* By words: the numbers go no further than this table. */
static uint32_t value_hash(const struct value *value)
{
	uint64_t words[sizeof *value / sizeof(uint64_t)];
	uint64_t hash = 0;

	_Static_assert(sizeof words == sizeof *value, "values are whole words");
	memcpy(words, value, sizeof words);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		hash = ((hash << 5 | hash >> 59) ^ words[i]) *
		       0x9e3779b97f4a7c15ULL;
	return (uint32_t)(hash >> 32);
}

static uint32_t find_bucket(const struct values *v, const uint32_t *buckets,
			    uint32_t bucket_count, const struct value *value)
{
	uint32_t i = value_hash(value) & (bucket_count - 1);

	while (buckets[i] &&
	       memcmp(&v->at[buckets[i]], value, sizeof *value) != 0)
		i = (i + 1) & (bucket_count - 1);
	return i;
}

static bool grow_buckets(struct values *v)
{
	uint32_t count = v->bucket_count * 2;
	uint32_t *buckets = calloc(count, sizeof *buckets);

	if (!buckets)
		return false;
	for (uint32_t i = 1; i < v->count; i++)
		buckets[find_bucket(v, buckets, count, &v->at[i])] = i;
	free(v->buckets);
	v->buckets = buckets;
	v->bucket_count = count;
	return true;
}

static bool grow_values(struct values *v)
{
	struct value *at;

	at = reallocarray(v->at, (size_t)v->capacity * 2, sizeof *at);
	if (!at)
		return false;
	v->at = at;
	v->capacity *= 2;
	return true;
}

uint32_t values_intern(struct values *values, const struct value *value)
{
	/* A copy: VALUE may lie in the array that grows. */
	struct value copy = *value;
	uint32_t bucket;

	if (memcmp(&copy, &values->at[0], sizeof copy) == 0)
		return VALUE_UNKNOWN;
	bucket = find_bucket(values, values->buckets, values->bucket_count,
			     &copy);
	if (values->buckets[bucket])
		return values->buckets[bucket];
	if (values->count == values->capacity && !grow_values(values))
		goto failed;
	if (values->count * 2 >= values->bucket_count) {
		if (!grow_buckets(values))
			goto failed;
		bucket = find_bucket(values, values->buckets,
				     values->bucket_count, &copy);
	}
	values->at[values->count] = copy;
	values->buckets[bucket] = values->count;
	return values->count++;
failed:
	values->failed = true;
	return VALUE_UNKNOWN;
}

struct value value_number(enum value_kind kind, int64_t number)
{
	struct value v = value_unknown();

	v.kind = (uint8_t)kind;
	v.number = number;
	return v;
}

struct value value_pointer(uint32_t type, int32_t offset)
{
	struct value v = value_unknown();

	v.is_pointer = true;
	v.type = type;
	v.type_offset = type == MODEL_NONE ? 0 : offset;
	return v;
}

struct value value_of_site(uint32_t site)
{
	struct value v = value_unknown();

	v.origins[0].site = site;
	v.origin_count = 1;
	return v;
}

struct value value_factor(uint8_t parameter, int64_t shift)
{
	struct value v = value_number(VALUE_FACTOR, shift);

	v.index = parameter;
	return v;
}

static int compare_origins(const struct value_origin *a,
			   const struct value_origin *b)
{
	if (a->site != b->site)
		return a->site < b->site ? -1 : 1;
	return (a->delta > b->delta) - (a->delta < b->delta);
}

/* All that VALUE may be, in order; a bounded number. */
static uint32_t all_origins(const struct values *values,
			    const struct value *value,
			    struct value_origin at[VALUE_ORIGINS_MOST])
{
	uint32_t n = 0;

	for (; value; value = values_more(values, value))
		for (uint32_t i = 0; i < value->origin_count &&
				     n < VALUE_ORIGINS_MOST; i++)
			at[n++] = value->origins[i];
	return n;
}

/* Merges two sorted sets.  Where both ways hold some allocation, none is
 * partial for being on one of them only. */
static uint32_t merge_origins(const struct value_origin *a, uint32_t a_count,
			      const struct value_origin *b, uint32_t b_count,
			      struct value_origin *out, uint32_t most)
{
	uint16_t lonely = !a_count || !b_count;
	uint32_t i = 0, j = 0, n = 0;

	while (n < most && (i < a_count || j < b_count)) {
		struct value_origin *o = &out[n++];
		int order = i == a_count ? 1
			  : j == b_count ? -1
			  : compare_origins(&a[i], &b[j]);

		*o = order <= 0 ? a[i] : b[j];
		if (order == 0)
			o->partial |= b[j].partial;
		o->partial |= lonely;
		i += order <= 0;
		j += order >= 0;
	}
	return n;
}

/* Puts the last of COUNT origins behind the first, which OUT gets. */
static void set_origins(struct values *values, const struct value_origin *at,
			uint32_t count, struct value *out)
{
	uint32_t more = VALUE_UNKNOWN;

	while (count > VALUE_ORIGINS) {
		uint32_t n = (count - 1) % VALUE_ORIGINS + 1;
		struct value part = value_unknown();

		count -= n;
		memcpy(part.origins, &at[count], n * sizeof *at);
		part.origin_count = (uint8_t)n;
		part.more = more;
		more = values_intern(values, &part);
	}
	memcpy(out->origins, at, count * sizeof *at);
	out->origin_count = (uint8_t)count;
	out->more = more;
}

static void join_origins(struct values *values, const struct value *a,
			 const struct value *b, struct value *out)
{
	struct value_origin x[VALUE_ORIGINS_MOST], y[VALUE_ORIGINS_MOST];
	struct value_origin merged[VALUE_ORIGINS_MOST];
	uint32_t x_count, y_count;

	if (a->origin_count + b->origin_count <= VALUE_ORIGINS && !a->more &&
	    !b->more) {
		out->origin_count = (uint8_t)merge_origins(
			a->origins, a->origin_count, b->origins,
			b->origin_count, out->origins, VALUE_ORIGINS);
		return;
	}
	x_count = all_origins(values, a, x);
	y_count = all_origins(values, b, y);
	set_origins(values, merged,
		    merge_origins(x, x_count, y, y_count, merged,
				  VALUE_ORIGINS_MOST), out);
}

static bool is_null(const struct value *v)
{
	return v->kind == VALUE_CONSTANT && v->number == 0 &&
	       !v->origin_count;
}

/* What asks for a size asks for 1 where the size is 0. */
static bool is_one_for_none(const struct value *size, const struct value *one)
{
	return size->kind == VALUE_PARAMETER && !size->number &&
	       one->kind == VALUE_CONSTANT && one->number == 1;
}

/* To both the same was added, or nobody knows what. */
static void join_multiples(const struct value *a, const struct value *b,
			   struct value *out)
{
	bool same = a->type_offset == b->type_offset && !a->is_pointer &&
		    !b->is_pointer && a->number == b->number;
	int64_t number = value_divisor(a);

	if (!same && number != value_divisor(b))
		return;
	out->kind = VALUE_MULTIPLE;
	out->number = same ? a->number : number;
	out->type_offset = same ? a->type_offset : 0;
}

static void join_numbers(const struct value *a, const struct value *b,
			 struct value *out)
{
	if (is_one_for_none(a, b))
		b = a;
	else if (is_one_for_none(b, a))
		a = b;
	if (a->kind != b->kind || a->index != b->index)
		return;
	if (a->kind == VALUE_MULTIPLE) {
		join_multiples(a, b, out);
	} else if (a->number == b->number) {
		out->kind = a->kind;
		out->number = a->number;
	} else {
		return;
	}
	out->index = a->index;
	if (a->multiplied == b->multiplied)
		out->multiplied = a->multiplied;
}

/* When another way has a null pointer: an allocator that is full gives out
 * what it holds all the same, and what finds nothing wrong its argument. */
static struct value without_number(const struct value *v)
{
	struct value out = *v;

	out.multiplied = 0;
	if (v->kind == VALUE_HELD ||
	    (v->kind == VALUE_PARAMETER && v->is_pointer))
		return out;
	out.kind = VALUE_ANY;
	out.number = 0;
	out.index = 0;
	return out;
}

/* The pointer that V points at: what it is a pointer to, or the one member
 * there.  MODEL_NONE: anything else. */
static uint32_t pointer_behind(const struct model *model,
			       const struct value *v)
{
	uint32_t scalars[2], pointee;

	if (!v->is_pointer || v->is_guess || v->type == MODEL_NONE ||
	    v->type_offset < 0 ||
	    model_type_scalars_at(model, v->type, (uint64_t)v->type_offset,
				  scalars, 2, NULL) != 1 ||
	    !model_type_pointee(model, scalars[0], &pointee))
		return MODEL_NONE;
	return model_type_strip(model, scalars[0]);
}

/* The head of a list and a member are both pointers to the next element. */
static void join_behind(const struct model *model, const struct value *a,
			const struct value *b, struct value *out)
{
	uint32_t x, y;

	if (out->is_pointer)
		return;
	x = pointer_behind(model, a);
	y = pointer_behind(model, b);
	if (x == MODEL_NONE || y == MODEL_NONE ||
	    flow_type_hash(model, x) != flow_type_hash(model, y))
		return;
	out->is_pointer = true;
	out->type = x < y ? x : y;
	out->type_offset = 0;
}

/* Are both pointers into one type, to places with the same scalars, as an
 * array's elements have? */
static bool are_alike(const struct model *model, const struct value *a,
		      const struct value *b)
{
	enum { SCALARS = 8 };
	uint32_t x[SCALARS], y[SCALARS], n;

	if (!a->is_pointer || !b->is_pointer || a->type != b->type ||
	    a->type == MODEL_NONE || a->type_offset < 0 || b->type_offset < 0)
		return false;
	n = model_type_scalars_at(model, a->type, (uint64_t)a->type_offset, x,
				  SCALARS, NULL);
	return n && n == model_type_scalars_at(model, b->type,
					       (uint64_t)b->type_offset, y,
					       SCALARS, NULL) &&
	       !memcmp(x, y, n * sizeof *x);
}

static void join_alike(const struct model *model, const struct value *a,
		       const struct value *b, struct value *out)
{
	if (!are_alike(model, a, b))
		return;
	out->is_pointer = true;
	out->is_guess = a->is_guess || b->is_guess;
	out->type = a->type;
	out->type_offset = a->type_offset < b->type_offset ? a->type_offset
							   : b->type_offset;
}

/* Does ARRAY point into an array of what V points into, as far into one? */
static bool is_element_of(const struct model *model, const struct value *v,
			  const struct value *array)
{
	uint32_t bare = model_type_strip(model, array->type);
	uint32_t element = shape_element(model, bare);
	int64_t size;

	if (element == bare || element != model_type_strip(model, v->type))
		return false;
	size = (int64_t)model_type_size(model, element);
	return size > 0 && array->type_offset >= 0 &&
	       array->type_offset % size == v->type_offset;
}

static void join_elements(const struct model *model, const struct value *a,
			  const struct value *b, struct value *out)
{
	const struct value *v = NULL;

	if (!a->is_pointer || !b->is_pointer)
		return;
	if (is_element_of(model, a, b))
		v = a;
	else if (is_element_of(model, b, a))
		v = b;
	if (!v)
		return;
	out->is_pointer = true;
	out->type = v->type;
	out->type_offset = v->type_offset;
	out->is_guess = a->is_guess || b->is_guess;
}

/* A pointer to functions of some type, or the one that a static address leads
 * to or the loader knows: functions have no type there. */
static bool join_functions(const struct model *model, const struct value *a,
			   const struct value *b, struct value *out)
{
	uint32_t type;

	if (!a->is_pointer || b->is_pointer ||
	    (b->kind != VALUE_STATIC && b->kind != VALUE_IMPORT))
		return false;
	type = model_type_strip(model, a->type);
	if (type == MODEL_NONE ||
	    model->types.at[type].kind != ALLOC_KIND_FUNCTION)
		return false;
	out->is_pointer = true;
	out->type = a->type;
	out->type_offset = 0;
	return true;
}

static uint32_t join_values(struct values *values, uint32_t a, uint32_t b)
{
	struct value out = value_unknown();
	struct value x = values->at[a], y = values->at[b];

	if (is_null(&x) || is_null(&y)) {
		out = without_number(is_null(&x) ? &y : &x);
		return values_intern(values, &out);
	}
	join_origins(values, &x, &y, &out);
	join_numbers(&x, &y, &out);
	if (x.is_pointer && y.is_pointer && x.type == y.type &&
	    x.type_offset == y.type_offset) {
		out.is_pointer = true;
		out.type = x.type;
		out.type_offset = x.type_offset;
		out.is_guess = x.is_guess || y.is_guess;
	} else if (values->model &&
		   !join_functions(values->model, &x, &y, &out) &&
		   !join_functions(values->model, &y, &x, &out)) {
		join_alike(values->model, &x, &y, &out);
		join_elements(values->model, &x, &y, &out);
		join_behind(values->model, &x, &y, &out);
	}
	return values_intern(values, &out);
}

uint32_t values_join(struct values *values, uint32_t a, uint32_t b)
{
	struct join *join;

	if (a == b)
		return a;
	join = &values->joins[(a * 0x9e3779b1u ^ b) % JOINS];
	if (join->a != a || join->b != b)
		*join = (struct join){ a, b, join_values(values, a, b) };
	return join->result;
}

/* The origins of VALUE, with DOUBT. */
static uint32_t add_doubt(struct values *values, uint32_t value, uint16_t doubt)
{
	struct value out = value_unknown();
	const struct value *v = &values->at[value];

	memcpy(out.origins, v->origins, sizeof out.origins);
	out.origin_count = v->origin_count;
	for (uint32_t i = 0; i < out.origin_count; i++)
		out.origins[i].partial |= doubt;
	if (v->more != VALUE_UNKNOWN)
		out.more = add_doubt(values, v->more, doubt);
	return values_intern(values, &out);
}

uint32_t values_weaken(struct values *values, uint32_t value)
{
	return add_doubt(values, value, VALUE_SOMETIMES);
}

uint32_t values_reload(struct values *values, uint32_t value)
{
	return add_doubt(values, value, VALUE_RELOADED);
}

bool value_same_origins(const struct value *a, const struct value *b)
{
	return a->origin_count && a->origin_count == b->origin_count &&
	       !memcmp(a->origins, b->origins,
		       a->origin_count * sizeof *a->origins);
}

static void shift_number(const struct value *v, int64_t bytes,
			 struct value *out)
{
	switch (v->kind) {
	case VALUE_MULTIPLE:
		value_shift_multiple(v, bytes, out);
		break;
	case VALUE_PARAMETER:
		if (bytes > 4096 || bytes < -4096)
			break;
		/* fall through */
	case VALUE_CONSTANT:
	case VALUE_STATIC:
	case VALUE_STACK:
		out->number = (int64_t)((uint64_t)v->number +
					(uint64_t)bytes);
		break;
	case VALUE_HELD:
		out->number = v->number;
		break;
	case VALUE_ANY:
		if (v->is_pointer || v->origin_count || bytes <= 0 ||
		    bytes > ADDED_MOST)
			return;
		*out = value_number(VALUE_MULTIPLE, 1);
		out->type_offset = (int32_t)bytes;
		out->multiplied = v->multiplied;
		return;
	default:
		return;
	}
	out->kind = v->kind;
	out->index = v->index;
	if (v->kind == VALUE_MULTIPLE || v->kind == VALUE_PARAMETER)
		out->multiplied = v->multiplied;
	if (v->kind == VALUE_HELD && bytes && v->index == CARVE_EXACT)
		out->index = CARVE_STEP;
}

void value_follow_held(const struct value *a, const struct value *b,
		       bool subtract, struct value *sum)
{
	const struct value *held = a->kind == VALUE_HELD ? a : NULL;

	if (!subtract && b->kind == VALUE_HELD && (!held || !held->is_pointer))
		held = b;
	if (!held || sum->kind != VALUE_ANY)
		return;
	sum->kind = VALUE_HELD;
	sum->number = held->number;
	sum->index = CARVE_MOVED;
}

bool value_is_distance(const struct model *model, const struct value *record,
		       const struct value *v)
{
	return v->kind == VALUE_HELD && v->index == CARVE_EXACT &&
	       !v->is_pointer && record->is_pointer &&
	       shape_is_record(model, model_type_strip(model, record->type));
}

struct value value_shift(const struct value *value, int64_t bytes)
{
	struct value out = value_unknown();
	uint32_t n = 0;

	for (uint32_t i = 0; i < value->origin_count; i++) {
		int64_t delta = value->origins[i].delta + bytes;

		if (value->origins[i].delta == VALUE_INSIDE ||
		    delta > VALUE_FAR)
			delta = VALUE_INSIDE;
		else if (delta < -VALUE_FAR)
			continue;
		out.origins[n] = value->origins[i];
		out.origins[n++].delta = (int16_t)delta;
	}
	out.origin_count = (uint8_t)n;
	out.more = bytes ? VALUE_UNKNOWN : value->more;
	shift_number(value, bytes, &out);
	if (value->is_pointer && bytes > -(1 << 24) && bytes < (1 << 24)) {
		out.is_pointer = true;
		out.is_guess = value->is_guess;
		out.type = value->type;
		out.type_offset = value->type == MODEL_NONE ? 0 :
			value->type_offset + (int32_t)bytes;
	}
	return out;
}

struct value value_inside(const struct value *value)
{
	struct value out = value_unknown();

	for (uint32_t i = 0; i < value->origin_count; i++) {
		const struct value_origin *origin = &value->origins[i];
		uint8_t n = out.origin_count;

		/* Sorted by site: one of each is enough. */
		if (n && out.origins[n - 1].site == origin->site)
			continue;
		out.origins[n] = *origin;
		out.origins[n].delta = VALUE_INSIDE;
		out.origin_count++;
	}
	return out;
}

struct value value_aligned(const struct value *value)
{
	struct value out = value_inside(value);

	for (uint32_t i = 0; i < out.origin_count; i++)
		out.origins[i].partial |= VALUE_ALIGNED;
	return out;
}

bool value_is_register_parameter(const struct value *v, const struct abi *abi)
{
	return v->kind == VALUE_PARAMETER && !v->number &&
	       v->index < abi->argument_count;
}

struct value value_narrow(const struct value *value)
{
	struct value out = value_unknown();

	out.multiplied = value->multiplied;
	if (value->kind != VALUE_CONSTANT && value->kind != VALUE_MULTIPLE &&
	    value->kind != VALUE_PARAMETER && value->kind != VALUE_FACTOR)
		return out;
	out.kind = value->kind;
	out.number = value->number;
	out.index = value->index;
	if (value->kind == VALUE_MULTIPLE && !value->is_pointer)
		out.type_offset = value->type_offset;
	return out;
}
