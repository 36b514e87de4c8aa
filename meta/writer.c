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

#include "meta/encoder.h"
#include "meta/image.h"
#include "meta/pack.h"

/* ---- data ---- */

static void encode_statics(struct encoder *e)
{
	for (uint32_t i = 0; i < e->model->statics.count; i++) {
		const struct model_static *from = &e->model->statics.at[i];
		struct allotype_meta_static *to;

		if (model_is_thread_local(from->address))
			continue;
		to = ENCODER_APPEND(&e->image, STATICS, allotype_meta_static);
		if (!to)
			return;
		to->address = from->address;
		to->size = from->size;
		to->type = encoder_type(e, from->type);
		to->name = image_string(&e->image, from->name);
		to->file = from->file;
		to->line = from->line;
	}
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
		to = ENCODER_APPEND(&e->image, RULES, allotype_meta_rule);
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
		struct allotype_meta_alternative *to = ENCODER_APPEND(
			&e->image, ALTERNATIVES, allotype_meta_alternative);

		if (!to)
			break;
		to->type = encoder_type(e, from->type);
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
		ENCODER_APPEND(&e->image, SITES, allotype_meta_site);

	if (!to)
		return;
	to->address = from->address;
	to->size = from->size;
	to->multiple = from->multiple;
	to->type = encoder_type(e, from->type);
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
			ENCODER_APPEND(&e->image, FILES, allotype_meta_source_file);

		if (!to)
			return;
		to->name = image_string(&e->image, from->name);
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
		to = ENCODER_APPEND(&e->image, SYMBOLS, allotype_meta_symbol);
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
		to = ENCODER_APPEND(&e->image, VTABLES, allotype_meta_vtable);
		if (!to)
			return;
		to->address = from->address;
		to->size = (uint32_t)from->size;
		to->type = encoder_type(e, from->type);
		to->offset = (uint32_t)from->offset;
	}
}

static void encode_elf(struct encoder *e)
{
	for (uint32_t i = 0; i < e->model->sections.count; i++) {
		const struct model_elf_section *from =
			&e->model->sections.at[i];
		struct allotype_meta_elf_section *to = ENCODER_APPEND(
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
	encoder_code(e);
	encoder_types(e);
	encode_statics(e);
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

	if (!encoder_number_types(&e) || !image_init(&e.image))
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
	free(e.order);
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
