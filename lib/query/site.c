/* SPDX-License-Identifier: Apache-2.0 */
#include "query/site.h"

#include <string.h>

#include "index/files.h"
#include "type/types.h"

bool query_site_raw(const struct query_view *view, uint32_t id,
		    struct allotype_site *raw)
{
	struct allotype_site_table buffer;
	const struct allotype_site_table *table;

	if (!id || !view->index->sites)
		return false;
	table = SPACE_VIEW(view->space, view->index->sites, &buffer);
	/* Acquire: an entry is complete before the count covers it. */
	return table &&
	       id < __atomic_load_n(&table->count, __ATOMIC_ACQUIRE) &&
	       space_read(view->space, table->entries + id * sizeof *raw, raw,
			  sizeof *raw);
}

/* The file of a site; one that was met before the files were known has only
 * its address. */
static bool find_file(const struct query_view *view, struct query_site *site)
{
	uint64_t files =
		__atomic_load_n(&view->index->files, __ATOMIC_ACQUIRE);

	if (site->raw.file)
		return files_find_serial(view->space, files, site->raw.file,
					 &site->file, &site->node);
	if (!files_find(view->space, files, site->raw.address - 1, &site->file,
			&site->node))
		return false;
	site->raw.offset = site->raw.address - site->file.bias;
	return true;
}

static bool find_code(const struct query_view *view, uint32_t id,
		      struct query_site *site)
{
	if (!query_site_raw(view, id, &site->raw))
		return false;
	site->metafile = NULL;
	site->has_meta = false;
	site->node = 0;
	if (!find_file(view, site)) {
		site->file.serial = 0;
		return true;
	}
	site->metafile =
		view->operations->metadata(view, &site->file, site->node);
	if (site->metafile)
		site->has_meta = metafile_site_at(
			site->metafile, site->raw.offset, &site->meta);
	return true;
}

#ifdef ALLOTYPE_REMOTE

static const struct alloc_type *find_hash(const struct metafile *metafile,
					  uint64_t hash)
{
	uint32_t count = metafile_type_count(metafile);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = metafile_type_number(metafile, i);

		if (metafile_type_hash(metafile, number) == hash)
			return types_from_file(metafile, number);
	}
	return NULL;
}

/* The pointer to the type says nothing outside its process. */
static const struct alloc_type *
declared_type(const struct query_view *view,
	      const struct allotype_site *declaration)
{
	uint64_t files = view->index->files;
	const struct alloc_type *type = NULL;

	for (unsigned int i = 0; !type && files && i < FILES_MAX; i++) {
		const struct metafile *metafile;
		struct allotype_file file;

		if (!space_read(view->space, files, &file, sizeof file))
			break;
		metafile = view->operations->metadata(view, &file, files);
		if (metafile)
			type = find_hash(metafile, declaration->offset);
		files = file.next;
	}
	return type;
}

#else

static const struct alloc_type *
declared_type(const struct query_view *view,
	      const struct allotype_site *declaration)
{
	(void)view;
	return (const struct alloc_type *)(uintptr_t)declaration->address;
}

#endif

bool query_site_find(const struct query_view *view, uint32_t id,
		     struct query_site *site)
{
	struct allotype_site raw;
	struct query_site inner;

	if (!find_code(view, id, site))
		return false;
	site->type_metafile = site->metafile;
	site->has_type_meta = site->has_meta;
	if (site->has_meta)
		site->type_meta = site->meta;
	site->declared = NULL;
	if (query_site_raw(view, site->raw.typed, &raw) &&
	    raw.flags & ALLOTYPE_SITE_TYPE) {
		site->declared = declared_type(view, &raw);
		return true;
	}
	if (site->raw.typed && find_code(view, site->raw.typed, &inner) &&
	    inner.has_meta) {
		site->type_metafile = inner.metafile;
		site->has_type_meta = true;
		site->type_meta = inner.meta;
	}
	return true;
}

static const char *string_or_null(const struct metafile *file, uint32_t offset)
{
	const char *string = metafile_string(file, offset);

	return *string ? string : NULL;
}

/* Function and line of the code at link-time ADDRESS. */
static void code_from_metadata(const struct metafile *file, uint64_t address,
			       struct alloc_site *code)
{
	struct metafile_function function;
	struct allotype_meta_line line;
	struct allotype_meta_symbol symbol;

	if (metafile_function_at(file, address, &function))
		code->function = string_or_null(file, function.name);
	if (!code->function && metafile_symbol_at(file, address, &symbol))
		code->function = string_or_null(file, symbol.name);
	if (metafile_line_at(file, address, &line)) {
		code->file = metafile_source_file(file, line.file);
		code->line = line.line;
	}
}

