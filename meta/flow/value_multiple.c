/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are multiples of something, and what was added to them. */
#include <stdlib.h>

#include "meta/flow/value.h"

enum { FACTOR_MOST = 1 << 20, ADDED_LIMIT = 1 << 24 };

uint64_t value_common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

int64_t value_divisor(const struct value *multiple)
{
	uint64_t added = multiple->is_pointer ? 0 :
		(uint64_t)llabs(multiple->type_offset);

	return (int64_t)value_common_divisor((uint64_t)multiple->number, added);
}

/* What was added to V before it is multiplied. */
static int64_t added_to(const struct value *v)
{
	if (v->kind == VALUE_PARAMETER)
		return v->number;
	return v->kind == VALUE_MULTIPLE && !v->is_pointer ? v->type_offset : 0;
}

struct value value_times(const struct value *value, int64_t factor)
{
	struct value product;
	int64_t added = 0;

	if (value->kind == VALUE_CONSTANT)
		return value_number(VALUE_CONSTANT,
			(int64_t)((uint64_t)value->number *
				  (uint64_t)factor));
	if (factor > 0 && factor < FACTOR_MOST)
		added = factor * added_to(value);
	if (value->kind == VALUE_MULTIPLE)
		factor = (int64_t)((uint64_t)factor *
				   (uint64_t)value->number);
	if (factor < 0)
		factor = -(factor + 1) + 1;
	if (factor < 2 || factor > 1 << 30)
		return value_unknown();
	product = value_number(VALUE_MULTIPLE, factor);
	product.multiplied = value->multiplied;
	if (added > 0 && added < INT32_MAX)
		product.type_offset = (int32_t)added;
	return product;
}

/* V is TIMES the number that it is a multiple of, and ADDED. */
static bool is_multiple(const struct value *v, int64_t *times, int64_t *added)
{
	if (!v->multiplied || v->is_pointer || v->origin_count)
		return false;
	*times = v->kind == VALUE_MULTIPLE ? v->number : 1;
	*added = added_to(v);
	return *times < FACTOR_MOST;
}

bool value_add_multiples(const struct value *a, const struct value *b,
			 int64_t times, struct value *sum)
{
	int64_t a_times, b_times, a_added, b_added, added;

	if (a->multiplied != b->multiplied ||
	    !is_multiple(a, &a_times, &a_added) ||
	    !is_multiple(b, &b_times, &b_added))
		return false;
	added = a_added + b_added * times;
	if (a_times + b_times * times < 2 || added < 0 || added > INT32_MAX)
		return false;
	*sum = value_number(VALUE_MULTIPLE, a_times + b_times * times);
	sum->type_offset = (int32_t)added;
	sum->multiplied = a->multiplied;
	return true;
}

bool value_is_unnamed(const struct value *v)
{
	return !v->multiplied && !v->is_pointer && !v->origin_count &&
	       (v->kind == VALUE_ANY || v->kind == VALUE_HELD ||
		v->kind == VALUE_PARAMETER ||
		(v->kind == VALUE_MULTIPLE && v->number <= 1));
}

void value_shift_multiple(const struct value *v, int64_t bytes,
			  struct value *out)
{
	bool near = bytes > -ADDED_LIMIT && bytes < ADDED_LIMIT;
	int64_t added = near ? v->type_offset + bytes : 0;

	out->number = v->number;
	if (near && !v->is_pointer && added > -ADDED_LIMIT && added < ADDED_LIMIT)
		out->type_offset = (int32_t)added;
	else
		out->number = (int64_t)value_common_divisor(
			(uint64_t)value_divisor(v),
			bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes);
}
