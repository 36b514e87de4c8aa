/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/alloc_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/flow.h"
#include "meta/siphash.h"

enum { NAME_MAX_SIZE = 1024, DEPTH_MOST = 8 };

/* Types with pointers have the upper half of all tokens. */
static const uint64_t half = UINT64_MAX / 2;

/* ---- names as clang prints types: without tags' keywords ---- */

struct name {
	char text[NAME_MAX_SIZE];
	size_t size;
};

static bool append(struct name *name, const char *text)
{
	size_t size = strlen(text);

	if (size >= sizeof name->text - name->size)
		return false;
	memcpy(name->text + name->size, text, size + 1);
	name->size += size;
	return true;
}

static bool append_plain(struct name *name, const char *spelling)
{
	static const char *const keywords[] = { "struct ", "union ", "enum " };

	if (!spelling || strchr(spelling, '('))
		return false;
	for (unsigned int i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (!strncmp(spelling, keywords[i], strlen(keywords[i])))
			spelling += strlen(keywords[i]);
	return append(name, spelling);
}

static bool append_type(const struct model *model, uint32_t type, int depth,
			struct name *name);

static bool append_pointer(const struct model *model,
			   const struct model_type *pointer, int depth,
			   struct name *name)
{
	return !(pointer->flags & ALLOTYPE_META_TYPE_REFERENCE) &&
	       append_type(model, pointer->target, depth + 1, name) &&
	       append(name, name->text[name->size - 1] == '*' ? "*" : " *");
}

static bool append_const(const struct model *model,
			 const struct model_type *qualified, int depth,
			 struct name *name)
{
	uint32_t pointee;

	if (model_type_pointee(model, qualified->target, &pointee))
		return append_type(model, qualified->target, depth + 1,
				   name) && append(name, "const");
	return append(name, "const ") &&
	       append_type(model, qualified->target, depth + 1, name);
}

static bool append_type(const struct model *model, uint32_t type, int depth,
			struct name *name)
{
	const struct model_type *t;

	if (type == MODEL_NONE)
		return append(name, "void");
	t = &model->types.at[type];
	if (depth == DEPTH_MOST)
		return false;
	switch (t->kind) {
	case ALLOC_KIND_VOID:
		return append(name, "void");
	case ALLOC_KIND_TYPEDEF:
		return append_type(model, t->target, depth + 1, name);
	case ALLOC_KIND_POINTER:
		return append_pointer(model, t, depth, name);
	case ALLOC_KIND_CONST:
		return append_const(model, t, depth, name);
	case ALLOC_KIND_BASE:
	case ALLOC_KIND_STRUCT:
	case ALLOC_KIND_UNION:
	case ALLOC_KIND_ENUM:
		return append_plain(name, t->name);
	default:
		return false;
	}
}

/* ---- the index ---- */

/* LLVM's stable one. */
static uint64_t hash_of(const struct name *name)
{
	static const uint8_t key[16] = {
		0xb5, 0xd4, 0xc9, 0xeb, 0x79, 0x10, 0x4a, 0x79,
		0x6f, 0xec, 0x8b, 0x1b, 0x42, 0x87, 0x81, 0xd4,
	};

	return siphash(name->text, name->size, key) % half;
}

/* Is it what typedefs and declarations lead to, and complete? */
static bool is_whole(const struct model *model, uint32_t type)
{
	return model_type_strip(model, type) == type &&
	       model->types.at[type].size;
}

static int token_order(const void *a, const void *b)
{
	const struct alloc_token *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

enum status alloc_tokens_init(struct alloc_tokens *tokens,
			      const struct model *model)
{
	*tokens = (struct alloc_tokens){ .count = 0 };
	for (uint32_t i = 0; i < model->types.count; i++) {
		struct name name = { .size = 0 };
		struct alloc_token *token;

		if (!is_whole(model, i) || !append_type(model, i, 0, &name))
			continue;
		token = MODEL_APPEND(tokens, 1);
		if (!token)
			return STATUS_NO_MEMORY;
		token->hash = hash_of(&name);
		token->type = i;
	}
	if (tokens->count)
		qsort(tokens->at, tokens->count, sizeof *tokens->at,
		      token_order);
	return STATUS_OK;
}

void alloc_tokens_deinit(struct alloc_tokens *tokens)
{
	free(tokens->at);
	*tokens = (struct alloc_tokens){ .count = 0 };
}

uint32_t alloc_tokens_find(const struct alloc_tokens *tokens,
			   const struct model *model, uint64_t token)
{
	uint64_t hash = token < half ? token : token - half;
	uint32_t low = 0, high = tokens->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (tokens->at[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == tokens->count || tokens->at[low].hash != hash)
		return MODEL_NONE;
	for (uint32_t i = low + 1;
	     i < tokens->count && tokens->at[i].hash == hash; i++)
		if (flow_type_hash(model, tokens->at[i].type) !=
		    flow_type_hash(model, tokens->at[low].type))
			return MODEL_NONE;
	return tokens->at[low].type;
}

const char *alloc_tokens_plain_symbol(const char *symbol, bool *is_argument)
{
	static const char prefix[] = "__alloc_token_";
	size_t digits;

	*is_argument = false;
	if (strncmp(symbol, prefix, sizeof prefix - 1))
		return symbol;
	symbol += sizeof prefix - 1;
	digits = strspn(symbol, "0123456789");
	*is_argument = !digits || symbol[digits] != '_';
	return *is_argument ? symbol : symbol + digits + 1;
}
