/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/choose.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/ballot.h"
#include "meta/flow/hints.h"
#include "meta/flow/library.h"
#include "meta/flow/new_object.h"
#include "meta/flow/prefer.h"
#include "meta/flow/shape.h"
#include "meta/flow/variant.h"
#include "meta/flow/where.h"
#include "meta/flow/widen.h"

/* In percent, at most, of what is guessed by size and stores; and of what the
 * file takes void * for as well. */
enum { SHAPE_CONFIDENCE = 40, HANDLE_CONFIDENCE = 65 };

static void fit_constant(const struct ballot *b, struct candidate *c)
{
	int64_t asked = b->size.value -
		b->flow->allocators.at[b->site->allocator].delta - c->offset;
	int64_t size = (int64_t)c->size;

	if (asked == size || (b->size.element == size && size)) {
		c->fit = FIT_EXACT;
		c->score += 6;
	} else if (asked > 0 && asked % size == 0) {
		c->fit = FIT_ARRAY;
		c->score += 1;
	} else if ((int64_t)shape_least_size(b->flow->model, c->bare) <=
		   asked) {
		c->fit = FIT_LARGER;
		c->score -= 1;
	} else if (!b->approximate) {
		c->fit = FIT_IMPOSSIBLE;
		c->score -= 12;
	}
}

/* A record, and after it any number of elements. */
static bool is_header(const struct ballot *b, const struct candidate *c)
{
	return (uint64_t)b->size.header == c->size &&
	       shape_is_record(b->flow->model, c->bare);
}

/* Records that this is no whole number of are rare, but the factor may be larger
 * than is known. */
static void fit_multiple(const struct ballot *b, struct candidate *c)
{
	uint64_t factor = (uint64_t)b->size.value;
	uint64_t step = (uint64_t)b->size.step;

	if (factor == c->size || step == c->size || is_header(b, c)) {
		c->fit = FIT_EXACT;
		c->score += c->size > 8 ? 5 : 2;
	} else if (factor % c->size == 0) {
		c->fit = FIT_ARRAY;
		c->score += 1;
	} else if (b->size.header == c->offset && step % c->size &&
		   shape_is_record(b->flow->model, c->bare)) {
		c->score -= 2;
	}
}

/* Are parts of the object used as what lies there in the candidate? */
static bool has_used_part(const struct ballot *b, const struct candidate *c)
{
	const struct model *model = b->flow->model;
	const struct evidence_list *list = &b->site->evidence;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct evidence *e = &list->at[i];
		int64_t offset = (int64_t)e->offset - c->offset;

		if (e->offset != VALUE_INSIDE && offset > 0 &&
		    shape_is_record(model, model_type_strip(model, e->type)) &&
		    shape_has_part(model, c->bare, (uint64_t)offset,
			     flow_type_hash(model, e->type)))
			return true;
	}
	return false;
}

/* One of the members of a union, a record of which no whole number is asked
 * for: a record alone has a constant size. */
static bool is_doubtful_element(const struct ballot *b,
				const struct candidate *c)
{
	return ballot_is_only_of_union(c) && b->size.kind != SIZE_CONSTANT &&
	       shape_is_record(b->flow->model, c->bare) &&
	       (b->size.kind != SIZE_MULTIPLE || !c->size ||
		(uint64_t)b->size.step % c->size);
}

/* One element in an array, where others would be several. */
static bool is_lone_element(const struct ballot *b, const struct candidate *c)
{
	if (b->size.kind != SIZE_CONSTANT || !ballot_is_new_array(b) ||
	    c->offset || (int64_t)c->size != b->size.value)
		return false;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *other = &b->candidates[i];

		if (!other->bytes && !other->offset && other->size &&
		    other->size < c->size && c->size % other->size == 0)
			return true;
	}
	return false;
}

/* Is nothing as large as a word what is OFFSET bytes into the record BARE? */
static bool has_only_small_at(const struct model *model, uint32_t bare,
			      int64_t offset)
{
	enum { MOST = 4 };
	uint32_t scalars[MOST], n = 0, small = 0;

	if (offset >= 0)
		n = model_type_scalars_at(model, bare, (uint64_t)offset,
					  scalars, MOST, NULL);
	for (uint32_t k = 0; k < n; k++)
		small += model_type_size(model, scalars[k]) < sizeof(void *);
	return n && small == n;
}

