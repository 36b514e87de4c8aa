/* SPDX-License-Identifier: Apache-2.0 */
#include "query/describe.h"

#include "query/site.h"
#include "type/types.h"

void describe_evidence(struct text *text, unsigned int evidence)
{
	static const char *const names[] = {
		"declared",  "sizeof", "cast",     "variable",    "member",
		"global",    "return", "argument", "constructor", "template",
		"size",      "realloc", "callee",  "debuginfo",   "vtable",
		"pointer",   "symbol", "system",   "content",
		"carved",    "compiler",
	};
	bool first = true;

	for (unsigned int i = 0; i < sizeof names / sizeof *names; i++) {
		if (!(evidence & 1u << i))
			continue;
		if (!first)
			text_append_char(text, '+');
		text_append(text, names[i]);
		first = false;
	}
}

static void append_place(struct text *text, const struct alloc_site *site)
{
	text_append(text, site->file);
	if (site->line) {
		text_append_char(text, ':');
		text_append_decimal(text, site->line);
	}
}

void describe_code(struct text *text, const struct alloc_site *site)
{
	if (site->function)
		text_append(text, site->function);
	else
		text_append_hex(text, (uintptr_t)site->address);
	if (site->file) {
		text_append(text, " (");
		append_place(text, site);
		text_append_char(text, ')');
	} else if (site->module) {
		text_append(text, " in ");
		text_append(text, site->module);
	}
}

/* ---- the way into the leaf ---- */

static bool is_one_element(const struct query_path *path, unsigned int steps)
{
	return steps == 1 && path->inner.steps[0].kind == SUBOBJECT_ELEMENT;
}

static void append_element(struct text *text, const struct query_path *path)
{
	text_append(text, "element ");
	text_append_decimal(text, path->inner.steps[0].index);
	text_append(text, " of ");
	text_append(text, alloc_type_name(path->leaf.info.type));
}

/* ((struct weasel *)0x...)->weight, ((struct weasel *)0x...)[3].weight */
static void append_cast(struct text *text, const struct query_path *path,
			unsigned int steps)
{
	const struct alloc_type *type = path->leaf.info.type;
	const struct alloc_type *bare = alloc_type_strip(type);
	const struct subobject_step *step = path->inner.steps;
	unsigned int first = 0;

	if (alloc_type_kind(bare) == ALLOC_KIND_ARRAY)
		type = alloc_type_target(bare);
	text_append(text, "((");
	text_append(text, alloc_type_name(types_pointer(type)));
	text_append_char(text, ')');
	text_append_hex(text, path->leaf.base + path->leaf.type_offset);
	text_append_char(text, ')');
	while (first < steps && subobject_is_silent(&step[first]))
		first++;
	if (first < steps && step[first].kind == SUBOBJECT_MEMBER) {
		text_append(text, "->");
		text_append(text, step[first++].name);
	}
	subobject_append(text, &path->inner, first, steps);
}

static void append_field_type(struct text *text,
			      const struct subobject_step *step)
{
	text_append(text, " (");
	text_append(text, alloc_type_name(step->type));
	if (step->bit_size) {
		text_append(text, " : ");
		text_append_decimal(text, step->bit_size);
	}
	text_append_char(text, ')');
}

/* What C would call it; objects of a class have no names of their own. */
static const char *name_of(const struct query_path *path)
{
	return path->leaf.kind == QUERY_CLASS ? NULL : path->leaf.info.name;
}

/* name, name+12 within code */
static void append_name(struct text *text, const struct query_path *path)
{
	text_append(text, path->leaf.info.name);
	if (path->leaf.is_code && path->address > path->leaf.base) {
		text_append_char(text, '+');
		text_append_decimal(text, path->address - path->leaf.base);
	}
}

/* What is at the address, as C writes it: the first STEPS of the way into
 * the leaf. */
