/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel put at the top of the main thread's stack: the argument
 * and environment vectors, the auxiliary vector and their strings (System V
 * AMD64 psABI 3.4.1).
 */
#include "query/find.h"
#include "type/types.h"

enum { STRING_MAX = 128 * 1024 /* MAX_ARG_STRLEN of Linux */ };

/* Is ADDRESS in COUNT entries of SIZE bytes at BASE?  They are LEAF then. */
static bool set_vector(struct query_leaf *leaf, uint64_t address,
		       uint64_t base, uint64_t count, uint64_t size,
		       const char *name)
{
	if (!base || address < base || (address - base) / size >= count)
		return false;
	query_leaf_set(leaf, QUERY_AUXV, base, count * size);
	leaf->info.name = name;
	return true;
}

static char byte_at(const struct query_view *view, uint64_t address)
{
	char buffer;
	const char *byte = SPACE_VIEW(view->space, address, &buffer);

	return byte ? *byte : '\0';
}

static bool set_string(const struct query_view *view, struct query_leaf *leaf,
		       uint64_t address, const struct allotype_start *start)
{
	uint64_t base = address, limit = address;

	if (address < start->strings || address >= start->strings_limit)
		return false;
	while (base > start->strings && address - base < STRING_MAX &&
	       byte_at(view, base - 1))
		base--;
	while (limit < start->strings_limit && limit - address < STRING_MAX &&
	       byte_at(view, limit))
		limit++;
	if (limit < start->strings_limit)
		limit++; /* the NUL */
	query_leaf_set(leaf, QUERY_AUXV, base, limit - base);
	query_leaf_set_type(leaf,
			    types_array(types_builtin(TYPES_CHAR),
					limit - base),
			    ALLOC_EVIDENCE_SYSTEM, 100);
	return true;
}

bool query_find_start(const struct query_view *view, uint64_t address,
		      struct query_leaf *leaf)
{
	struct allotype_start buffer;
	const struct allotype_start *start;
	const struct alloc_type *entry;
	uint64_t count;

	if (!view->index->start)
		return false;
	start = SPACE_VIEW(view->space, view->index->start, &buffer);
	if (!start)
		return false;
	if (set_string(view, leaf, address, start))
		return true;
	entry = types_pointer(types_builtin(TYPES_CHAR));
	if (set_vector(leaf, address, start->argv, start->argc + 1, 8,
		       "argv")) {
		count = start->argc + 1;
	} else if (set_vector(leaf, address, start->envp,
			      start->env_count + 1, 8, "environ")) {
		count = start->env_count + 1;
	} else if (set_vector(leaf, address, start->auxv, start->auxv_count,
			      16, "auxv")) {
		count = start->auxv_count * 2;
		entry = types_builtin(TYPES_UNSIGNED_LONG);
	} else {
		return false;
	}
	query_leaf_set_type(leaf, types_array(entry, count),
			    ALLOC_EVIDENCE_SYSTEM, 100);
	return true;
}
