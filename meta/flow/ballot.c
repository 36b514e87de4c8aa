/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/ballot.h"

#include <string.h>

#include "meta/flow/ballot_header.h"
#include "meta/flow/callbacks.h"
#include "meta/flow/inlined.h"
#include "meta/flow/locals.h"
#include "meta/flow/new_object.h"
#include "meta/flow/pointed.h"
#include "meta/flow/shape.h"
#include "meta/flow/tagged.h"
#include "meta/flow/twins.h"
#include "meta/flow/where.h"

struct candidate *ballot_find(struct ballot *b, uint32_t type, int32_t offset)
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
	c->bytes = model_type_is_bytes(model, shape_element(model, c->bare));
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

struct candidate *ballot_add(struct ballot *b, const struct evidence *e)
{
	struct candidate *c;
	int weight = evidence_weight(e);
	uint32_t *kinds;

	if (!is_object(b->flow->model, e->type))
		return NULL;
	c = ballot_find(b, e->type, e->offset);
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

bool ballot_is_new_array(const struct ballot *b)
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

	if (!ballot_is_new_array(b) || size <= 0)
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
		EVIDENCE_MEMBER, EVIDENCE_RETURN, EVIDENCE_ARGUMENT,
	};
	const struct source_hint *hint = &b->site->hint;
	struct evidence e = { .type = hint->type };

	if (!b->site->has_hint || is_of_another_call(b, hint))
		return;
	e.offset = b->header ? b->header : elements_offset(b, hint->type);
	for (unsigned int i = 0; i < sizeof said / sizeof *said; i++) {
		struct candidate *c = NULL;

		e.kind = said[i];
		if (hint->evidence & evidence_public(said[i]))
			c = ballot_add(b, &e);
		if (c)
			c->said = true;
	}
}

/* What the compiler noted down: in debug information, or as a token. */
static void add_compiler_evidence(struct ballot *b)
{
	const struct flow *flow = b->flow;
	const struct flow_site *site = b->site;
	int8_t token = flow->allocators.at[site->allocator].token;
	const struct value *value = flow_argument(flow, site, token);
	struct evidence e = { .kind = EVIDENCE_COMPILER };
	struct candidate *c;

	e.type = model_allocated_at(flow->model, site->return_address, false);
	if (e.type == MODEL_NONE)
		e.type = model_allocated_at(flow->model, site->call, true);
	if (e.type == MODEL_NONE && token && value->kind == VALUE_CONSTANT)
		e.type = alloc_tokens_find(&flow->alloc_tokens, flow->model,
					   (uint64_t)value->number);
	e.offset = elements_offset(b, e.type);
	c = ballot_add(b, &e);
	if (c)
		c->said = true;
}

/* May an object of this size be elements of TYPE?  Where the size does not
 * tell, records may as well be headers of parts, unless it grows. */
static bool may_be_elements(const struct ballot *b, uint32_t type)
{
	const struct model *model = b->flow->model;
	int64_t size = (int64_t)model_type_size(model, type);

	if (size <= 0 || !is_object(model, type))
		return false;
	if (b->size.kind == SIZE_MULTIPLE)
		return b->size.value % size == 0;
	return b->size.kind == SIZE_UNKNOWN &&
	       (b->flow->allocators.at[b->site->allocator].old !=
			ALLOCATOR_NO_PARAMETER ||
		!shape_is_record(model, model_type_strip(model, type)));
}

/* Is it any number of records of TYPE that is asked for? */
static bool are_records(const struct ballot *b, uint32_t type)
{
	const struct model *model = b->flow->model;

	return b->size.kind == SIZE_MULTIPLE && b->size.value > 1 &&
	       b->size.value == (int64_t)model_type_size(model, type) &&
	       shape_is_record(model, model_type_strip(model, type));
}

/* Nothing is known but pointers somewhere inside.  Those to bytes: headers
 * before strings, buffers with an end.  It is bytes for all anybody can say.
 * Else they are kept as pointers to elements, to which an index was added, or
 * as many bytes as they lead to is what is asked for a multiple of. */
static void collect_inside(struct ballot *b)
{
	const struct evidence_list *list = &b->site->evidence;

	for (uint32_t i = 0; i < list->count; i++) {
		struct evidence e = list->at[i];

		if (e.offset != VALUE_INSIDE || e.type == MODEL_NONE ||
		    (!model_type_is_bytes(b->flow->model, e.type) &&
		     (!evidence_is_kept(e.kind) || !may_be_elements(b, e.type)) &&
		     !are_records(b, e.type)))
			continue;
		e.offset = 0;
		e.partial = true;
		ballot_add(b, &e);
	}
}

/* Nothing is known but that a T, or an array of them, is copied to it, which
 * may also be to a buffer of bytes: as many as T has are asked for. */
