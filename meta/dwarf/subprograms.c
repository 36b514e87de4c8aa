/* SPDX-License-Identifier: Apache-2.0 */
/* Functions as programmed, behind all their instances. */
#include "meta/dwarf/reader.h"

#include <ctype.h>
#include <dwarf.h>
#include <string.h>

/* Without template arguments: "make_unique<foo>" is make_unique; operators
 * keep their signs. */
static const char *plain_name(struct reader *reader, const char *name)
{
	const char *angle = strchr(name, '<');
	size_t size = angle ? (size_t)(angle - name) : strlen(name);

	if (!strncmp(name, "operator", 8) && name[8] != '_' &&
	    !isalnum((unsigned char)name[8]))
		size = strlen(name);
	name = model_intern(reader->model, name, size);
	if (!name)
		reader->exhausted = true;
	return name;
}

static void template_add(struct reader *reader, Dwarf_Die *parameter)
{
	uint32_t type = reader_type_of(reader, parameter);
	uint32_t *entry = MODEL_APPEND(&reader->model->template_types, 1);

	if (entry)
		*entry = type;
	else
		reader->exhausted = true;
}

static void templates_collect(struct reader *reader, Dwarf_Die *die, bool packs)
{
	Dwarf_Die child;

	if (!die_child(die, &child))
		return;
	do {
		int tag = die_tag(&child);

		if (tag == DW_TAG_template_type_parameter)
			template_add(reader, &child);
		else if (tag == DW_TAG_GNU_template_parameter_pack && packs)
			templates_collect(reader, &child, false);
	} while (die_next(&child));
}

/* Copies the COUNT template types from FIRST on, to the end. */
static void templates_repeat(struct reader *reader,
			     const struct reader_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t *entry = MODEL_APPEND(&reader->model->template_types,
					       1);

		if (!entry) {
			reader->exhausted = true;
			return;
		}
		*entry = reader->model->template_types.at[list->first + i];
	}
}

/* A class is looked through for the first of its functions only. */
static void templates_of_class(struct reader *reader, Dwarf_Die *class)
{
	uint32_t first = reader->model->template_types.count;
	uint32_t known = pointer_map_find(&reader->templates, class->addr);
	struct reader_list *list;

	if (known != POINTER_MAP_NONE) {
		struct reader_list copy = reader->template_lists.at[known];

		templates_repeat(reader, &copy);
		return;
	}
	templates_collect(reader, class, true);
	list = MODEL_APPEND(&reader->template_lists, 1);
	if (!list || !pointer_map_set(&reader->templates, class->addr,
				      reader->template_lists.count - 1)) {
		reader->exhausted = true;
		return;
	}
	list->first = first;
	list->count = reader->model->template_types.count - first;
}

/* The function's own template arguments, then those of its class. */
static void templates_read(struct reader *reader, Dwarf_Die *root,
			   const struct reader_scope *scope, uint32_t index)
{
	uint32_t first = reader->model->template_types.count;
	struct model_subprogram *subprogram;
	Dwarf_Die container;

	/* Independent units have but what is of their language. */
	if (reader->is_cxx || !reader->independent)
		templates_collect(reader, root, true);
	if (scope && scope->in_class) {
		container = scope->container;
		templates_of_class(reader, &container);
	}
	subprogram = &reader->model->subprograms.at[index];
	subprogram->template_first = first;
	subprogram->template_count =
		reader->model->template_types.count - first;
}

/* Numbers the parameters of an abstract instance, for those that name them as
 * their origin. */
static bool parameters_number(struct reader *reader, Dwarf_Die *die)
{
	uint32_t number = 0;
	bool has_this = false;
	Dwarf_Die child;

	if (!die_child(die, &child))
		return false;
	do {
		if (die_tag(&child) != DW_TAG_formal_parameter)
			continue;
		if (!number && die_flag(&child, DW_AT_artificial))
			has_this = true;
		if (!pointer_map_set(&reader->parameters, child.addr, number++))
			reader->exhausted = true;
	} while (die_next(&child));
	return has_this;
}

