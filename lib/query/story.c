/* SPDX-License-Identifier: Apache-2.0 */
/* The stories of heap/misuse.h with names and types, and of memory that is
 * not the heap's. */
#include "heap/misuse.h"
#include "query/describe.h"
#include "query/site.h"
#include "query/view_local.h"

/* What a pointer that the heap never gave points to. */
static const char *foreign_words(const struct query_leaf *leaf)
{
	switch (leaf->kind) {
	case QUERY_NONE:
		return "unmapped memory";
	case QUERY_STATIC_FILE:
	case QUERY_STATIC_SEGMENT:
	case QUERY_STATIC_SECTION:
	case QUERY_STATIC_SYMBOL:
		return "static memory";
	case QUERY_STACK:
	case QUERY_STACKFRAME:
	case QUERY_AUXV:
		return "stack memory";
	case QUERY_TLS:
		return "thread-local memory";
	default:
		return NULL;
	}
}

/* How heap memory came to be out of use. */
static const char *fault_words(const struct query_leaf *leaf)
{
	if (leaf->info.status == ALLOC_FREED)
		return " after free";
	return leaf->info.status == ALLOC_UNUSED && leaf->site ?
		       " past the end" : NULL;
}

static void append_caller(struct text *text, const struct misuse *misuse)
{
	struct alloc_site code;

	if (!misuse->caller)
		return;
	query_code_at(&query_view_local, misuse->caller,
		      misuse->kind < MISUSE_FAULT_READ, &code);
	text_append(text, " in ");
	describe_code(text, &code);
}

bool misuse_tell(struct text *text, const struct misuse *misuse)
{
	bool fault = misuse->kind >= MISUSE_FAULT_READ;
	struct query_path path;

	if (!__atomic_load_n(&query_view_local.index->files, __ATOMIC_ACQUIRE))
		return false;
	query_path_find_inner(&query_view_local, misuse->address, &path);
	misuse_append_kind(text, misuse, fault ? fault_words(&path.leaf) :
						 foreign_words(&path.leaf));
	text_append(text, ": ");
	misuse_append_call(text, misuse);
	append_caller(text, misuse);
	misuse_append_class(text, misuse);
	if (path.leaf.kind == QUERY_NONE)
		return true;
	text_append(text, ": ");
	describe_object(text, &query_view_local, &path);
	return true;
}