static void collect_copied(struct ballot *b)
{
	const struct evidence_list *list = &b->site->evidence;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct evidence *e = &list->at[i];
		int64_t size = (int64_t)model_type_size(b->flow->model,
							e->type);

		if (e->kind == EVIDENCE_COPY && !e->offset && size > 1 &&
		    (b->size.kind == SIZE_CONSTANT ||
		     b->size.kind == SIZE_MULTIPLE) && b->size.value == size)
			ballot_add(b, e);
	}
}

/* A copy of SIZE bytes from the beginning of a TYPE: of several of them, or of
 * what it begins with; or MODEL_NONE. */
static uint32_t duplicated_type(const struct model *model, uint32_t type,
				uint64_t size)
{
	uint32_t bare = model_type_strip(model, type);
	uint64_t whole = model_type_size(model, type);
	const struct model_type *t;

	for (int depth = 0; depth < 8 && whole > size && bare != MODEL_NONE;
	     depth++) {
		t = &model->types.at[bare];
		if (t->kind == ALLOC_KIND_ARRAY)
			type = t->target;
		else if (t->kind == ALLOC_KIND_STRUCT && t->count &&
			 !model->members.at[t->first].value)
			type = model->members.at[t->first].type;
		else
			return MODEL_NONE;
		bare = model_type_strip(model, type);
		whole = model_type_size(model, type);
	}
	if (!whole || (whole != size && (!shape_is_record(model, bare) ||
					 size % whole)))
		return MODEL_NONE;
	return type;
}

static void add_duplicate(struct ballot *b, const struct evidence *evidence)
{
	struct evidence e = *evidence;

	if (b->size.kind == SIZE_CONSTANT)
		e.type = duplicated_type(b->flow->model, e.type,
					 (uint64_t)b->size.value);
	if (e.type != MODEL_NONE)
		ballot_add(b, &e);
}

/* Nothing but what the allocator takes all of its objects for: the functions
 * that it is given are to work on this one. */
static void collect_worked_on(struct ballot *b)
{
	struct evidence e = { .kind = EVIDENCE_ARGUMENT };

	for (uint32_t i = 0; i < b->count; i++)
		if (b->candidates[i].kinds != 1u << EVIDENCE_CALLEE)
			return;
	if (b->size.kind != SIZE_CONSTANT || b->size.value <= 0)
		return;
	e.type = callbacks_record(b->flow, b->site, (uint64_t)b->size.value);
	ballot_add(b, &e);
}

/* Nothing but that the allocator makes records that begin as one of its own
 * does: the only one of this size. */
static void collect_based(struct ballot *b)
{
	const struct flow *flow = b->flow;
	uint32_t base = flow->allocators.at[b->site->allocator].base;
	struct evidence e = { .kind = EVIDENCE_CALLEE };

	if (!base || b->size.kind != SIZE_CONSTANT || b->size.value <= 0)
		return;
	e.type = embeddings_find(&flow->embeddings, flow->model, base - 1,
				 (uint64_t)b->size.value);
	ballot_add(b, &e);
}

/* Nothing but that a number is put into what is as large as one, or numbers
 * into an array of such. */
static void collect_number(struct ballot *b)
{
	const struct written *written = &b->site->written;
	uint64_t size = (uint64_t)b->size.value;
	struct evidence e = { .kind = EVIDENCE_SHAPE };

	if (b->size.value < 0 ||
	    !((b->size.kind == SIZE_CONSTANT && written_is_int(written, size)) ||
	      (b->size.kind == SIZE_MULTIPLE &&
	       written_are_ints(written, size))))
		return;
	e.type = model_type_by_name(b->flow->model, "int");
	ballot_add(b, &e);
}

/* The type of pointers to TYPE, or MODEL_NONE. */
static uint32_t pointer_to(const struct model *model, uint32_t type)
{
	uint64_t hash = flow_type_hash(model, type);

	for (uint32_t i = 0; i < model->types.count; i++) {
		const struct model_type *t = &model->types.at[i];

		if (t->kind == ALLOC_KIND_POINTER && t->target != MODEL_NONE &&
		    flow_type_hash(model, t->target) == hash)
			return i;
	}
	return MODEL_NONE;
}

/* Nothing but that a pointer is put into what is as large as one, or pointers
 * into an array of such. */
static void collect_pointer(struct ballot *b)
{
	struct evidence e = { .kind = EVIDENCE_SHAPE };
	uint64_t size = (uint64_t)b->size.value;
	uint32_t pointee = MODEL_NONE;

	if (b->size.value < 0 || b->site->returned_delta)
		return;
	if (b->size.kind == SIZE_CONSTANT)
		pointee = written_pointee(&b->site->written, size);
	if (b->size.kind == SIZE_MULTIPLE)
		pointee = written_pointees(&b->site->written, size);
	if (b->size.kind == SIZE_UNKNOWN && b->site->written.element.indexed)
		pointee = written_pointees(&b->site->written, sizeof(void *));
	if (pointee == MODEL_NONE)
		return;
	e.type = pointer_to(b->flow->model, pointee);
	ballot_add(b, &e);
}