/* How much less likely the candidate is where a whole word is stored to a smaller
 * part of it: compilers store several numbers at once, but no pointers. */
static int contradiction(const struct ballot *b, const struct candidate *c)
{
	enum { OF_NUMBERS = 2, OF_POINTERS = 8 };
	const struct written *written = &b->site->written;
	int worst = 0;

	for (uint32_t i = 0; i < written->count; i++) {
		const struct written_part *part = &written->at[i];

		if (part->size != sizeof(void *) ||
		    !has_only_small_at(b->flow->model, c->bare,
				       (int64_t)part->offset - c->offset))
			continue;
		if (part->is_object || part->pointee != MODEL_NONE)
			return OF_POINTERS;
		worst = OF_NUMBERS;
	}
	return worst;
}

/* Is what is put into elements what the candidate is? */
static bool is_put_there(const struct ballot *b, const struct candidate *c)
{
	const struct evidence_list *list = &b->site->evidence;

	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].kind == EVIDENCE_COPY && !c->offset &&
		    !list->at[i].offset &&
		    flow_type_hash(b->flow->model, list->at[i].type) == c->hash)
			return true;
	return false;
}

static void score_candidate(const struct ballot *b, struct candidate *c)
{
	const uint32_t source = 1u << EVIDENCE_SIZEOF | 1u << EVIDENCE_CAST;

	if (is_doubtful_element(b, c))
		c->score -= 3;
	if (is_lone_element(b, c))
		c->score -= 8;
	if (ballot_is_only_of_union(c) && is_put_there(b, c))
		c->score += 2;
	if (ballot_is_only_of_union(c) &&
	    variant_contradicts(b->flow, b->site, c->hash))
		c->score -= 3;
	if (ballot_is_only_of_union(c) && shape_is_record(b->flow->model, c->bare))
		c->score -= contradiction(b, c);
	if (shape_is_record(b->flow->model, c->bare)) {
		c->score += !ballot_is_only_of_union(c) || handles_are_used(
			b->flow->model, b->site->function, c->hash) ? 2 : 0;
		if (has_used_part(b, c))
			c->score += 3;
	}
	if (c->bytes)
		c->score -= c->kinds & source ? 8 : 100;
	else if (!c->size)
		c->score -= 3;
	else if (b->size.kind == SIZE_CONSTANT && b->size.value > 0)
		fit_constant(b, c);
	else if (b->size.kind == SIZE_MULTIPLE)
		fit_multiple(b, c);
}

/* Is another member of the union as large?  Then a whole number of them is no
 * reason for either. */
static bool has_rival(const struct ballot *b, const struct candidate *c)
{
	if (b->size.kind != SIZE_MULTIPLE)
		return false;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *other = &b->candidates[i];

		if (other != c && !other->bytes && other->size == c->size &&
		    other->offset == c->offset && ballot_is_only_of_union(other) &&
		    (other->local || !c->local))
			return true;
	}
	return false;
}

/* Is it several of what local variables point to: records, or numbers of which
 * a pointer to the end is kept as well? */
static bool is_local_array(const struct ballot *b, const struct candidate *c)
{
	const struct evidence_list *list = &b->site->evidence;

	if (!c->local || c->fit != FIT_ARRAY || b->size.kind != SIZE_CONSTANT)
		return false;
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].offset == b->size.value &&
		    flow_type_hash(b->flow->model, list->at[i].type) == c->hash)
			return true;
	return false;
}

/* Of the members of a union, is it a record that a string follows: as many
 * bytes are added to its length, and one for its end?  Fewer are for something
 * to append to it. */
static bool is_before_string(const struct ballot *b, const struct candidate *c)
{
	enum { LEAST = 8 };

	return b->size.kind == SIZE_UNKNOWN && c->size >= LEAST &&
	       b->size.least == (int64_t)c->size + 1 &&
	       shape_is_record(b->flow->model, c->bare) &&
	       written_fits(&b->site->written, b->flow->model, c->bare);
}

