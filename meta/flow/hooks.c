/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/hooks.h"

#include <string.h>

#include "meta/flow/shape.h"
#include "meta/flow/size.h"

#define NO ALLOCATOR_NO_PARAMETER

/* The function that TYPE is, or points to, or MODEL_NONE. */
static uint32_t function_of(const struct model *model, uint32_t type)
{
	uint32_t bare = model_type_strip(model, type), pointee;

	if (model_type_pointee(model, bare, &pointee))
		bare = model_type_strip(model, pointee);
	return bare != MODEL_NONE &&
			       model->types.at[bare].kind == ALLOC_KIND_FUNCTION
		       ? bare : MODEL_NONE;
}

/* void *(void *pool, size), (count, size) or (void *old, size), and the like:
 * at most two sizes, behind all else, and void *. */
static bool describe(const struct model *model, const char *name,
		     uint32_t function, struct allocator *hook)
{
	const struct model_type *t = &model->types.at[function];
	bool grows = strcasestr(name, "realloc");
	uint32_t sizes = 0, pointers = 0;

	if (!shape_is_void_pointer(model, t->target))
		return false;
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t type = model->members.at[t->first + i].type;

		if (size_is_number(model, type)) {
			if (sizes == 2)
				return false;
			hook->sizes[sizes++] = (int8_t)i;
		} else if (!shape_is_void_pointer(model, type) || sizes) {
			return false;
		} else {
			pointers++;
		}
	}
	if (grows && pointers)
		hook->old = (int8_t)(pointers - 1);
	return sizes && pointers <= (grows ? 2 : 1);
}

/* Does FUNCTION, which NAME is given to or to a pointer to it, allocate? */
static bool is_hook(const struct model *model, const char *name,
		    uint32_t function, struct allocator *hook)
{
	if (function == MODEL_NONE)
		return false;
	memset(hook, 0, sizeof *hook);
	hook->name = name;
	hook->type = MODEL_NONE;
	hook->sizes[0] = hook->sizes[1] = NO;
	hook->old = hook->out = hook->copied = NO;
	return describe(model, name, function, hook);
}

bool hooks_next(const struct model *model, uint32_t *at, uint32_t *function,
		struct allocator *hook)
{
	uint32_t types = model->types.count;

	for (; *at < types; ++*at) {
		const struct model_type *t = &model->types.at[*at];

		if (t->kind != ALLOC_KIND_TYPEDEF || !t->name ||
		    !strcasestr(t->name, "alloc"))
			continue;
		*function = function_of(model, *at);
		if (is_hook(model, t->name, *function, hook))
			return ++*at;
	}
	for (; *at < types + model->members.count; ++*at) {
		const struct model_member *m = &model->members.at[*at - types];

		if (!m->name || !strcasestr(m->name, "alloc"))
			continue;
		*function = function_of(model, m->type);
		if (is_hook(model, m->name, *function, hook))
			return ++*at;
	}
	return false;
}
