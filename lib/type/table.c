/* SPDX-License-Identifier: Apache-2.0 */
#include "type/table.h"

/*
 * The columns of each table, in the order of meta/FORMAT.md: its structure,
 * what the numbers mean, and the field.  What is searched has its address
 * first.
 */
#define TYPE(x)                                                          \
	x(type, UNSIGNED, hash) x(type, UNSIGNED, size)                  \
	x(type, UNSIGNED, name) x(type, REFERENCE, first)                \
	x(type, UNSIGNED, count) x(type, UNSIGNED, kind)                 \
	x(type, UNSIGNED, encoding) x(type, UNSIGNED, flags)
#define MEMBER(x)                                                        \
	x(member, UNSIGNED, name) x(member, REFERENCE, type)             \
	x(member, UNSIGNED, value)
#define STATIC(x)                                                        \
	x(static, UNSIGNED, address) x(static, UNSIGNED, size)           \
	x(static, REFERENCE, type) x(static, UNSIGNED, name)             \
	x(static, REFERENCE, file) x(static, UNSIGNED, line)
#define CODE_BLOCK(x)                                                    \
	x(code_block, UNSIGNED, address)                                 \
	x(code_block, UNSIGNED, functions)
#define SITE(x)                                                          \
	x(site, UNSIGNED, address) x(site, UNSIGNED, size)               \
	x(site, UNSIGNED, multiple) x(site, REFERENCE, type)             \
	x(site, UNSIGNED, evidence) x(site, UNSIGNED, function)          \
	x(site, REFERENCE, file) x(site, UNSIGNED, line)                 \
	x(site, UNSIGNED, callee) x(site, UNSIGNED, first_alternative)   \
	x(site, UNSIGNED, alternative_count) x(site, UNSIGNED, kind)     \
	x(site, UNSIGNED, confidence) x(site, REFERENCE, rule)           \
	x(site, SIGNED, type_offset) x(site, UNSIGNED, flags)
#define ALTERNATIVE(x)                                                   \
	x(alternative, REFERENCE, type)                                  \
	x(alternative, UNSIGNED, evidence)                               \
	x(alternative, SIGNED, offset)                                   \
	x(alternative, UNSIGNED, confidence)
#define RULE(x)                                                          \
	x(rule, SIGNED, cfa_offset) x(rule, SIGNED, rbp_offset)          \
	x(rule, UNSIGNED, base)
#define LINE_BLOCK(x)                                                    \
	x(line_block, UNSIGNED, address) x(line_block, UNSIGNED, offset)
#define SOURCE_FILE(x) x(source_file, UNSIGNED, name)
#define ELF_SECTION(x)                                                   \
	x(elf_section, UNSIGNED, address) x(elf_section, UNSIGNED, size) \
	x(elf_section, UNSIGNED, name) x(elf_section, UNSIGNED, flags)   \
	x(elf_section, UNSIGNED, type)
#define SYMBOL(x)                                                        \
	x(symbol, UNSIGNED, address) x(symbol, UNSIGNED, size)           \
	x(symbol, UNSIGNED, name) x(symbol, UNSIGNED, type)              \
	x(symbol, UNSIGNED, binding)
#define VTABLE(x)                                                        \
	x(vtable, UNSIGNED, address) x(vtable, UNSIGNED, size)           \
	x(vtable, REFERENCE, type) x(vtable, UNSIGNED, offset)
#define DERIVED(x)                                                       \
	x(derived, REFERENCE, target) x(derived, UNSIGNED, value)        \
	x(derived, UNSIGNED, kind)
#define WIDE_MEMBER(x)                                                   \
	x(wide_member, SIGNED, value)                                    \
	x(wide_member, UNSIGNED, bit_offset)                             \
	x(wide_member, UNSIGNED, bit_size)                               \
	x(wide_member, UNSIGNED, flags)
#define STRING_BLOCK(x) x(string_block, UNSIGNED, offset)