static void append_expression(struct text *text, const struct query_path *path,
			      unsigned int steps)
{
	const struct alloc_info *info = &path->leaf.info;

	if (steps > path->inner.count)
		steps = path->inner.count;
	if (name_of(path)) {
		append_name(text, path);
		subobject_append(text, &path->inner, 0, steps);
	} else if (is_one_element(path, steps)) {
		append_element(text, path);
		return;
	} else if (steps) {
		append_cast(text, path, steps);
	} else {
		text_append(text, alloc_type_name(info->type));
		return;
	}
	if (steps)
		append_field_type(text, &path->inner.steps[steps - 1]);
}

/* ---- the leaf ---- */

static const char *file_of(const struct query_path *path)
{
	const char *module = path->leaf.info.site.module;

	return module ? module : "?";
}

static void append_state(struct text *text, const struct query_path *path)
{
	const struct query_leaf *leaf = &path->leaf;

	if (leaf->info.status == ALLOC_FREED) {
		text_append(text, leaf->info.type ? "freed, was " : "freed, ");
	} else if (leaf->info.status == ALLOC_UNUSED) {
		if (!leaf->site) {
			text_append(text, "unused");
			return;
		}
		if (path->address > leaf->limit)
			text_format(text, "%llu bytes ",
				    (unsigned long long)(path->address -
							 leaf->limit));
		text_append(text, "past the end of ");
	}
}

static void append_frame(struct text *text, const char *function)
{
	text_append(text, "frame of ");
	text_append(text, function ? function : "a function without a name");
}

/* STEPS: how far into the leaf the words go. */
static void append_what(struct text *text, const struct query_path *path,
			unsigned int steps)
{
	const struct query_leaf *leaf = &path->leaf;
	const struct alloc_info *info = &leaf->info;

	append_state(text, path);
	if (info->status == ALLOC_UNUSED && !leaf->site)
		return;
	switch (leaf->kind) {
	case QUERY_STATIC_SEGMENT:
	case QUERY_STATIC_SECTION:
		text_format(text, "%s of %s", info->name, file_of(path));
		return;
	case QUERY_STATIC_FILE:
	case QUERY_MMAP:
	case QUERY_BRK:
		text_append(text, info->name ? info->name : "anonymous");
		return;
	case QUERY_STACK:
	case QUERY_TLS:
		text_append(text, "of a thread");
		return;
	default:
		break;
	}
	if (leaf->kind == QUERY_STACKFRAME && !info->type) {
		append_frame(text, info->name);
		return;
	}
	if (!name_of(path) && !info->type) {
		if (info->status == ALLOC_UNUSED)
			text_append(text, "an object of ");
		text_format(text, "no type (%s)",
			    alloc_status_text(info->type_status));
		return;
	}
	append_expression(text, path, steps);
	/* The type of the whole, unless the words said it already. */
	if (name_of(path) && info->type && !steps)
		text_format(text, " (%s)", alloc_type_name(info->type));
	else if (steps && (name_of(path) || !is_one_element(path, steps)))
		text_format(text, ", %s", alloc_type_name(info->type));
}

static void append_bounds(struct text *text, const struct query_path *path)
{
	const struct query_leaf *leaf = &path->leaf;

	if (leaf->limit == leaf->base &&
	    (leaf->kind != QUERY_HEAP || leaf->info.status == ALLOC_UNUSED))
		return;
	if (leaf->kind == QUERY_CLASS && leaf->info.name)
		text_format(text, ", of class %s", leaf->info.name);
	text_format(text, ", %llu bytes at 0x%llx +%llu",
		    (unsigned long long)(leaf->limit - leaf->base),
		    (unsigned long long)leaf->base,
		    (unsigned long long)(path->address - leaf->base));
}

static void append_evidence(struct text *text, const struct alloc_info *info)
{
	if (!info->type || !info->evidence)
		return;
	text_append(text, ", evidence ");
	describe_evidence(text, info->evidence);
	text_format(text, " (%u%%)", info->confidence);
}