static void code_from_symbols(const struct query_view *view,
			      const struct allotype_file *file,
			      uint64_t address, struct alloc_site *code)
{
	struct file_symbol symbol;

	if (files_symbol(view->space, file, address, &symbol))
		code->function = view->operations->string(view, symbol.name);
}

void query_site_code(const struct query_view *view,
		     const struct query_site *site, struct alloc_site *code)
{
	const struct allotype_meta_site *meta =
		site->has_meta ? &site->meta : NULL;

	*code = (struct alloc_site){
		.address = (const void *)(uintptr_t)site->raw.address,
	};
	if (!site->file.serial)
		return;
	code->module = view->operations->string(view, site->file.path);
	if (meta) {
		code->function = string_or_null(site->metafile,
						meta->function);
		code->file = metafile_source_file(site->metafile, meta->file);
		code->line = meta->line;
	}
	if (code->function && code->file)
		return;
	if (site->metafile)
		code_from_metadata(site->metafile, site->raw.offset - 1, code);
}

void query_code_at(const struct query_view *view, uint64_t address,
		   bool is_return, struct alloc_site *code)
{
	uint64_t at = is_return ? address - 1 : address, node;
	const struct metafile *metafile;
	struct allotype_file file;

	*code = (struct alloc_site){
		.address = (const void *)(uintptr_t)address,
	};
	if (!files_find(view->space, view->index->files, at, &file, &node))
		return;
	code->module = view->operations->string(view, file.path);
	metafile = view->operations->metadata(view, &file, node);
	if (metafile)
		code_from_metadata(metafile, at - file.bias, code);
	else
		code_from_symbols(view, &file, at, code);
}

void query_code_complete(const struct query_view *view,
			 struct alloc_site *code)
{
	struct alloc_site found;

	if (code->function || !code->address)
		return;
	query_code_at(view, (uint64_t)(uintptr_t)code->address, true, &found);
	/* Its file may be gone, and another one in its place. */
	if (code->module &&
	    (!found.module || strcmp(code->module, found.module) != 0))
		return;
	code->function = found.function;
	if (!code->module)
		code->module = found.module;
}

/* ---- types ---- */

void query_site_type(const struct query_site *site,
		     struct query_site_type *result)
{
	const struct allotype_meta_site *meta =
		site->has_type_meta ? &site->type_meta : NULL;
	bool of_caller = !meta || (meta->kind == ALLOTYPE_META_SITE_WRAPPER &&
		!(meta->flags & ALLOTYPE_META_SITE_TYPED_INSIDE));

	*result = (struct query_site_type){ .status = ALLOC_NO_TYPE };
	if (site->declared) {
		result->type = site->declared;
		result->status = ALLOC_OK;
		result->evidence = ALLOC_EVIDENCE_DECLARED;
		result->confidence = 100;
		return;
	}
	if (!site->type_metafile ||
	    (site->raw.flags & ALLOTYPE_SITE_DIRECT && of_caller)) {
		result->status = ALLOC_NO_METADATA;
		return;
	}
	if (of_caller)
		return;
	result->bytes = meta->flags & ALLOTYPE_META_SITE_BYTES;
	result->single = meta->flags & ALLOTYPE_META_SITE_SINGLE;
	result->floating = meta->flags & ALLOTYPE_META_SITE_FLOATING;
	result->evidence = meta->evidence;
	if (meta->flags & ALLOTYPE_META_SITE_CARVED)
		result->evidence |= ALLOC_EVIDENCE_CARVED;
	result->confidence = meta->confidence;
	if (meta->type_offset > 0)
		result->offset = (uint64_t)meta->type_offset;
	result->type = types_from_file(site->type_metafile, meta->type);
	if (result->bytes && alloc_type_size(result->type) != 1)
		result->type = types_builtin(TYPES_CHAR);
	if (alloc_type_kind(alloc_type_strip(result->type)) ==
	    ALLOC_KIND_VOID)
		result->type = NULL;
	if (result->type)
		result->status = ALLOC_OK;
}

bool query_site_alternative(const struct query_site *site, uint32_t number,
			    struct query_site_type *result)
{
	const struct allotype_meta_site *meta = &site->type_meta;
	struct allotype_meta_alternative other;

	if (!metafile_alternative(site->type_metafile,
				  meta->first_alternative + number, &other) ||
	    other.offset < 0)
		return false;
	*result = (struct query_site_type){
		.type = types_from_file(site->type_metafile, other.type),
		.offset = (uint64_t)other.offset,
		.evidence = other.evidence,
		.confidence = other.confidence,
	};
	return result->type;
}

