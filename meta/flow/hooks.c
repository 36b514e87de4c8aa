/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/hooks.h"

#include <string.h>

#include "meta/flow/shape.h"
#include "meta/flow/size.h"

#define NO ALLOCATOR_NO_PARAMETER

enum { ORIGIN_MOST = 4 }; /* file, function, line and module */

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

static bool is_unsigned(const struct model *model, uint32_t type)
{
	const uint8_t unsigned_number = 7; /* DW_ATE_unsigned */

	return model->types.at[model_type_strip(model, type)].encoding ==
	       unsigned_number;
}

/* Which of the NUMBERS from parameter FIRST on are multiplied for the size.  Two
 * may as well be a size and its alignment, or flags, or the old size and the
 * new. */
static void describe_sizes(const struct model *model,
			   const struct model_type *function, bool grows,
			   uint32_t first, uint32_t numbers,
			   struct allocator *hook)
{
	const struct model_member *at =
		&model->members.at[function->first + first];

	hook->sizes[0] = (int8_t)(grows ? first + numbers - 1 : first);
	if (numbers == 1)
		return;
	hook->flags |= ALLOCATOR_APPROXIMATE;
	if (!grows && is_unsigned(model, at[0].type) &&
	    is_unsigned(model, at[1].type) &&
	    model_type_size(model, at[0].type) ==
		    model_type_size(model, at[1].type))
		hook->sizes[1] = (int8_t)(first + 1);
}

static bool is_text(const struct model *model, uint32_t type)
{
	uint32_t pointee;

	return !shape_is_void_pointer(model, type) &&
	       model_type_pointee(model, type, &pointee) &&
	       model_type_is_bytes(model, pointee);
}

/* char *, as memory was before there was void *. */
static bool is_old_memory(const struct model *model, uint32_t type)
{
	uint32_t pointee;

	return is_text(model, type) &&
	       model_type_pointee(model, type, &pointee) &&
	       model_type_unqualified(model, pointee) == pointee;
}

/* To a record, of which others allocate parts. */
static bool is_pool(const struct model *model, uint32_t type)
{
	uint32_t pointee;

	return model_type_pointee(model, type, &pointee) &&
	       shape_is_record(model, model_type_strip(model, pointee));
}

/* What a function takes, in this order. */
struct taken {
	bool pool;         /* a record first */
	uint32_t pointers; /* a pool, or what grows */
	uint32_t numbers;
	uint32_t origin;   /* texts: file, line and the like, from one on */
};

/* IS_MEMORY tells the pointers. */
static bool take(const struct model *model, const struct model_type *function,
		 bool (*is_memory)(const struct model *, uint32_t type),
		 struct taken *taken)
{
	for (uint32_t i = 0; i < function->count; i++) {
		uint32_t type = model->members.at[function->first + i].type;
		bool number = size_is_number(model, type);

		if (!i && is_pool(model, type))
			taken->pool = true;
		else if (!taken->numbers && !taken->origin &&
			 is_memory(model, type))
			taken->pointers++;
		else if (is_text(model, type) || (number && taken->origin))
			taken->origin++;
		else if (number)
			taken->numbers++;
		else
			return false;
	}
	return true;
}

/* void *(void *pool, size), (count, size) or (void *old, size), and the like:
 * at most two numbers, behind at most two void *, and before who calls.  Where
 * memory is char *, what is taken may be a text, but not a pool.  A pool may be a
 * record of the file's own, IS_OWN: who knows what other libraries take. */
static bool describe(const struct model *model, const char *name,
		     uint32_t function, bool is_own, struct allocator *hook)
{
	const struct model_type *t = &model->types.at[function];
	bool is_old = is_old_memory(model, t->target);
	bool grows = strcasestr(name, "realloc");
	struct taken taken = { 0 };
	uint32_t pointers, numbers;

	if ((!is_old && !shape_is_void_pointer(model, t->target)) ||
	    !take(model, t, is_old ? is_old_memory : shape_is_void_pointer,
		  &taken))
		return false;
	pointers = taken.pointers;
	numbers = taken.numbers;
	if (!numbers || numbers > 2 || taken.origin > ORIGIN_MOST ||
	    pointers + taken.pool > (grows ? 2 : 1) ||
	    (is_old && pointers != grows) || (taken.pool && !is_own))
		return false;
	if (grows && pointers)
		hook->old = (int8_t)(taken.pool + pointers - 1);
	describe_sizes(model, t, grows, taken.pool + pointers, numbers, hook);
	return true;
}

