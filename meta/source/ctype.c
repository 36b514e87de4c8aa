/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/ctype.h"

enum { DIMENSION_LIMIT = 16, POINTER_LIMIT = 16 };

static const struct model_type *stripped(const struct scope *scope,
					 uint32_t type)
{
	uint32_t index = model_type_strip(scope->model, type);

	return index < scope->model->types.count ?
		       &scope->model->types.at[index] : NULL;
}

bool ctype_pointee(const struct scope *scope, struct ctype type,
		   struct ctype *pointee)
{
	const struct model_type *t = stripped(scope, type.type);

	if (!type.known)
		return false;
	*pointee = type;
	pointee->array = false;
	if (type.array)
		return true;
	if (type.pointers) {
		pointee->pointers--;
		return true;
	}
	if (t && t->kind == ALLOC_KIND_ARRAY) {
		pointee->type = t->target;
		return true;
	}
	return model_type_pointee(scope->model, type.type, &pointee->type);
}

struct ctype ctype_element(const struct scope *scope, struct ctype type,
			   bool *was_array)
{
	bool array = type.array;

	type.array = false;
	for (int i = 0; i < DIMENSION_LIMIT && !type.pointers; i++) {
		const struct model_type *t = stripped(scope, type.type);

		if (!t || t->kind != ALLOC_KIND_ARRAY)
			break;
		type.type = t->target;
		array = true;
	}
	type.type = model_type_unqualified(scope->model, type.type);
	if (was_array)
		*was_array = array;
	return type;
}

bool ctype_same(const struct scope *scope, struct ctype a, struct ctype b)
{
	for (int i = 0; i < POINTER_LIMIT && a.known && b.known; i++) {
		bool is_pointer;

		if (a.pointers == b.pointers &&
		    model_type_strip(scope->model, a.type) ==
			    model_type_strip(scope->model, b.type))
			return true;
		is_pointer = ctype_pointee(scope, a, &a);
		if (is_pointer != ctype_pointee(scope, b, &b) || !is_pointer)
			return false;
	}
	return false;
}

bool ctype_is_bytes(const struct scope *scope, struct ctype type)
{
	return type.known && !type.pointers &&
	       model_type_is_bytes(scope->model, type.type);
}

bool ctype_is_record(const struct scope *scope, struct ctype type)
{
	const struct model_type *t = stripped(scope, type.type);

	return type.known && !type.pointers && t &&
	       (t->kind == ALLOC_KIND_STRUCT || t->kind == ALLOC_KIND_UNION);
}

uint64_t ctype_size(const struct scope *scope, struct ctype type)
{
	if (!type.known)
		return 0;
	if (type.pointers)
		return 8;
	return model_type_size(scope->model, type.type);
}

uint32_t ctype_index(const struct scope *scope, struct ctype type)
{
	uint32_t index = type.type, other;

	if (!type.known)
		return MODEL_NONE;
	while (type.pointers--) {
		other = names_pointer(scope->names, index);
		if (other == MODEL_NONE)
			other = names_pointer(scope->names,
					      model_type_strip(scope->model,
							       index));
		if (other == MODEL_NONE)
			return MODEL_NONE;
		index = other;
	}
	return index;
}
