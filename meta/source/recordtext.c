/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/recordtext.h"

#include <ctype.h>
#include <string.h>

#include "meta/source/declaration.h"
#include "meta/source/sourcefile.h"

enum {
	FILE_LIMIT = 64,        /* that are searched */
	RECORD_LIMIT = 1 << 16, /* bytes of one definition */
	BUDGET = 1 << 16,
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Does the text before AT end with WORD and white space? */
static bool follows_word(const char *text, const char *at, const char *word)
{
	size_t size = strlen(word);

	if (at == text || !isspace((unsigned char)at[-1]))
		return false;
	while (at > text && isspace((unsigned char)at[-1]))
		at--;
	return (size_t)(at - text) >= size &&
	       memcmp(at - size, word, size) == 0 &&
	       ((size_t)(at - text) == size || !is_word(at[-1 - (long)size]));
}

/* The brace of the definition of TAG in FILE, from AT on; NULL: none. */
static const char *find_brace(const struct sourcefile *file, const char *at,
			      const char *tag)
{
	const char *end = file->text + file->size;
	size_t size = strlen(tag);

	while ((at = memmem(at, (size_t)(end - at), tag, size)) != NULL) {
		const char *next = at + size;

		while (next < end && isspace((unsigned char)*next))
			next++;
		if (next < end && *next == '{' &&
		    (follows_word(file->text, at, "struct") ||
		     follows_word(file->text, at, "union")))
			return next;
		at += size;
	}
	return NULL;
}

/* The tokens in the braces that begin CODE. */
static uint32_t body_size(const struct token_list *code)
{
	uint32_t depth = 0, i = 0;

	for (; i < code->count; i++) {
		if (token_is(&code->at[i], "{"))
			depth++;
		else if (token_is(&code->at[i], "}") && !--depth)
			break;
	}
	return i < code->count ? i : 0;
}

static bool find_member(const struct scope *scope,
			const struct sourcefile *file, const char *brace,
			const struct token *name, struct ctype *type)
{
	struct token_list code = { 0 }, directives = { 0 };
	struct function_text text = { .budget = BUDGET, .cxx = file->cxx };
	size_t size = (size_t)(file->text + file->size - brace);
	struct scope inner = *scope;
	bool found = false;

	inner.text = &text;
	if (token_scan(brace, size < RECORD_LIMIT ? size : RECORD_LIMIT, &code,
		       &directives) == STATUS_OK) {
		text.at = code.at;
		text.count = text.here = body_size(&code);
		found = declaration_find(&inner, name, type) && type->known;
	}
	token_list_deinit(&code);
	token_list_deinit(&directives);
	return found;
}

bool record_text_member(const struct scope *scope, const char *tag,
			const struct token *name, struct ctype *type)
{
	struct sourcefile *const *files;
	uint32_t count;

	if (!scope->unit || !*tag)
		return false;
	count = sourcefile_visible(scope->files, scope->unit, &files);
	for (uint32_t i = 0; i < count && i < FILE_LIMIT; i++) {
		const char *brace = find_brace(files[i], files[i]->text, tag);

		if (brace)
			return find_member(scope, files[i], brace, name, type);
	}
	return false;
}

/* ---- typedefs ---- */

/* The word that ends before AT and white space; its SIZE is 0 if there is
 * none. */
static const char *word_before(const char *text, const char *at, size_t *size)
{
	const char *end;

	while (at > text && isspace((unsigned char)at[-1]))
		at--;
	end = at;
	while (at > text && is_word(at[-1]))
		at--;
	*size = (size_t)(end - at);
	return at;
}

/* The brace that the one before END closes; NULL: none that is near. */
static const char *opening_brace(const char *text, const char *end)
{
	const char *least = end - text > RECORD_LIMIT ? end - RECORD_LIMIT
						      : text;
	uint32_t depth = 0;

	while (end > least) {
		end--;
		if (*end == '}')
			depth++;
		else if (*end == '{' && !--depth)
			return end;
	}
	return NULL;
}

static bool is_record_word(const char *word, size_t size)
{
	return (size == 6 && !memcmp(word, "struct", 6)) ||
	       (size == 5 && !memcmp(word, "union", 5));
}

/* The tag in `typedef struct TAG' or `typedef struct TAG {...}', which ends
 * before AT; its SIZE is 0 if it has none.  NULL: no such thing. */
static const char *typedef_tag(const char *text, const char *at, size_t *size)
{
	const char *tag, *word, *end = at;
	size_t word_size;

	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	if (end > text && end[-1] == '}')
		at = opening_brace(text, end);
	if (!at)
		return NULL;
	word = tag = word_before(text, at, size);
	word_size = *size;
	if (is_record_word(word, word_size))
		*size = 0;
	else
		word = word_before(text, tag, &word_size);
	return is_record_word(word, word_size) &&
			       follows_word(text, word, "typedef")
		       ? tag : NULL;
}

/* What the POINTER in `NAME, *POINTER;' points to: AT is behind the name. */
static bool beside_pointer(const struct scope *scope,
			   const struct names_asker *asker,
			   const struct sourcefile *file, const char *at,
			   struct ctype *type)
{
	const char *end = file->text + file->size, *word;
	uint32_t pointer;

	while (at < end && (isspace((unsigned char)*at) || *at == ','))
		at++;
	if (at == end || *at != '*')
		return false;
	do
		at++;
	while (at < end && isspace((unsigned char)*at));
	for (word = at; at < end && is_word(*at);)
		at++;
	pointer = names_type(scope->names, NAMES_TYPES, word,
			     (size_t)(at - word), asker);
	return pointer != MODEL_NONE &&
	       model_type_pointee(scope->model, pointer, &type->type) &&
	       type->type != MODEL_NONE;
}

/* The typedef that FILE makes of NAME, as a whole word, at AT. */
static bool read_typedef(const struct scope *scope,
			 const struct sourcefile *file, const char *at,
			 size_t size, struct ctype *type)
{
	const struct names_asker asker = {
		.unit_file = scope->function ? scope->function->unit_file
					     : MODEL_NONE,
		.wanted = scope->size, .by_size = scope->by_size,
	};
	const char *end = file->text + file->size, *next = at + size, *tag;
	size_t tag_size;

	while (next < end && isspace((unsigned char)*next))
		next++;
	if (next == end || (*next != ';' && *next != ',') ||
	    (at > file->text && is_word(at[-1])))
		return false;
	tag = typedef_tag(file->text, at, &tag_size);
	if (!tag)
		return false;
	*type = (struct ctype){ .type = MODEL_NONE };
	if (tag_size)
		type->type = names_type(scope->names, NAMES_TAGS, tag,
					tag_size, &asker);
	type->known = type->type != MODEL_NONE ||
		      beside_pointer(scope, &asker, file, next, type);
	return type->known;
}

bool record_text_typedef(const struct scope *scope, const struct token *name,
			 struct ctype *type)
{
	struct sourcefile *const *files;
	uint32_t count;

	if (!scope->unit || !name->size)
		return false;
	count = sourcefile_visible(scope->files, scope->unit, &files);
	for (uint32_t i = 0; i < count && i < FILE_LIMIT; i++) {
		const char *end = files[i]->text + files[i]->size;
		const char *at = files[i]->text;

		while ((at = memmem(at, (size_t)(end - at), name->text,
				    name->size)) != NULL) {
			if (read_typedef(scope, files[i], at, name->size, type))
				return true;
			at += name->size;
		}
	}
	return false;
}
