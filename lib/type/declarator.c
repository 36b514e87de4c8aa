/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A C declarator wraps around its name: a type has a part on the left of it
 * ("int (*") and one on the right (")(char)").
 */
#include "type/declarator.h"

#include <string.h>

#include "allotype.h"
#include "allotype/metafile.h"
#include "base/text.h"

/* There are four qualifiers: more than these in a row, of which only a corrupt
 * file has any, are not all looked at from each. */
enum { DEPTH_MAX = 64, QUALIFIERS_MAX = 8 };

struct spelling {
	const struct declarator_types *types;
	bool (*add)(void *sink, const char *string, size_t size);
	void *sink;
	size_t size;
	int depth;
	char last;
	bool full; /* nothing more to do */
};

static void spell_left(struct spelling *s, uint32_t number);
static void spell_right(struct spelling *s, uint32_t number);

static bool is_qualifier(uint8_t kind)
{
	return kind >= ALLOC_KIND_CONST && kind <= ALLOC_KIND_ATOMIC;
}

static bool part_of(const struct spelling *s, uint32_t number,
		    struct declarator_part *part)
{
	return s->types->part(s->types->context, number, part);
}

static void append(struct spelling *s, const char *string)
{
	size_t size = strlen(string);

	if (!size || s->full)
		return;
	if (size > DECLARATOR_SIZE_MAX - s->size ||
	    !s->add(s->sink, string, size)) {
		s->full = true;
		return;
	}
	s->size += size;
	s->last = string[size - 1];
}

static bool last_is_one_of(const struct spelling *s, const char *set)
{
	return s->size && strchr(set, s->last);
}

/* Stars stand apart from words, not from each other. */
static void append_star(struct spelling *s, const char *star)
{
	if (s->size && !last_is_one_of(s, "*&( "))
		append(s, " ");
	append(s, star);
}

static bool wraps(const struct spelling *s, uint32_t number)
{
	struct declarator_part t;

	return part_of(s, number, &t) &&
	       (t.kind == ALLOC_KIND_ARRAY || t.kind == ALLOC_KIND_FUNCTION);
}

static void spell_pointer(struct spelling *s, const struct declarator_part *t)
{
	spell_left(s, t->target);
	if (wraps(s, t->target))
		append_star(s, "(");
	if (t->words) {
		append_star(s, t->words);
		append(s, "::*");
	} else if (t->flags & ALLOTYPE_META_TYPE_RVALUE) {
		append_star(s, "&&");
	} else if (t->flags & ALLOTYPE_META_TYPE_REFERENCE) {
		append_star(s, "&");
	} else {
		append_star(s, "*");
	}
}

/* What is behind the qualifiers. */
static uint8_t qualified_kind(const struct spelling *s,
			      const struct declarator_part *t)
{
	struct declarator_part below = *t;

	for (int i = 0; i < QUALIFIERS_MAX && is_qualifier(below.kind); i++)
		if (!part_of(s, below.target, &below))
			return ALLOC_KIND_UNKNOWN;
	return below.kind;
}

/* "const char", but "char *const". */
static void spell_qualified(struct spelling *s,
			    const struct declarator_part *t)
{
	static const char *const words[] = {
		[ALLOC_KIND_CONST] = "const",
		[ALLOC_KIND_VOLATILE] = "volatile",
		[ALLOC_KIND_RESTRICT] = "restrict",
		[ALLOC_KIND_ATOMIC] = "_Atomic",
	};
	uint8_t below = qualified_kind(s, t);
	struct declarator_part target;

	if (below == ALLOC_KIND_ARRAY) {
		/* gcc qualifies an array and its elements. */
		spell_left(s, t->target);
		return;
	}
	if (below != ALLOC_KIND_POINTER) {
		append(s, words[t->kind]);
		append(s, " ");
		spell_left(s, t->target);
		return;
	}
	spell_left(s, t->target);
	if (part_of(s, t->target, &target) && is_qualifier(target.kind))
		append(s, " ");
	append(s, words[t->kind]);
}