static void append_sites(struct text *text, const struct query_path *path)
{
	const struct alloc_info *info = &path->leaf.info;

	switch (path->leaf.kind) {
	case QUERY_HEAP:
	case QUERY_CLASS:
	case QUERY_MMAP:
	case QUERY_BRK:
		if (info->site.address) {
			text_append(text, ", allocated in ");
			describe_code(text, &info->site);
		}
		if (info->status == ALLOC_FREED && info->free_site.address) {
			text_append(text, ", freed in ");
			describe_code(text, &info->free_site);
		}
		return;
	case QUERY_STACKFRAME:
		text_append(text, ", in ");
		describe_code(text, &info->site);
		return;
	case QUERY_STATIC_SYMBOL:
		if (info->site.file) {
			text_append(text, ", defined at ");
			append_place(text, &info->site);
		}
		text_format(text, ", in %s", file_of(path));
		return;
	default:
		return;
	}
}

static void append_leaf(struct text *text, const struct query_path *path,
			unsigned int steps)
{
	append_what(text, path, steps);
	append_bounds(text, path);
	append_evidence(text, &path->leaf.info);
	append_sites(text, path);
}

static void complete_sites(const struct query_view *view,
			   struct query_path *path)
{
	query_code_complete(view, &path->leaf.info.site);
	query_code_complete(view, &path->leaf.info.free_site);
}

void describe_object(struct text *text, const struct query_view *view,
		     struct query_path *path)
{
	bool at_base = path->address == path->leaf.base;

	complete_sites(view, path);
	append_what(text, path, at_base ? 0 : path->inner.count);
	append_bounds(text, path);
	append_sites(text, path);
}

size_t query_describe_line(const struct query_view *view, uint64_t address,
			   char *buffer, size_t size)
{
	struct query_path path;
	struct text text;

	text_init(&text, buffer, size);
	text_append_hex(&text, address);
	if (query_path_find_inner(view, address, &path) == ALLOC_UNMAPPED) {
		text_append(&text, ": nothing is mapped here");
		return text.length;
	}
	complete_sites(view, &path);
	text_format(&text, " %s: ", path.leaf.info.allocator->name);
	append_leaf(&text, &path, path.inner.count);
	return text.length;
}

/* ---- levels ---- */

static void append_padded(struct text *text, const char *word)
{
	enum { COLUMN = 16 };
	size_t before = text->length;

	text_append(text, word);
	while (text->length - before < COLUMN)
		text_append_char(text, ' ');
}

static void append_outer(struct text *text, const struct query_path *path,
			 const struct alloc_level *level)
{
	uint64_t base = (uintptr_t)level->base;

	append_padded(text, level->allocator->name);
	if (level->allocator == &query_allocators[QUERY_STACKFRAME])
		append_frame(text, level->name);
	else if (level->allocator == &query_allocators[QUERY_STACK])
		text_append(text, "of a thread");
	else
		text_append(text, level->name ? level->name : "anonymous");
	text_format(text, ", %zu bytes at 0x%llx +%llu\n",
		    (size_t)((uintptr_t)level->limit - base),
		    (unsigned long long)base,
		    (unsigned long long)(path->address - base));
}

static void append_field(struct text *text, const struct query_path *path,
			 unsigned int number)
{
	const struct subobject_step *step = &path->inner.steps[number];
	uint64_t base =
		path->leaf.base + path->leaf.type_offset + step->offset;

	append_padded(text, query_allocators[QUERY_FIELD].name);
	append_expression(text, path, number + 1);
	text_format(text, ", %llu bytes at 0x%llx +%llu\n",
		    (unsigned long long)step->size, (unsigned long long)base,
		    (unsigned long long)(path->address - base));
}

size_t query_describe_levels(const struct query_view *view, uint64_t address,
			     char *buffer, size_t size)
{
	struct query_path path;
	struct text text;

	text_init(&text, buffer, size);
	if (query_path_find(view, address, &path) == ALLOC_UNMAPPED) {
		append_padded(&text, query_allocators[QUERY_NONE].name);
		text_append(&text, "nothing is mapped here\n");
		return text.length;
	}
	complete_sites(view, &path);
	for (unsigned int i = 0; i < path.outer_count; i++)
		append_outer(&text, &path, &path.outer[i]);
	append_padded(&text, path.leaf.info.allocator->name);
	append_leaf(&text, &path, 0);
	text_append_char(&text, '\n');
	for (unsigned int i = 0; i < path.inner.count; i++)
		append_field(&text, &path, i);
	return text.length;
}