/* Of the members of a union, is it a record of pointers, and such are put there
 * that have a type?  That is not done to characters. */
static bool is_stored_as(const struct ballot *b, const struct candidate *c)
{
	const struct written *written = &b->site->written;
	bool pointers = false;

	for (uint32_t i = 0; i < written->count; i++)
		pointers |= written->at[i].pointee != MODEL_NONE &&
			    !model_type_is_bytes(b->flow->model,
						 written->at[i].pointee);
	return pointers && c->fit != FIT_IMPOSSIBLE &&
	       written_fits(written, b->flow->model, c->bare);
}

/* What is surely kept as characters is not what a register held where ways
 * had met, nor another member of the union that it was stored to, unless the
 * size says so, nor numbers that its size has no whole count of: such types
 * count for nothing.  Nor do any, where the source asks for characters: then
 * parts of it are made other things, at best.  Nor where a container's
 * allocator<char> does, whatever variable had its place on the stack before. */
static void apply_doubt(struct ballot *b)
{
	const uint32_t kept = 1u << EVIDENCE_VARIABLE | 1u << EVIDENCE_MEMBER |
			      1u << EVIDENCE_GLOBAL | 1u << EVIDENCE_RETURN;
	const uint32_t one_of = 1u << EVIDENCE_UNION;
	uint32_t characters = 0;
	bool said = false;

	for (uint32_t i = 0; i < b->count; i++) {
		if (!b->candidates[i].bytes)
			continue;
		characters |= b->candidates[i].kinds |
			      (b->candidates[i].partial_kinds & one_of);
		said |= b->candidates[i].said ||
			b->candidates[i].kinds >> EVIDENCE_TEMPLATE & 1;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		struct candidate *c = &b->candidates[i];
		bool doubtful = said || (!c->kinds && characters & kept);
		bool fits = c->fit == FIT_EXACT ||
			    (c->fit == FIT_ARRAY &&
			     b->size.kind == SIZE_MULTIPLE);

		if (ballot_is_only_of_union(c)) {
			doubtful = characters & (kept | one_of);
			fits = (fits && !((characters & kept) &&
					  has_rival(b, c))) ||
			       is_local_array(b, c) ||
			       is_before_string(b, c) || is_stored_as(b, c);
		}
		if (c->fit == FIT_LARGER
			    ? !shape_is_record(b->flow->model, c->bare)
			    : (b->size.kind == SIZE_UNKNOWN ||
			       b->size.kind == SIZE_PARAMETER) &&
			      shape_is_arithmetic(b->flow->model, c->bare))
			doubtful = doubtful || (characters & kept);
		if (!c->bytes && doubtful && !fits)
			c->score -= 200;
	}
}

/* More is asked for than INNER has, and just as much as OUTER, which begins with
 * a union that INNER is in. */
static bool is_rest_asked_for(const struct ballot *b,
			      const struct candidate *outer,
			      const struct candidate *inner)
{
	return outer->fit == FIT_EXACT && inner->fit == FIT_LARGER &&
	       embeddings_begins(&b->flow->embeddings, b->flow->model,
				 outer->bare, inner->bare);
}

static int header_dominance(const struct ballot *b,
			    const struct candidate *outer)
{
	int best = INT32_MIN;

	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c->offset == outer->offset && c->score + 1 > best &&
		    outer->fit != FIT_IMPOSSIBLE &&
		    (b->size.kind != SIZE_CONSTANT || c->fit != FIT_EXACT) &&
		    (shape_begins_with(b->flow->model, outer->bare, c->bare) ||
		     is_rest_asked_for(b, outer, c)))
			best = c->score + 1;
	}
	return best;
}

/* Is INNER, a member of the union OUTER, only what a part of it is taken for?
 * Nobody knows how many there are, nor does the source ask for them. */
static bool is_part_of_union(const struct ballot *b,
			     const struct candidate *outer,
			     const struct candidate *inner)
{
	if (inner->said)
		return false;
	return b->size.kind == SIZE_UNKNOWN ||
	       (b->size.kind == SIZE_MULTIPLE &&
		b->size.value < (int64_t)outer->size &&
		!shape_is_record(b->flow->model, inner->bare));
}

