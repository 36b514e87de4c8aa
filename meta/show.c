/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/show.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "allotype.h"
#include "base/text.h"
#include "meta/json.h"
#include "type/metafile_spelling.h"

static const char *const section_names[ALLOTYPE_META_SECTION_COUNT] = {
	[ALLOTYPE_META_STRINGS] = "strings",
	[ALLOTYPE_META_TYPES] = "types",
	[ALLOTYPE_META_MEMBERS] = "members",
	[ALLOTYPE_META_STATICS] = "statics",
	[ALLOTYPE_META_CODE] = "code",
	[ALLOTYPE_META_FUNCTIONS] = "functions",
	[ALLOTYPE_META_CODES] = "codes",
	[ALLOTYPE_META_SITES] = "sites",
	[ALLOTYPE_META_ROWS] = "rows",
	[ALLOTYPE_META_PARAMETERS] = "parameters",
	[ALLOTYPE_META_VTABLES] = "vtables",
	[ALLOTYPE_META_DERIVED] = "derived",
	[ALLOTYPE_META_WIDE_MEMBERS] = "wide members",
	[ALLOTYPE_META_STRING_BLOCKS] = "string blocks",
	[ALLOTYPE_META_ALTERNATIVES] = "alternatives",
	[ALLOTYPE_META_RULES] = "rules",
	[ALLOTYPE_META_LINES] = "lines",
	[ALLOTYPE_META_FILES] = "files",
	[ALLOTYPE_META_ELF_SECTIONS] = "ELF sections",
	[ALLOTYPE_META_SYMBOLS] = "symbols",
};

static const char *const kind_names[] = {
	[ALLOC_KIND_UNKNOWN] = "unknown",   [ALLOC_KIND_VOID] = "void",
	[ALLOC_KIND_BASE] = "base",	    [ALLOC_KIND_POINTER] = "pointer",
	[ALLOC_KIND_ARRAY] = "array",	    [ALLOC_KIND_STRUCT] = "struct",
	[ALLOC_KIND_UNION] = "union",	    [ALLOC_KIND_ENUM] = "enum",
	[ALLOC_KIND_FUNCTION] = "function", [ALLOC_KIND_TYPEDEF] = "typedef",
	[ALLOC_KIND_CONST] = "const",	    [ALLOC_KIND_VOLATILE] = "volatile",
	[ALLOC_KIND_RESTRICT] = "restrict", [ALLOC_KIND_ATOMIC] = "atomic",
};

static const char *kind_name(uint8_t kind)
{
	return kind < sizeof kind_names / sizeof *kind_names ? kind_names[kind]
							     : "unknown";
}

const char *show_type(const struct metafile *file, uint32_t number,
		      char buffer[SHOW_TYPE_MAX])
{
	struct metafile_type type;
	struct text text;

	if (!metafile_type(file, number, &type))
		return NULL;
	text_init(&text, buffer, SHOW_TYPE_MAX);
	metafile_spell(&text, file, number);
	return buffer;
}

static const char *or_question_mark(const char *string)
{
	return string && string[0] ? string : "?";
}

static void show_header(FILE *stream, const struct metafile *file)
{
	const struct allotype_meta_header *header = file->header;

	fprintf(stream, "version %" PRIu32 ", %" PRIu64 " bytes, machine %d%s",
		header->version, header->file_size, header->elf_machine,
		header->flags & ALLOTYPE_META_HAS_DWARF ? ""
							: ", without DWARF");
	fputs("\nbuild ID ", stream);
	for (uint16_t i = 0; i < header->build_id_size; i++)
		fprintf(stream, "%02x", header->build_id[i]);
	fputs("\n\n", stream);
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++) {
		const struct allotype_meta_section *s = &header->sections[i];

		fprintf(stream,
			"%-12s %8" PRIu32 " entries %10" PRIu64
			" bytes at 0x%" PRIx64 "\n",
			section_names[i], s->count, s->size, s->offset);
	}
}

