/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/join.h"

#include <stdlib.h>
#include <string.h>

/* Where the parts of a model begin in the one that they are moved to. */
struct join {
	struct reader *reader;
	struct model *model;
	struct pointer_map strings; /* of the part -> at */
	MODEL_ARRAY(const char *) at;
	uint32_t *files;            /* new numbers of the part's */
	uint32_t types, members, subprograms, template_types, ranges,
		inlines, variables, unplaced, constants, locations;
};

/* Each string of the part is looked up but once. */
static void move_string(struct join *join, const char **string)
{
	const char *moved, **kept;
	uint32_t index;

	if (!*string)
		return;
	index = pointer_map_find(&join->strings, *string);
	if (index != POINTER_MAP_NONE) {
		*string = join->at.at[index];
		return;
	}
	moved = reader_intern(join->reader, *string);
	kept = MODEL_APPEND(&join->at, 1);
	if (!kept || !pointer_map_set(&join->strings, *string,
				      join->at.count - 1))
		join->reader->exhausted = true;
	else
		*kept = moved;
	*string = moved;
}

static void move_index(uint32_t *index, uint32_t by)
{
	if (*index != MODEL_NONE)
		*index += by;
}

static void move_file(const struct join *join, uint32_t *file)
{
	if (*file != MODEL_NONE)
		*file = join->files[*file];
}

/* Appends COUNT entries of SIZE bytes. */
static void *append(struct join *join, void **at, uint32_t *count,
		    uint32_t *capacity, size_t size, const void *entries,
		    uint32_t entry_count)
{
	void *moved;

	if (!entry_count || join->reader->exhausted)
		return NULL;
	moved = model_append(at, count, capacity, size, entry_count);
	if (moved)
		memcpy(moved, entries, size * entry_count);
	else
		join->reader->exhausted = true;
	return moved;
}

#define APPEND(join, part, array)                                          \
	append((join), (void **)&(join)->model->array.at,                  \
	       &(join)->model->array.count, &(join)->model->array.capacity, \
	       sizeof *(part)->array.at, (part)->array.at, (part)->array.count)

static void move_files(struct join *join, const struct model *part)
{
	for (uint32_t i = 0; i < part->files.count; i++) {
		const struct model_file *file = &part->files.at[i];
		uint32_t moved = reader_file_named(join->reader, file->name);

		join->files[i] = moved;
		if (moved == MODEL_NONE || !file->has_md5 ||
		    join->model->files.at[moved].has_md5)
			continue;
		memcpy(join->model->files.at[moved].md5, file->md5,
		       sizeof file->md5);
		join->model->files.at[moved].has_md5 = true;
	}
}

static void move_types(struct join *join, struct model *part)
{
	struct model_type *types = APPEND(join, part, types);
	struct model_member *members = APPEND(join, part, members);

	for (uint32_t i = 0; types && i < part->types.count; i++) {
		move_string(join, &types[i].name);
		move_string(join, &types[i].tag);
		move_index(&types[i].target, join->types);
		move_index(&types[i].definition, join->types);
		types[i].first += join->members;
	}
	for (uint32_t i = 0; members && i < part->members.count; i++) {
		move_string(join, &members[i].name);
		move_index(&members[i].type, join->types);
	}
}

static void move_statics(struct join *join, struct model *part)
{
	struct model_static *statics = APPEND(join, part, statics);

	for (uint32_t i = 0; statics && i < part->statics.count; i++) {
		move_string(join, &statics[i].name);
		move_index(&statics[i].type, join->types);
		move_file(join, &statics[i].file);
	}
}

static void move_declared(struct join *join, struct model *part)
{
	struct model_declared *declared = APPEND(join, part, declared);

	for (uint32_t i = 0; declared && i < part->declared.count; i++) {
		move_string(join, &declared[i].name);
		move_file(join, &declared[i].unit_file);
		move_index(&declared[i].type, join->types);
	}
}

static void move_subprograms(struct join *join, struct model *part)
{
	struct model_subprogram *s = APPEND(join, part, subprograms);
	uint32_t *arguments = APPEND(join, part, template_types);

	for (uint32_t i = 0; s && i < part->subprograms.count; i++) {
		move_string(join, &s[i].name);
		move_string(join, &s[i].linkage_name);
		move_string(join, &s[i].plain_name);
		move_index(&s[i].type, join->types);
		move_index(&s[i].container, join->types);
		s[i].template_first += join->template_types;
		move_file(join, &s[i].file);
	}
	for (uint32_t i = 0; arguments && i < part->template_types.count; i++)
		move_index(&arguments[i], join->types);
}

