/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/choose.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/hints.h"
#include "meta/flow/library.h"
#include "meta/flow/shape.h"
#include "meta/flow/where.h"

/* How a candidate's size goes with the size asked for. */
enum fit {
	FIT_UNKNOWN,
	FIT_EXACT,    /* equal, or equal to an array's element */
	FIT_ARRAY,    /* a multiple */
	FIT_LARGER,   /* more is asked for: a tail, or a guess */
	FIT_IMPOSSIBLE, /* less than the type needs is asked for */
};

struct candidate {
	uint64_t hash;
	uint64_t size;
	uint32_t type, bare;
	uint32_t kinds, partial_kinds; /* bit sets of enum evidence_kind */
	int32_t offset;
	int score, spelling;    /* weight of the evidence that spelled it */
	enum fit fit;
	bool bytes;
	bool said;              /* by the source */
};

struct ballot {
	const struct flow *flow;
	const struct flow_site *site;
	struct site_size size;
	struct candidate candidates[CHOICE_CANDIDATES];
	uint32_t count;
	bool approximate;       /* the size is a guess */
};

static struct candidate *find_candidate(struct ballot *b, uint32_t type,
					int32_t offset)
{
	const struct model *model = b->flow->model;
	uint64_t hash = flow_type_hash(model, type);
	struct candidate *c;

	for (uint32_t i = 0; i < b->count; i++)
		if (b->candidates[i].hash == hash &&
		    b->candidates[i].offset == offset)
			return &b->candidates[i];
	if (b->count == CHOICE_CANDIDATES)
		return NULL;
	c = &b->candidates[b->count++];
	memset(c, 0, sizeof *c);
	c->hash = hash;
	c->type = type;
	c->bare = model_type_strip(model, type);
	c->size = model_type_size(model, type);
	c->bytes = model_type_is_bytes(model, type);
	c->offset = offset;
	return c;
}

/* Neither void nor a function. */
static bool is_object(const struct model *model, uint32_t type)
{
	uint32_t bare = model_type_strip(model, type);

	return bare != MODEL_NONE &&
	       model->types.at[bare].kind != ALLOC_KIND_FUNCTION &&
	       model->types.at[bare].kind != ALLOC_KIND_VOID;
}

static struct candidate *add_evidence(struct ballot *b,
				      const struct evidence *e)
{
	struct candidate *c;
	int weight = evidence_weight(e);
	uint32_t *kinds;

	if (!is_object(b->flow->model, e->type))
		return NULL;
	c = find_candidate(b, e->type, e->offset);
	if (!c)
		return NULL;
	if (weight > c->spelling) {
		c->spelling = weight;
		c->type = e->type;
	}
	kinds = e->partial ? &c->partial_kinds : &c->kinds;
	if (!(*kinds >> e->kind & 1))
		c->score += weight;
	*kinds |= 1u << e->kind;
	return c;
}

/* Is what has such evidence kept as what it says? */
static bool is_kept(uint32_t kind)
{
	return kind == EVIDENCE_VARIABLE || kind == EVIDENCE_MEMBER ||
	       kind == EVIDENCE_GLOBAL || kind == EVIDENCE_RETURN;
}

static bool is_new_array(const struct ballot *b)
{
	const char *symbol =
		b->flow->allocators.at[b->site->allocator].symbol;

	return symbol && strncmp(symbol, "_Zna", 4) == 0;
}

/*
 * Where in what operator new[] returns the elements begin: where the code
 * first treats it as one of them, or, by the size, after the number of
 * elements that is kept for their destructors (Itanium C++ ABI 2.7).
 */