/* A variable for a union, of the size that is asked for: what is cast to one
 * of its members, of the same size, remains the union.  So does what begins as
 * one of them, where a parser's stacks are in one. */
static int union_dominance(const struct ballot *b,
			   const struct candidate *outer)
{
	const struct model *model = b->flow->model;
	int best = INT32_MIN;

	if (outer->bare == MODEL_NONE ||
	    model->types.at[outer->bare].kind != ALLOC_KIND_UNION ||
	    !(outer->kinds >> EVIDENCE_VARIABLE & 1))
		return best;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];
		bool whole = outer->fit == FIT_EXACT && c->fit == FIT_EXACT &&
			     c->size == outer->size &&
			     shape_is_record(model, c->bare);

		if ((whole || is_part_of_union(b, outer, c)) &&
		    c->offset == outer->offset && c->score + 1 > best &&
		    shape_is_of_union(model, outer->bare, c->hash))
			best = c->score + 1;
	}
	return best;
}

/* The source asks for an INNER, and that as much is asked for as an OUTER takes
 * nobody knows: on some ways only it may be one.  What allocators by class give
 * is never more than what all begin with.  Who asks for one INNER gets that, even
 * where an OUTER takes no more. */
static bool is_all_that_is_said(const struct ballot *b,
				const struct candidate *outer,
				const struct candidate *inner)
{
	uint32_t flags = b->flow->allocators.at[b->site->allocator].flags;

	return inner->said && !outer->said &&
	       (outer->fit != FIT_EXACT || b->site->hint.single) &&
	       !(flags & ALLOCATOR_FLOATING);
}

/* Whoever makes an OUTER, a class, runs its constructor, and in that the one of
 * the INNER that it is derived from. */
static bool is_constructed_alone(const struct candidate *outer,
				 const struct candidate *inner)
{
	return inner->kinds >> EVIDENCE_CONSTRUCTOR & 1 &&
	       !(outer->kinds >> EVIDENCE_CONSTRUCTOR & 1);
}

/* A struct whose first member, at any depth, is another candidate is the
 * better answer: its address is used as the member's. */
static int dominance(const struct ballot *b, const struct candidate *outer)
{
	const struct model *model = b->flow->model;
	uint32_t type = shape_first_struct(model, outer->type);
	int best = header_dominance(b, outer);

	for (int depth = 0; depth < 6 && type != MODEL_NONE; depth++) {
		uint64_t hash = flow_type_hash(model, type);

		for (uint32_t i = 0; i < b->count; i++) {
			const struct candidate *c = &b->candidates[i];

			if (c->hash != hash || c->offset != outer->offset ||
			    outer->fit == FIT_IMPOSSIBLE ||
			    is_all_that_is_said(b, outer, c) ||
			    is_constructed_alone(outer, c) ||
			    (c->fit == FIT_EXACT && outer->fit != FIT_EXACT))
				continue;
			if (c->score + 1 > best)
				best = c->score + 1;
		}
		type = shape_first_struct(model, type);
	}
	return best;
}

static bool raise_outer(struct ballot *b)
{
	int scores[CHOICE_CANDIDATES];
	bool raised = false;

	for (uint32_t i = 0; i < b->count; i++) {
		int of_union = union_dominance(b, &b->candidates[i]);

		scores[i] = dominance(b, &b->candidates[i]);
		scores[i] = of_union > scores[i] ? of_union : scores[i];
	}
	for (uint32_t i = 0; i < b->count; i++) {
		if (scores[i] <= b->candidates[i].score)
			continue;
		b->candidates[i].score = scores[i];
		raised = true;
	}
	return raised;
}

