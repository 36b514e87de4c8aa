/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A C declarator wraps around its name: a type has a part on the left of it
 * ("int (*") and one on the right (")(char)").
 */
#include "type/metafile_spelling.h"

#include <string.h>

#include "allotype.h"

enum { SPELLING_MAX = 8191, DEPTH_MAX = 64 };

struct spelling {
	const struct metafile *file;
	struct text *text;    /* NULL: only compares */
	const char *expected; /* what is still to come, or NULL */
	size_t size;
	int depth;
	char last;
	bool full;            /* or not as expected: nothing more to do */
};

static void spell_left(struct spelling *s, uint32_t number);
static void spell_right(struct spelling *s, uint32_t number);

bool metafile_kind_is_spelled(uint8_t kind)
{
	return kind == ALLOC_KIND_POINTER || kind == ALLOC_KIND_ARRAY ||
	       kind == ALLOC_KIND_FUNCTION ||
	       (kind >= ALLOC_KIND_CONST && kind <= ALLOC_KIND_ATOMIC);
}

static bool is_qualifier(uint8_t kind)
{
	return kind >= ALLOC_KIND_CONST && kind <= ALLOC_KIND_ATOMIC;
}

static void append(struct spelling *s, const char *string)
{
	size_t size = strlen(string);

	if (!size)
		return;
	if (size > SPELLING_MAX - s->size) {
		s->full = true;
		return;
	}
	if (s->expected && !s->full) {
		s->full = strncmp(s->expected, string, size) != 0;
		s->expected += s->full ? 0 : size;
	}
	if (s->text)
		text_append(s->text, string);
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
	struct metafile_type t;

	return metafile_type(s->file, number, &t) &&
	       (t.kind == ALLOC_KIND_ARRAY || t.kind == ALLOC_KIND_FUNCTION);
}

static void spell_pointer(struct spelling *s, const struct metafile_type *t)
{
	spell_left(s, t->target);
	if (wraps(s, t->target))
		append_star(s, "(");
	if (t->name) {
		append_star(s, metafile_string(s->file, t->name));
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
			      const struct metafile_type *t)
{
	struct metafile_type below = *t;

	for (int i = 0; i <= DEPTH_MAX && is_qualifier(below.kind); i++)
		if (!metafile_type(s->file, below.target, &below))
			return ALLOC_KIND_UNKNOWN;
	return below.kind;
}

/* "const char", but "char *const". */
static void spell_qualified(struct spelling *s, const struct metafile_type *t)
{
	static const char *const words[] = {
		[ALLOC_KIND_CONST] = "const",
		[ALLOC_KIND_VOLATILE] = "volatile",
		[ALLOC_KIND_RESTRICT] = "restrict",
		[ALLOC_KIND_ATOMIC] = "_Atomic",
	};
	uint8_t below = qualified_kind(s, t);
	struct metafile_type target;

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
	if (metafile_type(s->file, t->target, &target) &&
	    is_qualifier(target.kind))
		append(s, " ");
	append(s, words[t->kind]);
}

static void spell_parameters(struct spelling *s, const struct metafile_type *t)
{
	bool variadic = t->flags & ALLOTYPE_META_TYPE_VARIADIC;
	bool cxx = t->flags & ALLOTYPE_META_TYPE_CXX;

	if (s->size && !last_is_one_of(s, "*&()"))
		append(s, " ");
	append(s, "(");
	for (uint32_t i = 0; i < t->count && !s->full; i++) {
		uint32_t type = metafile_parameter(s->file, t, i);

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

static void spell_left_kind(struct spelling *s, const struct metafile_type *t)
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
		append(s, t->name ? metafile_string(s->file, t->name) : "?");
	}
}

static void spell_left(struct spelling *s, uint32_t number)
{
	struct metafile_type t;

	if (s->full || s->depth >= DEPTH_MAX)
		return;
	s->depth++;
	if (metafile_type(s->file, number, &t))
		spell_left_kind(s, &t);
	else
		append(s, "void");
	s->depth--;
}

static void spell_array(struct spelling *s, const struct metafile_type *t)
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

static void spell_right(struct spelling *s, uint32_t number)
{
	struct metafile_type t;

	if (s->full || s->depth >= DEPTH_MAX ||
	    !metafile_type(s->file, number, &t))
		return;
	s->depth++;
	switch (t.kind) {
	case ALLOC_KIND_POINTER:
		if (wraps(s, t.target))
			append(s, ")");
		spell_right(s, t.target);
		break;
	case ALLOC_KIND_ARRAY:
		spell_array(s, &t);
		break;
	case ALLOC_KIND_FUNCTION:
		spell_parameters(s, &t);
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

void metafile_spell(struct text *text, const struct metafile *file,
		    uint32_t number)
{
	struct spelling s = { .file = file, .text = text };

	spell_left(&s, number);
	spell_right(&s, number);
}

bool metafile_type_is_named(const struct metafile *file, uint32_t number,
			    const char *name)
{
	struct spelling s = { .file = file, .expected = name };

	spell_left(&s, number);
	spell_right(&s, number);
	return !s.full && !*s.expected;
}