#define FIELD(type, field) (((struct allotype_meta_##type *)0)->field)
#define COLUMN(type, meaning, field)                      \
	{ offsetof(struct allotype_meta_##type, field),   \
	  sizeof FIELD(type, field), TABLE_##meaning },
#define ONE(type, meaning, field) +1
#define LAYOUT(columns, type) \
	{ { columns(COLUMN) }, columns(ONE), sizeof(struct allotype_meta_##type) }

static const struct table_layout layouts[ALLOTYPE_META_SECTION_COUNT] = {
	[ALLOTYPE_META_TYPES] = LAYOUT(TYPE, type),
	[ALLOTYPE_META_MEMBERS] = LAYOUT(MEMBER, member),
	[ALLOTYPE_META_STATICS] = LAYOUT(STATIC, static),
	[ALLOTYPE_META_CODE] = LAYOUT(CODE_BLOCK, code_block),
	[ALLOTYPE_META_SITES] = LAYOUT(SITE, site),
	[ALLOTYPE_META_ALTERNATIVES] = LAYOUT(ALTERNATIVE, alternative),
	[ALLOTYPE_META_RULES] = LAYOUT(RULE, rule),
	[ALLOTYPE_META_LINES] = LAYOUT(LINE_BLOCK, line_block),
	[ALLOTYPE_META_FILES] = LAYOUT(SOURCE_FILE, source_file),
	[ALLOTYPE_META_ELF_SECTIONS] = LAYOUT(ELF_SECTION, elf_section),
	[ALLOTYPE_META_SYMBOLS] = LAYOUT(SYMBOL, symbol),
	[ALLOTYPE_META_VTABLES] = LAYOUT(VTABLE, vtable),
	[ALLOTYPE_META_DERIVED] = LAYOUT(DERIVED, derived),
	[ALLOTYPE_META_WIDE_MEMBERS] = LAYOUT(WIDE_MEMBER, wide_member),
	[ALLOTYPE_META_STRING_BLOCKS] = LAYOUT(STRING_BLOCK, string_block),
};

const struct table_layout *table_layout(enum allotype_meta_section_id id)
{
	return &layouts[id];
}

bool table_widths_fit(const struct allotype_meta_section *section,
		      enum allotype_meta_section_id id)
{
	const struct table_layout *layout = &layouts[id];
	uint32_t size = 0;

	for (uint8_t i = 0; i < layout->count; i++) {
		if (section->widths[i] > 8 * layout->columns[i].size)
			return false;
		size += section->widths[i];
	}
	/* Entries of no bits would be any number of them. */
	return section->entry_size == (layout->count ? size : 8) &&
	       (section->entry_size || !section->count);
}

/* ---- reading ---- */

/* Where a row has got to. */
struct row {
	const unsigned char *bytes;
	uint64_t at; /* bit */
};

/* SIZE: of the field, which widths that fit are not wider than. */
static inline uint64_t take_UNSIGNED(struct row *row, uint8_t width,
				     size_t size)
{
	uint64_t number = size < sizeof number
				  ? table_short_number(row->bytes, row->at,
						       width)
				  : table_number(row->bytes, row->at, width);

	row->at += width;
	return number;
}

static inline uint64_t take_REFERENCE(struct row *row, uint8_t width,
				      size_t size)
{
	return take_UNSIGNED(row, width, size) - 1;
}

static inline uint64_t take_SIGNED(struct row *row, uint8_t width, size_t size)
{
	uint64_t number = take_UNSIGNED(row, width, size);

	return number >> 1 ^ -(number & 1);
}

/* Code of its own for each table: queries wait for it. */
#define TAKE(type, meaning, field)          \
	to->field = (__typeof__(to->field)) \
		take_##meaning(&row, *widths++, sizeof to->field);
#define READER(columns, type)                                         \
	static void read_##type(const uint8_t *widths, struct row row, \
				struct allotype_meta_##type *to)      \
	{                                                             \
		columns(TAKE)                                         \
	}

READER(TYPE, type)
READER(MEMBER, member)
READER(STATIC, static)
READER(CODE_BLOCK, code_block)
READER(SITE, site)
READER(ALTERNATIVE, alternative)
READER(RULE, rule)
READER(LINE_BLOCK, line_block)
READER(SOURCE_FILE, source_file)
READER(ELF_SECTION, elf_section)
READER(SYMBOL, symbol)
READER(VTABLE, vtable)
READER(DERIVED, derived)
READER(WIDE_MEMBER, wide_member)

void table_read(const struct allotype_meta_section *section,
		enum allotype_meta_section_id id, const unsigned char *bytes,
		uint32_t index, void *structure)
{
	const uint8_t *widths = section->widths;
	struct row row = { bytes, (uint64_t)index * section->entry_size };

	switch (id) {
	case ALLOTYPE_META_TYPES:
		read_type(widths, row, structure);
		break;
	case ALLOTYPE_META_MEMBERS:
		read_member(widths, row, structure);
		break;
	case ALLOTYPE_META_STATICS:
		read_static(widths, row, structure);
		break;
	case ALLOTYPE_META_CODE:
		read_code_block(widths, row, structure);
		break;
	case ALLOTYPE_META_SITES:
		read_site(widths, row, structure);
		break;
	case ALLOTYPE_META_ALTERNATIVES:
		read_alternative(widths, row, structure);
		break;
	case ALLOTYPE_META_RULES:
		read_rule(widths, row, structure);
		break;
	case ALLOTYPE_META_LINES:
		read_line_block(widths, row, structure);
		break;
	case ALLOTYPE_META_FILES:
		read_source_file(widths, row, structure);
		break;
	case ALLOTYPE_META_ELF_SECTIONS:
		read_elf_section(widths, row, structure);
		break;
	case ALLOTYPE_META_SYMBOLS:
		read_symbol(widths, row, structure);
		break;
	case ALLOTYPE_META_VTABLES:
		read_vtable(widths, row, structure);
		break;
	case ALLOTYPE_META_DERIVED:
		read_derived(widths, row, structure);
		break;
	case ALLOTYPE_META_WIDE_MEMBERS:
		read_wide_member(widths, row, structure);
		break;
	default:
		break;
	}
}