/* From the innermost of a chain of first members to the outermost. */
static void apply_dominance(struct ballot *b)
{
	for (uint32_t i = 0; i < b->count && raise_outer(b); i++)
		;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

/* std::remove_reference<T>::type and the like are how the library finds T. */
static uint32_t without_traits(const struct model *model, uint32_t type)
{
	while (type != MODEL_NONE &&
	       model->types.at[type].kind == ALLOC_KIND_TYPEDEF &&
	       strncmp(model->types.at[type].name, "std::", 5) == 0 &&
	       strchr(model->types.at[type].name, '<'))
		type = model->types.at[type].target;
	return type;
}

/* Does C++ know the record BARE by a name of its own?  Typedefs of classes are
 * for whoever is to write less. */
static bool is_class(const struct model *model, uint32_t bare)
{
	return shape_is_record(model, bare) && model->types.at[bare].tag &&
	       model->types.at[bare].flags & ALLOTYPE_META_TYPE_CXX;
}

/* Records of C and numbers keep the name of their typedef; typedefs of pointers
 * and characters hide what matters. */
static uint32_t shown_type(const struct model *model,
			   const struct candidate *c)
{
	bool hides = c->bytes || (c->bare != MODEL_NONE &&
		model->types.at[c->bare].kind == ALLOC_KIND_POINTER);

	if (hides)
		return shape_element(model, c->bare);
	return is_class(model, c->bare) ? c->bare
					: without_traits(model, c->type);
}

static struct choice_candidate publish(const struct ballot *b,
				       const struct candidate *c)
{
	struct choice_candidate out = {
		.type = shown_type(b->flow->model, c), .score = c->score,
		.kinds = c->kinds | c->partial_kinds,
		.offset = c->offset + (int32_t)
			b->flow->allocators.at[b->site->allocator].delta,
	};

	for (uint32_t kind = 0; kind < EVIDENCE_KINDS; kind++)
		if (out.kinds >> kind & 1)
			out.evidence |= evidence_public(kind);
	if (c->fit == FIT_EXACT)
		out.evidence |= ALLOC_EVIDENCE_SIZE;
	return out;
}

static uint8_t confidence(const struct ballot *b, const struct candidate *c)
{
	const uint32_t said = 1u << EVIDENCE_SIZEOF | 1u << EVIDENCE_COMPILER;
	int percent = 45 + 4 * c->score;

	if (c->bytes)
		percent = 75;
	if (ballot_is_only_of(c, EVIDENCE_SHAPE) && percent > SHAPE_CONFIDENCE)
		percent = SHAPE_CONFIDENCE;
	if (ballot_is_only_of(c, EVIDENCE_HANDLE) && percent > HANDLE_CONFIDENCE)
		percent = HANDLE_CONFIDENCE;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *other = &b->candidates[i];

		if (other != c && !other->bytes && c->score - other->score < 4)
			percent -= 20;
	}
	if (c->kinds & said && percent < 90)
		percent = 90;
	return (uint8_t)(percent < 10 ? 10 : percent > 99 ? 99 : percent);
}

/* A record whose last members nobody needs here, and nothing else. */
static bool is_cut(const struct ballot *b, const struct candidate *c)
{
	const uint32_t sure = 1u << EVIDENCE_VARIABLE | 1u << EVIDENCE_SIZEOF;
	int64_t asked = b->size.value -
		b->flow->allocators.at[b->site->allocator].delta;

	return b->count == 1 && !c->offset && c->kinds & sure &&
	       b->size.kind == SIZE_CONSTANT && asked > 0 &&
	       shape_may_end_at(b->flow->model, c->bare, (uint64_t)asked);
}

/* Not even one of what a variable points to: an empty array, which is not NULL. */
static bool is_empty_array(const struct ballot *b, const struct candidate *c)
{
	return b->count == 1 && !c->offset && c->size > 1 &&
	       c->kinds >> EVIDENCE_VARIABLE & 1 &&
	       b->size.kind == SIZE_CONSTANT && b->size.value == 1 &&
	       shape_is_arithmetic(b->flow->model, c->bare);
}

static const struct candidate *pick(const struct ballot *b)
{
	const struct candidate *best = b->count ? &b->candidates[0] : NULL;

	if (!best || best->fit != FIT_IMPOSSIBLE)
		return best;
	for (uint32_t i = 0; i < b->count; i++)
		if (b->candidates[i].bytes)
			return &b->candidates[i];
	return is_cut(b, best) || is_empty_array(b, best) ? best : NULL;
}

