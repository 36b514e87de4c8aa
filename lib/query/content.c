/* SPDX-License-Identifier: Apache-2.0 */
#include "query/content.h"

#include <string.h>

#include "query/weigh.h"

enum {
	ELEMENTS_MAX = 16,   /* of an array, that are looked at */
	TEXT_MAX = 64,       /* bytes of a text */
	LOWEST_ADDRESS = 1 << 16,
	MARGIN = 3,          /* by which the best must lead */
	CONFIDENCE = 75,
	/* Marks: how well a field's content suits its type. */
	PROOF = 3,           /* hardly by chance */
	HINT = 1,
	DOUBT = -3,
	CONTRADICTION = -6,
};

struct look {
	const struct query_view *view;
	struct window *window;
};

/* ---- the marks of fields ---- */

/* Is the heap object at ADDRESS what a pointer to POINTEE leads to? */
static int mark_target(const struct look *look,
		       const struct alloc_type *pointee,
		       const struct query_leaf *target, uint64_t address)
{
	const struct alloc_type *element = alloc_type_strip(target->info.type);

	if (target->info.status != ALLOC_OK)
		return DOUBT;
	if (!element && alloc_type_size(pointee) > target->info.size)
		return CONTRADICTION;
	if (!alloc_type_size(pointee) || !element)
		return HINT;
	if (address != target->base + target->type_offset)
		return 0;
	if (alloc_type_kind(element) == ALLOC_KIND_ARRAY)
		element = alloc_type_target(element);
	if (weigh_same(element, pointee))
		return PROOF;
	if (alloc_type_size(pointee) > target->info.size)
		return CONTRADICTION;
	return weigh_leaf(look->view, target) == WEIGH_CERTAIN &&
	       alloc_type_size(element) != alloc_type_size(pointee) ? DOUBT :
								      0;
}

static int mark_pointer(const struct look *look, const struct field *field,
			uint64_t word)
{
	struct query_leaf target = { .kind = QUERY_NONE };
	unsigned char byte;

	if (!word)
		return 0;
	if (word < LOWEST_ADDRESS)
		return CONTRADICTION;
	if (query_find_heap(look->view, word, QUERY_TYPE, &target))
		return mark_target(look, field->pointee, &target, word);
	return window_copy(look->window, word, &byte, 1) ? HINT :
							   CONTRADICTION;
}

static int mark_code(const struct look *look, uint64_t word)
{
	struct query_leaf target = { .kind = QUERY_NONE };

	if (!word)
		return 0;
	return query_find_static(look->view, word, QUERY_TYPE, &target) &&
	       target.is_code ? PROOF : CONTRADICTION;
}

/* Integers of any value are common, addresses among them are not. */
static int mark_word(const struct look *look, uint64_t word)
{
	struct query_leaf target = { .kind = QUERY_NONE };

	if (word < LOWEST_ADDRESS)
		return word ? HINT : 0;
	return query_find_heap(look->view, word, QUERY_BOUNDS, &target) &&
	       target.info.status == ALLOC_OK && target.base == word ? DOUBT :
								       0;
}

/* By the exponent (IEEE 754): numbers people use are neither tiny nor huge,
 * while small integers and addresses read as numbers are tiny. */
static int mark_float(const void *bytes, uint32_t size)
{
	enum { MIDDLE_64 = 1023, MIDDLE_32 = 127, USUAL = 60 };
	uint64_t bits = 0;
	int exponent;

	memcpy(&bits, bytes, size);
	exponent = size == sizeof(double) ?
		(int)(bits >> 52 & 0x7ff) - MIDDLE_64 :
		(int)(bits >> 23 & 0xff) - MIDDLE_32;
	if (!(bits << (size == sizeof(double) ? 1 : 33)))
		return 0;
	return exponent > -USUAL && exponent < USUAL ? HINT : DOUBT;
}

static int mark_text(const unsigned char *bytes, uint32_t size)
{
	uint32_t i = 0;

	while (i < size && bytes[i] >= ' ' && bytes[i] != 0x7f)
		i++;
	/* Padding may follow the end; an empty text says nothing. */
	if (i == size || !bytes[i])
		return i > 1 ? PROOF : 0;
	return bytes[i] == '\n' || bytes[i] == '\t' ? 0 : DOUBT;
}

