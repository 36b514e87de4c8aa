/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/writer.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/image.h"
#include "meta/pack.h"
#include "meta/reach.h"

#define APPEND(image, section, type)                                   \
	((struct type *)image_append((image), ALLOTYPE_META_##section, \
				     sizeof(struct type)))

enum { DWARF_RBP = 6, DWARF_RSP = 7 };

struct encoder {
	const struct model *model;
	struct image image;
	uint32_t *numbers;   /* of the model's types in the file, or NONE */
	uint32_t type_count; /* of those; the number of void */
};

/* The reference to a type of the model. */
static uint32_t type_number(const struct encoder *e, uint32_t type)
{
	return type < e->model->types.count ? e->numbers[type]
					    : ALLOTYPE_META_NONE;
}

/* ---- types ---- */

/* Those whose target may be void, which is an entry of its own in a file. */
static bool has_target(uint8_t kind)
{
	return kind == ALLOC_KIND_POINTER || kind == ALLOC_KIND_ARRAY ||
	       kind == ALLOC_KIND_FUNCTION || kind >= ALLOC_KIND_TYPEDEF;
}

static bool has_members(uint8_t kind)
{
	return kind >= ALLOC_KIND_STRUCT && kind <= ALLOC_KIND_FUNCTION;
}

static uint32_t encode_parameters(struct encoder *e,
				  const struct model_type *type)
{
	uint32_t first = e->image.sections[ALLOTYPE_META_PARAMETERS].count;

	for (uint32_t i = 0; i < type->count; i++) {
		uint32_t *to = image_append(
			&e->image, ALLOTYPE_META_PARAMETERS, sizeof *to);

		if (!to)
			break;
		*to = type_number(e, e->model->members.at[type->first + i].type);
	}
	return first;
}

/* The members of a type, as entries of their own; where they begin. */
static uint32_t encode_members(struct encoder *e, const struct model_type *type)
{
	uint32_t first = e->image.sections[ALLOTYPE_META_MEMBERS].count;

	for (uint32_t i = 0; i < type->count; i++) {
		const struct model_member *from =
			&e->model->members.at[type->first + i];
		struct allotype_meta_member *to =
			APPEND(&e->image, MEMBERS, allotype_meta_member);

		if (!to)
			break;
		to->value = from->value;
		to->name = image_string(&e->image, from->name);
		to->type = type_number(e, from->type);
		to->bit_offset = from->bit_offset;
		to->bit_size = from->bit_size;
		to->flags = from->flags;
	}
	return first;
}

static void encode_type(struct encoder *e, const struct model_type *from)
{
	struct allotype_meta_type *to =
		APPEND(&e->image, TYPES, allotype_meta_type);

	if (!to)
		return;
	to->hash = from->hash;
	to->size = from->size;
	to->name = image_string(&e->image, from->name);
	to->target = type_number(e, from->target);
	if (has_target(from->kind) && from->target == MODEL_NONE)
		to->target = e->type_count;
	to->count = from->count;
	if (from->kind == ALLOC_KIND_FUNCTION && from->count)
		to->first = encode_parameters(e, from);
	else if (has_members(from->kind) && from->count)
		to->first = encode_members(e, from);
	to->kind = from->kind;
	to->encoding = from->encoding;
	to->flags = from->flags;
}

static void encode_types(struct encoder *e)
{
	struct allotype_meta_type *to;

	for (uint32_t i = 0; i < e->model->types.count; i++)
		if (e->numbers[i] != ALLOTYPE_META_NONE)
			encode_type(e, &e->model->types.at[i]);
	to = APPEND(&e->image, TYPES, allotype_meta_type);
	if (!to)
		return;
	to->hash = allotype_hash_base(ALLOC_KIND_VOID, 0, 0, "void", 4);
	to->name = image_string(&e->image, "void");
	to->target = ALLOTYPE_META_NONE;
	to->kind = ALLOC_KIND_VOID;
}

/* ---- data and code ---- */

static void encode_statics(struct encoder *e)
{
	for (uint32_t i = 0; i < e->model->statics.count; i++) {
		const struct model_static *from = &e->model->statics.at[i];
		struct allotype_meta_static *to =
			APPEND(&e->image, STATICS, allotype_meta_static);

		if (!to)
			return;
		to->address = from->address;
		to->size = from->size;
		to->type = type_number(e, from->type);
		to->name = image_string(&e->image, from->name);
		to->file = from->file;
		to->line = from->line;
	}
}

static bool fits_int32(int64_t value)
{
	return value >= INT32_MIN && value <= INT32_MAX;
}

