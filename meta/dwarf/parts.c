/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/parts.h"

#include <dwarf.h>
#include <stdatomic.h>
#include <string.h>

#include "meta/dwarf/cursor.h"
#include "meta/dwarf/join.h"
#include "meta/parallel.h"

enum {
	PART_BYTES = 1 << 20, /* of .debug_info, at least */
	PARTS_MOST = 4,
};

/* The first part is read into the file's own reader. */
struct part {
	struct debuginfo info; /* with ELF and DWARF handles of its own */
	struct model *model;
	struct reader reader;
	uint32_t first, limit; /* units */
};

struct parts {
	struct reader *reader;
	struct part at[PARTS_MOST];
	uint32_t count;
	/* The first that no thread has taken.  Relaxed: it says no more. */
	atomic_uint next;
};

/* Does the attribute tie its unit to others, or to other files? */
static bool is_tie(uint64_t name, uint64_t form)
{
	switch (form) {
	case DW_FORM_ref_addr: case DW_FORM_ref_sig8:
	case DW_FORM_GNU_ref_alt: case DW_FORM_GNU_strp_alt:
	case DW_FORM_ref_sup4: case DW_FORM_ref_sup8: case DW_FORM_strp_sup:
		return true;
	default:
		return name == DW_AT_dwo_name || name == DW_AT_GNU_dwo_name;
	}
}

/* Reads the attributes of one abbreviation; true if one of them is a tie. */
static bool abbreviation_ties(struct cursor *cursor)
{
	take_uleb(cursor); /* tag */
	take_number(cursor, 1);
	while (!cursor->failed) {
		uint64_t name = take_uleb(cursor), form = take_uleb(cursor);

		if (!name && !form)
			return false;
		if (is_tie(name, form))
			return true;
		if (form == DW_FORM_implicit_const)
			take_sleb(cursor);
	}
	return true;
}

/* May each unit be read without the others?  Abbreviations tell. */
static bool units_are_independent(Elf *elf)
{
	Elf_Data *data = reader_section(elf, ".debug_abbrev");
	struct cursor cursor = {0};

	if (!data || !data->d_size)
		return false;
	cursor.at = data->d_buf;
	cursor.end = cursor.at + data->d_size;
	while (!cursor.failed && cursor.at < cursor.end)
		if (take_uleb(&cursor) && abbreviation_ties(&cursor))
			return false;
	return !cursor.failed;
}

static bool part_open(struct part *part, const struct debuginfo *info)
{
	size_t size;
	char *image = elf_rawfile(dwarf_getelf(info->dwarf), &size);

	part->info = *info;
	part->info.elf = image ? elf_memory(image, size) : NULL;
	part->info.dwarf = part->info.elf
				   ? dwarf_begin_elf(part->info.elf,
						     DWARF_C_READ, NULL)
				   : NULL;
	part->model = model_create();
	return part->info.dwarf && part->model;
}

static void part_close(struct part *part)
{
	if (part->model) {
		memset(&part->model->sections, 0,
		       sizeof part->model->sections);
		model_destroy(part->model);
	}
	reader_deinit(&part->reader);
	if (part->info.dwarf)
		dwarf_end(part->info.dwarf);
	if (part->info.elf)
		elf_end(part->info.elf);
	memset(part, 0, sizeof *part);
}

/* Cuts the units into parts of about equal size. */
static void divide(struct parts *parts, uint64_t size)
{
	Dwarf *dwarf = parts->reader->info->dwarf;
	uint32_t count = 1, number = 0;
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;

	while (!dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &unit, NULL)) {
		uint64_t offset = dwarf_dieoffset(&unit);

		if (count < parts->count && number &&
		    offset >= size / parts->count * count) {
			parts->at[count - 1].limit = number;
			parts->at[count++].first = number;
		}
		number++;
	}
	parts->at[count - 1].limit = UINT32_MAX;
	parts->count = count;
}

static void work(void *context, unsigned int thread)
{
	struct parts *parts = context;

	(void)thread;
	for (;;) {
		uint32_t i = atomic_fetch_add_explicit(&parts->next, 1,
						       memory_order_relaxed);
		struct part *part;

		if (i >= parts->count)
			break;
		part = &parts->at[i];
		reader_units(i ? &part->reader : parts->reader, part->first,
			     part->limit);
	}
}

/* Each part would decompress all sections for itself. */
static bool is_compressed(Dwarf *dwarf)
{
	size_t size;
	char *image = elf_rawfile(dwarf_getelf(dwarf), &size);
	Elf *elf = image ? elf_memory(image, size) : NULL;
	bool plain = elf && reader_section(elf, ".debug_info");

	if (elf)
		elf_end(elf);
	return !plain;
}

/* False: the file is small, or its units depend on each other. */
static bool parts_open(struct parts *parts)
{
	struct reader *reader = parts->reader;
	Elf *elf = dwarf_getelf(reader->info->dwarf);
	Elf_Data *data = reader_section(elf, ".debug_info");

	parts->count = data ? (uint32_t)(data->d_size / PART_BYTES) : 0;
	if (parts->count > PARTS_MOST)
		parts->count = PARTS_MOST;
	if (parts->count < 2 || !reader->independent ||
	    is_compressed(reader->info->dwarf))
		return false;
	divide(parts, data->d_size);
	for (uint32_t i = 1; i < parts->count; i++) {
		struct part *part = &parts->at[i];

		if (!part_open(part, reader->info))
			return false;
		part->reader.info = &part->info;
		part->reader.model = part->model;
		part->reader.independent = true;
		/* Only lent: it is read, and the model gives it back. */
		memcpy(&part->model->sections, &reader->model->sections,
		       sizeof part->model->sections);
		part->model->thread_size = reader->model->thread_size;
		part->model->thread_start = reader->model->thread_start;
	}
	return true;
}

void parts_read(struct reader *reader, unsigned int threads)
{
	struct parts parts = {.reader = reader};

	reader->independent =
		units_are_independent(dwarf_getelf(reader->info->dwarf));
	if (parts_open(&parts)) {
		parallel_run(threads < parts.count ? threads : parts.count,
			     work, &parts);
		for (uint32_t i = 1; i < parts.count; i++) {
			reader->exhausted |= parts.at[i].reader.exhausted;
			if (!reader->exhausted)
				model_join(reader, parts.at[i].model);
			part_close(&parts.at[i]);
		}
		return;
	}
	for (uint32_t i = 1; i < PARTS_MOST; i++)
		part_close(&parts.at[i]);
	reader_units(reader, 0, UINT32_MAX);
}