static int mark_field(const struct look *look, const struct field *field,
		      uint64_t address)
{
	uint32_t size = field->size < TEXT_MAX ? field->size : TEXT_MAX;
	unsigned char bytes[TEXT_MAX] = { 0 };
	uint64_t word;

	if (!window_copy(look->window, address, bytes, size))
		return 0;
	memcpy(&word, bytes, sizeof word);
	switch (field->kind) {
	case FIELD_POINTER:
		return mark_pointer(look, field, word);
	case FIELD_CODE:
		return mark_code(look, word);
	case FIELD_BOOL:
		return bytes[0] > 1 ? CONTRADICTION : 0;
	case FIELD_FLOAT:
		return mark_float(bytes, size);
	case FIELD_WORD:
		return mark_word(look, word);
	case FIELD_UNION:
		return 0;
	default:
		return mark_text(bytes, size);
	}
}

/* ---- the verdict ---- */

/* Can the object be a CANDIDATE, or an array of it? */
static bool fits(const struct query_leaf *leaf,
		 const struct weigh_candidate *candidate)
{
	const struct query_site_type type = { .type = candidate->type };
	uint64_t size = alloc_type_size(candidate->type), count;
	uint64_t room = leaf->info.size - candidate->offset;

	if (candidate->offset >= leaf->info.size || room < size)
		return false;
	/* Flexible arrays fit any room. */
	query_site_fit(&type, 2 * size, &count);
	return room % size == 0 || !count;
}

static int mark_fields(const struct look *look, const struct field_list *list,
		       uint64_t base)
{
	int marks = 0;

	for (uint32_t i = 0; i < list->count; i++)
		marks += mark_field(look, &list->fields[i],
				    base + list->fields[i].offset);
	return marks;
}

static int mark_candidate(const struct look *look, struct fields *fields,
			  const struct query_leaf *leaf,
			  const struct weigh_candidate *candidate)
{
	const struct field_list *list = fields_of(fields, candidate->type);
	uint64_t size = alloc_type_size(candidate->type);
	uint64_t room = leaf->info.size - candidate->offset;
	uint64_t base = leaf->base + candidate->offset;
	int marks = 0;

	for (int n = 0; n < ELEMENTS_MAX && room >= size; n++) {
		marks += mark_fields(look, list, base);
		base += size;
		room -= size;
	}
	return marks;
}

static void set_verdict(const struct query_leaf *leaf,
			const struct weigh_candidate *best,
			struct collected_object *verdict)
{
	bool kept = best->is_site_choice;

	*verdict = (struct collected_object){
		.base = leaf->base,
		.size = leaf->info.size,
		.type = best->type,
		.site = leaf->site,
		.evidence = ALLOC_EVIDENCE_CONTENT |
			    (kept ? leaf->info.evidence : 0),
		.offset = best->offset,
		.confidence = kept && leaf->info.confidence > CONFIDENCE ?
				      (uint8_t)leaf->info.confidence :
				      CONFIDENCE,
		.single = best->single,
	};
}

/* The best mark so far, and the best of the others. */
struct race {
	int most, second;
	bool any;
};

/* True: it leads. */
static bool race_enter(struct race *race, int marks)
{
	bool leads = !race->any || marks > race->most;

	if (leads) {
		race->second = race->any ? race->most : marks - MARGIN;
		race->most = marks;
		race->any = true;
	} else if (marks > race->second) {
		race->second = marks;
	}
	return leads;
}

static bool race_is_won(const struct race *race)
{
	return race->any && race->most - race->second >= MARGIN &&
	       race->most >= 0;
}

bool content_choose(const struct query_view *view, struct fields *fields,
		    struct window *window, const struct query_leaf *leaf,
		    struct collected_object *verdict)
{
	struct weigh_candidate candidates[WEIGH_CANDIDATES];
	unsigned int count = weigh_candidates(view, leaf, candidates);
	const struct look look = { view, window };
	const struct weigh_candidate *best = NULL;
	struct race race = { .any = false };

	for (unsigned int i = 0; i < count; i++)
		if (fits(leaf, &candidates[i]) &&
		    race_enter(&race, mark_candidate(&look, fields, leaf,
						     &candidates[i])))
			best = &candidates[i];
	/* What alone fits is told by the size. */
	if (count < 2 || !race_is_won(&race))
		return false;
	set_verdict(leaf, best, verdict);
	return true;
}

const struct alloc_type *content_member(const struct query_view *view,
					struct fields *fields,
					struct window *window,
					const struct alloc_type *bare,
					uint64_t address)
{
	size_t count = alloc_type_member_count(bare);
	const struct look look = { view, window };
	const struct alloc_type *best = NULL;
	struct race race = { .any = false };

	for (size_t i = 0; i < count; i++) {
		struct alloc_member member;

		if (alloc_type_member(bare, i, &member) || member.bit_size)
			continue;
		if (race_enter(&race,
			       mark_fields(&look, fields_of(fields, member.type),
					   address)))
			best = member.type;
	}
	/* Where nothing is, anything may be. */
	return race_is_won(&race) && race.most > 0 ? best : NULL;
}