/* Only what is in memory can be found by an address. */
static bool encode_base(const struct model_location *location, uint8_t *base)
{
	if (!fits_int32(location->offset) || location->low >= location->high)
		return false;
	switch (location->place) {
	case MODEL_PLACE_CFA:
	case MODEL_PLACE_INDIRECT_CFA:
		*base = ALLOTYPE_META_BASE_CFA;
		return true;
	case MODEL_PLACE_MEMORY:
		*base = location->reg == DWARF_RSP ? ALLOTYPE_META_BASE_RSP
						   : ALLOTYPE_META_BASE_RBP;
		return location->reg == DWARF_RSP || location->reg == DWARF_RBP;
	default:
		return false;
	}
}

static void encode_variable(struct encoder *e, struct pack_variables *pack,
			    const struct model_variable *from)
{
	for (uint32_t i = 0; i < from->location_count; i++) {
		const struct model_location *location =
			&e->model->locations.at[from->location_first + i];
		struct allotype_meta_variable to = {0};

		if (!encode_base(location, &to.base))
			continue;
		to.low = location->low;
		to.high = location->high;
		to.name = image_string(&e->image, from->name);
		to.type = type_number(e, from->type);
		to.offset = (int32_t)location->offset;
		if (from->parameter != MODEL_NONE)
			to.flags |= ALLOTYPE_META_VARIABLE_PARAMETER;
		if (from->instance != MODEL_NONE)
			to.flags |= ALLOTYPE_META_VARIABLE_INLINED;
		if (location->place == MODEL_PLACE_INDIRECT_CFA)
			to.flags |= ALLOTYPE_META_VARIABLE_INDIRECT;
		pack_variable(pack, &to);
	}
}

static void encode_functions(struct encoder *e)
{
	for (uint32_t i = 0; i < e->model->functions.count; i++) {
		const struct model_function *from = &e->model->functions.at[i];
		const struct model_subprogram *subprogram =
			&e->model->subprograms.at[from->subprogram];
		struct allotype_meta_function *to;
		struct pack_variables pack;

		pack_variables_begin(&pack, &e->image);
		for (uint32_t v = 0; v < from->variable_count; v++)
			encode_variable(e, &pack,
					&e->model->variables
						 .at[from->variable_first + v]);
		to = APPEND(&e->image, FUNCTIONS, allotype_meta_function);
		if (!to)
			return;
		to->name = image_name(&e->image, subprogram->name
							 ? subprogram->name
							 : from->symbol);
		to->type = type_number(e, subprogram->type);
		to->first_variable = pack.first;
		to->variable_count = pack.count;
		to->file = subprogram->file;
		to->line = subprogram->line;
	}
}

struct code_range {
	uint64_t low, high;
	uint32_t function;
};

static int code_range_order(const void *a, const void *b)
{
	const struct code_range *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->function < y->function ? -1 : x->function > y->function;
}

static uint32_t collect_ranges(const struct model *model,
			       struct code_range *ranges)
{
	uint32_t count = 0;

	for (uint32_t f = 0; f < model->functions.count; f++) {
		const struct model_function *function = &model->functions.at[f];

		for (uint32_t i = 0; i < function->range_count; i++) {
			const struct model_range *range =
				&model->ranges.at[function->range_first + i];

			ranges[count++] =
				(struct code_range){range->low, range->high, f};
		}
	}
	return count;
}

/* Ranges of a file are disjoint: what two functions claim is the first's. */
static void encode_ranges(struct encoder *e)
{
	struct code_range *ranges =
		malloc(((size_t)e->model->ranges.count + 1) * sizeof *ranges);
	uint64_t limit = 0;
	uint32_t count;

	if (!ranges) {
		e->image.exhausted = true;
		return;
	}
	count = collect_ranges(e->model, ranges);
	qsort(ranges, count, sizeof *ranges, code_range_order);
	for (uint32_t i = 0; i < count; i++) {
		struct code_range range = ranges[i];
		struct allotype_meta_range *to;

		if (range.low < limit)
			range.low = limit;
		if (range.low >= range.high ||
		    range.high - range.low > UINT32_MAX)
			continue;
		limit = range.high;
		to = APPEND(&e->image, RANGES, allotype_meta_range);
		if (!to)
			break;
		to->low = range.low;
		to->size = (uint32_t)(range.high - range.low);
		to->function = range.function;
	}
	free(ranges);
}

/* ---- sites ---- */

static int rule_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct allotype_meta_rule));
}

static struct allotype_meta_rule rule_of(const struct model_site *site)
{
	return (struct allotype_meta_rule){
		.cfa_offset = site->rule.cfa_offset,
		.rbp_offset = site->rule.rbp_offset,
		.base = site->rule.base,
	};
}

