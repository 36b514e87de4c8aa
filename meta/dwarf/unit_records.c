/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In C, units may define records of one tag in different ways, as drivers do
 * that share a declaration: pointers in merged types lead to any of them, and
 * what a unit's own code means is what it defines.
 */
#include <stdlib.h>

#include "meta/dwarf/hash.h"
#include "meta/dwarf/reader.h"

void unit_record_note(struct reader *reader, uint32_t type)
{
	const struct model_type *t = &reader->model->types.at[type];
	struct model_unit_record *record;

	if (reader->is_cxx || !t->tag || !t->size ||
	    (t->kind != ALLOC_KIND_STRUCT && t->kind != ALLOC_KIND_UNION))
		return;
	record = MODEL_APPEND(&reader->model->unit_records, 1);
	if (record)
		*record = (struct model_unit_record){
			.file = reader->unit_file, .type = type, .tag = t->tag,
		};
	else
		reader->exhausted = true;
}

enum { ONE, SEVERAL };

/* Notes in TAGS how many definitions each has. */
static void count_definitions(struct reader *reader, struct pointer_map *tags)
{
	const struct model *model = reader->model;

	for (uint32_t i = 0; i < model->types.count; i++) {
		const struct model_type *t = &model->types.at[i];

		if (!t->tag || !hash_kind_has_members(t->kind) ||
		    t->flags & ALLOTYPE_META_TYPE_DECLARATION)
			continue;
		if (!pointer_map_set(tags, t->tag,
				     pointer_map_find(tags, t->tag) ==
						     POINTER_MAP_NONE
					     ? ONE : SEVERAL))
			reader->exhausted = true;
	}
}

void unit_records_finish(struct reader *reader)
{
	struct model *model = reader->model;
	struct pointer_map tags = {0};
	uint32_t kept = 0;

	if (!model->unit_records.count)
		return;
	count_definitions(reader, &tags);
	for (uint32_t i = 0; i < model->unit_records.count; i++) {
		const struct model_unit_record *r = &model->unit_records.at[i];

		if (r->file != MODEL_NONE &&
		    pointer_map_find(&tags, r->tag) == SEVERAL)
			model->unit_records.at[kept++] = *r;
	}
	model->unit_records.count = kept;
	pointer_map_deinit(&tags);
	if (kept)
		qsort(model->unit_records.at, kept,
		      sizeof *model->unit_records.at,
		      model_unit_record_compare);
}