static int32_t elements_offset(const struct ballot *b, uint32_t type)
{
	const struct flow *flow = b->flow;
	const struct evidence_list *list = &b->site->evidence;
	int64_t size = (int64_t)model_type_size(flow->model, type);
	uint64_t hash = flow_type_hash(flow->model, type);
	const int32_t cookie = 8;
	int32_t first = 0;

	if (!is_new_array(b) || size <= 0)
		return 0;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct evidence *e = &list->at[i];

		if (e->offset > 0 && e->offset != VALUE_INSIDE &&
		    (!first || e->offset < first) &&
		    flow_type_hash(flow->model, e->type) == hash)
			first = e->offset;
	}
	if (first)
		return first;
	return b->size.kind == SIZE_CONSTANT && b->size.value % size &&
	       b->size.value > cookie &&
	       (b->size.value - cookie) % size == 0 ? cookie : 0;
}

/* `new T' asks for exactly one T: else the line has told of another call. */
static bool is_of_another_call(const struct ballot *b,
			       const struct source_hint *hint)
{
	const char *symbol =
		b->flow->allocators.at[b->site->allocator].symbol;

	return hint->single && symbol && strncmp(symbol, "_Zn", 3) == 0 &&
	       b->size.kind == SIZE_CONSTANT &&
	       b->size.value !=
		       (int64_t)model_type_size(b->flow->model, hint->type);
}

static void add_source_evidence(struct ballot *b)
{
	static const uint8_t said[] = {
		EVIDENCE_SIZEOF, EVIDENCE_CAST, EVIDENCE_VARIABLE,
		EVIDENCE_MEMBER, EVIDENCE_RETURN,
	};
	const struct source_hint *hint = &b->site->hint;
	struct evidence e = { .type = hint->type };

	if (!b->site->has_hint || is_of_another_call(b, hint))
		return;
	e.offset = elements_offset(b, hint->type);
	for (unsigned int i = 0; i < sizeof said / sizeof *said; i++) {
		struct candidate *c = NULL;

		e.kind = said[i];
		if (hint->evidence & evidence_public(said[i]))
			c = add_evidence(b, &e);
		if (c)
			c->said = true;
	}
}

/* May an object of this size be elements of TYPE?  Where the size does not
 * tell, records may as well be headers of parts. */
static bool may_be_elements(const struct ballot *b, uint32_t type)
{
	const struct model *model = b->flow->model;
	int64_t size = (int64_t)model_type_size(model, type);

	if (size <= 0 || !is_object(model, type))
		return false;
	if (b->size.kind == SIZE_MULTIPLE)
		return b->size.value % size == 0;
	return b->size.kind == SIZE_UNKNOWN &&
	       !shape_is_record(model, model_type_strip(model, type));
}

/* Nothing is known but pointers somewhere inside.  Those to bytes: headers
 * before strings, buffers with an end.  It is bytes for all anybody can say.
 * Else they are kept as pointers to elements: an index was added. */
static void collect_inside(struct ballot *b)
{
	const struct evidence_list *list = &b->site->evidence;

	for (uint32_t i = 0; i < list->count; i++) {
		struct evidence e = list->at[i];

		if (e.offset != VALUE_INSIDE || e.type == MODEL_NONE ||
		    (!model_type_is_bytes(b->flow->model, e.type) &&
		     (!is_kept(e.kind) || !may_be_elements(b, e.type))))
			continue;
		e.offset = 0;
		e.partial = true;
		add_evidence(b, &e);
	}
}

/* Nothing uses what is given out as void *: those who get it back, in the
 * same file, know it. */
static void collect_handle(struct ballot *b)
{
	const struct flow *flow = b->flow;
	struct evidence e = { .kind = EVIDENCE_HANDLE };

	if ((!b->site->returned && !b->site->out_parameters) ||
	    b->site->returned_delta || b->size.kind != SIZE_CONSTANT)
		return;
	e.type = handles_find(&flow->handles,
		flow->model->functions.at[b->site->function].unit_file,
		(uint64_t)b->size.value);
	add_evidence(b, &e);
}

/* What was seen before other sites had types, and is not since. */
static void collect_earlier(struct ballot *b)
{
	struct evidence e = { .type = b->site->inferred };

	for (uint32_t kind = 0; kind < EVIDENCE_KINDS; kind++) {
		e.kind = (uint8_t)kind;
		if (b->site->inferred_kinds >> kind & 1)
			add_evidence(b, &e);
	}
}

