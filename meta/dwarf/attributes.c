/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/reader.h"

#include <dwarf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

const char *die_name(Dwarf_Die *die)
{
	Dwarf_Attribute attr;

	return die_attribute_integrated(die, DW_AT_name, &attr)
		       ? dwarf_formstring(&attr) : NULL;
}

const char *die_linkage_name(Dwarf_Die *die)
{
	Dwarf_Attribute attr;

	return die_attribute_integrated(die, DW_AT_linkage_name, &attr) ||
			       die_attribute_integrated(die,
					DW_AT_MIPS_linkage_name, &attr)
		       ? dwarf_formstring(&attr) : NULL;
}

bool die_unsigned(Dwarf_Die *die, unsigned int attribute, uint64_t *value)
{
	Dwarf_Attribute attr;

	return die_attribute_integrated(die, attribute, &attr) &&
	       !dwarf_formudata(&attr, value);
}

bool die_own_unsigned(Dwarf_Die *die, unsigned int attribute, uint64_t *value)
{
	Dwarf_Attribute attr;

	return die_attribute(die, attribute, &attr) &&
	       !dwarf_formudata(&attr, value);
}

bool die_own_signed(Dwarf_Die *die, unsigned int attribute, int64_t *value)
{
	Dwarf_Attribute attr;
	Dwarf_Word word;

	if (!die_attribute(die, attribute, &attr))
		return false;
	/* Fixed-size data forms are written for values without a sign. */
	if (dwarf_whatform(&attr) == DW_FORM_sdata ||
	    dwarf_whatform(&attr) == DW_FORM_implicit_const)
		return !dwarf_formsdata(&attr, value);
	if (dwarf_formudata(&attr, &word))
		return false;
	*value = (int64_t)word;
	return true;
}

bool die_flag(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute attr;
	bool flag;

	return die_attribute_integrated(die, attribute, &attr) &&
	       !dwarf_formflag(&attr, &flag) && flag;
}

bool die_reference(Dwarf_Die *die, unsigned int attribute, Dwarf_Die *target)
{
	Dwarf_Attribute attr;

	return die_attribute_integrated(die, attribute, &attr) &&
	       die_target(&attr, target);
}

Dwarf_Die die_root(Dwarf_Die *die)
{
	static const unsigned int links[] = {DW_AT_abstract_origin,
					     DW_AT_specification};
	Dwarf_Die root = *die;
	Dwarf_Attribute attr;
	Dwarf_Die next;
	size_t link = 0;

	for (int i = 0; i < READER_CHAIN && link < 2; i++) {
		if (die_attribute(&root, links[link], &attr) &&
		    die_target(&attr, &next))
			root = next;
		else
			link++;
	}
	return root;
}

const char *reader_intern(struct reader *reader, const char *string)
{
	const char *copy;

	if (!string)
		return NULL;
	copy = model_intern(reader->model, string, strlen(string));
	if (!copy)
		reader->exhausted = true;
	return copy;
}

/* A name that is relative to the compilation's directory, made absolute. */
static const char *absolute_name(struct reader *reader, const char *name,
				 char *buffer, size_t size)
{
	Dwarf_Attribute attr;
	const char *directory;
	int length;

	if (*name == '/' || *name == '<' ||
	    !die_attribute(&reader->cu_die, DW_AT_comp_dir, &attr))
		return name;
	directory = dwarf_formstring(&attr);
	if (!directory || *directory != '/')
		return name;
	length = snprintf(buffer, size, "%s/%s", directory, name);
	return length > 0 && (size_t)length < size ? buffer : name;
}

/* NAME without the components that are the directory itself: what is included as
 * "./a.c", or from there, is the same file. */
static const char *plain_name(const char *name, char *buffer, size_t size)
{
	const char *dot = strstr(name, "/./");
	size_t length = 0;

	if (!dot || strlen(name) >= size)
		return name;
	for (; dot; dot = strstr(name, "/./")) {
		memcpy(buffer + length, name, (size_t)(dot - name));
		length += (size_t)(dot - name);
		name = dot + 2;
	}
	strcpy(buffer + length, name);
	return buffer;
}

uint32_t reader_file_named(struct reader *reader, const char *name)
{
	char buffer[PATH_MAX], plain[PATH_MAX];
	const char *copy = reader_intern(reader, plain_name(
		absolute_name(reader, name, buffer, sizeof buffer),
		plain, sizeof plain));
	struct model_file *file;
	uint32_t index;

	if (!copy)
		return MODEL_NONE;
	index = pointer_map_find(&reader->file_names, copy);
	if (index != POINTER_MAP_NONE)
		return index;
	file = MODEL_APPEND(&reader->model->files, 1);
	if (!file) {
		reader->exhausted = true;
		return MODEL_NONE;
	}
	file->name = copy;
	index = reader->model->files.count - 1;
	if (!pointer_map_set(&reader->file_names, copy, index))
		reader->exhausted = true;
	return index;
}

/* By libdw, which reads the whole line table for it. */
static uint32_t file_slowly(struct reader *reader, Dwarf_Die *die,
			    uint64_t number)
{
	const char *name;
	Dwarf_Die unit;

	if (reader->files_of != die->cu) {
		reader->files_of = die->cu;
		reader->files = NULL;
		if (!dwarf_diecu(die, &unit, NULL, NULL) ||
		    dwarf_getsrcfiles(&unit, &reader->files,
				      &reader->files_count))
			reader->files = NULL;
	}
	if (!reader->files || number >= reader->files_count)
		return MODEL_NONE;
	name = dwarf_filesrc(reader->files, number, NULL, NULL);
	return name ? reader_file_named(reader, name) : MODEL_NONE;
}

uint32_t reader_file(struct reader *reader, Dwarf_Die *die, uint64_t number)
{
	struct line_table *table = reader_line_table(reader, die);
	char buffer[PATH_MAX];
	struct line_file *file;
	const char *name;

	if (!table)
		return file_slowly(reader, die, number);
	if (number >= table->files.count)
		return MODEL_NONE;
	file = &table->files.at[number];
	if (!file->has_index) {
		name = line_table_name(table, number, buffer, sizeof buffer);
		file->index = name ? reader_file_named(reader, name)
				   : MODEL_NONE;
		file->has_index = true;
	}
	return file->index;
}

void reader_declared_at(struct reader *reader, Dwarf_Die *die, uint32_t *file,
			uint32_t *line)
{
	Dwarf_Attribute attr;
	Dwarf_Word number;

	*file = MODEL_NONE;
	*line = 0;
	if (die_attribute_integrated(die, DW_AT_decl_line, &attr) &&
	    !dwarf_formudata(&attr, &number))
		*line = (uint32_t)number;
	if (die_attribute_integrated(die, DW_AT_decl_file, &attr) &&
	    !dwarf_formudata(&attr, &number)) {
		/* The number counts in the unit of the DIE that has it. */
		Dwarf_Die owner = *die;

		owner.cu = attr.cu;
		if (owner.cu != die->cu)
			owner = die_root(die);
		*file = reader_file(reader, &owner, number);
	}
}
