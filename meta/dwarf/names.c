/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A C declarator wraps around its name: a type has a part on the left of it
 * ("int (*") and one on the right (")(char)").
 */
#include "meta/dwarf/names.h"

#include <stdio.h>
#include <string.h>

#include "meta/dwarf/hash.h"

enum { NAME_MAX_SIZE = 8192, NAME_DEPTH = 64 };

struct spelling {
	const struct model *model;
	size_t size;
	int depth;
	bool full;
	char text[NAME_MAX_SIZE];
};

static void spell_left(struct spelling *s, uint32_t index);
static void spell_right(struct spelling *s, uint32_t index);

static void append(struct spelling *s, const char *string)
{
	size_t size = strlen(string);

	if (size >= sizeof s->text - s->size) {
		s->full = true;
		return;
	}
	memcpy(s->text + s->size, string, size + 1);
	s->size += size;
}

static char last(const struct spelling *s)
{
	return s->size ? s->text[s->size - 1] : '\0';
}

/* Stars stand apart from words, not from each other. */
static void append_star(struct spelling *s, const char *star)
{
	if (s->size && !strchr("*&( ", last(s)))
		append(s, " ");
	append(s, star);
}

static const struct model_type *type_at(const struct spelling *s,
					uint32_t index)
{
	return index < s->model->types.count ? &s->model->types.at[index]
					     : NULL;
}

static bool wraps(const struct spelling *s, uint32_t index)
{
	const struct model_type *t = type_at(s, index);

	return t &&
	       (t->kind == ALLOC_KIND_ARRAY || t->kind == ALLOC_KIND_FUNCTION);
}

static void spell_record(struct spelling *s, const struct model_type *t)
{
	bool keyword = !(t->flags & (ALLOTYPE_META_TYPE_CXX |
				     MODEL_TYPE_NAMED_BY_TYPEDEF)) ||
		       (!t->tag && !(t->flags & MODEL_TYPE_NAMED_BY_TYPEDEF));

	if (keyword)
		append(s, t->kind == ALLOC_KIND_UNION  ? "union "
			  : t->kind == ALLOC_KIND_ENUM ? "enum "
						       : "struct ");
	append(s, t->tag ? t->tag : t->name ? t->name : "(anonymous)");
}

static void spell_pointer(struct spelling *s, const struct model_type *t)
{
	spell_left(s, t->target);
	if (wraps(s, t->target))
		append_star(s, "(");
	if (t->tag) {
		append_star(s, t->tag);
		append(s, "::*");
	} else if (t->flags & ALLOTYPE_META_TYPE_RVALUE) {
		append_star(s, "&&");
	} else if (t->flags & ALLOTYPE_META_TYPE_REFERENCE) {
		append_star(s, "&");
	} else {
		append_star(s, "*");
	}
}

/* "const char", but "char *const". */
static void spell_qualified(struct spelling *s, const struct model_type *t)
{
	static const char *const words[] = {
		[ALLOC_KIND_CONST] = "const",
		[ALLOC_KIND_VOLATILE] = "volatile",
		[ALLOC_KIND_RESTRICT] = "restrict",
		[ALLOC_KIND_ATOMIC] = "_Atomic",
	};
	const struct model_type *target = type_at(s, t->target);
	const struct model_type *below = target;

	for (int i = 0;
	     i < NAME_DEPTH && below && below->kind >= ALLOC_KIND_CONST; i++)
		below = type_at(s, below->target);
	if (below && below->kind == ALLOC_KIND_ARRAY) {
		/* gcc qualifies an array and its elements. */
		spell_left(s, t->target);
		return;
	}
	if (!below || below->kind != ALLOC_KIND_POINTER) {
		append(s, words[t->kind]);
		append(s, " ");
		spell_left(s, t->target);
		return;
	}
	spell_left(s, t->target);
	if (target->kind >= ALLOC_KIND_CONST)
		append(s, " ");
	append(s, words[t->kind]);
}