/* Evidence further inside.  Constructors of all elements of an array tell
 * of the first. */
static void add_inside(struct ballot *b, const struct evidence *evidence)
{
	struct evidence e = *evidence;

	if (e.offset <= 0 || e.offset == VALUE_INSIDE)
		return;
	if (is_new_array(b) && model_type_size(b->flow->model, e.type))
		e.offset = elements_offset(b, e.type);
	add_evidence(b, &e);
}

/* All evidence at the object's beginning; or, when that says nothing of a
 * type, the evidence further inside. */
static void collect(struct ballot *b)
{
	const struct evidence_list *list = &b->site->evidence;
	const struct allocator *a =
		&b->flow->allocators.at[b->site->allocator];
	struct evidence e = { 0 };
	bool typed = false;

	add_source_evidence(b);
	e.kind = EVIDENCE_TEMPLATE;
	e.type = where_template_type(b->flow, b->site,
		b->size.kind == SIZE_CONSTANT ? (uint64_t)b->size.value : 0);
	add_evidence(b, &e);
	e.kind = EVIDENCE_CALLEE;
	e.type = a->type;
	add_evidence(b, &e);
	e.type = where_characters(b->flow, b->site);
	add_evidence(b, &e);
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].offset == 0)
			add_evidence(b, &list->at[i]);
	for (uint32_t i = 0; i < b->count; i++)
		typed |= !b->candidates[i].bytes;
	for (uint32_t i = 0; !typed && i < list->count; i++)
		add_inside(b, &list->at[i]);
	if (!b->count)
		collect_earlier(b);
	if (!b->count)
		collect_inside(b);
	if (!b->count)
		collect_handle(b);
}

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