static void move_own_records(struct join *join, struct model *part)
{
	struct model_own_record *own = APPEND(join, part, own_records);

	for (uint32_t i = 0; own && i < part->own_records.count; i++) {
		move_file(join, &own[i].file);
		move_index(&own[i].type, join->types);
	}
}

static void move_unit_records(struct join *join, struct model *part)
{
	struct model_unit_record *at = APPEND(join, part, unit_records);

	for (uint32_t i = 0; at && i < part->unit_records.count; i++) {
		move_file(join, &at[i].file);
		move_string(join, &at[i].tag);
		move_index(&at[i].type, join->types);
	}
}

static void move_allocated(struct join *join, struct model *part)
{
	struct model_allocated *at = APPEND(join, part, allocated);

	for (uint32_t i = 0; at && i < part->allocated.count; i++)
		move_index(&at[i].type, join->types);
}

static void move_functions(struct join *join, struct model *part)
{
	struct model_function *f = APPEND(join, part, functions);
	struct model_inline *inlines = APPEND(join, part, inlines);

	APPEND(join, part, ranges);
	for (uint32_t i = 0; f && i < part->functions.count; i++) {
		move_string(join, &f[i].symbol);
		move_index(&f[i].subprogram, join->subprograms);
		move_file(join, &f[i].unit_file);
		f[i].range_first += join->ranges;
		f[i].variable_first += join->variables;
		f[i].inline_first += join->inlines;
		f[i].unplaced_first += join->unplaced;
		f[i].constant_first += join->constants;
	}
	for (uint32_t i = 0; inlines && i < part->inlines.count; i++) {
		move_index(&inlines[i].subprogram, join->subprograms);
		move_index(&inlines[i].parent, join->inlines);
		inlines[i].range_first += join->ranges;
		move_file(join, &inlines[i].call_file);
	}
}

static void move_variables(struct join *join, struct model *part)
{
	struct model_variable *v = APPEND(join, part, variables);

	APPEND(join, part, locations);
	for (uint32_t i = 0; v && i < part->variables.count; i++) {
		move_string(join, &v[i].name);
		move_index(&v[i].type, join->types);
		move_index(&v[i].instance, join->inlines);
		v[i].location_first += join->locations;
	}
}

static void move_unplaced(struct join *join, struct model *part)
{
	struct model_unplaced *at = APPEND(join, part, unplaced);

	for (uint32_t i = 0; at && i < part->unplaced.count; i++) {
		move_index(&at[i].type, join->types);
		move_index(&at[i].instance, join->inlines);
	}
}

static void move_constants(struct join *join, struct model *part)
{
	struct model_constant *at = APPEND(join, part, constants);

	for (uint32_t i = 0; at && i < part->constants.count; i++)
		move_index(&at[i].instance, join->inlines);
}

static void move_lines(struct join *join, struct model *part)
{
	struct model_line *lines = APPEND(join, part, lines);

	for (uint32_t i = 0; lines && i < part->lines.count; i++)
		move_file(join, &lines[i].file);
}

void model_join(struct reader *reader, struct model *part)
{
	struct model *model = reader->model;
	struct join join = {
		.reader = reader, .model = model,
		.types = model->types.count,
		.members = model->members.count,
		.subprograms = model->subprograms.count,
		.template_types = model->template_types.count,
		.ranges = model->ranges.count,
		.inlines = model->inlines.count,
		.variables = model->variables.count,
		.unplaced = model->unplaced.count,
		.constants = model->constants.count,
		.locations = model->locations.count,
	};
	struct reader_mark mark;

	reader_mark(reader, &mark);
	join.files = calloc(part->files.count + 1, sizeof *join.files);
	if (join.files) {
		move_files(&join, part);
		move_types(&join, part);
		move_statics(&join, part);
		move_declared(&join, part);
		move_subprograms(&join, part);
		move_own_records(&join, part);
		move_unit_records(&join, part);
		move_allocated(&join, part);
		move_functions(&join, part);
		move_variables(&join, part);
		move_unplaced(&join, part);
		move_constants(&join, part);
		move_lines(&join, part);
	} else {
		reader->exhausted = true;
	}
	if (!reader->exhausted)
		reader_types_merge(reader, &mark);
	free(join.files);
	free(join.at.at);
	pointer_map_deinit(&join.strings);
}