/* The parameters from FIRST on. */
static void spell_parameters(struct spelling *s, uint32_t number,
			     const struct declarator_part *t, uint32_t first)
{
	bool variadic = t->flags & ALLOTYPE_META_TYPE_VARIADIC;
	bool cxx = t->flags & ALLOTYPE_META_TYPE_CXX;

	if (s->size && !last_is_one_of(s, "*&()"))
		append(s, " ");
	append(s, "(");
	for (uint32_t i = first; i < t->count && !s->full; i++) {
		uint32_t type = s->types->parameter(s->types->context, number,
						    i);

		if (i > first)
			append(s, ", ");
		spell_left(s, type);
		spell_right(s, type);
	}
	/* f() without a prototype is variadic to DWARF. */
	if (variadic && (t->count || cxx))
		append(s, t->count > first ? ", ..." : "...");
	else if (!t->count && !variadic && !cxx)
		append(s, "void");
	append(s, ")");
}

/* What a pointer to a function that is a member leads to: the object is its
 * first parameter to DWARF. */
static void spell_method(struct spelling *s, uint32_t number,
			 const struct declarator_part *t)
{
	struct declarator_part object;
	uint32_t type;

	spell_parameters(s, number, t, 1);
	if (!t->count)
		return;
	type = s->types->parameter(s->types->context, number, 0);
	if (part_of(s, type, &object) && part_of(s, object.target, &object) &&
	    object.kind == ALLOC_KIND_CONST)
		append(s, " const");
}

static void spell_left_kind(struct spelling *s,
			    const struct declarator_part *t)
{
	switch (t->kind) {
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
		if (t->keyword)
			append(s, t->keyword);
		append(s, t->words ? t->words : "?");
	}
}

static void spell_left(struct spelling *s, uint32_t number)
{
	struct declarator_part t;

	if (s->full || s->depth >= DEPTH_MAX)
		return;
	s->depth++;
	if (part_of(s, number, &t))
		spell_left_kind(s, &t);
	else
		append(s, "void");
	s->depth--;
}

static void spell_array(struct spelling *s, const struct declarator_part *t)
{
	char buffer[16];
	struct text bound;

	text_init(&bound, buffer, sizeof buffer);
	if (t->flags & ALLOTYPE_META_TYPE_FLEXIBLE)
		text_append(&bound, "[]");
	else
		text_format(&bound, "[%u]", (unsigned int)t->count);
	append(s, buffer);
	spell_right(s, t->target);
}

static void spell_pointer_right(struct spelling *s,
				const struct declarator_part *t)
{
	struct declarator_part target;
	bool method = t->words && part_of(s, t->target, &target) &&
		      target.kind == ALLOC_KIND_FUNCTION && target.count;

	if (wraps(s, t->target))
		append(s, ")");
	if (method) {
		spell_method(s, t->target, &target);
		spell_right(s, target.target);
	} else {
		spell_right(s, t->target);
	}
}

static void spell_right(struct spelling *s, uint32_t number)
{
	struct declarator_part t;

	if (s->full || s->depth >= DEPTH_MAX || !part_of(s, number, &t))
		return;
	s->depth++;
	switch (t.kind) {
	case ALLOC_KIND_POINTER:
		spell_pointer_right(s, &t);
		break;
	case ALLOC_KIND_ARRAY:
		spell_array(s, &t);
		break;
	case ALLOC_KIND_FUNCTION:
		spell_parameters(s, number, &t, 0);
		spell_right(s, t.target);
		break;
	case ALLOC_KIND_CONST:
	case ALLOC_KIND_VOLATILE:
	case ALLOC_KIND_RESTRICT:
	case ALLOC_KIND_ATOMIC:
		spell_right(s, t.target);
		break;
	}
	s->depth--;
}

bool declarator_spell(const struct declarator_types *types, uint32_t number,
		      bool (*add)(void *sink, const char *string, size_t size),
		      void *sink)
{
	struct spelling s = { .types = types, .add = add, .sink = sink };

	spell_left(&s, number);
	spell_right(&s, number);
	return !s.full;
}