/* Does the last member have no bound of its own? */
static bool has_flexible_tail(const struct alloc_type *type)
{
	enum { DEPTH_MAX = 8 };

	for (int i = 0; i < DEPTH_MAX; i++) {
		struct alloc_member member;
		size_t count;

		type = alloc_type_strip(type);
		if (alloc_type_kind(type) == ALLOC_KIND_ARRAY)
			return alloc_type_element_count(type) == 0;
		if (alloc_type_kind(type) != ALLOC_KIND_STRUCT)
			return false;
		count = alloc_type_member_count(type);
		if (!count || alloc_type_member(type, count - 1, &member))
			return false;
		type = member.type;
	}
	return false;
}

unsigned int query_site_fit(const struct query_site_type *type, uint64_t size,
			    uint64_t *count)
{
	uint64_t element = alloc_type_size(type->type);
	uint64_t room = size > type->offset ? size - type->offset : 0;

	*count = 0;
	if (type->bytes) {
		*count = room;
		return type->confidence;
	}
	if (!element || room == element)
		return type->confidence;
	if (room < element)
		return type->confidence / 2;
	if (type->single || has_flexible_tail(type->type))
		return type->confidence;
	if (room % element == 0) {
		*count = room / element;
		return type->confidence;
	}
	return type->confidence * 2 / 3;
}

/* ---- memory ---- */

static bool work_out(const struct query_view *view, uint32_t id,
		     struct query_site_facts *facts, bool *final)
{
	struct query_site site;

	if (!query_site_find(view, id, &site))
		return false;
	query_site_code(view, &site, &facts->code);
	query_site_type(&site, &facts->type);
	*final = site.metafile != NULL;
	return true;
}

#ifdef ALLOTYPE_REMOTE

bool query_site_facts(const struct query_view *view, uint32_t id,
		      struct query_site_facts *facts)
{
	bool final;

	return work_out(view, id, facts, &final);
}

#else

/*
 * The facts of a site with metadata never change, so they are kept, by id.
 * An entry's version is odd while somebody writes it.  Nobody waits: who
 * finds it so, a signal handler for one, works the facts out again.
 */
enum { MEMO_SIZE = 1024 };

enum { FACT_WORDS = sizeof(struct query_site_facts) / sizeof(uint64_t) };

union fact_words {
	struct query_site_facts facts;
	uint64_t words[FACT_WORDS];
};
_Static_assert(sizeof(union fact_words) == sizeof(struct query_site_facts),
	       "facts are whole words");

struct memo {
	uint32_t version; /* see remember and recall */
	uint32_t id;      /* relaxed, as the words: the version guards them */
	union fact_words content;
};

static struct memo memos[MEMO_SIZE];

static bool recall(uint32_t id, struct query_site_facts *facts)
{
	const struct memo *memo = &memos[id % MEMO_SIZE];
	/* Acquire: with the release of the even version in remember. */
	uint32_t version = __atomic_load_n(&memo->version, __ATOMIC_ACQUIRE);

	union fact_words copy;

	if (version % 2 || __atomic_load_n(&memo->id, __ATOMIC_RELAXED) != id)
		return false;
	for (int i = 0; i < FACT_WORDS; i++)
		copy.words[i] = __atomic_load_n(&memo->content.words[i],
						__ATOMIC_RELAXED);
	*facts = copy.facts;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&memo->version, __ATOMIC_RELAXED) == version;
}

static void remember(uint32_t id, const struct query_site_facts *facts)
{
	const union fact_words source = { .facts = *facts };
	struct memo *memo = &memos[id % MEMO_SIZE];
	uint32_t version = __atomic_load_n(&memo->version, __ATOMIC_RELAXED);

	if (version % 2 ||
	    !__atomic_compare_exchange_n(&memo->version, &version, version + 1,
					 false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&memo->id, id, __ATOMIC_RELAXED);
	for (int i = 0; i < FACT_WORDS; i++)
		__atomic_store_n(&memo->content.words[i], source.words[i],
				 __ATOMIC_RELAXED);
	__atomic_store_n(&memo->version, version + 2, __ATOMIC_RELEASE);
}

bool query_site_facts(const struct query_view *view, uint32_t id,
		      struct query_site_facts *facts)
{
	bool final;

	if (id && recall(id, facts))
		return true;
	if (!work_out(view, id, facts, &final))
		return false;
	if (final)
		remember(id, facts);
	return true;
}

#endif