static void call_bytes(const struct ballot *b, struct choice *choice)
{
	choice->class = CHOICE_BYTES;
	choice->confidence = 40;
	choice->best.type = model_type_by_name(b->flow->model, "char");
	choice->best.evidence = ALLOC_EVIDENCE_VARIABLE;
	choice->best.kinds = 1u << EVIDENCE_VARIABLE;
}

/* An empty string, say; but what an allocator gives out that is asked for nothing
 * is nothing. */
static bool is_one_byte(const struct ballot *b)
{
	const char *symbol =
		b->flow->allocators.at[b->site->allocator].symbol;

	return b->size.kind == SIZE_CONSTANT && b->size.value == 1 &&
	       !b->site->returned &&
	       !(symbol && strncmp(symbol, "_Zn", 3) == 0);
}

static void decide(struct ballot *b, struct choice *choice)
{
	const struct candidate *best = pick(b);

	for (uint32_t i = 0; i < b->count; i++)
		if (&b->candidates[i] != best && !b->candidates[i].bytes &&
		    choice->other_count < CHOICE_ALTERNATIVES)
			choice->others[choice->other_count++] =
				publish(b, &b->candidates[i]);
	if (ballot_is_before_record(b) ||
	    (!best && (is_one_byte(b) ||
		       new_object_is_characters(b->flow, b->site, &b->size))))
		call_bytes(b, choice);
	if (!best)
		return;
	choice->best = publish(b, best);
	choice->class = best->bytes ? CHOICE_BYTES : CHOICE_TYPE;
	choice->confidence = confidence(b, best);
	choice->single = !best->bytes && b->size.kind == SIZE_CONSTANT &&
			 best->size > 0 && b->size.value -
			 choice->best.offset == (int64_t)best->size;
	if (b->site->has_hint && b->site->hint.single &&
	    (best->kinds >> EVIDENCE_SIZEOF & 1))
		choice->single = true;
}

/* What the system's own functions allocate is known. */
static bool choose_by_callee(const struct flow *flow,
			     const struct flow_site *site,
			     struct choice *choice)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];

	if (a->flags & ALLOCATOR_BYTES)
		choice->class = CHOICE_BYTES;
	else if ((a->flags & ALLOCATOR_SYSTEM) && a->type != MODEL_NONE)
		choice->class = CHOICE_TYPE;
	else
		return false;
	choice->confidence = 98;
	choice->best.type = choice->class == CHOICE_BYTES
		? model_type_by_name(flow->model, "char") : a->type;
	choice->best.evidence = ALLOC_EVIDENCE_CALLEE;
	choice->best.kinds = 1u << EVIDENCE_CALLEE;
	return true;
}

void choose_type(struct flow *flow, struct flow_site *site,
		 struct choice *choice)
{
	const struct allocator *a = &flow->allocators.at[site->allocator];
	struct ballot b = { .flow = flow, .site = site };

	memset(choice, 0, sizeof *choice);
	choice->best.type = MODEL_NONE;
	choice->size = b.size = size_of_site(flow, site);
	b.approximate = a->flags & ALLOCATOR_APPROXIMATE;
	if (choose_by_callee(flow, site, choice))
		return;
	if (library_answers(flow, site)) {
		library_choose(flow, site, choice);
		return;
	}
	if (a->old != ALLOCATOR_NO_PARAMETER && !b.approximate &&
	    b.size.kind == SIZE_CONSTANT && b.size.value == 0) {
		choice->class = CHOICE_FREE;
		return;
	}
	hints_ask(flow, site, &b.size);
	ballot_collect(&b);
	for (uint32_t i = 0; i < b.count; i++)
		score_candidate(&b, &b.candidates[i]);
	widen_by_size(&b);
	widen_by_local(&b);
	widen_by_function(&b);
	widen_to_member(&b);
	prefer_local(&b);
	prefer_first(&b);
	apply_doubt(&b);
	apply_dominance(&b);
	prefer_pointers(&b);
	qsort(b.candidates, b.count, sizeof *b.candidates,
	      compare_candidates);
	decide(&b, choice);
}
