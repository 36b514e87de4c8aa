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