static void fit_multiple(const struct ballot *b, struct candidate *c)
{
	uint64_t factor = (uint64_t)b->size.value;

	if (factor == c->size) {
		c->fit = FIT_EXACT;
		c->score += c->size > 8 ? 5 : 2;
	} else if (factor % c->size == 0) {
		c->fit = FIT_ARRAY;
		c->score += 1;
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

static bool is_only_of_union(const struct candidate *c)
{
	return (c->kinds | c->partial_kinds) == 1u << EVIDENCE_UNION;
}

static void score_candidate(const struct ballot *b, struct candidate *c)
{
	const uint32_t source = 1u << EVIDENCE_SIZEOF | 1u << EVIDENCE_CAST;

	if (shape_is_record(b->flow->model, c->bare)) {
		c->score += !is_only_of_union(c) || handles_are_used(
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

/* What is surely kept as characters is not what a register held where ways
 * had met, nor another member of the union that it was stored to, unless the
 * size says so, nor numbers that its size has no whole count of: such types
 * count for nothing.  Nor do any, where the source asks for characters: then
 * parts of it are made other things, at best. */
static void apply_doubt(struct ballot *b)
{
	const uint32_t kept = 1u << EVIDENCE_VARIABLE | 1u << EVIDENCE_MEMBER |
			      1u << EVIDENCE_GLOBAL | 1u << EVIDENCE_RETURN;
	uint32_t characters = 0;
	bool said = false;

	for (uint32_t i = 0; i < b->count; i++) {
		if (!b->candidates[i].bytes)
			continue;
		characters |= b->candidates[i].kinds;
		said |= b->candidates[i].said;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		struct candidate *c = &b->candidates[i];
		bool doubtful = said || (!c->kinds && characters & kept);
		bool fits = c->fit == FIT_EXACT ||
			    (c->fit == FIT_ARRAY &&
			     b->size.kind == SIZE_MULTIPLE);

		if (is_only_of_union(c))
			doubtful = characters &
				   (kept | 1u << EVIDENCE_UNION);
		if (c->fit == FIT_LARGER &&
		    !shape_is_record(b->flow->model, c->bare))
			doubtful = doubtful || (characters & kept);
		if (!c->bytes && doubtful && !fits)
			c->score -= 200;
	}
}

/* Records that are pointed at as the smaller one that they begin with: of all
 * that do, the only one of the size asked for. */
static void add_embedding(struct ballot *b)
{
	const struct candidate *inner = NULL;
	int64_t asked = b->size.value -
		b->flow->allocators.at[b->site->allocator].delta;
	struct candidate *outer;
	uint32_t type;

	if (b->size.kind != SIZE_CONSTANT || b->approximate)
		return;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c->fit == FIT_EXACT || c->said)
			return;
		if (c->fit != FIT_IMPOSSIBLE && !c->offset &&
		    shape_is_record(b->flow->model, c->bare) &&
		    (!inner || c->score > inner->score))
			inner = c;
	}
	if (!inner)
		return;
	type = embeddings_find(&b->flow->embeddings, b->flow->model,
			       inner->bare, (uint64_t)asked);
	outer = type == MODEL_NONE ? NULL : find_candidate(b, type, 0);
	if (!outer || outer->kinds || outer->partial_kinds)
		return;
	outer->kinds = inner->kinds;
	outer->partial_kinds = inner->partial_kinds;
	outer->fit = FIT_EXACT;
	outer->score = inner->score + 6;
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
		    shape_begins_with(b->flow->model, outer->bare, c->bare))
			best = c->score + 1;
	}
	return best;
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

	for (uint32_t i = 0; i < b->count; i++)
		scores[i] = dominance(b, &b->candidates[i]);
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

/* Records and numbers keep the name of their typedef; typedefs of pointers
 * and characters hide what matters. */
static uint32_t shown_type(const struct model *model,
			   const struct candidate *c)
{
	bool hides = c->bytes || (c->bare != MODEL_NONE &&
		model->types.at[c->bare].kind == ALLOC_KIND_POINTER);

	return hides ? c->bare : without_traits(model, c->type);
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
	int percent = 45 + 4 * c->score;

	if (c->bytes)
		percent = 75;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *other = &b->candidates[i];

		if (other != c && !other->bytes && c->score - other->score < 4)
			percent -= 20;
	}
	if (c->kinds >> EVIDENCE_SIZEOF & 1 && percent < 90)
		percent = 90;
	return (uint8_t)(percent < 10 ? 10 : percent > 99 ? 99 : percent);
}

static const struct candidate *pick(const struct ballot *b)
{
	const struct candidate *best = b->count ? &b->candidates[0] : NULL;

	if (!best || best->fit != FIT_IMPOSSIBLE)
		return best;
	for (uint32_t i = 0; i < b->count; i++)
		if (b->candidates[i].bytes)
			return &b->candidates[i];
	return NULL;
}

static void decide(struct ballot *b, struct choice *choice)
{
	const struct candidate *best = pick(b);

	for (uint32_t i = 0; i < b->count; i++)
		if (&b->candidates[i] != best && !b->candidates[i].bytes &&
		    choice->other_count < CHOICE_ALTERNATIVES)
			choice->others[choice->other_count++] =
				publish(b, &b->candidates[i]);
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
	if (a->flags & ALLOCATOR_LIBRARY) {
		library_choose(flow, site, choice);
		return;
	}
	if (a->old != ALLOCATOR_NO_PARAMETER && !b.approximate &&
	    b.size.kind == SIZE_CONSTANT && b.size.value == 0) {
		choice->class = CHOICE_FREE;
		return;
	}
	hints_ask(flow, site, &b.size);
	collect(&b);
	for (uint32_t i = 0; i < b.count; i++)
		score_candidate(&b, &b.candidates[i]);
	add_embedding(&b);
	apply_doubt(&b);
	apply_dominance(&b);
	qsort(b.candidates, b.count, sizeof *b.candidates,
	      compare_candidates);
	decide(&b, choice);
}
