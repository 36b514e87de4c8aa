/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "allotype.h"

/* Weights of certain evidence and of evidence on some ways only.  What the
 * source says outweighs what the code does with the pointer. */
static const struct {
	int8_t certain, partial;
	uint32_t name;
} kinds[EVIDENCE_KINDS] = {
	[EVIDENCE_VARIABLE] = { 5, 2, ALLOC_EVIDENCE_VARIABLE },
	[EVIDENCE_MEMBER] = { 5, 3, ALLOC_EVIDENCE_MEMBER },
	[EVIDENCE_GLOBAL] = { 5, 3, ALLOC_EVIDENCE_GLOBAL },
	[EVIDENCE_RETURN] = { 5, 3, ALLOC_EVIDENCE_RETURN },
	[EVIDENCE_ARGUMENT] = { 2, 1, ALLOC_EVIDENCE_ARGUMENT },
	[EVIDENCE_INLINED] = { 4, 2, ALLOC_EVIDENCE_ARGUMENT },
	[EVIDENCE_CONSTRUCTOR] = { 6, 4, ALLOC_EVIDENCE_CONSTRUCTOR },
	[EVIDENCE_REALLOC] = { 5, 3, ALLOC_EVIDENCE_REALLOC },
	[EVIDENCE_UNION] = { 1, 1, ALLOC_EVIDENCE_MEMBER },
	[EVIDENCE_NEIGHBOUR] = { 3, 2, ALLOC_EVIDENCE_MEMBER },
	[EVIDENCE_TEMPLATE] = { 14, 14, ALLOC_EVIDENCE_TEMPLATE },
	[EVIDENCE_CALLEE] = { 2, 2, ALLOC_EVIDENCE_CALLEE },
	[EVIDENCE_SIZEOF] = { 16, 16, ALLOC_EVIDENCE_SIZEOF },
	[EVIDENCE_CAST] = { 9, 9, ALLOC_EVIDENCE_CAST },
	[EVIDENCE_THROWN] = { 20, 20, ALLOC_EVIDENCE_CALLEE },
	[EVIDENCE_TABLE] = { 6, 4, ALLOC_EVIDENCE_VTABLE },
	[EVIDENCE_HANDLE] = { 1, 1, ALLOC_EVIDENCE_VARIABLE },
	[EVIDENCE_PART] = { 4, 4, ALLOC_EVIDENCE_CONSTRUCTOR },
	[EVIDENCE_COPY] = { 1, 1, ALLOC_EVIDENCE_ARGUMENT },
	[EVIDENCE_DUPLICATE] = { 7, 5, ALLOC_EVIDENCE_ARGUMENT },
	[EVIDENCE_SHAPE] = { 1, 1, ALLOC_EVIDENCE_SIZE },
	[EVIDENCE_TAG] = { 7, 7, ALLOC_EVIDENCE_SIZE },
	[EVIDENCE_DECLARED] = { 60, 60, ALLOC_EVIDENCE_DECLARED },
	[EVIDENCE_COMPILER] = { 20, 20, ALLOC_EVIDENCE_COMPILER },
};

int evidence_weight(const struct evidence *evidence)
{
	return evidence->partial ? kinds[evidence->kind].partial
				 : kinds[evidence->kind].certain;
}

uint32_t evidence_public(enum evidence_kind kind)
{
	return kinds[kind].name;
}

enum status evidence_add(struct evidence_list *list,
			 const struct evidence *evidence)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct evidence *e = &list->at[i];

		if (e->type == evidence->type && e->kind == evidence->kind &&
		    e->offset == evidence->offset &&
		    e->partial == evidence->partial)
			return STATUS_OK;
	}
	if (list->count == list->capacity) {
		uint32_t capacity = list->capacity ? list->capacity * 2 : 8;
		struct evidence *at = reallocarray(list->at, capacity,
						   sizeof *at);

		if (!at)
			return STATUS_NO_MEMORY;
		list->at = at;
		list->capacity = capacity;
	}
	list->at[list->count++] = *evidence;
	return STATUS_OK;
}

void evidence_clear(struct evidence_list *list)
{
	list->count = 0;
}

void evidence_deinit(struct evidence_list *list)
{
	free(list->at);
	memset(list, 0, sizeof *list);
}

bool evidence_is_kept(uint32_t kind)
{
	return kind == EVIDENCE_VARIABLE || kind == EVIDENCE_MEMBER ||
	       kind == EVIDENCE_GLOBAL || kind == EVIDENCE_RETURN;
}
