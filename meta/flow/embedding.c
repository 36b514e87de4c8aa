/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/embedding.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/flow.h"
#include "meta/flow/shape.h"

enum { DEPTH_MOST = 6 };

struct embedding {
	uint64_t inner; /* hash of a record */
	uint64_t size;  /* of the type that begins with it */
	uint64_t hash;
	uint32_t type;
};

static int compare(const void *a, const void *b)
{
	const struct embedding *x = a, *y = b;

	if (x->inner != y->inner)
		return x->inner < y->inner ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

static bool append(struct embeddings *e, const struct embedding *entry)
{
	if (e->count == e->capacity) {
		uint32_t capacity = e->capacity ? e->capacity * 2 : 256;
		struct embedding *at = reallocarray(e->at, capacity,
						    sizeof *at);

		if (!at)
			return false;
		e->at = at;
		e->capacity = capacity;
	}
	e->at[e->count++] = *entry;
	return true;
}

/* Adds OUTER for each record that RECORD, its beginning, begins with. */
static bool add_first_members(struct embeddings *e, const struct model *model,
			      uint32_t outer, uint32_t record, int depth)
{
	const struct model_type *t = &model->types.at[record];
	struct embedding entry = {
		.size = model->types.at[outer].size,
		.hash = flow_type_hash(model, outer), .type = outer,
	};

	for (uint32_t i = 0; i < t->count && depth < DEPTH_MOST; i++) {
		const struct model_member *m = &model->members.at[t->first + i];
		uint32_t inner = model_type_strip(model, m->type);

		if (m->value || !shape_is_record(model, inner) ||
		    !model->types.at[inner].size)
			continue;
		entry.inner = flow_type_hash(model, inner);
		if (!append(e, &entry) ||
		    !add_first_members(e, model, outer, inner, depth + 1))
			return false;
	}
	return true;
}

static bool is_whole_record(const struct model *model, uint32_t type)
{
	return shape_is_record(model, type) && model->types.at[type].size &&
	       model_type_strip(model, type) == type;
}

/* ---- the same members first ---- */

/* All members of a structure. */
struct member_list {
	uint64_t hash;
	uint32_t type;
};

static int compare_lists(const void *a, const void *b)
{
	const struct member_list *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

static uint64_t add_member(uint64_t hash, const struct model *model,
			   const struct model_member *m)
{
	hash = allotype_hash_u64(hash, (uintptr_t)m->name);
	hash = allotype_hash_u64(hash, m->value);
	return allotype_hash_u64(hash, flow_type_hash(model, m->type));
}

/* One member is no more than a header of anything. */
static bool is_list(const struct model *model, uint32_t type)
{
	return is_whole_record(model, type) && model->types.at[type].count > 1 &&
	       model->types.at[type].kind == ALLOC_KIND_STRUCT;
}

/* By its typedef, what a record begins with that tells which of several it is;
 * or 0. */
static uint64_t tag_hash(const struct model *model, uint32_t record)
{
	const struct model_member *m =
		&model->members.at[model->types.at[record].first];
	uint32_t bare = model_type_strip(model, m->type);

	if (m->value || bare == MODEL_NONE ||
	    model->types.at[bare].kind != ALLOC_KIND_BASE ||
	    model->types.at[m->type].kind != ALLOC_KIND_TYPEDEF)
		return 0;
	return allotype_hash_u64(allotype_hash_begin(ALLOC_KIND_TYPEDEF),
				 (uintptr_t)model->types.at[m->type].name);
}

/* A tag and room for what comes with it, as struct sockaddr has (POSIX). */
static bool is_tag_and_room(const struct model *model, uint32_t record)
{
	const struct model_type *t = &model->types.at[record];
	uint32_t room = model_type_strip(model,
			model->members.at[t->first + 1].type);

	return t->count == 2 && room != MODEL_NONE &&
	       model->types.at[room].kind == ALLOC_KIND_ARRAY &&
	       model_type_is_bytes(model, model->types.at[room].target) &&
	       tag_hash(model, record);
}

static struct member_list *collect_lists(const struct model *model,
					 uint32_t *count)
{
	struct member_list *lists = calloc((size_t)model->types.count * 2 + 1,
					   sizeof *lists);
	uint32_t n = 0;

	for (uint32_t i = 0; lists && i < model->types.count; i++) {
		const struct model_type *t = &model->types.at[i];
		uint64_t hash = 0;

		if (!is_list(model, i))
			continue;
		for (uint32_t k = 0; k < t->count; k++)
			hash = add_member(hash, model,
					  &model->members.at[t->first + k]);
		lists[n++] = (struct member_list){ .hash = hash, .type = i };
		if (is_tag_and_room(model, i))
			lists[n++] = (struct member_list){
				.hash = tag_hash(model, i), .type = i,
			};
	}
	if (n)
		qsort(lists, n, sizeof *lists, compare_lists);
	*count = n;
	return lists;
}

/* Adds OUTER for the records whose members are those of HASH, or which have
 * nothing else but room. */
static bool add_list(struct embeddings *e, const struct model *model,
		     uint32_t outer, const struct member_list *lists,
		     uint32_t count, uint64_t hash)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (lists[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && lists[low].hash == hash; low++) {
		struct embedding entry = {
			.inner = flow_type_hash(model, lists[low].type),
			.size = model->types.at[outer].size,
			.hash = flow_type_hash(model, outer), .type = outer,
		};

		if (entry.inner != entry.hash && !append(e, &entry))
			return false;
	}
	return true;
}

static bool add_same_members(struct embeddings *e, const struct model *model)
{
	uint32_t count = 0;
	struct member_list *lists = collect_lists(model, &count);
	bool done = lists;

	for (uint32_t i = 0; done && i < model->types.count; i++) {
		const struct model_type *t = &model->types.at[i];
		uint64_t hash = 0;

		if (!is_list(model, i))
			continue;
		for (uint32_t k = 0; done && k + 1 < t->count; k++) {
			hash = add_member(hash, model,
					  &model->members.at[t->first + k]);
			done = add_list(e, model, i, lists, count, hash);
		}
		if (done)
			done = add_list(e, model, i, lists, count,
					tag_hash(model, i));
	}
	free(lists);
	return done;
}

enum status embeddings_init(struct embeddings *embeddings,
			    const struct model *model)
{
	memset(embeddings, 0, sizeof *embeddings);
	for (uint32_t i = 0; i < model->types.count; i++)
		if (is_whole_record(model, i) &&
		    !add_first_members(embeddings, model, i, i, 0))
			return STATUS_NO_MEMORY;
	if (!add_same_members(embeddings, model))
		return STATUS_NO_MEMORY;
	if (embeddings->count)
		qsort(embeddings->at, embeddings->count,
		      sizeof *embeddings->at, compare);
	return STATUS_OK;
}

void embeddings_deinit(struct embeddings *embeddings)
{
	free(embeddings->at);
	memset(embeddings, 0, sizeof *embeddings);
}

/* The first entry that is not before those of INNER and SIZE. */
static uint32_t lower_bound(const struct embeddings *e, uint64_t inner,
			    uint64_t size)
{
	uint32_t low = 0, high = e->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct embedding *m = &e->at[middle];

		if (m->inner < inner || (m->inner == inner && m->size < size))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Is TYPE a union of records, or of such unions, of which one has this HASH? */
static bool is_union_of(const struct model *model, uint32_t type, uint64_t hash,
			int depth)
{
	const struct model_type *t = &model->types.at[type];

	if (t->kind != ALLOC_KIND_UNION || depth > DEPTH_MOST)
		return false;
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t member = model_type_strip(model,
				model->members.at[t->first + i].type);

		if (shape_is_record(model, member) &&
		    (flow_type_hash(model, member) == hash ||
		     is_union_of(model, member, hash, depth + 1)))
			return true;
	}
	return false;
}

uint32_t embeddings_find(const struct embeddings *embeddings,
			 const struct model *model, uint32_t inner,
			 uint64_t size)
{
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t i = lower_bound(embeddings, hash, size);
	const struct embedding *found = NULL;

	for (; i < embeddings->count; i++) {
		const struct embedding *e = &embeddings->at[i];

		if (e->inner != hash || e->size != size)
			break;
		if (found && (e->hash == found->hash ||
			      is_union_of(model, e->type, found->hash, 0)))
			continue;
		if (found && !is_union_of(model, found->type, e->hash, 0))
			return MODEL_NONE;
		found = e;
	}
	return found ? found->type : MODEL_NONE;
}

bool embeddings_several(const struct embeddings *embeddings,
			const struct model *model, uint32_t inner,
			uint64_t size)
{
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t first = lower_bound(embeddings, hash, size), i = first;

	while (i < embeddings->count && embeddings->at[i].inner == hash &&
	       embeddings->at[i].size == size &&
	       embeddings->at[i].hash == embeddings->at[first].hash)
		i++;
	return i < embeddings->count && embeddings->at[i].inner == hash &&
	       embeddings->at[i].size == size;
}

/* Is a pointer to a record put into what lies behind SIZE bytes? */
static bool has_pointer_behind(const struct written *written, uint64_t size)
{
	for (uint32_t i = 0; i < written->count; i++) {
		const struct written_part *part = &written->at[i];

		if (part->offset >= (int64_t)size &&
		    (part->is_object || part->pointee != MODEL_NONE))
			return true;
	}
	return false;
}

uint32_t embeddings_fitting(const struct embeddings *embeddings,
			    const struct model *model, uint32_t inner,
			    uint64_t size, const struct written *written)
{
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t i = lower_bound(embeddings, hash, size);
	struct written_best best = { .type = MODEL_NONE };

	if (has_pointer_behind(written, model_type_size(model, inner)))
		return MODEL_NONE;
	for (; i < embeddings->count && embeddings->at[i].inner == hash &&
	       embeddings->at[i].size == size; i++)
		written_consider(&best, written, model,
				 embeddings->at[i].type);
	return best.several ? MODEL_NONE : best.type;
}

uint32_t embeddings_told(const struct embeddings *embeddings,
			 const struct model *model, uint32_t inner,
			 uint64_t size,
			 bool (*told)(const void *context, uint32_t type),
			 const void *context)
{
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t i = lower_bound(embeddings, hash, size);
	const struct embedding *found = NULL;

	for (; i < embeddings->count && embeddings->at[i].inner == hash &&
	       embeddings->at[i].size == size; i++) {
		const struct embedding *e = &embeddings->at[i];

		if ((found && found->hash == e->hash) || !told(context, e->type))
			continue;
		if (found)
			return MODEL_NONE;
		found = e;
	}
	return found ? found->type : MODEL_NONE;
}

uint32_t embeddings_beyond(const struct embeddings *embeddings,
			   const struct model *model, uint32_t inner,
			   uint64_t beyond, uint32_t *outers, uint32_t most)
{
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t first = lower_bound(embeddings, hash, beyond + 1);
	uint32_t n = 0;

	for (uint32_t i = first; i < embeddings->count; i++) {
		const struct embedding *e = &embeddings->at[i];

		if (e->inner != hash)
			break;
		if (i > first && e->hash == e[-1].hash)
			continue;
		if (n < most)
			outers[n] = e->type;
		n++;
	}
	return n;
}

bool embeddings_is_base(const struct embeddings *embeddings,
			const struct model *model, uint32_t inner)
{
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t i = lower_bound(embeddings, hash, 0);

	return i < embeddings->count && embeddings->at[i].inner == hash;
}

bool embeddings_begins(const struct embeddings *embeddings,
		       const struct model *model, uint32_t outer,
		       uint32_t inner)
{
	uint64_t size = model_type_size(model, outer);
	uint64_t hash = flow_type_hash(model, outer);
	uint64_t inner_hash = flow_type_hash(model, inner);
	uint32_t i = lower_bound(embeddings, inner_hash, size);

	for (; i < embeddings->count; i++) {
		const struct embedding *e = &embeddings->at[i];

		if (e->inner != inner_hash || e->size != size)
			break;
		if (e->hash == hash)
			return true;
	}
	return false;
}

/* What is OFFSET bytes into TYPE, of unions their first; or MODEL_NONE. */
static uint32_t part_at(const struct model *model, uint32_t type,
			uint64_t offset)
{
	uint32_t scalar;

	return model_type_scalars_at(model, type, offset, &scalar, 1, NULL)
		       ? scalar : MODEL_NONE;
}

uint32_t embeddings_around(const struct embeddings *embeddings,
			   const struct model *model, uint32_t inner,
			   uint64_t offset)
{
	enum { MOST = 64 };
	uint64_t hash = flow_type_hash(model, inner);
	uint32_t first = lower_bound(embeddings, hash, offset + 1);
	uint32_t part = MODEL_NONE;

	for (uint32_t i = first; i < embeddings->count &&
	     embeddings->at[i].inner == hash; i++) {
		uint32_t other = part_at(model, embeddings->at[i].type, offset);

		if (i == first)
			part = other;
		if (other == MODEL_NONE || i - first == MOST ||
		    flow_type_hash(model, other) != flow_type_hash(model, part))
			return MODEL_NONE;
	}
	return part == MODEL_NONE ? part : embeddings->at[first].type;
}