static void spell_parameters(struct spelling *s, const struct model_type *t)
{
	bool variadic = t->flags & ALLOTYPE_META_TYPE_VARIADIC;
	bool cxx = t->flags & ALLOTYPE_META_TYPE_CXX;

	if (s->size && !strchr("*&()", last(s)))
		append(s, " ");
	append(s, "(");
	for (uint32_t i = 0; i < t->count && !s->full; i++) {
		uint32_t type = s->model->members.at[t->first + i].type;

		if (i)
			append(s, ", ");
		spell_left(s, type);
		spell_right(s, type);
	}
	/* f() without a prototype is variadic to DWARF. */
	if (variadic && (t->count || cxx))
		append(s, t->count ? ", ..." : "...");
	else if (!t->count && !variadic && !cxx)
		append(s, "void");
	append(s, ")");
}

static void spell_left_kind(struct spelling *s, const struct model_type *t)
{
	switch (t->kind) {
	case ALLOC_KIND_STRUCT:
	case ALLOC_KIND_UNION:
	case ALLOC_KIND_ENUM:
		spell_record(s, t);
		break;
	case ALLOC_KIND_POINTER:
		spell_pointer(s, t);
		break;
	case ALLOC_KIND_ARRAY:
	case ALLOC_KIND_FUNCTION:
		spell_left(s, t->target);
		break;
	case ALLOC_KIND_CONST:
	case ALLOC_KIND_VOLATILE:
	case ALLOC_KIND_RESTRICT:
	case ALLOC_KIND_ATOMIC:
		spell_qualified(s, t);
		break;
	default:
		append(s, t->tag ? t->tag : "?");
	}
}

static void spell_left(struct spelling *s, uint32_t index)
{
	const struct model_type *t = type_at(s, index);

	if (s->full || s->depth >= NAME_DEPTH)
		return;
	s->depth++;
	if (t)
		spell_left_kind(s, t);
	else
		append(s, "void");
	s->depth--;
}

static void spell_array(struct spelling *s, const struct model_type *t)
{
	char bound[16];

	if (t->flags & ALLOTYPE_META_TYPE_FLEXIBLE)
		snprintf(bound, sizeof bound, "[]");
	else
		snprintf(bound, sizeof bound, "[%u]", t->count);
	append(s, bound);
	spell_right(s, t->target);
}

static void spell_right(struct spelling *s, uint32_t index)
{
	const struct model_type *t = type_at(s, index);

	if (!t || s->full || s->depth >= NAME_DEPTH)
		return;
	s->depth++;
	switch (t->kind) {
	case ALLOC_KIND_POINTER:
		if (wraps(s, t->target))
			append(s, ")");
		spell_right(s, t->target);
		break;
	case ALLOC_KIND_ARRAY:
		spell_array(s, t);
		break;
	case ALLOC_KIND_FUNCTION:
		spell_parameters(s, t);
		spell_right(s, t->target);
		break;
	case ALLOC_KIND_CONST:
	case ALLOC_KIND_VOLATILE:
	case ALLOC_KIND_RESTRICT:
	case ALLOC_KIND_ATOMIC:
		spell_right(s, t->target);
		break;
	}
	s->depth--;
}

static bool is_anonymous(const struct model_type *t)
{
	return !t->tag && hash_kind_has_members(t->kind) &&
	       t->kind != ALLOC_KIND_FUNCTION &&
	       !(t->flags & MODEL_TYPE_NAMED_BY_TYPEDEF);
}

static bool spell_all(struct model *model, bool anonymous)
{
	struct spelling s = {.model = model};

	for (uint32_t i = 0; i < model->types.count; i++) {
		struct model_type *t = &model->types.at[i];

		if (is_anonymous(t) != anonymous)
			continue;
		s.size = 0;
		s.full = false;
		spell_left(&s, i);
		spell_right(&s, i);
		t->name = model_intern(model, s.text, s.size);
		if (!t->name)
			return false;
	}
	return true;
}

bool type_names_spell(struct model *model)
{
	/* Others are spelled with the name that an anonymous record has from
	 * where it was read, which its own spelling then replaces. */
	return spell_all(model, false) && spell_all(model, true);
}