/* Nothing uses what is given out as void *: those who get it back, in the
 * same file, know it. */
static void collect_handle(struct ballot *b)
{
	const struct flow *flow = b->flow;
	enum evidence_kind kind = EVIDENCE_HANDLE;
	struct evidence e = {
		.type = new_object_by_shape(flow, b->site, &b->size, &kind),
	};

	if (e.type == MODEL_NONE)
		e.type = views_find(flow, b->site, &b->size);
	if (e.type == MODEL_NONE && b->size.kind == SIZE_CONSTANT &&
	    !b->site->returned_delta &&
	    (b->site->returned || b->site->out_parameters))
		e.type = handles_find(&flow->handles,
			flow->model->functions.at[b->site->function].unit_file,
			(uint64_t)b->size.value);
	if (e.type == MODEL_NONE && pointed_is_record(b))
		e.type = written_agreeing_record(&b->site->written, flow->model,
			flow->model->functions.at[b->site->function].unit_file,
			(uint64_t)b->size.value);
	if (e.type == MODEL_NONE)
		e.type = pointed_find(b);
	e.kind = (uint8_t)kind;
	ballot_add(b, &e);
}

/* Bytes are what others take it for, and what its parts are. */
static bool is_shown_as_bytes(const struct ballot *b)
{
	const uint32_t shown = 1u << EVIDENCE_RETURN | 1u << EVIDENCE_ARGUMENT;

	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (!c->bytes || (!c->offset &&
				  (c->kinds | c->partial_kinds) & ~shown))
			return false;
	}
	return b->count;
}

static void collect_shown(struct ballot *b)
{
	struct evidence e = { .kind = EVIDENCE_HANDLE, .type = pointed_local(b) };

	ballot_add(b, &e);
}

/* Evidence further inside.  Constructors of all elements of an array tell
 * of the first. */
static void add_inside(struct ballot *b, const struct evidence *evidence)
{
	struct evidence e = *evidence;

	if (e.offset <= 0 || e.offset == VALUE_INSIDE ||
	    e.kind == EVIDENCE_COPY)
		return;
	if (ballot_is_new_array(b) && model_type_size(b->flow->model, e.type))
		e.offset = elements_offset(b, e.type);
	ballot_add(b, &e);
}

/* Nothing is known of the beginning but what is further inside. */
static void collect_whole(struct ballot *b)
{
	const struct evidence_list *list = &b->site->evidence;
	struct evidence e = {
		.type = new_object_by_parts(b->flow, b->site, &b->size),
		.kind = EVIDENCE_PART,
	};

	if (ballot_add(b, &e))
		return;
	for (uint32_t i = 0; i < list->count; i++)
		add_inside(b, &list->at[i]);
	ballot_collect_behind_header(b);
}

/* A variable points further inside as to a union, and the beginning is taken for
 * one of its members, of unknown number: parsers' stacks follow each other. */
static void collect_union(struct ballot *b)
{
	const struct model *model = b->flow->model;
	const struct evidence_list *list = &b->site->evidence;
	uint32_t count = b->count;

	if (b->size.kind != SIZE_UNKNOWN && b->size.kind != SIZE_MULTIPLE)
		return;
	for (uint32_t i = 0; i < list->count; i++) {
		struct evidence e = list->at[i];
		uint32_t bare = model_type_strip(model, e.type);

		if (e.offset != VALUE_INSIDE || e.kind != EVIDENCE_VARIABLE)
			continue;
		e.offset = 0;
		e.partial = false;
		for (uint32_t k = 0; k < count; k++)
			if (!b->candidates[k].offset &&
			    shape_is_of_union(model, bare,
					      b->candidates[k].hash)) {
				ballot_add(b, &e);
				break;
			}
	}
}

/* What SITE was taken for in an earlier round. */
static void add_inferred(struct ballot *b, const struct flow_site *site)
{
	struct evidence e = { .type = site->inferred,
			      .offset = site->inferred_offset };

	for (uint32_t kind = 0; kind < EVIDENCE_KINDS; kind++) {
		e.kind = (uint8_t)kind;
		if (site->inferred_kinds >> kind & 1)
			ballot_add(b, &e);
	}
}

static void add_twin(struct ballot *b, const struct flow_site *twin)
{
	struct site_size size = size_of_site(b->flow, twin);

	if (size.kind != b->size.kind || size.value == b->size.value)
		add_inferred(b, twin);
}