/* Each distinct rule once, sorted, so that encode_site can search. */
static void encode_rules(struct encoder *e)
{
	struct image_section *section = &e->image.sections[ALLOTYPE_META_RULES];
	struct allotype_meta_rule *rules;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < e->model->sites.count; i++) {
		struct allotype_meta_rule *to;

		if (!e->model->sites.at[i].has_rule)
			continue;
		to = APPEND(&e->image, RULES, allotype_meta_rule);
		if (!to)
			return;
		*to = rule_of(&e->model->sites.at[i]);
	}
	if (!section->count)
		return;
	rules = (struct allotype_meta_rule *)section->bytes;
	qsort(rules, section->count, sizeof *rules, rule_order);
	for (uint32_t i = 0; i < section->count; i++)
		if (!kept || rule_order(&rules[kept - 1], &rules[i]))
			rules[kept++] = rules[i];
	section->count = kept;
	section->size = kept * sizeof *rules;
}

static uint32_t rule_number(const struct encoder *e,
			    const struct model_site *site)
{
	const struct image_section *section =
		&e->image.sections[ALLOTYPE_META_RULES];
	struct allotype_meta_rule key = rule_of(site);
	const struct allotype_meta_rule *found;

	if (!site->has_rule || !section->count)
		return ALLOTYPE_META_NONE;
	found = bsearch(&key, section->bytes, section->count, sizeof key,
			rule_order);
	if (!found)
		return ALLOTYPE_META_NONE;
	return (uint32_t)(found -
			  (const struct allotype_meta_rule *)section->bytes);
}

static uint16_t alternative_count(const struct model_site *site)
{
	return site->alternative_count < UINT16_MAX
		       ? (uint16_t)site->alternative_count
		       : UINT16_MAX;
}

static uint32_t encode_alternatives(struct encoder *e,
				    const struct model_site *site)
{
	uint32_t first = e->image.sections[ALLOTYPE_META_ALTERNATIVES].count;

	for (uint32_t i = 0; i < alternative_count(site); i++) {
		const struct model_alternative *from =
			&e->model->alternatives.at[site->alternative_first + i];
		struct allotype_meta_alternative *to = APPEND(
			&e->image, ALTERNATIVES, allotype_meta_alternative);

		if (!to)
			break;
		to->type = type_number(e, from->type);
		to->evidence = from->evidence;
		to->offset = from->offset;
		to->confidence = from->confidence;
	}
	return first;
}

static void encode_site(struct encoder *e, const struct model_site *from)
{
	uint32_t alternatives = encode_alternatives(e, from);
	struct allotype_meta_site *to =
		APPEND(&e->image, SITES, allotype_meta_site);

	if (!to)
		return;
	to->address = from->address;
	to->size = from->size;
	to->multiple = from->multiple;
	to->type = type_number(e, from->type);
	to->evidence = from->evidence;
	to->function = image_name(&e->image, from->function);
	to->file = from->file;
	to->line = from->line;
	to->callee = image_name(&e->image, from->callee);
	to->first_alternative = alternatives;
	to->alternative_count = alternative_count(from);
	to->kind = from->kind;
	to->confidence = from->confidence;
	to->rule = rule_number(e, from);
	to->type_offset = from->type_offset;
	to->flags = from->flags;
}

/* ---- the rest ---- */

static void encode_lines(struct encoder *e)
{
	pack_lines(&e->image, e->model->lines.at, e->model->lines.count);
	for (uint32_t i = 0; i < e->model->files.count; i++) {
		const struct model_file *from = &e->model->files.at[i];
		struct allotype_meta_source_file *to =
			APPEND(&e->image, FILES, allotype_meta_source_file);

		if (!to)
			return;
		to->name = image_string(&e->image, from->name);
		if (from->has_md5)
			memcpy(to->md5, from->md5, sizeof to->md5);
	}
}

/* Says the debug information of a function or a static all that the symbol
 * says?  A function has its name from there. */
static bool is_known(const struct model *model,
		     const struct model_symbol *symbol)
{
	const struct model_function *f =
		model_function_at(model, symbol->address);
	const struct model_static *s = model_static_at(model, symbol->address);
	const struct model_range *range;

	if (s && s->address == symbol->address)
		return s->size == symbol->size && s->name == symbol->name;
	if (!f || f->range_count != 1 || symbol->type != STT_FUNC)
		return false;
	range = &model->ranges.at[f->range_first];
	return range->low == symbol->address &&
	       range->high - range->low == symbol->size;
}