static void hook_init(struct allocator *hook, const char *name)
{
	memset(hook, 0, sizeof *hook);
	hook->name = name;
	hook->type = MODEL_NONE;
	hook->sizes[0] = hook->sizes[1] = NO;
	hook->old = hook->out = hook->copied = NO;
}

/* Does FUNCTION, which NAME is given to or to a pointer to it, allocate? */
static bool is_hook(const struct model *model, const char *name,
		    uint32_t function, struct allocator *hook)
{
	hook_init(hook, name);
	return describe(model, name, function, true, hook);
}

/* The next pointer to a function, or function, that has a name; as
 * hooks_next. */
static bool next_named(const struct model *model, uint32_t *at,
		       const char **name, uint32_t *function)
{
	uint32_t types = model->types.count;

	for (; *at < types + model->members.count; ++*at) {
		uint32_t type = *at;

		if (*at < types) {
			*name = model->types.at[*at].kind == ALLOC_KIND_TYPEDEF
					? model->types.at[*at].name : NULL;
		} else {
			*name = model->members.at[*at - types].name;
			type = model->members.at[*at - types].type;
		}
		*function = *name ? function_of(model, type) : MODEL_NONE;
		if (*function != MODEL_NONE)
			return ++*at;
	}
	return false;
}

bool hooks_next(const struct model *model, uint32_t *at, uint32_t *function,
		struct allocator *hook)
{
	const char *name;

	while (next_named(model, at, &name, function))
		if (strcasestr(name, "alloc") &&
		    is_hook(model, name, *function, hook))
			return true;
	return false;
}

bool hooks_next_other(const struct model *model, uint32_t *at,
		      uint32_t *function)
{
	const char *name;

	while (next_named(model, at, &name, function))
		if (!strcasestr(name, "alloc") && !strcasestr(name, "resize"))
			return true;
	return false;
}

/* Allocating, not what was allocated, or who does it. */
static bool says_allocates(const char *name)
{
	const char *at = strcasestr(name, "alloc");

	return strcasestr(name, "memdup") ||
	       (at && strncmp(at + 5, "at", 2) != 0) ||
	       (at && strncmp(at + 5, "ate", 3) == 0 && at[8] != 'd');
}

/* char *copy(const char *), and the like; not out of pools. */
static bool makes_text(const struct model *model, const char *name,
		       uint32_t function)
{
	const struct model_type *t = &model->types.at[function];
	struct taken taken = { 0 };

	return is_text(model, t->target) &&
	       (strcasestr(name, "strdup") || strcasestr(name, "strndup") ||
		says_allocates(name)) &&
	       take(model, t, shape_is_void_pointer, &taken) &&
	       !taken.pool && taken.origin;
}

/* As the C library's function that its name ends in does, for all one knows. */
static bool describe_by_name(const char *symbol, struct allocator *hook)
{
	const char *letters = allocators_signature_like(symbol);
	int8_t number = 0;

	if (!letters)
		return false;
	hook->flags = *letters == 'c' ? ALLOCATOR_BYTES : ALLOCATOR_APPROXIMATE;
	for (const char *at = letters + 1; *at && *letters == 'p'; at++) {
		if (*at == 'p')
			hook->old = number;
		else
			hook->sizes[hook->sizes[0] == NO ? 0 : 1] = number;
		number++;
	}
	return true;
}

bool hooks_describe_import(const struct model *model, const char *symbol,
			   uint32_t function, struct allocator *hook)
{
	/* Names of other languages spell types, too. */
	if (strncmp(symbol, "_Z", 2) == 0 || strncmp(symbol, "_R", 2) == 0)
		return false;
	hook_init(hook, symbol);
	hook->symbol = symbol;
	if (function == MODEL_NONE)
		return describe_by_name(symbol, hook);
	if (makes_text(model, symbol, function)) {
		hook->flags = ALLOCATOR_BYTES;
		return true;
	}
	return says_allocates(symbol) &&
	       describe(model, symbol, function, false, hook);
}
