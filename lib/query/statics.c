/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded files: file > segment > section > static variable or function. */
#include <elf.h>

#include "index/files.h"
#include "query/find.h"
#include "query/statics.h"
#include "type/types.h"

static const char *string_or_null(const struct metafile *file, uint32_t offset)
{
	const char *string = metafile_string(file, offset);

	return *string ? string : NULL;
}

static bool set_variable(const struct query_static *where,
			 struct query_leaf *leaf)
{
	const struct metafile *file = where->metafile;
	struct allotype_meta_static entry;

	if (!metafile_static_at(file, where->link_address, &entry))
		return false;
	query_leaf_set(leaf, QUERY_STATIC_SYMBOL,
		       entry.address + where->file.bias, entry.size);
	leaf->info.name = string_or_null(file, entry.name);
	leaf->info.site.file = metafile_source_file(file, entry.file);
	leaf->info.site.line = entry.line;
	query_leaf_set_type(leaf, types_from_file(file, entry.type),
			    ALLOC_EVIDENCE_DEBUGINFO, 100);
	return true;
}

/* What DWARF says of the function, which may have several ranges. */
static void add_function(const struct query_static *where,
			 const struct metafile_function *function,
			 struct query_leaf *leaf)
{
	const struct metafile *file = where->metafile;

	if (string_or_null(file, function->name))
		leaf->info.name = metafile_string(file, function->name);
	leaf->info.site.file = metafile_source_file(file, function->file);
	leaf->info.site.line = function->line;
	query_leaf_set_type(leaf, types_from_file(file, function->type),
			    ALLOC_EVIDENCE_DEBUGINFO, 100);
}

/* A virtual table: its name says of which class, the ABI what it is. */
static void add_table(const struct query_static *where,
		      struct query_leaf *leaf)
{
	const struct alloc_type *pointer =
		types_pointer(types_builtin(TYPES_VOID));
	struct allotype_meta_vtable table;

	if (metafile_vtable_at(where->metafile, where->link_address, &table))
		query_leaf_set_type(
			leaf, types_array(pointer, leaf->info.size / 8),
			ALLOC_EVIDENCE_SYMBOL | ALLOC_EVIDENCE_SYSTEM, 100);
}

/* A function, or an object that only the symbol table knows. */
static bool set_symbol(const struct query_static *where,
		       struct query_leaf *leaf)
{
	const struct metafile *file = where->metafile;
	struct allotype_meta_symbol symbol;
	struct metafile_function function;
	bool known =
		metafile_function_at(file, where->link_address, &function);
	bool has_symbol =
		metafile_symbol_at(file, where->link_address, &symbol);

	if (!has_symbol && !known)
		return false;
	if (has_symbol) {
		query_leaf_set(leaf, QUERY_STATIC_SYMBOL,
			       symbol.address + where->file.bias, symbol.size);
		leaf->info.name = string_or_null(file, symbol.name);
		leaf->is_code = symbol.type == STT_FUNC;
	} else {
		query_leaf_set(leaf, QUERY_STATIC_SYMBOL,
			       function.low + where->file.bias,
			       function.high - function.low);
	}
	leaf->info.evidence = ALLOC_EVIDENCE_SYMBOL;
	if (!(file->header->flags & ALLOTYPE_META_HAS_DWARF))
		leaf->info.type_status = ALLOC_NO_METADATA;
	if (known) {
		leaf->is_code = true;
		add_function(where, &function, leaf);
	}
	add_table(where, leaf);
	return true;
}

/* Without metadata the dynamic symbols remain: a slow search. */
static bool set_dynamic_symbol(const struct query_view *view,
			       const struct query_static *where,
			       enum query_depth depth, struct query_leaf *leaf)
{
	struct file_symbol symbol;

	if (!files_symbol(view->space, &where->file, where->address, &symbol))
		return false;
	query_leaf_set(leaf, QUERY_STATIC_SYMBOL, symbol.base, symbol.size);
	leaf->is_code = symbol.type == STT_FUNC;
	leaf->info.evidence = ALLOC_EVIDENCE_SYMBOL;
	if (depth >= QUERY_TYPE)
		leaf->info.name = view->operations->string(view, symbol.name);
	return true;
}

bool query_static_section(const struct query_static *where,
			  struct query_leaf *leaf)
{
	struct allotype_meta_elf_section section;

	if (!where->metafile ||
	    !metafile_elf_section_at(where->metafile, where->link_address,
				     &section))
		return false;
	query_leaf_set(leaf, QUERY_STATIC_SECTION,
		       section.address + where->file.bias, section.size);
	leaf->info.name = string_or_null(where->metafile, section.name);
	return true;
}

bool query_static_segment(const struct query_view *view,
			  const struct query_static *where,
			  struct query_leaf *leaf)
{
	static const char *const names[8] = {
		"---", "--x", "-w-", "-wx", "r--", "r-x", "rw-", "rwx",
	};
	struct file_segment segment;

	if (!files_segment(view->space, &where->file, where->address,
			   &segment))
		return false;
	query_leaf_set(leaf, QUERY_STATIC_SEGMENT, segment.base,
		       segment.limit - segment.base);
	leaf->info.name = names[segment.flags & 7];
	return true;
}

void query_static_file(const struct query_view *view,
		       const struct query_static *where,
		       struct query_leaf *leaf)
{
	query_leaf_set(leaf, QUERY_STATIC_FILE, where->file.base,
		       where->file.limit - where->file.base);
	leaf->info.name = view->operations->string(view, where->file.path);
}

bool query_static_locate(const struct query_view *view, uint64_t address,
			 struct query_static *where)
{
	uint64_t node;

	if (!files_find(view->space, view->index->files, address, &where->file,
			&node))
		return false;
	where->address = address;
	where->link_address = address - where->file.bias;
	where->metafile = view->operations->metadata(view, &where->file, node);
	return true;
}

static bool answer_symbol(const struct query_view *view,
			  const struct query_static *where,
			  enum query_depth depth, struct query_leaf *leaf)
{
	if (where->metafile)
		return set_variable(where, leaf) || set_symbol(where, leaf);
	return set_dynamic_symbol(view, where, depth, leaf);
}

bool query_find_static(const struct query_view *view, uint64_t address,
		       enum query_depth depth, struct query_leaf *leaf)
{
	struct query_static where;

	if (!query_static_locate(view, address, &where))
		return false;
	if (!answer_symbol(view, &where, depth, leaf) &&
	    !query_static_section(&where, leaf) &&
	    !query_static_segment(view, &where, leaf))
		query_static_file(view, &where, leaf);
	if (!where.metafile && !leaf->info.type)
		leaf->info.type_status = ALLOC_NO_METADATA;
	if (depth >= QUERY_ALL)
		leaf->info.site.module =
			view->operations->string(view, where.file.path);
	return true;
}