static void encode_symbols(struct encoder *e)
{
	for (uint32_t i = 0; i < e->model->symbols.count; i++) {
		const struct model_symbol *from = &e->model->symbols.at[i];
		struct allotype_meta_symbol *to;

		if (is_known(e->model, from))
			continue;
		to = APPEND(&e->image, SYMBOLS, allotype_meta_symbol);
		if (!to)
			return;
		to->address = from->address;
		to->size = from->size;
		to->name = image_name(&e->image, from->name);
		to->type = from->type;
		to->binding = from->binding;
	}
}

static void encode_vtables(struct encoder *e)
{
	for (uint32_t i = 0; i < e->model->vtables.count; i++) {
		const struct model_vtable *from = &e->model->vtables.at[i];
		struct allotype_meta_vtable *to;

		if (from->type == MODEL_NONE || from->size > UINT32_MAX ||
		    from->offset < 0 || from->offset > UINT32_MAX)
			continue;
		to = APPEND(&e->image, VTABLES, allotype_meta_vtable);
		if (!to)
			return;
		to->address = from->address;
		to->size = (uint32_t)from->size;
		to->type = type_number(e, from->type);
		to->offset = (uint32_t)from->offset;
	}
}

static void encode_elf(struct encoder *e)
{
	for (uint32_t i = 0; i < e->model->sections.count; i++) {
		const struct model_elf_section *from =
			&e->model->sections.at[i];
		struct allotype_meta_elf_section *to = APPEND(
			&e->image, ELF_SECTIONS, allotype_meta_elf_section);

		if (!to)
			return;
		to->address = from->address;
		to->size = from->size;
		to->name = image_string(&e->image, from->name);
		to->flags = from->flags;
		to->type = from->type;
	}
	encode_symbols(e);
	encode_vtables(e);
}

static void encode_all(struct encoder *e)
{
	encode_types(e);
	encode_statics(e);
	encode_functions(e);
	encode_ranges(e);
	encode_rules(e);
	for (uint32_t i = 0; i < e->model->sites.count; i++)
		encode_site(e, &e->model->sites.at[i]);
	encode_lines(e);
	encode_elf(e);
}

enum status writer_encode(const struct model *model, unsigned char **bytes,
			  size_t *size)
{
	struct allotype_meta_header header = {0};
	struct encoder e = {.model = model};
	enum status status = STATUS_NO_MEMORY;

	e.numbers = reach_types(model, &e.type_count);
	if (!e.numbers || !image_init(&e.image))
		goto out;
	encode_all(&e);
	if (model->has_dwarf)
		header.flags |= ALLOTYPE_META_HAS_DWARF;
	header.elf_machine = model->machine;
	header.revision = ALLOTYPE_META_REVISION;
	header.build_id_size = (uint16_t)model->build_id_size;
	memcpy(header.build_id, model->build_id, sizeof header.build_id);
	status = image_finish(&e.image, &header, bytes, size);
out:
	image_deinit(&e.image);
	free(e.numbers);
	return status;
}

static bool write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		size -= (size_t)written;
	}
	return true;
}

/* mkstemp makes files private; a metadata file is as public as umask says. */
static mode_t creation_mode(void)
{
	mode_t mask = umask(022);

	umask(mask);
	return 0666 & ~mask;
}

/* Devices, pipes and the like stay what they are. */
static bool is_special(const char *path)
{
	struct stat status;

	return !stat(path, &status) && !S_ISREG(status.st_mode);
}

static const char *write_special(const char *path, const unsigned char *bytes,
				 size_t size)
{
	const char *reason = NULL;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return "cannot be opened";
	if (!write_all(fd, bytes, size))
		reason = "cannot be written";
	if (close(fd) && !reason)
		reason = "cannot be written";
	return reason;
}

/* Readers see the old file or the new one, never half of it. */
static const char *replace_file(const char *path, const unsigned char *bytes,
				size_t size)
{
	char temporary[PATH_MAX];
	int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
	const char *reason = NULL;
	int fd;

	if (length < 0 || (size_t)length >= sizeof temporary)
		return "its path is too long";
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return "cannot be created";
	if (!write_all(fd, bytes, size) || fchmod(fd, creation_mode()))
		reason = "cannot be written";
	if (close(fd) && !reason)
		reason = "cannot be written";
	if (!reason && rename(temporary, path))
		reason = "cannot be put in its place";
	if (reason)
		unlink(temporary);
	return reason;
}

enum status writer_write(const struct model *model, const char *path,
			 const char **reason)
{
	unsigned char *bytes;
	const char *failure;
	size_t size;

	if (writer_encode(model, &bytes, &size)) {
		*reason = "out of memory";
		return STATUS_NO_MEMORY;
	}
	failure = is_special(path) ? write_special(path, bytes, size) :
				     replace_file(path, bytes, size);
	free(bytes);
	if (!failure)
		return STATUS_OK;
	*reason = failure;
	return STATUS_SYSTEM;
}