static void show_member(FILE *stream, const struct metafile *file,
			const struct metafile_type *owner,
			const struct metafile_member *m)
{
	char name[SHOW_TYPE_MAX];

	if (owner->kind == ALLOC_KIND_ENUM) {
		fprintf(stream, "\t%s = %" PRId64 "\n",
			metafile_string(file, m->name), m->value);
		return;
	}
	fprintf(stream, "\t+%" PRId64 " %s", m->value,
		or_question_mark(show_type(file, m->type, name)));
	if (m->name)
		fprintf(stream, " %s", metafile_string(file, m->name));
	if (m->flags & ALLOTYPE_META_MEMBER_BASE)
		fputs(" (base)", stream);
	if (m->bit_size)
		fprintf(stream, " : %u at bit %u", m->bit_size, m->bit_offset);
	fputc('\n', stream);
}

static void show_types(FILE *stream, const struct metafile *file)
{
	uint32_t count = metafile_type_count(file);

	fputs("\ntypes:\n", stream);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = metafile_type_number(file, i);
		char name[SHOW_TYPE_MAX];
		struct metafile_member member;
		struct metafile_type t;

		if (!metafile_type(file, number, &t))
			continue;
		fprintf(stream, "%s, %s, %" PRIu64 " bytes, %016" PRIx64 "%s\n",
			show_type(file, number, name), kind_name(t.kind),
			t.size, metafile_type_hash(file, number),
			t.flags & ALLOTYPE_META_TYPE_DECLARATION
				? ", incomplete"
				: "");
		for (uint32_t m = 0; metafile_member(file, &t, m, &member); m++)
			show_member(stream, file, &t, &member);
	}
}

static void show_statics(FILE *stream, const struct metafile *file)
{
	struct allotype_meta_static s;

	fputs("\nstatics:\n", stream);
	for (uint32_t i = 0; metafile_static(file, i, &s); i++) {
		char name[SHOW_TYPE_MAX];

		fprintf(stream, "0x%" PRIx64 " %" PRIu64 " %s: %s\n",
			s.address, s.size,
			or_question_mark(metafile_string(file, s.name)),
			or_question_mark(show_type(file, s.type, name)));
	}
}

const char *show_base(const struct metafile *file, uint8_t base)
{
	static const char *const names[][3] = {
		{ "CFA", "rsp", "rbp" }, { "CFA", "sp", "x29" },
	};
	bool is_arm = file->header->elf_machine == EM_AARCH64;

	return base < 3 ? names[is_arm][base] : "?";
}

static void show_variable(FILE *stream, const struct metafile *file,
			  const struct allotype_meta_variable *v)
{
	char name[SHOW_TYPE_MAX];

	fprintf(stream,
		"\t%s%+" PRId32 "%s %s: %s in 0x%" PRIx64 "-0x%" PRIx64
		"%s%s\n",
		show_base(file, v->base), v->offset,
		v->flags & ALLOTYPE_META_VARIABLE_INDIRECT ? " (address of)"
							   : "",
		or_question_mark(metafile_string(file, v->name)),
		or_question_mark(show_type(file, v->type, name)), v->low, v->high,
		v->flags & ALLOTYPE_META_VARIABLE_PARAMETER ? ", parameter"
							    : "",
		v->flags & ALLOTYPE_META_VARIABLE_INLINED ? ", inlined" : "");
}

static void show_function(FILE *stream, const struct metafile *file,
			  const struct metafile_function *f)
{
	struct allotype_meta_variable variable;
	struct metafile_variables variables;
	char name[SHOW_TYPE_MAX];

	fprintf(stream, "%s: %s (%s:%" PRIu32 ")\n",
		or_question_mark(metafile_string(file, f->name)),
		or_question_mark(show_type(file, f->type, name)),
		or_question_mark(metafile_source_file(file, f->file)), f->line);
	metafile_variables(file, f, &variables);
	while (metafile_variables_next(&variables, &variable))
		show_variable(stream, file, &variable);
}

static void show_functions(FILE *stream, const struct metafile *file)
{
	struct metafile_function function;

	fputs("\nfunctions:\n", stream);
	for (uint32_t i = 0; metafile_function(file, i, &function); i++)
		if (!function.is_part)
			show_function(stream, file, &function);
}

void show_metadata(FILE *stream, const struct metafile *file)
{
	show_header(stream, file);
	show_types(stream, file);
	show_statics(stream, file);
	show_functions(stream, file);
	fputs("\nsites:\n", stream);
	show_sites(stream, file);
}