/* Nothing tells of this one: what its like make, then. */
static void collect_twins(struct ballot *b)
{
	const struct flow *flow = b->flow;
	uint32_t i = flow->functions[b->site->function].site_first;

	for (; i != MODEL_NONE; i = flow->site_next[i])
		if (flow->sites[i].inferred != MODEL_NONE &&
		    twins_are_of_one_call(flow, b->site, &flow->sites[i]))
			add_twin(b, &flow->sites[i]);
}

/* Nothing tells but what cannot be: what the other copies make. */
static void collect_copies(struct ballot *b)
{
	const struct flow *flow = b->flow;

	for (uint32_t i = 0; i < flow->site_count; i++)
		if (flow->sites[i].inferred != MODEL_NONE &&
		    twins_are_copies(flow, b->site, &flow->sites[i]))
			add_twin(b, &flow->sites[i]);
}

/* Is there nothing but records of which the file says no more than the name? */
static bool are_undescribed(const struct ballot *b)
{
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c->bytes || c->said || c->size ||
		    !shape_is_record(b->flow->model, c->bare))
			return false;
	}
	return true;
}

/* Is every candidate larger than what is asked for, and but a variable's type?
 * Then that was taken for the one that the object is in. */
static bool none_fits(const struct ballot *b)
{
	if (!b->count || b->size.kind != SIZE_CONSTANT || b->approximate)
		return false;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c->bytes || c->offset || c->said ||
		    c->kinds & ~(1u << EVIDENCE_VARIABLE) ||
		    (int64_t)shape_least_size(b->flow->model, c->bare) <=
			    b->size.value)
			return false;
	}
	return true;
}

/* What the call itself says, and who is called. */
static void collect_told(struct ballot *b)
{
	const struct flow *flow = b->flow;
	struct evidence e = { .kind = EVIDENCE_TEMPLATE };

	add_source_evidence(b);
	add_compiler_evidence(b);
	e.type = where_template_type(flow, b->site,
		b->size.kind == SIZE_CONSTANT ? (uint64_t)b->size.value : 0);
	ballot_add(b, &e);
	e.kind = EVIDENCE_CALLEE;
	e.type = flow->allocators.at[b->site->allocator].type;
	ballot_add(b, &e);
	e.type = new_object_class(flow, b->site);
	ballot_add(b, &e);
	e.type = inlined_characters(flow, b->site);
	ballot_add(b, &e);
	e.kind = EVIDENCE_TAG;
	e.type = tagged_record(flow, b->site, &b->size);
	ballot_add(b, &e);
}

/* What is done with the object. */
static void collect_seen(struct ballot *b)
{
	const struct evidence_list *list = &b->site->evidence;
	const struct allocator *a =
		&b->flow->allocators.at[b->site->allocator];
	bool typed = false;

	/* Some count the allocator's header as part of theirs. */
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].kind == EVIDENCE_DUPLICATE)
			add_duplicate(b, &list->at[i]);
		else if (list->at[i].kind != EVIDENCE_COPY &&
		    (list->at[i].offset == b->header || (a->delta > 0 &&
		     list->at[i].offset == -(int32_t)a->delta)))
			ballot_add(b, &list->at[i]);
	ballot_skip_header(b);
	for (uint32_t i = 0; i < b->count; i++)
		typed |= !b->candidates[i].bytes;
	collect_union(b);
	if (!typed)
		collect_whole(b);
}

/* What others of its kind are, or all that is as large. */
static void collect_guessed(struct ballot *b)
{
	/* What was seen before other sites had types, and is not since. */
	if (!b->count)
		add_inferred(b, b->site);
	if (!b->count)
		collect_twins(b);
	if (!b->count)
		collect_inside(b);
	if (!b->count)
		collect_copied(b);
	collect_worked_on(b);
	if (!b->count)
		collect_based(b);
	if (none_fits(b))
		collect_copies(b);
	if (are_undescribed(b) || none_fits(b))
		collect_handle(b);
	if (!b->count)
		collect_number(b);
	if (!b->count)
		collect_pointer(b);
	if (is_shown_as_bytes(b))
		collect_shown(b);
	ballot_collect_header(b);
}

void ballot_collect(struct ballot *b)
{
	b->header = inlined_header(b->flow, b->site);
	collect_told(b);
	collect_seen(b);
	collect_guessed(b);
}

bool ballot_is_before_record(const struct ballot *b)
{
	const struct model *model = b->flow->model;
	const struct evidence_list *list = &b->site->evidence;

	for (uint32_t i = 0; !b->count && i < list->count; i++)
		if (list->at[i].offset == VALUE_INSIDE &&
		    shape_is_record(model, model_type_strip(model,
							    list->at[i].type)))
			return true;
	return false;
}