static void member_function(struct reader *reader, uint32_t index,
			    const struct reader_scope *scope, bool has_this)
{
	struct model *model = reader->model;
	struct model_subprogram *s;
	const char *name, *class_name;
	Dwarf_Die container = scope->container;
	uint32_t type = reader_type(reader, &container);

	class_name = die_name(&container);
	s = &model->subprograms.at[index];
	s->container = type;
	if (has_this)
		s->flags |= MODEL_SUBPROGRAM_METHOD;
	name = s->plain_name;
	if (!name || !class_name || !has_this)
		return;
	if (name[0] == '~')
		s->flags |= MODEL_SUBPROGRAM_DESTRUCTOR;
	else if (!strcmp(plain_name(reader, class_name), name))
		s->flags |= MODEL_SUBPROGRAM_CONSTRUCTOR;
}

static uint32_t subprogram_create(struct reader *reader, Dwarf_Die *root)
{
	struct model *model = reader->model;
	const struct reader_scope *found = reader_scope(reader, root);
	struct reader_scope scope = {0};
	const char *name = die_name(root);
	const char *linkage = die_linkage_name(root);
	struct model_subprogram *s = MODEL_APPEND(&model->subprograms, 1);
	uint32_t index = model->subprograms.count - 1, type;
	bool has_this;

	if (!s || !pointer_map_set(&reader->subprograms, root->addr, index)) {
		reader->exhausted = true;
		return MODEL_NONE;
	}
	if (found)
		scope = *found;
	s->container = MODEL_NONE;
	s->type = MODEL_NONE;
	if (name) {
		s->name = reader_qualify(reader, root, name);
		s->plain_name = plain_name(reader, name);
	}
	s->linkage_name = linkage ? reader_intern(reader, linkage) : s->name;
	if (die_flag(root, DW_AT_external))
		s->flags |= MODEL_SUBPROGRAM_EXTERNAL;
	if (die_flag(root, DW_AT_noreturn))
		s->flags |= MODEL_SUBPROGRAM_NORETURN;
	reader_declared_at(reader, root, &s->file, &s->line);
	type = reader_function_type(reader, root);
	model->subprograms.at[index].type = type;
	templates_read(reader, root, &scope, index);
	has_this = parameters_number(reader, root);
	if (scope.in_class)
		member_function(reader, index, &scope, has_this);
	return index;
}

/* What an instance says better than a declaration does. */
static void subprogram_refine(struct reader *reader, Dwarf_Die *die,
			      uint32_t index)
{
	struct model_subprogram *s = &reader->model->subprograms.at[index];
	const char *linkage;
	uint32_t file, line;

	if (die_flag(die, DW_AT_noreturn))
		s->flags |= MODEL_SUBPROGRAM_NORETURN;
	linkage = die_linkage_name(die);
	if (linkage && s->linkage_name == s->name)
		s->linkage_name = reader_intern(reader, linkage);
	reader_declared_at(reader, die, &file, &line);
	s = &reader->model->subprograms.at[index];
	if (line && file != MODEL_NONE) {
		s->file = file;
		s->line = line;
	}
}

uint32_t reader_subprogram(struct reader *reader, Dwarf_Die *die)
{
	Dwarf_Die root = die_root(die), origin;
	uint32_t index = pointer_map_find(&reader->subprograms, root.addr);

	if (index == POINTER_MAP_NONE)
		index = subprogram_create(reader, &root);
	if (index == MODEL_NONE || root.addr == die->addr)
		return index;
	if (pointer_map_find(&reader->subprograms, die->addr) !=
	    POINTER_MAP_NONE)
		return index;
	/* An out-of-class definition or abstract instance, met first. */
	if (!pointer_map_set(&reader->subprograms, die->addr, index))
		reader->exhausted = true;
	subprogram_refine(reader, die, index);
	if (!die_reference(die, DW_AT_abstract_origin, &origin)) {
		parameters_number(reader, die);
		if (!reader->model->subprograms.at[index].template_count)
			templates_read(reader, die, NULL, index);
	} else if (origin.addr != root.addr) {
		reader_subprogram(reader, &origin);
	}
	return index;
}
